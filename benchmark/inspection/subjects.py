"""Which runs of a study can be looked into, and their trained weights."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from gatewise import tasks
from gatewise.benchmark.architectures import catalogue
from gatewise.benchmark.execution import worker
from gatewise.benchmark.records.experiment import Experiment, Result
from gatewise.benchmark.records.facts import measure
from gatewise.benchmark.records.meaning import meaning
from gatewise.benchmark.records.unpacking import known_runs
from gatewise.benchmark.studies.plan import recipe
from gatewise.benchmark.studies.study import Study
from gatewise.tasks.task import Pattern

if TYPE_CHECKING:
    from gatewise.benchmark.training.trainer import Trainer


class NoDiagnosis(ValueError):
    """A run that is not there, or that none of the diagnostics can look into."""


def find(
    folder: Path, names: Iterable[str], architectures: Sequence[str], seed: int
) -> list[tuple[Experiment, Result]]:
    """The study's finished final runs of these tasks and architectures at a seed, one of each pair.

    No task is all of them. Where widths were matched in two ways it is that by parameters.

    Raises:
        NoDiagnosis: there is none.
        UnknownTask, UnknownArchitecture: a name that means nothing.
    """
    names = tuple(names)
    for name in names:
        tasks.find(name)
    architectures = [catalogue.find(name).name for name in architectures]
    runs = [
        (e, r)
        for e, r in known_runs(folder)
        if e.phase == "final" and e.seed == seed and r.status == "finished"
    ]
    by_place: dict[tuple[str, str], tuple[Experiment, Result]] = {}
    for e, r in sorted(runs, key=lambda run: run[0].match, reverse=True):
        by_place[e.task, e.architecture] = e, r
    wanted = names or tuple(dict.fromkeys(e.task for e, _ in runs))
    places = [(task, architecture) for task in wanted for architecture in architectures]
    if found := [by_place[place] for place in places if place in by_place]:
        return found
    raise NoDiagnosis(
        f"study {folder.name!r} has no finished run of {', '.join(architectures)} on "
        f"{', '.join(wanted) or 'any task'} at seed {seed}; make them with `gatewise run`"
    )


def refusal(experiment: Experiment) -> str:
    """Why the diagnostics cannot look into a run; empty if they can.

    Its cell goes over trees or frames, its task has one step to read, it was learned forward in
    time, or its architecture has another definition by now.
    """
    name = experiment.architecture
    if name not in catalogue.chains():
        return f"architecture {name!r}: allowed are {', '.join(catalogue.chains())}"
    if tasks.find(experiment.task).pattern is Pattern.VECTOR_TO_SEQUENCE:
        return f"task {experiment.task!r} has one step to read: nothing is further back"
    if experiment.learning == "rtrl":
        return f"learning={experiment.learning!r}: allowed are bptt and tbptt-K"
    if experiment.definition != meaning(experiment.task, name)["definition"]:
        return f"architecture {name!r} is not what it was when the study ran"
    return ""


def made(
    folder: Path, study: Study, told: Callable[[Experiment], None] = lambda _: None
) -> Experiment:
    """The run of a study's one task and architecture at the task's recipe, its weights kept.

    Trained now, unless it was; ``told`` is called before it is.

    Raises:
        NoDiagnosis: another command is training it.
    """
    facts = measure(study.tasks[0], study.scale, folder)
    experiment = recipe(study, facts, study.architectures[0])
    if not worker.weights_path(folder, experiment).exists():
        told(experiment)
        worker.train_group([experiment], folder, keep_weights=True)
    if not worker.weights_path(folder, experiment).exists():
        raise NoDiagnosis(f"{experiment.title}: another command trains it; allowed once it is done")
    return experiment


def trained(folder: Path, experiment: Experiment) -> Trainer:
    """The trainer with the run's trained weights: those that were kept, or trained again now.

    Training again gives the same weights and leaves the test split alone; they are kept.

    Raises:
        Disagreement: the task's data is not what it was when the study ran.
    """
    trainer = worker.trainer(experiment.group)
    path = worker.weights_path(folder, experiment)
    if not path.exists():
        trainer.train(replace(experiment, phase="tuning"))
        path.parent.mkdir(exist_ok=True)
        trainer.model.save_weights(path)
    trainer.model.load_weights(path)
    return trainer
