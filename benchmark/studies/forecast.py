"""How long a study will take on this machine: by what earlier trainings took, or a few steps."""

from __future__ import annotations

import csv
import math
import multiprocessing
import os
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from statistics import fmean, median, variance

from gatewise import tasks
from gatewise.benchmark.execution import worker
from gatewise.benchmark.execution.agreement import Agreement
from gatewise.benchmark.execution.local import cores
from gatewise.benchmark.records.columns import REFERENCE
from gatewise.benchmark.records.experiment import Experiment
from gatewise.benchmark.studies.plan import asked
from gatewise.benchmark.studies.search import AGAIN
from gatewise.benchmark.studies.study import Study

Kind = tuple[str, str]
"""A task and an architecture."""

RECENT = 10
"""So many of the latest trainings of a kind tell how long the next one takes."""
SHORTEST = "smoke"
"""The scale at which a training takes no longer than it would take to time one."""
LONGEST_LOOK = 60.0
EVALUATED = 0.2
"""Time of an epoch's evaluation beside that of its steps, about."""
WORKER_GB, GROUP_GB = 0.9, 0.06
"""Memory of a worker, and what each further program that it compiles adds; see docs/engine.md."""
RUN_KB = 50
"""Disk of a training where no study tells: its record, its scores by example, its tracked run."""
NEEDED = (
    *("task", "architecture", "test_score", "margin", "wall_seconds", "compile_seconds"),
    *("finished_at", "machine"),
)
"""The columns of ``runs.csv`` that are read here, beside those that rows are chosen by."""


@dataclass(frozen=True)
class Times:
    """How long trainings take.

    Attributes:
        seconds: wall time of one training, by task and architecture.
        at_once: how many trainings go on at a time.
        compiling: what the first training of a kind that has no seconds takes more, by task.
    """

    seconds: Mapping[Kind, float] = field(default_factory=dict)
    at_once: int = 1
    compiling: Mapping[str, float] = field(default_factory=dict)

    def of(self, task: str, architecture: str) -> float | None:
        """Seconds of one training, by others of the task where there are none; None if unknown."""
        known = [s for (mine, _), s in self.seconds.items() if mine == task]
        return self.seconds.get((task, architecture), fmean(known) if known else None)

    def total(self, experiments: Iterable[Experiment]) -> float:
        """Seconds of all of them one after the other; what is unknown counts nothing."""
        return self._total(Counter((e.task, e.architecture) for e in experiments))

    def wall(self, counts: Mapping[Kind, float]) -> float:
        """Seconds until so many trainings of each kind are done, :attr:`at_once` at a time."""
        return self._total(counts) / self.at_once

    def beside(self, timed: Mapping[Kind, float]) -> Times:
        """The same, with what a few steps say of kinds that have no seconds."""
        return replace(self, seconds={**timed, **self.seconds})

    def _total(self, counts: Mapping[Kind, float]) -> float:
        trainings = sum(n * (self.of(*kind) or 0.0) for kind, n in counts.items())
        unheard = (task for (task, a), n in counts.items() if n and (task, a) not in self.seconds)
        return trainings + sum(self.compiling.get(task, 0.0) for task in unheard)


# --- What earlier runs say -------------------------------------------------------------------


def final_rows(results: Path, scale: str) -> Iterator[Mapping[str, str]]:
    """Rows of all ``runs.csv`` in a results folder: finished final runs at a scale.

    A table that is not ours is passed over: it is for whoever asks for that study to complain.
    """
    wanted = {"scale": scale, "phase": "final", "status": "finished"}
    for path in sorted(results.glob("*/runs.csv")):
        with (
            suppress(OSError, csv.Error),
            path.open(newline="", encoding="utf-8", errors="replace") as file,
        ):
            table = csv.DictReader(file)
            if set(NEEDED) <= set(table.fieldnames or ()):
                yield from (r for r in table if wanted.items() <= r.items() and _has_numbers(r))


def _has_numbers(row: Mapping[str, str | None]) -> bool:
    """Whether a row has what is counted with; a table that somebody edited may not."""
    try:
        score, margin, seconds, once = (
            float(row[n] or "") for n in ("test_score", "margin", "wall_seconds", "compile_seconds")
        )
    except ValueError:
        return False
    return math.isfinite(score) and 0 < margin < math.inf and 0 <= once <= seconds < math.inf


def remembered(results: Path, study: Study, machine: str, at_once: int = 1) -> Times:
    """How long the study's trainings take, by the latest of all studies in a results folder.

    Those count that could have had as many epochs; of these, those of this ``machine`` where there
    are any. What compiling took is apart: a group of trainings compiles once, and that is kept.
    """
    epochs = {task: str(tasks.find(task).scale(study.scale).recipe.epochs) for task in study.tasks}
    found: dict[Kind, list[tuple[bool, str, float]]] = defaultdict(list)
    most: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    for row in final_rows(results, study.scale):
        task, name = row["task"], row["architecture"]
        if row.get("epochs") != epochs.get(task, "none"):
            continue
        compiling = float(row["compile_seconds"])
        most[task][name] = max(most[task][name], compiling)
        seconds = float(row["wall_seconds"]) - compiling
        found[task, name].append((row["machine"] == machine, row["finished_at"], seconds))
    return Times(
        {kind: _recent(rows) for kind, rows in found.items()},
        at_once,
        {task: fmean(of.values()) for task, of in most.items()},
    )


