"""The judges of findings. Each decides only where an interval or a corrected test does."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import pandas as pd

from gatewise.report.findings.judgement import (
    CONTRADICTED,
    EVIDENCE,
    NOT_TESTED,
    REPRODUCED,
    UNDECIDED,
    Evidence,
    Finding,
    Judgement,
    together,
)
from gatewise.report.statistics import families
from gatewise.report.statistics.families import EQUIVALENT, HARMFUL, HELPFUL
from gatewise.report.tables.diagnosis import slower_decay
from gatewise.report.tables.verdicts import Pair

WORSE = frozenset({HARMFUL})
BETTER = frozenset({HELPFUL})
SAME = frozenset({EQUIVALENT})
NO_WORSE = frozenset({EQUIVALENT, HELPFUL})
NO_BETTER = frozenset({EQUIVALENT, HARMFUL})

_TURNED = {HARMFUL: HELPFUL, HELPFUL: HARMFUL}


@dataclass(frozen=True)
class Expectation:
    """``first`` against ``second`` gets one of the verdicts ``allowed``."""

    first: str
    second: str
    allowed: frozenset[str]

    def outcome(self, verdict: str) -> dict[str, str]:
        """What was expected, and whether a verdict meets or breaks it."""
        met = REPRODUCED if verdict in self.allowed else CONTRADICTED
        outcome = UNDECIDED if verdict == families.UNDECIDED else met
        return {"expected": " or ".join(sorted(self.allowed)), "outcome": outcome}


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
        if not mine:
            return Judgement(finding, NOT_TESTED, missing=_needs(finding))
        evidence, missing = self._evidence(study, mine)
        by_task = {
            str(task): together(group["outcome"].tolist(), len(self.expectations))
            for task, group in evidence.groupby("task", sort=False)
        }
        outcome = finding.over_tasks(list(by_task.values()))
        if missing and outcome != CONTRADICTED:
            outcome = NOT_TESTED
        lacking = f"lacks {', '.join(missing)}" if missing else ""
        return Judgement(finding, outcome, by_task, evidence, lacking)

    def _evidence(self, study: Evidence, tasks: list[str]) -> tuple[pd.DataFrame, list[str]]:
        """The comparisons there are, and those that are on no task."""
        rows = study.verdicts.itertuples()
        known = {(r.architecture, r.reference, r.task): r._asdict() for r in rows}
        evidence, missing = [], []
        for e in self.expectations:
            compared = [row for task in tasks if (row := _lookup(known, e, task))]
            if not compared:
                missing.append(f"{e.first} with {e.second}")
            evidence += [row | e.outcome(row["verdict"]) for row in compared]
        return pd.DataFrame(evidence, columns=EVIDENCE), missing


def _needs(finding: Finding) -> str:
    least = f" at {finding.least} or more" if finding.least else ""
    return f"needs {' or '.join(finding.tasks) or 'a comparison'}{least}"


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
            "verdict": _TURNED.get(row["verdict"], row["verdict"]),
        }
    return None


@dataclass(frozen=True)
class VarianceShare:
    """A hyper-parameter explains more than a share of the variance of the search's trials."""

    parameter: str
    above: float
    pairs: ClassVar[tuple[Pair, ...]] = ()

    def __call__(self, finding: Finding, study: Evidence) -> Judgement:
        """By the interval of the share, task by task."""
        rows = [] if study.shares is None else study.shares.itertuples()
        mine = [r for r in rows if r.parameter == self.parameter]
        return _measured(
            finding, {r.task: _outcome(r.low > self.above, r.high < self.above) for r in mine}
        )


@dataclass(frozen=True)
class Decay:
    """The gradient certainly falls with the lag in a plain cell, more slowly in a gated memory."""

    gated: str
    plain: str
    pairs: ClassVar[tuple[Pair, ...]] = ()

    def __call__(self, finding: Finding, study: Evidence) -> Judgement:
        """By the intervals of the slopes over examples, task by task."""
        if study.diagnoses is None:
            return _measured(finding, {})
        rows = slower_decay(study.diagnoses, self.gated, self.plain)
        return _measured(finding, {r.task: _decay_outcome(r) for r in rows.itertuples()})


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
