"""A study: tasks crossed with architectures and seeds, what is done of it, and its tables."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from itertools import groupby
from pathlib import Path
from typing import Any

import tasks
from benchmark import columns
from benchmark.architectures import catalogue
from benchmark.architectures.learning import Learning
from benchmark.budget import solve_width
from benchmark.experiment import MATCHES, REFERENCE, Experiment, Result
from benchmark.ledger import Ledger, write_atomically
from benchmark.provenance import PROVENANCE, UNKNOWN
from benchmark.search import SPACE, Setting, find_method
from tasks.task import Baseline, Pattern, chance


class InvalidStudy(ValueError):
    """A study whose description has a field with no meaning."""


@dataclass(frozen=True)
class Preset:
    """A ready-made study: how large its tasks are, which are compared how often, how tuned."""

    scale: str
    tasks: tuple[str, ...]
    architectures: tuple[str, ...]
    seeds: int
    trials: int = 0


LONGEST_NAME = 100
MAIN_TASKS = ("sentiment", "labelling", "video", "translation")
LSTM_GATES = ("lstm", "NIG", "NFG", "NOG")
STANDARD = (
    *(*LSTM_GATES, "NIG-NFG", "NIG-NOG", "NFG-NOG", "NIG-NFG-NOG"),
    *("gru", "gru-no-reset", "gru-no-update", "gru-no-reset-no-update", "mgu", "GRU1", "GRU2"),
    *("GRU3", "vanilla", "bi-lstm", "bi-gru", "stacked-lstm", "stacked-vanilla"),
    *("lstm-bias0", "lstm-chrono", "NIAF", "NOAF", "CIFG", "peephole", "FGR", "janet"),
    "no-inner-recurrence",
)
"""Both lattices, the GRU family, and what the published findings speak of."""

PRESETS: Mapping[str, Preset] = {
    "smoke": Preset("smoke", MAIN_TASKS, ("lstm", "NFG", "vanilla"), seeds=2),
    "quick": Preset(
        "quick", MAIN_TASKS, (*LSTM_GATES, "gru", "vanilla", "bi-lstm", "stacked-lstm"), seeds=3
    ),
    "standard": Preset(
        "standard",
        (*MAIN_TASKS, "char-lm", *(name for name, task in tasks.registry().items() if task.dial)),
        STANDARD,
        seeds=10,
        trials=12,
    ),
    "paper": Preset(
        "paper",
        tuple(name for name, task in tasks.registry().items() if not task.extra),
        tuple(catalogue.CATALOGUE),
        seeds=20,
        trials=200,
    ),
}


def find_preset(name: str) -> Preset:
    """The preset of that name.

    Raises:
        InvalidStudy: there is none.
    """
    if name not in PRESETS:
        raise InvalidStudy(f"preset {name!r}: allowed are {', '.join(PRESETS)}")
    return PRESETS[name]


def misfit(task: str, architecture: str) -> str:
    """Why the architecture cannot be asked for the task's pattern; empty if it can."""
    entry, found = catalogue.find(architecture), tasks.find(task)
    if entry.over != "sequence" and not found.trees:
        having = ", ".join(name for name, other in tasks.registry().items() if other.trees)
        return f"architecture {architecture!r}: task {task!r} has no trees; allowed are {having}"
    if entry.cell.window and not found.frames:
        having = ", ".join(name for name, other in tasks.registry().items() if other.frames)
        return f"architecture {architecture!r}: task {task!r} is no film; allowed are {having}"
    if found.pattern is Pattern.NEXT_STEP and entry.directions > 1:
        return f"architecture {architecture!r} would read ahead what task {task!r} predicts"
    if found.pattern is Pattern.VECTOR_TO_SEQUENCE and entry.directions > 1:
        return f"architecture {architecture!r} reads two ways: task {task!r} has one step to read"
    return ""


