"""What a task is fit to say: whether lstm beats simple predictors there, and a cell without gates.

A verdict on a task that a bigram model masters better says little of gates. And where the cell
without any gate is about as good as the whole one, that a gate does not matter is no news: whatever
is left out, nothing can.
"""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from gatewise.report.names import GATELESS, REFERENCE
from gatewise.report.reading.results import Results
from gatewise.report.reading.runs import TaskRuns
from gatewise.report.statistics.effects import Interval, mean_interval
from gatewise.report.tables.scores import beside
from gatewise.tasks.metric import ALSO

WITNESS = 2.0
"""By so many margins lstm must certainly beat every cell without gates that ran."""


@dataclass(frozen=True)
class Lead:
    """By how much lstm is better than a simple predictor.

    name, metric, score:
        The predictor's.
    reference:
        What lstm scores by that metric.
    interval:
        Of the lead, at 95%, in ``unit``: margins of the task's metric, or the further score's own.
    """

    name: str
    metric: str
    score: float
    reference: float
    interval: Interval
    unit: str


@dataclass(frozen=True)
class Standing:
    """What one task is fit to say.

    leads:
        Over each simple predictor in the task's metric, or in a further score of the runs.
    gateless:
        The cell without gates that comes closest to lstm; empty where none ran.
    lead:
        By how many margins lstm is better than it, at 95%; None where none ran.
    """

    leads: tuple[Lead, ...] = ()
    gateless: str = ""
    lead: Interval | None = None

    @property
    def unbeaten(self) -> tuple[tuple[str, str, float], ...]:
        """Name, metric and score of the predictors that lstm is not certainly better than."""
        return tuple((x.name, x.metric, x.score) for x in self.leads if not x.interval.low > 0)

    @property
    def competitive(self) -> bool:
        """Whether lstm beats every simple predictor that is listed."""
        return not self.unbeaten

    @property
    def witness(self) -> bool:
        """Whether 'does not matter' says something here."""
        return self.lead is not None and self.lead.low > WITNESS


def standings(results: Results) -> dict[str, Standing]:
    """Of every task on which lstm ran, at the leading way of matching."""
    found = {}
    for task, mine in results.main.groupby("task", sort=False):
        runs = results.sides(mine)
        if REFERENCE in runs.sides:
            sign = 1.0 if mine["higher_is_better"].iloc[0] else -1.0
            gateless, lead = closest(runs, sign, float(mine["margin"].iloc[0]))
            found[str(task)] = Standing(_leads(mine, runs), gateless, lead)
    return found


def closest(runs: TaskRuns, sign: float, margin: float) -> tuple[str, Interval | None]:
    """Of the cells without gates the one of which lstm is least certainly better, and its lead."""
    names = [name for name in GATELESS if {name, REFERENCE} <= set(runs.sides)]
    contrasts = [{REFERENCE: sign / margin, name: -sign / margin} for name in names]
    leads = zip(names, runs.intervals(contrasts), strict=True)
    return min(leads, key=lambda lead: lead[1].low, default=("", None))


def _leads(mine: pd.DataFrame, runs: TaskRuns) -> tuple[Lead, ...]:
    """Of a further score more is better; other names of the metric itself are left out."""
    first, of_lstm = mine.iloc[0], mine[mine["architecture"] == REFERENCE]
    (own,) = runs.intervals([{REFERENCE: 1.0}])
    margins = (1.0 if first["higher_is_better"] else -1.0) / float(first["margin"])
    found = []
    for name, metric, score in beside(mine, "baseline"):
        further = f"test.{metric}"
        if metric == first["metric"]:
            mean, factor, unit = own, margins, "margins"
        elif metric not in ALSO and further in of_lstm and of_lstm[further].notna().any():
            mean = mean_interval(of_lstm[further].dropna().to_numpy())
            factor, unit = 1.0, metric
        else:
            continue
        lead, *ends = (factor * (x - score) for x in (mean.estimate, mean.low, mean.high))
        interval = Interval(lead, min(ends), max(ends))
        found.append(Lead(name, metric, score, mean.estimate, interval, unit))
    return tuple(found)
