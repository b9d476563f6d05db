"""Why a gate matters: what a trained run does with its gates, and what becomes of it without them.

Four looks at one trained run, one a module: :mod:`.gate_use`, :mod:`.gradients`, :mod:`.horizon`
and :mod:`.lesions`. All are taken on validation examples, the same for every run on the same data;
the test split is never read. Looked at is the first layer that reads forward; of an
encoder-decoder, of the encoder. Lesions hold a gate in every layer. Beside them stands how the
gradient fell before training, :func:`.passing.at_start`.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from gatewise.benchmark.architectures.layers import Recurrent
from gatewise.benchmark.inspection.examples import Examples
from gatewise.benchmark.inspection.gate_use import GateUse, gate_use
from gatewise.benchmark.inspection.gradients import Flow, Predicted, predicted
from gatewise.benchmark.inspection.horizon import Horizon, horizon
from gatewise.benchmark.inspection.lesions import Lesion, lesion
from gatewise.benchmark.inspection.passing import at_start, through
from gatewise.benchmark.inspection.subjects import NoDiagnosis, refusal, trained
from gatewise.benchmark.inspection.watching import layers_of
from gatewise.benchmark.randomness import derive_seed
from gatewise.benchmark.records.experiment import Experiment, Result
from gatewise.benchmark.records.fields import HELD
from gatewise.files import write_atomically
from gatewise.tasks.task import Array

if TYPE_CHECKING:
    from gatewise.benchmark.training.trainer import Trainer


@dataclass(frozen=True)
class Diagnosis:
    """All four looks at one run; :data:`.fields.DIAGNOSTICS` says what is written."""

    examples: int
    steps: int
    score: float
    gates: Mapping[str, GateUse]
    gradient: Mapping[str, Flow]
    predicted: Predicted | None
    horizon: Horizon
    lesions: tuple[Lesion, ...]


def diagnose(trainer: Trainer) -> Diagnosis:
    """Look into the trainer's model as it is."""
    model, split = trainer.model, trainer.dataset.validation
    examples = Examples.of(split, getattr(model, "every_step", False))
    passed = through(model, trainer.scoring, examples)
    stacks, readings = layers_of(model), passed.readings
    first = stacks[0][0]
    reading = readings[first]
    generator = np.random.default_rng(derive_seed(0, "diagnostics"))
    reals = (examples.real.T, examples.answered.T)
    means = {
        la: {g: readings[la].gate(g)[reals[i]].mean(axis=0) for g in la.cell.gates}
        for i, stack in enumerate(stacks)
        for la in stack
    }
    return Diagnosis(
        examples=len(examples.read),
        steps=len(reading.drives),
        score=trainer.measure(split)[0],
        gates={g: gate_use(reading.gate(g), reals[0]) for g in first.cell.gates},
        gradient=passed.gradient,
        predicted=predicted(reading, examples.read, generator),
        horizon=horizon(model, examples, generator),
        lesions=tuple(_lesions(trainer, means)),
    )


def _lesions(trainer: Trainer, means: Mapping[Recurrent, Mapping[str, Array]]) -> Iterator[Lesion]:
    for gate in next(iter(means)).cell.holdable:
        for at in HELD:
            values = {
                layer: mean[gate] if at == "mean" else np.full_like(mean[gate], float(at))
                for layer, mean in means.items()
            }
            with lesion(values, gate):
                yield Lesion(gate, at, trainer.measure(trainer.dataset.validation)[0])


def path_of(folder: Path, experiment: Experiment) -> Path:
    """Where a run's diagnosis is kept."""
    return folder / "diagnostics" / f"{experiment.id}.json"


def write(folder: Path, experiment: Experiment, result: Result) -> Path:
    """Diagnose a run of a study and write what was found.

    Raises:
        NoDiagnosis: see :func:`refusal` and :func:`trained`.
    """
    if reason := refusal(experiment):
        raise NoDiagnosis(reason)
    trainer = trained(folder, experiment)
    found = diagnose(trainer)
    names = ("task", "architecture", "scale", "seed", "match")
    record = {"experiment": experiment.id, **{name: getattr(experiment, name) for name in names}}
    record |= {"recorded": result.validation_score, **asdict(found)}
    record |= {"start": at_start(trainer, experiment)}
    path = path_of(folder, experiment)
    write_atomically(path, json.dumps(_plain(record), allow_nan=False, indent=1))
    return path


def _plain(value: Any) -> Any:
    """The same with numbers of six digits: more says nothing of a mean over examples."""
    if isinstance(value, float):
        return float(f"{value:.6g}") if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {name: _plain(part) for name, part in value.items()}
    return [_plain(part) for part in value] if isinstance(value, list | tuple) else value
