"""A study: tasks crossed with architectures and seeds, what is done of it, and its tables."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby, product
from pathlib import Path

from gatewise import tasks
from gatewise.benchmark.architectures import catalogue
from gatewise.benchmark.architectures.learning import Learning
from gatewise.benchmark.networks.budget import matched_width
from gatewise.benchmark.records.columns import MATCHES, REFERENCE
from gatewise.benchmark.records.experiment import SEEDS_APART
from gatewise.benchmark.studies.methods import find_method
from gatewise.benchmark.studies.search import trainings
from gatewise.benchmark.studies.settings import Setting
from gatewise.benchmark.tracking.address import ARTIFACTS, STORE
from gatewise.identity import later
from gatewise.tasks.names import is_sized
from gatewise.tasks.task import MOST_PARAMETERS, Pattern


class InvalidStudy(ValueError):
    """A study whose description has a field with no meaning."""


LONGEST_NAME = 100
MOST_TRIALS, MOST_REPETITIONS = 1000, 100
"""Of a study that repeats its searches, so that all their seeds differ."""


def misfit(task: str, architecture: str) -> str:
    """Why the architecture cannot be asked for the task's pattern; empty if it can."""
    entry, found = catalogue.find(architecture), tasks.find(task)
    if entry.over != "sequence" and not found.trees:
        having = ", ".join(name for name, other in tasks.registry().items() if other.trees)
        return f"architecture {architecture!r}: task {task!r} has no trees; allowed are {having}"
    if entry.over == "tree" and entry.cell.over_children:
        return f"architecture {architecture!r}: {entry.cell.over_children}"
    if entry.over != "sequence" and found.pattern is not Pattern.SEQUENCE_TO_CLASS:
        return f"architecture {architecture!r} has one answer: task {task!r} asks for more"
    if entry.cell.window and (not found.frames or found.pattern.decodes):
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
        trials: full trainings that the trials of a search may cost, for every task and
            architecture; 0 trains the task's own recipe.
        search: how trials are chosen, a name of :data:`.methods.METHODS`.
        matches: how widths are made comparable; see :class:`Experiment`.
        learning: the learning algorithm of all experiments.
        budget: their recurrent parameters; None for those of each task's recipe.
        settings: what an earlier search chose, for every pair; empty for each task's recipe.
        repetitions: independent searches for every task and architecture, each with points, a
            chosen setting and ``seeds`` final runs of its own.
        raced: seeds go to the comparisons with the reference that need them, to each architecture
            at most ``seeds``; see :mod:`.racing`.

    Raises:
        InvalidStudy: a name that is no plain folder name, no task, no architecture, no seed,
            fewer trials than none, no or an unknown way of matching, an architecture that fits
            none of the tasks, settings beside a search or without one of the pairs, repetitions
            without a search or with more seeds or trials than can all differ, a race with
            repetitions or with nothing to compare.
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
    search: str = "halving"
    matches: tuple[str, ...] = ("parameters",)
    learning: str = "bptt"
    budget: int | None = None
    settings: tuple[Setting, ...] = ()
    repetitions: int = later(1)
    raced: bool = later(False)

    def __post_init__(self) -> None:
        plain = self.name == Path(self.name).name and self.name.isprintable()
        if not plain or not 0 < len(self.name) <= LONGEST_NAME or self.name.startswith("."):
            raise InvalidStudy(f"study {self.name!r}: allowed is a plain folder name")
        if self.name.startswith((STORE, ARTIFACTS)):
            raise InvalidStudy(f"study {self.name!r}: allowed is a name that no file here has")
        if self.seeds < 1:
            raise InvalidStudy(f"seeds={self.seeds!r}: allowed are whole numbers from 1")
        if self.trials < 0:
            raise InvalidStudy(f"trials={self.trials!r}: allowed are whole numbers from 0")
        find_method(self.search)
        self._require_repetitions()
        for match in self.matches:
            if match not in MATCHES:
                raise InvalidStudy(f"match {match!r}: allowed are {', '.join(MATCHES)}")
        if self.budget is not None and not 1 <= self.budget <= MOST_PARAMETERS:
            raise InvalidStudy(
                f"budget={self.budget!r}: allowed are whole numbers from 1 to {MOST_PARAMETERS}"
            )
        if self.budget is not None and (sized := list(filter(is_sized, self.tasks))):
            raise InvalidStudy(f"budget={self.budget!r}: allowed is none with task {sized[0]!r}")
        for field in ("tasks", "architectures", "matches"):
            if not getattr(self, field):
                raise InvalidStudy(f"{field}={getattr(self, field)!r}: at least one is needed")
        # Another name, or another case, stands for the entry's own, and nothing is trained twice.
        for field, find in (("tasks", tasks.find), ("architectures", catalogue.find)):
            known = dict.fromkeys(find(name).name for name in getattr(self, field))
            object.__setattr__(self, field, tuple(known))
        for task in self.tasks:
            tasks.find(task).scale(self.scale)
        for architecture in self.architectures:
            reasons = [misfit(task, architecture) for task in self.tasks]
            if all(reasons):
                raise InvalidStudy(reasons[0])
        self._require_learning()
        self._require_race()
        if self.settings and self.trials:
            raise InvalidStudy(f"trials={self.trials!r}: allowed is 0 where settings are given")
        if self.settings and (lacking := [p for p in self.pairs if self.setting(*p) is None]):
            raise InvalidStudy(
                f"settings: none for architecture {lacking[0][1]!r} on task {lacking[0][0]!r}; "
                "all must be tuned with equal effort, or none"
            )

    def _require_repetitions(self) -> None:
        if not 1 <= self.repetitions <= MOST_REPETITIONS:
            raise InvalidStudy(
                f"repetitions={self.repetitions!r}: allowed are whole numbers from 1 to "
                f"{MOST_REPETITIONS}"
            )
        if self.repetitions == 1:
            return
        if not self.trials:
            raise InvalidStudy(f"repetitions={self.repetitions!r}: allowed is 1 without a search")
        for field, most in (("seeds", SEEDS_APART), ("trials", MOST_TRIALS)):
            if getattr(self, field) > most:
                raise InvalidStudy(
                    f"{field}={getattr(self, field)!r}: allowed are whole numbers from 1 to {most} "
                    "where the search is repeated"
                )

    def _require_race(self) -> None:
        if not self.raced:
            return
        if self.repetitions > 1:
            raise InvalidStudy(f"repetitions={self.repetitions!r}: allowed is 1 in a race")
        if REFERENCE not in self.architectures or not self.questions:
            raise InvalidStudy(
                f"architectures={','.join(self.architectures)!r}: a race needs {REFERENCE} and "
                "another to compare with it"
            )

    def _require_learning(self) -> None:
        """Refuse what the workers would: see :func:`.models.build_model`."""
        algorithm = Learning.parse(self.learning)
        for task, architecture in self.pairs:
            entry = catalogue.find(architecture)
            if entry.over != "sequence":
                algorithm.require_whole(architecture)
            else:
                decodes = tasks.find(task).pattern.decodes
                algorithm.require(entry.cell, layers=entry.layers, decodes=decodes)

    def setting(self, task: str, architecture: str) -> Setting | None:
        """What was given for an architecture on a task."""
        mine = (s for s in self.settings if (s.task, s.architecture) == (task, architecture))
        return next(mine, None)

    @property
    def pairs(self) -> list[tuple[str, str]]:
        """Every task with every architecture that fits it; see :func:`misfit`."""
        return [(t, a) for t in self.tasks for a in self.architectures if not misfit(t, a)]

    @property
    def questions(self) -> list[tuple[str, str]]:
        """What a race asks: every task with every architecture that is compared there."""
        return [pair for pair in self.pairs if pair[1] != REFERENCE]

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
        """How many final runs :func:`plan` makes; of a race, at most and the reference apart."""
        again = sum(architecture != REFERENCE for _, architecture in self.pairs)
        settings = len(self.pairs) + again * (len(self.matches) - 1)
        return self.repetitions * self.seeds * settings

    @property
    def tuning_runs(self) -> int:
        """How many trainings its searches make at most."""
        return self.repetitions * sum(
            trainings(self.search, self.trials, tasks.find(task).scale(self.scale).recipe.epochs)
            for task, _ in self.pairs
        )

    @property
    def summary(self) -> str:
        """The study in a sentence, and lines for what is left out."""
        effort = f"{self.search} search worth {self.trials} full trainings"
        effort += f", {self.repetitions} times over" if self.repetitions > 1 else ""
        tuned = f", tuned by {effort}" if self.trials else ""
        searched = f" and at most {self.tuning_runs} trials" if self.trials else ""
        tuned = ", at settings that were found before" if self.settings else tuned
        seeds = _several(self.seeds, "seed")
        runs = f"{_several(self.runs, 'run')}{searched}, {seeds}"
        if self.raced:
            asked = _several(len(self.questions), "comparison")
            runs = f"a race of {asked}{searched}, up to {seeds}"
        return "\n".join(
            [
                f"study {self.name}: {runs} for each of "
                f"{_several(len(self.pairs), 'pair')} of {_several(len(self.tasks), 'task')} and "
                f"{_several(len(self.architectures), 'architecture')}, at matched "
                f"{' and '.join(MATCHES[m] for m in self.matches)}{tuned}",
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
            for (_, architecture), match in product(pairs, self.matches):
                entry = catalogue.find(architecture)
                sized = (entry, match, self.parameters(name))
                width = matched_width(dataset, task.pattern, *sized)
                algorithm.require(entry.cell, width.units)


def _several(count: int, what: str) -> str:
    """So many of a thing; of one thing, one."""
    return f"{count} {what}{'' if count == 1 else 's'}"
