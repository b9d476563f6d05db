"""The judges of findings. Each decides only where an interval or a corrected test does."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import pandas as pd

from gatewise.report.findings.judgement import (
    AGREES,
    CONTRADICTED,
    EVIDENCE,
    NOT_TESTED,
    OPEN,
    REPRODUCED,
    REVERSED,
    UNDECIDED,
    Evidence,
    Finding,
    Judgement,
    together,
)
from gatewise.report.statistics.families import BETTER, CERTAIN, SMALL, UNKNOWN, WORSE
from gatewise.report.tables.diagnosis import slower_decay
from gatewise.report.tables.verdicts import NO_WITNESS, Pair

_TURNED = {WORSE: BETTER, BETTER: WORSE}


@dataclass(frozen=True)
class Expectation:
    """What the statement on ``first`` against ``second`` has to be, and what breaks the claim.

    A statement that is in neither leaves it standing. What is not certain decides nothing.
    """

    first: str
    second: str
    met: tuple[str, ...]
    broken: tuple[str, ...]

    def tendency(self, statement: str) -> str:
        """What a statement is to it, however sure it is."""
        return AGREES if statement in self.met else REVERSED if statement in self.broken else OPEN

    def outcome(self, statement: str, verdict: str) -> dict[str, str]:
        """What was expected, and whether a verdict meets or breaks it."""
        outcome = UNDECIDED
        if verdict in CERTAIN:
            outcome = _outcome(statement in self.met, statement in self.broken)
        return {"expected": " or ".join(self.met), "outcome": outcome}


def worse(first: str, second: str, tie_stands: bool = False) -> Expectation:
    """``first`` is worse; a tie breaks it unless ``tie_stands``."""
    return Expectation(first, second, (WORSE,), (BETTER,) if tie_stands else (BETTER, SMALL))


def better(first: str, second: str, tie_stands: bool = False) -> Expectation:
    """``first`` is better; a tie breaks it unless ``tie_stands``."""
    return Expectation(first, second, (BETTER,), (WORSE,) if tie_stands else (WORSE, SMALL))


def same(first: str, second: str) -> Expectation:
    """The two are on a par: a difference either way breaks it."""
    return Expectation(first, second, (SMALL,), (WORSE, BETTER))


def no_worse(first: str, second: str) -> Expectation:
    """``first`` is on a par or better; only being worse breaks it."""
    return Expectation(first, second, (SMALL, BETTER), (WORSE,))


def no_better(first: str, second: str) -> Expectation:
    """``first`` is on a par or worse; only being better breaks it."""
    return Expectation(first, second, (SMALL, WORSE), (BETTER,))


@dataclass(frozen=True, init=False)
class Comparisons:
    """All expectations must be met; one that is broken contradicts, on every task by itself."""

    expectations: tuple[Expectation, ...]

    def __init__(self, *expectations: Expectation) -> None:
        object.__setattr__(self, "expectations", expectations)

    @property
    def pairs(self) -> list[Pair]:
        """Both sides of each expectation."""
        return [(e.first, e.second) for e in self.expectations]

    def __call__(self, finding: Finding, study: Evidence) -> Judgement:
        """Task by task, as far as the claim is about it."""
        mine = [task for task in study.tasks if finding.speaks_of(task, study.dials)]
        elsewhere = self._elsewhere(study, [task for task in study.tasks if task not in mine])
        evidence, missing = self._evidence(study, mine)
        # A size counts where something of the finding was compared.
        compared = evidence["task"].unique() if len(evidence) else mine
        if len({study.budgets.get(task, 0) for task in compared}) < finding.sizes:
            return Judgement(finding, NOT_TESTED, missing=_needs(finding), elsewhere=elsewhere)
        by_task = {
            str(task): together(group["outcome"].tolist(), len(self.expectations))
            for task, group in evidence.groupby("task", sort=False)
        }
        outcome = finding.over_tasks(list(by_task.values()))
        if missing and outcome != CONTRADICTED:
            outcome = NOT_TESTED
        lacking = f"lacks {', '.join(missing)}" if missing else ""
        return Judgement(finding, outcome, by_task, evidence, lacking, elsewhere)

    def _elsewhere(self, study: Evidence, tasks: list[str]) -> dict[str, str]:
        """By task, of those where all was compared, what is probable there."""
        known, found = _known(study), {}
        for task in tasks:
            rows = [(e, _lookup(known, e, task)) for e in self.expectations]
            tendencies = [e.tendency(_told(row)) for e, row in rows if row]
            if len(tendencies) == len(rows):
                broken, met = REVERSED in tendencies, set(tendencies) == {AGREES}
                found[task] = REVERSED if broken else AGREES if met else OPEN
        return found

    def _evidence(self, study: Evidence, tasks: list[str]) -> tuple[pd.DataFrame, list[str]]:
        """The comparisons there are, and those that are on no task."""
        known = _known(study)
        evidence, missing = [], []
        for e in self.expectations:
            compared = [row for task in tasks if (row := _lookup(known, e, task))]
            if not compared:
                missing.append(f"{e.first} with {e.second}")
            evidence += [row | e.outcome(row["statement"], row["verdict"]) for row in compared]
        return pd.DataFrame(evidence, columns=EVIDENCE), missing


def _needs(finding: Finding) -> str:
    least = f" at {finding.least} or more" if finding.least else ""
    sizes = f" with {finding.sizes} model sizes among them" if finding.sizes > 1 else ""
    return f"needs {' or '.join(finding.tasks) or 'a comparison'}{least}{sizes}"


def _told(row: Mapping[str, Any]) -> str:
    """What a comparison states; nothing, where its task could not have told otherwise."""
    return UNKNOWN if NO_WITNESS in row["doubt"] else str(row["statement"])


def _known(study: Evidence) -> dict[Any, dict[str, Any]]:
    """The comparisons of a study by both sides and the task."""
    rows = study.verdicts.itertuples()
    return {(r.architecture, r.reference, r.task): r._asdict() for r in rows}


def _lookup(
    known: Mapping[Any, dict[str, Any]], e: Expectation, task: str
) -> dict[str, Any] | None:
    """The comparison that an expectation speaks of, turned round where it was made so."""
    if row := known.get((e.first, e.second, task)):
        return row
    if row := known.get((e.second, e.first, task)):
        return row | {
            "architecture": e.first,
            "reference": e.second,
            "difference": -row["difference"],
            "low": -row["high"],
            "high": -row["low"],
            **_turned(row["statement"], row["verdict"]),
        }
    return None


def _turned(statement: str, verdict: str) -> dict[str, str]:
    """What is said of a pair the other way round."""
    other = _TURNED.get(statement, statement)
    return {"statement": other, "verdict": verdict.replace(statement, other)}


@dataclass(frozen=True)
class VarianceShare:
    """A hyper-parameter explains more than a share of the variance of the search's trials.

    ``points`` different values of it, over ``decades``, are the least from which that can be told,
    and trials that were trained in full.
    """

    parameter: str
    above: float
    points: int
    decades: float
    pairs: ClassVar[tuple[Pair, ...]] = ()

    def __call__(self, finding: Finding, study: Evidence) -> Judgement:
        """By the interval of the share, task by task."""
        rows = [] if study.shares is None else study.shares.itertuples()
        mine = [r for r in rows if r.parameter == self.parameter and self._enough(r)]
        return _measured(
            finding, {r.task: _outcome(r.low > self.above, r.high < self.above) for r in mine}
        )

    def _enough(self, row: Any) -> bool:
        wide = row.points >= self.points and row.decades >= self.decades
        return bool(wide and row.trained == 1)


@dataclass(frozen=True)
class Decay:
    """The gradient certainly falls with the lag in a plain cell, more slowly in a gated memory.

    On tasks that the gated cell solves (mean skill of at least ``solved``), at ``seeds`` or more,
    both at initialisation and after training.
    """

    gated: str
    plain: str
    seeds: int
    solved: float
    pairs: ClassVar[tuple[Pair, ...]] = ()

    def __call__(self, finding: Finding, study: Evidence) -> Judgement:
        """By the intervals of the rates over seeds, task by task."""
        if study.diagnoses is None:
            return _measured(finding, {})
        rows = slower_decay(study.diagnoses, self.gated, self.plain)
        by_task = {}
        for task, mine in rows[rows["seeds"] >= self.seeds].groupby("task", sort=False):
            solved = study.skills.get((str(task), self.gated), 0.0) >= self.solved
            if finding.speaks_of(str(task), study.dials) and solved and len(mine) == 2:
                outcomes = [_decay_outcome(row) for row in mine.itertuples()]
                by_task[str(task)] = together(outcomes, len(outcomes))
        return _measured(finding, by_task)


def _decay_outcome(row: Any) -> str:
    """Of a row of :func:`.diagnosis.slower_decay`."""
    falls_slower = row.falls_high < 0 and row.low > 0
    return _outcome(falls_slower, row.falls_low > 0 or row.high < 0)


def _outcome(met: bool, broken: bool) -> str:
    return REPRODUCED if met else CONTRADICTED if broken else UNDECIDED


def _measured(finding: Finding, by_task: dict[str, str]) -> Judgement:
    """Of what was measured on some tasks; without any the conditions say what it takes."""
    missing = "" if by_task else finding.conditions
    return Judgement(finding, finding.over_tasks(list(by_task.values())), by_task, missing=missing)