@dataclass(frozen=True)
class Study:
    """A study's description; its experiments are the cross product, less what does not fit.

    Attributes:
        trials: tuning trials for every task and architecture; 0 trains the task's own recipe.
        search: how trials are chosen, a name of :data:`benchmark.search.METHODS`.
        matches: how widths are made comparable; see :class:`Experiment`.
        learning: the learning algorithm of all experiments.
        budget: their recurrent parameters; None for those of each task's recipe.
        settings: what an earlier search chose, for every pair; empty for each task's recipe.

    Raises:
        InvalidStudy: a name that is no plain folder name, no task, no architecture, no seed,
            fewer trials than none, no or an unknown way of matching, an architecture that fits
            none of the tasks, settings beside a search or without one of the pairs.
        InvalidLearning, UnsupportedLearning: ``learning`` is none, or serves not every member.
        UnknownTask, UnknownArchitecture, UnknownScale, InvalidSearch: a name that no registry
            holds.
    """

    name: str
    scale: str
    tasks: tuple[str, ...]
    architectures: tuple[str, ...]
    seeds: int
    trials: int = 0
    search: str = "random"
    matches: tuple[str, ...] = ("parameters",)
    learning: str = "bptt"
    budget: int | None = None
    settings: tuple[Setting, ...] = ()

    def __post_init__(self) -> None:
        plain = self.name == Path(self.name).name and self.name.isprintable()
        if not plain or not 0 < len(self.name) <= LONGEST_NAME or self.name.startswith("."):
            raise InvalidStudy(f"study {self.name!r}: allowed is a plain folder name")
        if self.seeds < 1:
            raise InvalidStudy(f"seeds={self.seeds!r}: allowed are whole numbers from 1")
        if self.trials < 0:
            raise InvalidStudy(f"trials={self.trials!r}: allowed are whole numbers from 0")
        find_method(self.search)
        for match in self.matches:
            if match not in MATCHES:
                raise InvalidStudy(f"match {match!r}: allowed are {', '.join(MATCHES)}")
        if self.budget is not None and self.budget < 1:
            raise InvalidStudy(f"budget={self.budget!r}: allowed are whole numbers from 1")
        for field in ("tasks", "architectures", "matches"):
            if not getattr(self, field):
                raise InvalidStudy(f"{field}={getattr(self, field)!r}: at least one is needed")
        for task in self.tasks:
            tasks.find(task).scale(self.scale)
        for architecture in self.architectures:
            reasons = [misfit(task, architecture) for task in self.tasks]
            if all(reasons):
                raise InvalidStudy(reasons[0])
        algorithm = Learning.parse(self.learning)
        for task, architecture in self.pairs:
            decodes = tasks.find(task).pattern is Pattern.ENCODER_DECODER
            entry = catalogue.find(architecture)
            algorithm.require(entry.cell, layers=entry.layers, decodes=decodes)
        if self.settings and self.trials:
            raise InvalidStudy(f"trials={self.trials!r}: allowed is 0 where settings are given")
        if self.settings and (lacking := [p for p in self.pairs if self.setting(*p) is None]):
            raise InvalidStudy(
                f"settings: none for architecture {lacking[0][1]!r} on task {lacking[0][0]!r}; "
                "all must be tuned with equal effort, or none"
            )

    def setting(self, task: str, architecture: str) -> Setting | None:
        """What was given for an architecture on a task."""
        mine = (s for s in self.settings if (s.task, s.architecture) == (task, architecture))
        return next(mine, None)

    @property
    def pairs(self) -> list[tuple[str, str]]:
        """Every task with every architecture that fits it; see :func:`misfit`."""
        return [(t, a) for t in self.tasks for a in self.architectures if not misfit(t, a)]

    @property
    def left_out(self) -> list[str]:
        """What is missing from the cross product, and why; a line an architecture."""
        lines = []
        for architecture in self.architectures:
            reasons = [r for task in self.tasks if (r := misfit(task, architecture))]
            if reasons:
                more = f" (and {len(reasons) - 1} tasks more)" if reasons[1:] else ""
                lines.append(f"{reasons[0]}{more}")
        return lines

    @property
    def runs(self) -> int:
        """How many final runs :func:`plan` makes."""
        again = sum(architecture != REFERENCE for _, architecture in self.pairs)
        return self.seeds * (len(self.pairs) + again * (len(self.matches) - 1))

    @property
    def summary(self) -> str:
        """The study in a sentence, and lines for what is left out."""
        tuned = f", tuned by {self.trials} trials of {self.search} search" if self.trials else ""
        tuned = ", at settings that were found before" if self.settings else tuned
        return "\n".join(
            [
                f"study {self.name}: {self.runs} runs, {self.seeds} seeds for each of "
                f"{len(self.pairs)} pairs of {len(self.tasks)} tasks and "
                f"{len(self.architectures)} architectures, at matched "
                f"{' and '.join(self.matches)}{tuned}",
                *(f"left out: {reason}" for reason in self.left_out),
            ]
        )

    def parameters(self, task: str) -> int:
        """The budget of recurrent parameters on a task."""
        recipe = tasks.find(task).scale(self.scale).recipe
        return recipe.parameters if self.budget is None else self.budget

    def require_widths(self) -> None:
        """Refuse widths that the learning algorithm cannot serve; reads the data if it has limits.

        Raises:
            UnsupportedLearning: a layer of the budget's width is too wide for the algorithm.
        """
        algorithm = Learning.parse(self.learning)
        if algorithm.algorithm != "rtrl":
            return
        for name, pairs in groupby(self.pairs, key=lambda pair: pair[0]):
            task = tasks.find(name)
            dataset = task.load(self.scale)
            for _, architecture in pairs:
                entry = catalogue.find(architecture)
                width = solve_width(dataset, task.pattern, entry, self.parameters(name))
                algorithm.require(entry.cell, width.units)


