"""How fit each task's runs are to be compared: what to mend before more seeds are trained.

A recipe that tuning beats, a training that has not ended, a simple predictor that lstm does not
beat and seeds that lie margins apart each make verdicts worth less, and none of them shows in a
verdict.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from gatewise.report.names import REFERENCE
from gatewise.report.reading.results import Results
from gatewise.report.tables.standing import Standing
from gatewise.report.tables.trials import PARAMETERS, PLACE
from gatewise.report.tables.verdicts import UNENDED


def fitness(results: Results) -> pd.DataFrame:
    """One row a task, at the leading way of matching.

    Columns: task, runs, spread and widest (standard deviation of one unit's score, in margins: the
    median architecture's and the largest), unended (share of the final runs that were still
    gaining), flagged (architectures of which more than :data:`.UNENDED` were), tuned (by how many
    margins the chosen setting beat the recipe when both were trained again, mean over searches;
    NaN without a search). The choice fell on that very score, so that ``tuned`` flatters tuning.
    """
    gained = _gained(results)
    rows = []
    for task, mine in results.main.groupby("task", sort=False):
        known = results.sides(mine).known.variance
        spreads = np.sqrt(known[~np.isnan(known)]) / float(mine["margin"].iloc[0])
        shares = mine.groupby("architecture")["still_gaining"].mean()
        rows.append(
            {
                "task": str(task),
                "runs": len(mine),
                "spread": float(np.median(spreads)) if len(spreads) else np.nan,
                "widest": float(spreads.max()) if len(spreads) else np.nan,
                "unended": float(mine["still_gaining"].mean()),
                "flagged": int((shares > UNENDED).sum()),
                "tuned": gained.get(str(task), np.nan),
            }
        )
    return pd.DataFrame(rows)


def _gained(results: Results) -> dict[str, float]:
    """By task what tuning gained over the recipe, in margins.

    The recipe is a search's first trial and is trained once more at its end, as what is chosen is.
    """
    chosen = results.final.drop_duplicates(list(PLACE)).set_index(list(PLACE))
    gains: dict[str, list[float]] = {}
    for place, trials in results.tuning.groupby(list(PLACE), sort=False):
        ordered = trials.sort_values("seed", kind="stable")
        recipe = _at(ordered, ordered.iloc[0])
        if len(recipe) < 2 or place not in chosen.index:
            continue
        best = _at(ordered, chosen.loc[place])
        if not len(best):
            continue
        sign = 1.0 if recipe["higher_is_better"].iloc[0] else -1.0
        apart = best["validation_score"].iloc[-1] - recipe["validation_score"].iloc[-1]
        gain = sign * float(apart) / float(recipe["margin"].iloc[0])
        gains.setdefault(str(place[0]), []).append(gain)
    return {task: float(np.mean(found)) for task, found in gains.items()}


def _at(trials: pd.DataFrame, setting: pd.Series) -> pd.DataFrame:
    """The trials at a setting."""
    same = np.logical_and.reduce([trials[name] == setting[name] for name in PARAMETERS])
    return trials[same]


def baselines(standings: Mapping[str, Standing]) -> pd.DataFrame:
    """The reference against each simple predictor; one row for each task and predictor.

    Columns: task, baseline, metric, score, lstm, lead, low, high, unit; see :class:`.Lead`.
    """
    rows = [
        (
            task,
            x.name,
            x.metric,
            x.score,
            x.reference,
            x.interval.estimate,
            x.interval.low,
            x.interval.high,
            x.unit,
        )
        for task, standing in standings.items()
        for x in standing.leads
    ]
    columns = ["task", "baseline", "metric", "score", REFERENCE, "lead", "low", "high", "unit"]
    return pd.DataFrame(rows, columns=columns)
