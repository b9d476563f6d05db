"""What a training of a task spends its time on, and how near the machine's peak its steps come.

A training of the task's own recipe is timed as it is. Its step is then taken apart: the same model
and batches with fewer and fewer parts, in turn, so that a part is the difference that it makes.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import tensorflow as tf

from gatewise import tasks
from gatewise.benchmark.execution import worker
from gatewise.benchmark.inspection.speed import measure
from gatewise.benchmark.records.columns import REFERENCE
from gatewise.benchmark.records.facts import TaskFacts
from gatewise.benchmark.studies.plan import recipe
from gatewise.benchmark.studies.study import Study
from gatewise.benchmark.training.trainer import Trainer

BATCHES = 20
"""Training batches over which a step is timed."""
ANOTHER_MACHINE = 0.1
"""By which share the peaks of one machine on two days do not differ."""
OPERATIONS = 6
"""Of a product's weight and place: multiply and add, forward once and backward twice."""


class UnreadableCosts(ValueError):
    """A table of costs or of runs that is none."""


@dataclass(frozen=True)
class Cost:
    """A training of an architecture by a task's recipe, in CPU seconds.

    ``compiling`` to ``evaluation`` are parts of ``seconds``; ``rest`` is what is left of it: calls,
    the start, copies of the weights. ``milliseconds`` is a step, ``peak_share`` the share of
    ``peak``, the GFLOP/s of the machine's matrix products, that the step's products amount to.
    """

    task: str
    architecture: str
    batch_size: int
    epochs: int
    steps: int
    seconds: float
    compiling: float
    front: float
    recurrence: float
    readout: float
    optimiser: float
    data: float
    evaluation: float
    rest: float
    milliseconds: float
    peak_share: float
    peak: float


PARTS = ("compiling", "front", "recurrence", "readout", "optimiser", "data", "evaluation", "rest")


def training_cost(task: str, scale: str, rounds: int, seconds: float, peak: float) -> Cost:
    """Train the reference by the task's recipe, and take its step apart.

    Args:
        task, scale: which recipe.
        rounds, seconds: how often each part of a step is timed, about how long.
        peak: GFLOP/s of the machine's matrix products.

    Raises:
        UnknownTask, UnknownScale: there is none.
        AbsentData: the data has to be fetched first.
    """
    checksum = tasks.find(task).load(scale).checksum()
    facts = TaskFacts(task, scale, checksum, np.nan, 0, 0, ())
    experiment = recipe(Study("speed", scale, (task,), (REFERENCE,), seeds=1), facts, REFERENCE)
    own = worker.trainer(experiment.group)
    short = replace(experiment, epochs=1)
    cold, warm, result = (own.train(again) for again in (short, short, experiment))
    assert cold is not None
    assert warm is not None
    assert result is not None
    compiling = cold.cpu_seconds - warm.cpu_seconds
    batches = [b.arrays for b in islice(own.batches.shuffled(np.random.default_rng(0)), BATCHES)]
    step = parts_of_a_step(own, batches, rounds, seconds)
    told = {name: result.steps * each for name, each in step.items()}
    told["data"] = result.epochs_run * _seconds(lambda: list(own.batches.in_order()))
    told["evaluation"] = result.epochs_run * _seconds(lambda: own.measure(own.dataset.validation))
    flops = np.mean([operations(own, batch) for batch in batches])
    return Cost(
        task=task,
        architecture=REFERENCE,
        batch_size=experiment.batch_size,
        epochs=result.epochs_run,
        steps=result.steps,
        seconds=compiling + result.cpu_seconds,
        compiling=compiling,
        **told,
        rest=result.cpu_seconds - sum(told.values()),
        milliseconds=1e3 * sum(step.values()),
        peak_share=float(flops / (1e9 * peak * sum(step.values()))),
        peak=peak,
    )


def parts_of_a_step(
    own: Trainer, batches: Sequence[dict[str, Any]], rounds: int, seconds: float
) -> dict[str, float]:
    """CPU seconds a step by part: front, recurrence, readout with the loss, optimiser."""
    model = own.model

    def of(outputs: Callable[[dict[str, Any]], Any]) -> Callable[[dict[str, Any]], Any]:
        def gradients(batch: dict[str, Any]) -> Any:
            variables = [v.value for v in model.trainable_variables]
            with tf.GradientTape() as tape:
                total = sum(tf.reduce_sum(x) for x in tf.nest.flatten(outputs(batch)))
            found = tape.gradient(total, variables)
            return total, [tf.convert_to_tensor(g) for g in found if g is not None]

        return tf.function(gradients, jit_compile=True, autograph=False)

    whole = {
        "front": of(lambda batch: model.encoded(batch, training=True)),
        "recurrence": of(lambda batch: model.read(batch, training=True)),
        "readout": of(own.loss),
        "optimiser": own.step,
    }
    turns = {
        name: lambda function=function: [function(batch) for batch in batches][-1]
        for name, function in whole.items()
    }
    times: dict[str, list[float]] = {name: [] for name in turns}
    for _, name, milliseconds in measure(turns, rounds, seconds):
        times[name].append(1e-3 * milliseconds / len(batches))
    until = [float(np.median(times[name])) for name in whole]
    return dict(zip(whole, np.diff(until, prepend=0.0).tolist(), strict=True))