def _recent(rows: list[tuple[bool, str, float]]) -> float:
    latest = sorted(rows, reverse=True)[:RECENT]
    return fmean(seconds for here, _, seconds in latest if here == latest[0][0])


def spreads(results: Path, scale: str) -> dict[str, float]:
    """By task how far a run's score lies from another's, in margins, where earlier runs tell.

    The root of the median over architectures of the variance over seeds.
    """
    scores: dict[Kind, list[float]] = defaultdict(list)
    for row in final_rows(results, scale):
        kind = row["task"], row["architecture"]
        scores[kind].append(float(row["test_score"]) / float(row["margin"]))
    of_task: dict[str, list[float]] = defaultdict(list)
    for (task, _), values in scores.items():
        if len(values) > 1:
            of_task[task].append(variance(values))
    return {task: math.sqrt(median(values)) for task, values in of_task.items()}


def done(folder: Path, scale: str) -> dict[Kind, int]:
    """How many final runs of each kind a study's folder has."""
    counts: dict[Kind, int] = defaultdict(int)
    for row in final_rows(folder.parent, scale):
        if row.get("study") == folder.name:
            counts[row["task"], row["architecture"]] += 1
    return counts


# --- A few timed steps -----------------------------------------------------------------------


def unheard(study: Study, known: Mapping[Kind, float]) -> Mapping[Kind, float]:
    """:func:`timed` for the tasks of which nothing is known; those of scale smoke are over before.

    Without it a race would take them for free, and begin with the dearest.
    """
    lacking = [t for t in study.tasks if not any(task == t for task, _ in known)]
    return timed(study, () if study.scale == SHORTEST else tuple(lacking))


@cache
def timed(study: Study, names: tuple[str, ...]) -> Mapping[Kind, float]:
    """Seconds of one training of a task at most, of the reference, by a few of its steps.

    Once in a command, in processes that end afterwards, with one thread, as workers have; what they
    compile the trainings find. After :data:`LONGEST_LOOK` seconds no further task is begun with.
    Nothing is known of what fails: why it does is told by the training.
    """
    if not names:
        return {}
    os.environ.update(worker.ENVIRONMENT)
    context = multiprocessing.get_context("spawn")
    given = study, Agreement.here(), time.time() + LONGEST_LOOK
    with ProcessPoolExecutor(min(len(names), cores()), context) as pool:
        begun = [pool.submit(_timed, name, *given) for name in names]
        found: dict[Kind, float] = {}
        for future in begun:
            with suppress(BrokenProcessPool):
                found |= future.result()
    return found


def _timed(name: str, study: Study, agreement: Agreement, until: float) -> dict[Kind, float]:
    agreement.enter()
    worker.single_thread()
    with suppress(Exception):
        if time.time() < until:
            return _paced(study, name)
    return {}


def _paced(study: Study, name: str) -> dict[Kind, float]:
    """Seconds of one training on a task, of the architecture that was timed."""
    of_task = [architecture for task, architecture in study.pairs if task == name]
    architecture = REFERENCE if REFERENCE in of_task else of_task[0]
    dataset, checksum = worker.loaded(name, study.scale)
    experiment = asked(study, name, architecture, checksum)
    steps = math.ceil(len(dataset.train) / experiment.batch_size) * experiment.epochs
    seconds, compilation = worker.trainer(experiment.group).pace(experiment)
    return {(name, architecture): steps * seconds * (1 + EVALUATED) + compilation}


# --- Together --------------------------------------------------------------------------------


def searches(study: Study) -> dict[Kind, float]:
    """Full trainings that the study's searches cost at most, by task and architecture."""
    if not study.trials:
        return {}
    return dict.fromkeys(study.pairs, float(study.repetitions * (study.trials + AGAIN + 1)))


def memory_gb(study: Study, at_once: int) -> float:
    """Memory that all workers need at most, in GB."""
    groups = len(study.pairs) * len(study.matches) / at_once
    return at_once * (WORKER_GB + GROUP_GB * min(groups, worker.GROUPS_A_PROCESS))


def disk_mb(results: Path, trainings: float) -> float:
    """Disk that so many trainings fill, in MB, by what those of the results folder do."""
    sizes = [
        sum(
            file.stat().st_size
            for part in ("ledger", "examples")
            for file in (folder / part).glob("*")
        )
        / max(1, sum(1 for _ in (folder / "ledger").glob("*.json")))
        for folder in results.glob("*")
        if (folder / "ledger").is_dir()
    ]
    return trainings * (fmean(sizes) / 1000 if sizes else RUN_KB) / 1000
