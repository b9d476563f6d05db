"""What a finding is, what a study holds to judge it by, and what is said of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Protocol

import pandas as pd

from gatewise.report.reading.diagnoses import Diagnoses
from gatewise.report.reading.results import Results
from gatewise.report.tables.verdicts import Pair
from gatewise.tasks.names import plain

REPRODUCED, CONTRADICTED = "reproduced", "contradicted"
UNDECIDED, NOT_TESTED = "undecided", "not tested here"
OUTCOMES = (REPRODUCED, CONTRADICTED, UNDECIDED, NOT_TESTED)

EVIDENCE = [
    *("task", "architecture", "reference", "expected", "difference", "low", "high"),
    *("p", "statement", "verdict", "doubt", "outcome"),
]


@dataclass(frozen=True)
class Evidence:
    """All that a study holds.

    verdicts:
        Rows of :func:`.verdicts.verdicts`, made with :func:`.claims.asked`, of one way of matching.
    dials:
        By task its family and setting, where it has a dial.
    budgets:
        By task the recurrent parameters of its models.
    skills:
        By task and architecture the mean skill of its final runs.
    shares:
        :func:`.hyperparameters.shares`, None without a search.
    diagnoses:
        :func:`.diagnoses.every`, None without.
    """

    verdicts: pd.DataFrame
    dials: Mapping[str, tuple[str, float]] = field(default_factory=lambda: MappingProxyType({}))
    budgets: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))
    skills: Mapping[tuple[str, str], float] = field(default_factory=lambda: MappingProxyType({}))
    shares: pd.DataFrame | None = None
    diagnoses: Diagnoses | None = None

    @classmethod
    def of(
        cls, results: Results, verdicts: pd.DataFrame, shares: pd.DataFrame, diagnoses: Diagnoses
    ) -> Evidence:
        """What a study holds at its leading way of matching."""
        return cls(
            verdicts[verdicts["match"] == results.matches[0]],
            results.dials,
            results.main.groupby("task")["budget"].first().to_dict(),
            results.main.groupby(["task", "architecture"])["skill"].mean().to_dict(),
            shares,
            diagnoses,
        )

    @property
    def tasks(self) -> list[str]:
        """The tasks that have a comparison."""
        return list(self.verdicts["task"].unique())


class Judge(Protocol):
    """How a claim is judged: a small value that is called with the claim and a study's evidence."""

    @property
    def pairs(self) -> Sequence[Pair]:
        """The comparisons that it needs."""

    def __call__(self, finding: Finding, study: Evidence) -> Judgement:
        """What the study says of the finding."""


@dataclass(frozen=True)
class Finding:
    """A published claim.

    paper:
        The tasks, sizes and ranges that it was found on.
    judge:
        What decides.
    stands:
        What does not reverse it, though it does not reproduce it either.
    tasks:
        The tasks, or families of tasks with a dial, that the claim is about; empty for all.
    least:
        Of a family only tasks whose dial is set to so much or more.
    sizes:
        At how many model sizes it must have been looked at.
    section:
        The section of the report that holds evidence beside comparisons; ``why`` is one a task.
    universal:
        Whether the claim is one about every task, so that a single one contradicts it and all must
        agree to reproduce it; else more than half of the tasks decide, in both directions.
    conditions:
        Under what conditions it is tested here.
    """

    id: str
    source: str
    claim: str
    paper: str
    judge: Judge
    conditions: str = ""
    stands: str = ""
    tasks: tuple[str, ...] = ()
    universal: bool = False
    least: int = 0
    sizes: int = 1
    section: str = ""

    def speaks_of(self, task: str, dials: Mapping[str, tuple[str, float]]) -> bool:
        """Whether the claim is about a task."""
        family, value = dials.get(task, (task, float("inf")))
        named = not self.tasks or bool({family, plain(task)} & set(self.tasks))
        return named and value >= self.least

    def over_tasks(self, outcomes: Sequence[str]) -> str:
        """What the outcomes on single tasks come to."""
        if not outcomes:
            return NOT_TESTED
        if self.universal:
            return together(outcomes, len(outcomes))
        for outcome in (REPRODUCED, CONTRADICTED):
            if 2 * outcomes.count(outcome) > len(outcomes):
                return outcome
        return UNDECIDED


def together(outcomes: Sequence[str], wanted: int) -> str:
    """One that is broken contradicts; all must be met to reproduce."""
    if CONTRADICTED in outcomes:
        return CONTRADICTED
    return REPRODUCED if outcomes.count(REPRODUCED) == wanted else UNDECIDED


def no_comparison() -> pd.DataFrame:
    """The evidence of a judge that compares no scores."""
    return pd.DataFrame(columns=EVIDENCE)


@dataclass(frozen=True)
class Judgement:
    """What a study says of a finding.

    evidence:
        One row for each task and expectation that was compared: task, architecture, reference,
        expected, difference, low, high, p, statement, verdict, doubt, outcome.
    missing:
        What the study lacks to test the whole claim.
    """

    finding: Finding
    outcome: str
    by_task: dict[str, str] = field(default_factory=dict)
    evidence: pd.DataFrame = field(default_factory=no_comparison)
    missing: str = ""

    @property
    def summary(self) -> str:
        """The outcomes by task in words."""
        return "; ".join(
            f"{outcome} on {', '.join(task for task, _ in tasks)}" for outcome, tasks in self.places
        )

    @property
    def places(self) -> list[tuple[str, list[tuple[str, Any]]]]:
        """By outcome its tasks, each with the comparison that decides there; None without one."""
        found: dict[str, list[tuple[str, Any]]] = {outcome: [] for outcome in OUTCOMES}
        for task, outcome in self.by_task.items():
            found[outcome].append((task, self._deciding(task)))
        return [(outcome, tasks) for outcome, tasks in found.items() if tasks]

    def _deciding(self, task: str) -> Any:
        rows = list(self.evidence[self.evidence["task"] == task].itertuples())
        # One broken expectation is enough; where all are met the first is as good as any.
        return next((r for r in rows if r.outcome == self.by_task[task]), next(iter(rows), None))


def table(judgements: Iterable[Judgement]) -> pd.DataFrame:
    """The findings and their outcomes, one row each."""
    return pd.DataFrame(
        [
            {
                "finding": j.finding.id,
                "source": j.finding.source,
                "claim": j.finding.claim,
                "outcome": j.outcome,
                "by_task": j.summary,
                "lacks": j.missing,
                "paper": j.finding.paper,
                "conditions": j.finding.conditions,
                "stands": j.finding.stands,
            }
            for j in judgements
        ]
    )