@dataclass(frozen=True)
class TaskFacts:
    """What the tables say of a task at a scale: measured on its data, the same for all runs."""

    task: str
    scale: str
    data_sha256: str
    chance: float
    train_examples: int
    test_examples: int
    baselines: tuple[Baseline, ...]


def measure(task: str, scale: str, folder: Path) -> TaskFacts:
    """Load a task's data and measure chance and baselines; kept in the study's folder.

    Baselines train models of their own, so what is kept is used again while the data is the same.
    """
    found = tasks.find(task)
    dataset = found.load(scale)
    checksum = dataset.checksum()
    if _facts_path(folder, task, checksum).exists():
        return read_facts(folder, task, checksum)
    facts = TaskFacts(
        task=task,
        scale=scale,
        data_sha256=checksum,
        chance=chance(dataset, found.metric),
        train_examples=len(dataset.train),
        test_examples=len(dataset.test),
        baselines=found.baselines(dataset),
    )
    write_atomically(_facts_path(folder, task, checksum), json.dumps(asdict(facts)))
    return facts


def read_facts(folder: Path, task: str, data_sha256: str) -> TaskFacts:
    """What :func:`measure` kept in a study's folder."""
    stored = json.loads(_facts_path(folder, task, data_sha256).read_text(encoding="utf-8"))
    stored["baselines"] = tuple(Baseline(**b) for b in stored["baselines"])
    return TaskFacts(**stored)


def _facts_path(folder: Path, task: str, data_sha256: str) -> Path:
    return folder / "tasks" / f"{task}-{data_sha256[:16]}.json"


def recipe(study: Study, facts: TaskFacts, architecture: str) -> Experiment:
    """The experiment of an architecture at the given or its task's own settings, and seed 0."""
    own = tasks.find(facts.task).scale(study.scale).recipe
    given = study.setting(facts.task, architecture)
    tuned = {name: getattr(own, name) for name in asdict(SPACE)} if given is None else given.chosen
    return Experiment(
        task=facts.task,
        scale=study.scale,
        architecture=architecture,
        definition=json.dumps(catalogue.find(architecture).describe(), sort_keys=True),
        budget=study.parameters(facts.task),
        epochs=own.epochs,
        patience=own.patience,
        seed=0,
        data_sha256=facts.data_sha256,
        learning=study.learning,
        **tuned,
    )


def plan(study: Study, settings: Iterable[Experiment]) -> list[list[Experiment]]:
    """The study's final runs, in groups that share a compiled step.

    ``settings`` has an experiment for every task and architecture, at whose hyper-parameters the
    seeds of all ways of matching are trained. The reference has at matched width the width that it
    has anyway, so it is not trained twice.
    """
    experiments = [
        replace(chosen, match=match, seed=seed)
        for chosen in settings
        for match in study.matches
        if match == study.matches[0] or chosen.architecture != REFERENCE
        for seed in range(study.seeds)
    ]
    return grouped(experiments)