def operations(own: Trainer, batch: dict[str, Any]) -> float:
    """Floating-point operations of the matrix products of a step on a batch."""
    examples, steps = next(iter(batch["inputs"].values())).shape[:2]
    recurrent = sum(layer.count_params() for layer in own.model.recurrent_layers)
    answers = batch["weights"].size
    read = own.model.readout.count_params()
    front = sum(
        part.multiplications
        for part in own.model.front.parts.values()
        if hasattr(part, "multiplications")
    )
    return OPERATIONS * (examples * steps * (recurrent + front) + answers * read)


def _seconds(work: Callable[[], object]) -> float:
    """CPU seconds of the quickest of three times."""
    found = []
    for _ in range(3):
        before = time.process_time()
        work()
        found.append(time.process_time() - before)
    return min(found)


def read(path: Path) -> dict[str, Cost]:
    """Costs by task from a table of them.

    Raises:
        UnreadableCosts: it is none.
    """
    names = [field.name for field in fields(Cost)]
    try:
        table = pd.read_csv(path)[names]
    except (OSError, ValueError, KeyError) as error:
        raise UnreadableCosts(
            f"costs {str(path)!r}: {error}; allowed is a tasks.csv of gatewise speed --trainings"
        ) from None
    return {row["task"]: Cost(**row) for row in table.to_dict("records")}


def ratio(cost: Cost, before: Mapping[str, Cost]) -> float:
    """Seconds of a training to those of an earlier table; not a number where it has none."""
    return cost.seconds / before[cost.task].seconds if cost.task in before else np.nan


def compared(found: Sequence[Cost], before: Mapping[str, Cost]) -> str:
    """What all trainings that an earlier table has cost now, in a line; empty where it has none.

    Of a machine whose matrix products are not as fast it says so: then the ratio is one of machines
    as well.
    """
    both = [(cost, before[cost.task]) for cost in found if cost.task in before]
    if not both:
        return ""
    mean = np.exp(np.mean(np.log([cost.seconds / was.seconds for cost, was in both])))
    here, there = both[0][0].peak, both[0][1].peak
    apart = f"; of machines too: {there:.0f} GFLOP/s there, {here:.0f} here"
    other = abs(here / there - 1) > ANOTHER_MACHINE
    return f"{mean:.2f} times the earlier seconds, over {len(both)} tasks{apart if other else ''}"


@dataclass(frozen=True)
class StudyCost:
    """CPU hours of a study's trainings of one task: as recorded, and at today's speed."""

    task: str
    trainings: int
    recorded: float
    today: float


def study_costs(folder: Path, costs: Sequence[Cost]) -> list[StudyCost]:
    """What a study's trainings of the measured tasks cost then, and would cost today.

    Today's are the recorded ones without compiling, times today's training of the reference over
    the recorded ones of it, and a compilation a group: where recipes have changed since, with what
    they ask for now.

    Raises:
        UnreadableCosts: the folder holds no table of runs.
    """
    try:
        runs = pd.read_csv(folder / "runs.csv", low_memory=False)
    except (OSError, ValueError) as error:
        raise UnreadableCosts(f"study {str(folder)!r}: {error}") from None
    runs["net"] = runs["cpu_seconds"] - runs["compile_seconds"]
    found = []
    for cost in costs:
        rows = runs[runs["task"] == cost.task]
        finals = rows[(rows["architecture"] == cost.architecture) & (rows["phase"] == "final")]
        if finals.empty:
            continue
        groups = len(rows.groupby(["architecture", "match", "batch_size"]))
        factor = (cost.seconds - cost.compiling) / finals["net"].mean()
        today = rows["net"].sum() * factor + groups * cost.compiling
        hours = [float(seconds) / 3600 for seconds in (rows["cpu_seconds"].sum(), today)]
        found.append(StudyCost(cost.task, len(rows), *hours))
    return found
