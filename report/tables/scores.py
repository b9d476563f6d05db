"""Scores as they are, and what stands beside them."""

from __future__ import annotations

import numpy as np
import pandas as pd

from gatewise.benchmark.records.columns import AT
from gatewise.report.names import ordered
from gatewise.report.reading.results import LARGEST, Results
from gatewise.report.statistics.effects import within
from gatewise.report.statistics.summaries import interquartile_mean


def scores(results: Results) -> pd.DataFrame:
    """Mean test score of every task and architecture, with its interval.

    Columns: task, architecture, seeds, mean, low, high, interquartile_mean, skill, diverged, units,
    parameters, parameters_other, cpu_seconds, wall_seconds, still_gaining (share of the runs).
    """
    groups = results.main.groupby(["task", "architecture"], sort=False)
    table = groups.agg(
        seeds=("seed", "size"),
        still_gaining=("still_gaining", "mean"),
        skill=("skill", "mean"),
        units=("units", "first"),
        parameters=("parameters", "first"),
        parameters_other=("parameters_other", "first"),
        cpu_seconds=("cpu_seconds", "mean"),
        wall_seconds=("wall_seconds", "mean"),
        diverged=("status", lambda status: int((status == "diverged").sum())),
    )
    rows = {}
    for task, mine in results.main.groupby("task", sort=False):
        runs = results.sides(mine)
        # No metric's score is below 0; one of which more is better ends at the perfect score.
        most = float(mine["perfect"].iloc[0]) if mine["higher_is_better"].iloc[0] else np.inf
        means = runs.intervals([{name: 1.0} for name in runs.sides])
        for (name, side), mean in zip(runs.sides.items(), means, strict=True):
            found, middle = within(mean, 0.0, most), interquartile_mean(side.scores)
            rows[task, name] = (found.estimate, found.low, found.high, middle)
    names = ["mean", "low", "high", "interquartile_mean"]
    known = pd.DataFrame.from_dict(rows, orient="index", columns=names)
    table[names] = known.reindex(table.index)
    return table.reset_index()


def further_scores(runs: pd.DataFrame) -> pd.DataFrame:
    """Mean of every further test score of one task's runs; one row an architecture.

    Those of one length are left to :func:`.lengths.by_length`.
    """
    names = [n for n in runs.columns if n.startswith("test.") and runs[n].notna().any()]
    names = [n for n in names if not n.startswith(f"test.{AT}")]
    means = runs.groupby("architecture", sort=False)[names].mean()
    means = means.reindex(ordered(means.index))
    return means.rename(columns=lambda name: str(name).removeprefix("test."))


def beside(runs: pd.DataFrame, kind: str) -> list[tuple[str, str, float]]:
    """Name, metric and score of what stands beside one task's runs.

    Args:
        kind: ``baseline`` or ``published``.
    """
    found = []
    for column in runs.columns:
        if str(column).startswith(f"{kind}.") and runs[column].notna().any():
            name, _, metric = str(column).removeprefix(f"{kind}.").rpartition(" [")
            found.append((name, metric.rstrip("]"), float(runs[column].dropna().iloc[0])))
    return found


def curves(results: Results, task: str) -> pd.DataFrame:
    """Mean, lowest and highest validation score so far by architecture and epoch.

    Of every run the best until then, which is what it keeps, also once it has ended. One that
    diverged keeps nothing: the line of its architecture ends with it.
    """
    runs = results.main[results.main["task"] == task].set_index("experiment")
    # An epoch in which a run diverged has no score that could be drawn.
    sound = results.curves["validation_score"].between(-LARGEST, LARGEST)
    rows = results.curves[results.curves["experiment"].isin(runs.index) & sound]
    found = []
    for name, mine in rows.groupby("architecture", sort=False):
        its = runs[runs["architecture"] == name]
        scores = mine.pivot(index="epoch", columns="experiment", values="validation_score")
        best = scores.cummax() if its["higher_is_better"].iloc[0] else scores.cummin()
        best = best.reindex(columns=its.index)
        kept = its.index[its["status"] == "finished"]
        best[kept] = best[kept].ffill()
        table = best.dropna().agg(["mean", "min", "max", "count"], axis=1)
        found.append(table.assign(architecture=name))
    if not found:
        return pd.DataFrame(columns=["architecture", "epoch", "mean", "min", "max", "count"])
    table = pd.concat(found).reset_index()
    return table.sort_values(["architecture", "epoch"], ignore_index=True)[
        ["architecture", "epoch", "mean", "min", "max", "count"]
    ]
