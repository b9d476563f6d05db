"""A study's experiments, in groups that share a compiled step."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from gatewise import tasks
from gatewise.benchmark.records.columns import REFERENCE
from gatewise.benchmark.records.experiment import SEEDS_APART, Experiment
from gatewise.benchmark.records.facts import TaskFacts
from gatewise.benchmark.records.meaning import meaning
from gatewise.benchmark.studies.settings import CHOSEN
from gatewise.benchmark.studies.study import Study
from gatewise.tasks import extras


def recipe(study: Study, facts: TaskFacts, architecture: str) -> Experiment:
    """The experiment of an architecture on the task that was measured; see :func:`asked`."""
    return asked(study, facts.task, architecture, facts.data_sha256)


def require(study: Study) -> None:
    """Refuse what no worker could train, before anything is written.

    Raises:
        AbsentData: a task's data has to be fetched first.
        InvalidExperiment: a setting, or a task's recipe, is out of range.
        UnsupportedLearning: see :meth:`.Study.require_widths`.
    """
    for extra in filter(None, (tasks.find(task).extra for task in study.tasks)):
        extras.require(extra)
    for task, architecture in study.pairs:
        asked(study, task, architecture)
    study.require_widths()


def asked(study: Study, task: str, architecture: str, data_sha256: str = "") -> Experiment:
    """The experiment of an architecture on a task at the given or its own settings, and seed 0."""
    found = tasks.find(task)
    own = found.scale(study.scale).recipe
    given = study.setting(task, architecture)
    tuned = {name: getattr(own, name) for name in CHOSEN} if given is None else given.chosen
    known: dict[str, Any] = {**tuned, **meaning(task, architecture)}
    return Experiment(
        task=task,
        scale=study.scale,
        architecture=architecture,
        budget=study.parameters(task),
        epochs=own.epochs,
        patience=own.patience,
        least_gain=own.least_gain * found.margin,
        schedule=own.schedule,
        seed=0,
        data_sha256=data_sha256,
        learning=study.learning,
        **known,
    )


def plan(
    study: Study,
    settings: Iterable[Experiment],
    seeds: Mapping[tuple[str, str], int] | None = None,
) -> list[list[Experiment]]:
    """The study's final runs, in groups that share a compiled step.

    ``settings`` has an experiment for every task, architecture and repetition of the search, at
    whose hyper-parameters the seeds of all ways of matching are trained: those of repetition r
    begin at r times :data:`.experiment.SEEDS_APART`, so that no two runs draw the same. The
    reference has the same width whatever is matched, so it is not trained twice.
    ``seeds`` says by task and architecture how many of them, none elsewhere; None is the study's.
    """

    def count(chosen: Experiment) -> int:
        return study.seeds if seeds is None else seeds.get((chosen.task, chosen.architecture), 0)

    experiments = [
        replace(chosen, match=match, seed=chosen.repetition * SEEDS_APART + seed)
        for chosen in settings
        for match in study.matches
        if match == study.matches[0] or chosen.architecture != REFERENCE
        for seed in range(count(chosen))
    ]
    return grouped(experiments)


def grouped(experiments: Iterable[Experiment]) -> list[list[Experiment]]:
    """Those that share a compiled step, together; groups in the order of their first members."""
    groups: dict[Experiment, list[Experiment]] = {}
    for experiment in experiments:
        groups.setdefault(experiment.group, []).append(experiment)
    return list(groups.values())
