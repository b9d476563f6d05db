"""What papers found, as data, and what the verdicts of this study say of each.

A finding is a list of expectations: 'the first architecture against the second gets one of these
verdicts', on every task that the finding speaks of. An expectation is met or broken only where the
verdict is decided; so a finding is reproduced only where intervals decide it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import pandas as pd

from gatewise.report import diagnosis
from gatewise.report.results import REFERENCE, Results
from gatewise.report.tables import Pair

REPRODUCED, CONTRADICTED = "reproduced", "contradicted"
UNDECIDED, NOT_TESTED = "undecided", "not tested here"
OUTCOMES = (REPRODUCED, CONTRADICTED, UNDECIDED, NOT_TESTED)

WORSE = frozenset({"harmful"})
BETTER = frozenset({"helpful"})
SAME = frozenset({"equivalent"})
NO_WORSE = frozenset({"equivalent", "helpful"})
NO_BETTER = frozenset({"equivalent", "harmful"})

LANGUAGE_MODELS = ("char-lm", "word-lm")
LAGS = ("adding", "copying")
LONG = 100
"""Steps from which a lag counts as long."""
TAGGING = ("labelling",)
TWO_THIRDS = 2 / 3

_TURNED = {"harmful": "helpful", "helpful": "harmful"}


@dataclass(frozen=True)
class Expectation:
    """``first`` against ``second`` gets one of the verdicts ``allowed``."""

    first: str
    second: str
    allowed: frozenset[str]

    def __str__(self) -> str:
        return f"{self.first} against {self.second}: {' or '.join(sorted(self.allowed))}"


@dataclass(frozen=True)
class Finding:
    """A published claim.

    expectations:
        What must hold for the claim to be reproduced; one that is broken contradicts it. Empty
        where ``runs.csv`` cannot tell.
    tasks:
        The tasks, or families of tasks with a dial, that the claim is about; empty for all.
    least:
        Of a family only tasks whose dial is set to so much or more.
    section:
        The section of the report that holds evidence beside comparisons; ``why`` is one a task.
    universal:
        Whether the claim is one about every task, so that a single one contradicts it and all must
        agree to reproduce it; else more than half of the tasks decide, in both directions.
    conditions:
        Under what conditions the claim was made, or is tested here.
    """

    id: str
    source: str
    claim: str
    expectations: tuple[Expectation, ...] = ()
    conditions: str = ""
    tasks: tuple[str, ...] = ()
    universal: bool = False
    least: int = 0
    section: str = ""


@dataclass(frozen=True)
class Judgement:
    """What a study says of a finding.

    evidence:
        One row for each task and expectation that was compared: task, architecture, reference,
        expected, difference, low, high, p_holm, verdict, outcome.
    missing:
        What the study lacks to test the whole claim.
    """

    finding: Finding
    outcome: str
    evidence: pd.DataFrame
    by_task: dict[str, str]
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


def _all(first: Sequence[str], second: str, allowed: frozenset[str]) -> tuple[Expectation, ...]:
    return tuple(Expectation(name, second, allowed) for name in first)


JOZEFOWICZ = "Jozefowicz, Zaremba & Sutskever 2015"
GREFF = "Greff et al. 2017"
OPEN_GATE = "A removed gate is held open and has no weights; widths match in parameters."
VARIANTS = ("NIG", "NFG", "NOG", "NIAF", "NOAF", "CIFG", "peephole", "FGR")

FINDINGS: tuple[Finding, ...] = (
    Finding(
        "F1",
        JOZEFOWICZ,
        "Of the three gates the forget gate matters most.",
        (
            Expectation("NFG", REFERENCE, WORSE),
            Expectation("NFG", "NIG", WORSE),
            Expectation("NFG", "NOG", WORSE),
        ),
        f"{OPEN_GATE} Without the forget gate must be worse than without either other.",
        section="importance",
    ),
    Finding(
        "F2",
        JOZEFOWICZ,
        "The input gate comes second.",
        (Expectation("NIG", "NFG", BETTER), Expectation("NIG", "NOG", WORSE)),
        OPEN_GATE,
        section="importance",
    ),
    Finding(
        "F3",
        JOZEFOWICZ,
        "The output gate matters least.",
        (Expectation("NOG", "NIG", BETTER), Expectation("NOG", "NFG", BETTER)),
        OPEN_GATE,
        section="importance",
    ),
    Finding(
        "F4",
        JOZEFOWICZ,
        "In language modelling the forget gate hardly matters.",
        (Expectation("NFG", REFERENCE, SAME),),
        "Language modelling alone; the paper's own tuned word-level table speaks against it.",
        LANGUAGE_MODELS,
    ),
    Finding(
        "F5",
        JOZEFOWICZ,
        "A forget bias of 1 improves the LSTM and closes its gap to the GRU.",
        (
            Expectation(REFERENCE, "lstm-bias0", BETTER),
            Expectation(REFERENCE, "gru", NO_WORSE),
        ),
    ),
    Finding(
        "F6",
        GREFF,
        "Without the forget gate, or without the output activation, every task suffers.",
        _all(("NFG", "NOAF"), REFERENCE, WORSE),
        "The paper's LSTM has peepholes; ours has none.",
        universal=True,
    ),
    Finding(
        "F7",
        GREFF,
        "Coupling input and forget gate does not hurt, nor does dropping peepholes.",
        (Expectation("CIFG", REFERENCE, NO_WORSE), Expectation(REFERENCE, "peephole", NO_WORSE)),
        universal=True,
    ),
    Finding(
        "F8",
        GREFF,
        "No variant is better than the standard LSTM.",
        _all(VARIANTS, REFERENCE, NO_BETTER),
        "The paper's eight variants; one that is certainly better contradicts.",
        universal=True,
    ),
    Finding(
        "F9",
        GREFF,
        "The learning rate explains over two thirds of the variance of the error, then the size.",
        conditions="Only the first half is tested: sizes follow from the parameter budget and are "
        "not searched. Shares are of the variance of the trials' validation score, each "
        "architecture's mean taken out; needs tuning trials.",
        section="hyperparameters",
    ),
    Finding(
        "F10",
        "Chung et al. 2014",
        "GRU and LSTM are on a par, and both beat the vanilla network.",
        (
            Expectation("gru", REFERENCE, SAME),
            Expectation("vanilla", REFERENCE, WORSE),
            Expectation("vanilla", "gru", WORSE),
        ),
        "At matched parameters, as in the paper.",
    ),
    Finding(
        "F11",
        "van der Westhuizen & Lasenby 2018",
        "A forget gate alone, with chrono initialisation, is as good as the LSTM or better.",
        (Expectation("janet", REFERENCE, NO_WORSE),),
        "Our JANET starts by chrono initialisation.",
    ),
    Finding(
        "F12",
        "Tallec & Ollivier 2018",
        "Chrono initialisation helps at long lags.",
        (Expectation("lstm-chrono", REFERENCE, BETTER),),
        f"A lag of {LONG} steps or more.",
        LAGS,
        least=LONG,
        section="dial",
    ),
    Finding(
        "F13",
        "Zhou et al. 2016; Dey & Salem 2017",
        "MGU, GRU1 and GRU2 are on a par with the GRU; gates of a bias alone (GRU3) lag.",
        (*_all(("mgu", "GRU1", "GRU2"), "gru", SAME), Expectation("GRU3", "gru", WORSE)),
    ),
    Finding(
        "F14",
        "Bengio et al. 1994; Nielsen, ch. 6",
        "A vanilla recurrence loses the gradient geometrically with the lag, a gated one does not.",
        conditions="Tested on trained networks: with the lag the gradient of vanilla's h certainly "
        "falls, and that of lstm's memory certainly falls more slowly. At one seed, over "
        "validation examples; needs `gatewise diagnose`.",
        section="why",
    ),
    Finding(
        "F15",
        "Schuster & Paliwal 1997",
        "Reading in both directions helps tagging.",
        (Expectation("bi-lstm", REFERENCE, BETTER),),
        "At matched parameters: each direction has about half of them.",
        TAGGING,
    ),
    Finding(
        "F16",
        "Levy et al. 2018",
        "Gates without the inner recurrence do about as well as the LSTM in most settings.",
        (Expectation("no-inner-recurrence", REFERENCE, NO_WORSE),),
    ),
)


def pairs(findings: Iterable[Finding] = FINDINGS) -> list[Pair]:
    """The pairs that the findings need beside those with lstm, each in one direction."""
    found: dict[frozenset[str], Pair] = {}
    for finding in findings:
        for e in finding.expectations:
            if REFERENCE not in (e.first, e.second):
                found.setdefault(frozenset((e.first, e.second)), (e.first, e.second))
    return list(found.values())


def of_study(
    results: Results, verdicts: pd.DataFrame, shares: pd.DataFrame, why: diagnosis.Diagnoses
) -> list[Judgement]:
    """What all that a study holds says of each finding.

    Args:
        verdicts, shares: as of :func:`judge`.
        why: what ``gatewise diagnose`` left, :func:`.diagnosis.read`.
    """
    decays = diagnosis.slower_decay(why, REFERENCE, "vanilla")
    return judge(verdicts, results.matches[0], dials=results.dials, shares=shares, decays=decays)


def judge(
    verdicts: pd.DataFrame,
    match: str,
    findings: Iterable[Finding] = FINDINGS,
    dials: Mapping[str, tuple[str, float]] = MappingProxyType({}),
    shares: pd.DataFrame | None = None,
    decays: pd.DataFrame | None = None,
) -> list[Judgement]:
    """What the verdicts say of each finding.

    Args:
        verdicts: :func:`.tables.verdicts`, made with :func:`pairs`.
        match: the way of matching whose rows count.
        dials: by task its family and setting, where it has a dial.
        shares: :func:`.hyperparameters.shares`, None without a search.
        decays: :func:`.diagnosis.slower_decay` of lstm against vanilla, None without.
    """
    rows = verdicts[verdicts["match"] == match]
    known = {(r.architecture, r.reference, r.task): r._asdict() for r in rows.itertuples()}
    tasks = list(rows["task"].unique())
    measured = {
        "F9": {} if shares is None else _by_shares(shares),
        "F14": {} if decays is None else _by_decays(decays),
    }

    def judged(finding: Finding) -> Judgement:
        by_task = measured.get(finding.id)
        if by_task:
            outcome = _over_tasks(list(by_task.values()), finding.universal)
            return Judgement(finding, outcome, pd.DataFrame(columns=EVIDENCE), by_task)
        mine = [task for task in tasks if _speaks_of(finding, task, dials)]
        return _judge(finding, known, mine)

    return [judged(finding) for finding in findings]


def _speaks_of(finding: Finding, task: str, dials: Mapping[str, tuple[str, float]]) -> bool:
    family, value = dials.get(task, (task, float("inf")))
    named = not finding.tasks or task in finding.tasks or family in finding.tasks
    return named and value >= finding.least


def _by_shares(shares: pd.DataFrame) -> dict[str, str]:
    """Whether the learning rate's share of the variance is above two thirds, task by task."""
    rates = shares[shares["parameter"] == "learning_rate"]
    return {
        str(r.task): REPRODUCED
        if r.low > TWO_THIRDS
        else CONTRADICTED
        if r.high < TWO_THIRDS
        else UNDECIDED
        for r in rates.itertuples()
    }


