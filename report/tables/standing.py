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
from gatewise.report.statistics.effects import Interval, mean_interval
from gatewise.report.tables import runs as of_runs
from gatewise.report.tables.runs import TaskRuns
from gatewise.report.tables.scores import beside
from gatewise.tasks.metric import ALSO

WITNESS = 2.0
"""By so many margins lstm must certainly beat every cell without gates that ran."""


@dataclass(frozen=True)
class Standing:
    """What one task is fit to say.

    unbeaten:
        Name, metric and score of the simple predictors that lstm is not certainly better than.
    gateless:
        The cell without gates that comes closest to lstm; empty where none ran.
    lead:
        By how many margins lstm is better than it, at 95%; None where none ran.
    """

    unbeaten: tuple[tuple[str, str, float], ...] = ()
    gateless: str = ""
    lead: Interval | None = None

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
        runs = of_runs.of_task(mine, results.examples.get(str(task)))
        if REFERENCE in runs.sides:
            sign = 1.0 if mine["higher_is_better"].iloc[0] else -1.0
            gateless, lead = closest(runs, sign, float(mine["margin"].iloc[0]))
            found[str(task)] = Standing(_unbeaten(mine, runs, sign), gateless, lead)
    return found


def closest(runs: TaskRuns, sign: float, margin: float) -> tuple[str, Interval | None]:
    """Of the cells without gates the one of which lstm is least certainly better, and its lead."""
    names = [name for name in GATELESS if {name, REFERENCE} <= set(runs.sides)]
    contrasts = [{REFERENCE: sign / margin, name: -sign / margin} for name in names]
    leads = zip(names, runs.intervals(contrasts), strict=True)
    return min(leads, key=lambda lead: lead[1].low, default=("", None))


def _unbeaten(
    mine: pd.DataFrame, runs: TaskRuns, sign: float
) -> tuple[tuple[str, str, float], ...]:
    """Simple predictors in the task's metric, or in a further score of the runs.

    Of a further score more is better; other names of the metric itself are left out.
    """
    (score,) = runs.intervals([{REFERENCE: sign}])
    lows = {str(mine["metric"].iloc[0]): (sign, score.low)}
    of_lstm = mine[mine["architecture"] == REFERENCE]
    for column in map(str, mine.columns):
        kind, _, name = column.partition(".")
        if kind == "test" and name not in ALSO and of_lstm[column].notna().any():
            lows[name] = (1.0, mean_interval(of_lstm[column].dropna().to_numpy()).low)
    return tuple(
        (name, metric, value)
        for name, metric, value in beside(mine, "baseline")
        if metric in lows and not lows[metric][1] > lows[metric][0] * value
    )
