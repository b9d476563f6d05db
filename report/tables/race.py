"""How a raced study stands: each architecture against the reference, look by look.

Everything follows from the study's runs (:mod:`gatewise.report.statistics.race`), so that whoever
asks, and whenever, is told the same.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from gatewise.report.names import REFERENCE
from gatewise.report.reading import runs as of_runs
from gatewise.report.reading.questions import Pair, Questions
from gatewise.report.reading.results import Results
from gatewise.report.reading.scores import Examples
from gatewise.report.statistics import race
from gatewise.report.statistics.effects import LEVEL, Array
from gatewise.report.statistics.families import UNKNOWN
from gatewise.report.statistics.race import Measured, Standing

Paid = Callable[[str], float]
"""Of an architecture the part of its error that a look at its runs may spend."""


@dataclass(frozen=True)
class TaskRace:
    """The race of one task's ``architectures`` against the reference, in the standing's order."""

    architectures: Sequence[str]
    standing: Standing

    @property
    def wanted(self) -> Mapping[str, int]:
        """By architecture the seeds that the next look needs; none where no pair still runs."""
        if self.standing.over:
            return {}
        names = (REFERENCE, *self.architectures)
        return dict(zip(names, map(int, self.standing.wanted), strict=True))

    @property
    def running(self) -> int:
        """How many pairs still run."""
        return int((self.standing.state == race.RUNNING).sum())

    @property
    def likely(self) -> float:
        """How many pairs the next look may be expected to decide."""
        return float(self.standing.likely.sum())

    @property
    def next_look(self) -> int:
        """Seeds of the architectures that still run at their next look."""
        return self.standing.ahead

    def spent(self, architecture: str) -> float:
        """The part of its error that a look at an architecture's runs may spend, as they are."""
        if architecture not in self.architectures:
            return 1.0
        return float(self.standing.spent[self.place(architecture)])

    def place(self, architecture: str) -> int:
        """Where an architecture stands in the standing."""
        return list(self.architectures).index(architecture)


def races(
    questions: Questions, results: Results | None, level: float = LEVEL
) -> dict[str, TaskRace]:
    """By task its race, as far as the runs of ``results`` go (None: there are none yet)."""
    found: dict[str, TaskRace] = {}
    for task in dict.fromkeys(task for task, _ in questions.pairs):
        names = [name for mine, name in questions.pairs if mine == task]
        runs, examples = _runs(task, results)
        sides = (REFERENCE, *names)
        available = np.array([_unbroken(runs, side) for side in sides])
        measure = _Measure(sides, runs, examples)
        standing = race.race(measure, available, len(questions.pairs), questions.seeds, 1 - level)
        found[task] = TaskRace(names, standing)
    return found


def all_running(pairs: Sequence[Pair], seeds: int) -> dict[Pair, int]:
    """By task and architecture the seeds at a look of so many, if every pair still runs."""
    wanted = dict.fromkeys(pairs, seeds)
    for task, pairs_there in Counter(task for task, _ in pairs).items():
        wanted[task, REFERENCE] = race.reference_seeds(seeds, pairs_there)
    return wanted


def said(found: Mapping[str, TaskRace]) -> str:
    """How the races of a study stand, in a line."""
    standings = [mine.standing for mine in found.values()]
    statements = Counter(s for one in standings for s in one.verdicts.statement)
    states = Counter(s for one in standings for s in one.state)
    kinds = ", ".join(f"{n} {s}" for s, n in sorted(statements.items()) if s != UNKNOWN)
    parts = [f"decided {states[race.DECIDED]} of {states.total()}{f' ({kinds})' if kinds else ''}"]
    parts += [f"{states[s]} {s}" for s in (race.GIVEN_UP, race.ENDED) if states[s]]
    going = [f"{task} at {one.next_look}" for task, one in found.items() if one.running]
    ahead = f"; next looks, in seeds: {', '.join(going)}" if going else ""
    return f"race: {', '.join(parts)}{ahead}"


def _runs(task: str, results: Results | None) -> tuple[pd.DataFrame, Examples | None]:
    """A task's final runs at the leading way of matching, and what they did on the examples."""
    if results is None:
        return pd.DataFrame({"architecture": [], "seed": []}), None
    main = results.main
    return main[main["task"] == task], results.examples.get(task)


def _unbroken(runs: pd.DataFrame, architecture: str) -> int:
    """How many seeds from 0 on an architecture has without a gap."""
    seeds = set(runs.loc[runs["architecture"] == architecture, "seed"])
    return next(n for n in range(len(seeds) + 1) if n not in seeds)


@dataclass(frozen=True)
class _Measure:
    """What the first seeds of each side say, the reference first."""

    sides: Sequence[str]
    runs: pd.DataFrame
    examples: Examples | None

    def __call__(self, seeds: Array) -> Measured:
        most = self.runs["architecture"].map(dict(zip(self.sides, seeds, strict=True)))
        known = of_runs.of_task(self.runs[self.runs["seed"] < most], self.examples)
        first = self.runs.iloc[0]
        sign, margin = 1.0 if first["higher_is_better"] else -1.0, float(first["margin"])
        contrasts = [{name: sign, REFERENCE: -sign} for name in self.sides[1:]]
        return Measured(
            known.estimates(contrasts) / margin,
            known.errors(contrasts).over(np.full(len(contrasts), margin)),
            known.sample(contrasts) / margin**2,
        )