def grouped(experiments: Iterable[Experiment]) -> list[list[Experiment]]:
    """Those that share a compiled step, together; groups in the order of their first members."""
    groups: dict[Experiment, list[Experiment]] = {}
    for experiment in experiments:
        groups.setdefault(experiment.group, []).append(experiment)
    return list(groups.values())


def run_row(
    study: str,
    facts: TaskFacts,
    experiment: Experiment,
    result: Result,
    mlflow_run: str = "",
    mlflow_experiment: str = "",
) -> dict[str, Any]:
    """One row of ``runs.csv``; see :mod:`benchmark.columns`."""
    task = tasks.find(experiment.task)
    dial = task.dial
    known: dict[str, Any] = {
        **asdict(experiment),
        **asdict(result),
        **dict.fromkeys(PROVENANCE, UNKNOWN),
        **result.made,
        "experiment": experiment.id,
        "study": study,
        "task_summary": task.summary,
        "pattern": str(task.pattern),
        "dial": dial.family if dial else "",
        "dial_value": dial.value if dial else "",
        "dial_unit": dial.unit if dial else "",
        "metric": task.metric.kind,
        "unit": task.metric.unit,
        "higher_is_better": task.metric.higher_is_better,
        "perfect": task.metric.perfect,
        "chance": facts.chance,
        "margin": task.margin,
        "train_examples": facts.train_examples,
        "test_examples": facts.test_examples,
        "source": task.source.citation,
        "mlflow_run": mlflow_run,
        "mlflow_experiment": mlflow_experiment,
    }
    row = {name: known[name] for name in columns.RUNS}
    row |= {f"gate.{gate}": value for gate, value in gate_values(experiment).items()}
    row |= {f"test.{name}": score for name, score in result.test.items()}
    row |= {f"baseline.{b.name} [{b.metric}]": b.score for b in facts.baselines}
    row |= {f"published.{p.model} ({p.source}) [{p.metric}]": p.score for p in task.context}
    return row


def gate_values(experiment: Experiment) -> dict[str, str]:
    """The gates of an experiment's cell, as it was defined when it ran."""
    cell = json.loads(experiment.definition)["cell"]
    return {gate: cell[gate] for gate in ("write", "keep", "emit", "reset")}


def curve_rows(experiment: Experiment, result: Result) -> list[dict[str, Any]]:
    """The rows of ``curves.csv`` of one run."""
    known = {**asdict(experiment), "experiment": experiment.id}
    return [
        {name: {**known, **asdict(epoch)}[name] for name in columns.CURVES}
        for epoch in result.curve
    ]


def latest_runs(folder: Path) -> list[tuple[Experiment, Result]]:
    """The study's finished runs, in the order of its tables.

    Where an architecture ran twice on a task at one seed under different settings, the later run
    counts.
    """
    newest: dict[tuple[Any, ...], tuple[Experiment, Result]] = {}
    for experiment, result in sorted(Ledger(folder), key=lambda run: run[1].finished_at):
        newest[_place(experiment)] = experiment, result
    return [newest[place] for place in sorted(newest)]


def write_tables(
    study: str, folder: Path, mlflow_runs: Mapping[str, str], mlflow_experiment: str = ""
) -> None:
    """Write ``runs.csv`` and ``curves.csv`` from the ledger."""
    runs = latest_runs(folder)
    facts = {
        sha: read_facts(folder, task, sha)
        for task, sha in {(e.task, e.data_sha256) for e, _ in runs}
    }
    rows = [
        run_row(study, facts[e.data_sha256], e, r, mlflow_runs.get(e.id, ""), mlflow_experiment)
        for e, r in runs
    ]
    write_atomically(folder / "runs.csv", _csv(rows))
    write_atomically(folder / "curves.csv", _csv(row for run in runs for row in curve_rows(*run)))


def _place(experiment: Experiment) -> tuple[Any, ...]:
    """What can be there only once in a study's tables."""
    return (
        experiment.task,
        experiment.architecture,
        experiment.match,
        experiment.phase,
        experiment.seed,
    )


def _csv(rows: Iterable[Mapping[str, Any]]) -> str:
    rows = list(rows)
    names = list(dict.fromkeys(name for row in rows for name in row))
    text = io.StringIO()
    writer = csv.DictWriter(text, names, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()