def _by_decays(decays: pd.DataFrame) -> dict[str, str]:
    """Whether vanilla's gradient falls with the lag and the gated cell's more slowly, by task."""
    return {
        str(r.task): REPRODUCED
        if r.falls_high < 0 and r.low > 0
        else CONTRADICTED
        if r.falls_low > 0 or r.high < 0
        else UNDECIDED
        for r in decays.itertuples()
    }


EVIDENCE = [
    *("task", "architecture", "reference", "expected", "difference", "low", "high"),
    *("p_holm", "verdict", "outcome"),
]


def _judge(finding: Finding, known: dict[Any, dict[str, Any]], mine: list[str]) -> Judgement:
    evidence, missing = [], []
    for e in finding.expectations:
        compared = [row for task in mine if (row := _lookup(known, e, task))]
        if not compared and mine:
            missing.append(f"{e.first} with {e.second}")
        evidence += [row | _outcome(e, row["verdict"]) for row in compared]
    table = pd.DataFrame(evidence, columns=EVIDENCE)
    if not finding.expectations:
        return Judgement(finding, NOT_TESTED, table, {}, finding.conditions)
    if not mine:
        least = f" at {finding.least} or more" if finding.least else ""
        needs = f"needs {' or '.join(finding.tasks) or 'a comparison'}{least}"
        return Judgement(finding, NOT_TESTED, table, {}, needs)
    by_task = {
        str(task): _together(group["outcome"].tolist(), len(finding.expectations))
        for task, group in table.groupby("task", sort=False)
    }
    outcome = _over_tasks(list(by_task.values()), finding.universal)
    lacking = f"lacks {', '.join(missing)}" if missing else ""
    if missing and outcome != CONTRADICTED:
        outcome = NOT_TESTED
    return Judgement(finding, outcome, table, by_task, lacking)


def _lookup(known: dict[Any, dict[str, Any]], e: Expectation, task: str) -> dict[str, Any] | None:
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


def _outcome(e: Expectation, verdict: str) -> dict[str, str]:
    met = REPRODUCED if verdict in e.allowed else CONTRADICTED
    outcome = UNDECIDED if verdict == "undecided" else met
    return {"expected": " or ".join(sorted(e.allowed)), "outcome": outcome}


def _together(outcomes: list[str], wanted: int) -> str:
    """One broken expectation contradicts; all must be met to reproduce."""
    if CONTRADICTED in outcomes:
        return CONTRADICTED
    return REPRODUCED if outcomes.count(REPRODUCED) == wanted else UNDECIDED


def _over_tasks(outcomes: list[str], universal: bool) -> str:
    if not outcomes:
        return NOT_TESTED
    if universal:
        return _together(outcomes, len(outcomes))
    for outcome in (REPRODUCED, CONTRADICTED):
        if 2 * outcomes.count(outcome) > len(outcomes):
            return outcome
    return UNDECIDED


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
                "conditions": j.finding.conditions,
            }
            for j in judgements
        ]
    )
