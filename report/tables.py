"""What a study's runs say, as tables."""

from __future__ import annotations

import numpy as np
import pandas as pd

from report import statistics
from report.results import REFERENCE, Results


def scores(results: Results) -> pd.DataFrame:
    """Mean test score of every task and architecture, with its interval over seeds.

    Columns: task, architecture, seeds, mean, low, high, skill, diverged, units, parameters,
    parameters_other, cpu_seconds.
    """
    rows = []
    for (task, architecture), runs in results.final.groupby(["task", "architecture"], sort=False):
        interval = statistics.mean_interval(runs["test_score"].to_numpy())
        rows.append(
            {
                "task": task,
                "architecture": architecture,
                "seeds": len(runs),
                "mean": interval.estimate,
                "low": interval.low,
                "high": interval.high,
                "skill": runs["skill"].mean(),
                "diverged": int((runs["status"] == "diverged").sum()),
                "units": int(runs["units"].iloc[0]),
                "parameters": int(runs["parameters"].iloc[0]),
                "parameters_other": int(runs["parameters_other"].iloc[0]),
                "cpu_seconds": runs["cpu_seconds"].mean(),
            }
        )
    return pd.DataFrame(rows)


def verdicts(results: Results, level: float = statistics.LEVEL) -> pd.DataFrame:
    """Every architecture against lstm on every task, paired by seed.

    ``difference`` is the mean improvement over lstm in the task's unit, turned so that above 0 is
    better; ``low`` and ``high`` bound its interval. p values are adjusted by Holm's method over all
    pairs of the study.
    """
    rows = []
    for task, runs in results.final.groupby("task", sort=False):
        table = runs.pivot_table(index="seed", columns="architecture", values="test_score")
        if REFERENCE not in table:
            continue
        sign = 1.0 if runs["higher_is_better"].iloc[0] else -1.0
        margin = float(runs["margin"].iloc[0])
        for architecture in runs["architecture"].unique():
            if architecture == REFERENCE:
                continue
            pairs = table[[architecture, REFERENCE]].dropna()
            differences = sign * (pairs[architecture] - pairs[REFERENCE]).to_numpy()
            if not len(differences):
                continue
            interval = statistics.mean_interval(differences, level)
            rows.append(
                {
                    "task": task,
                    "architecture": architecture,
                    "seeds": len(differences),
                    "difference": interval.estimate,
                    "low": interval.low,
                    "high": interval.high,
                    "margin": margin,
                    "p": statistics.difference_p(differences),
                    "p_equivalence": statistics.equivalence_p(differences, margin),
                }
            )
    names = ["task", "architecture", "seeds", "difference", "low", "high", "margin"]
    table = pd.DataFrame(rows, columns=[*names, "p", "p_equivalence"])
    table["p_holm"] = statistics.holm(table["p"].tolist())
    table["p_equivalence_holm"] = statistics.holm(table["p_equivalence"].tolist())
    table["verdict"] = [
        statistics.verdict(row.difference, row.p_holm, row.p_equivalence_holm, level)
        for row in table.itertuples()
    ]
    return table


def further_scores(runs: pd.DataFrame) -> pd.DataFrame:
    """Mean of every further test score of one task's runs; one row an architecture."""
    names = [name for name in runs.columns if name.startswith("test.")]
    present = runs[["architecture", *names]].dropna(axis="columns", how="all")
    means = present.groupby("architecture", sort=False).mean()
    return means.rename(columns=lambda name: str(name).removeprefix("test."))


def baselines(runs: pd.DataFrame) -> list[tuple[str, str, float]]:
    """Name, metric and score of every baseline of one task's runs."""
    found = []
    for column in runs.columns:
        if str(column).startswith("baseline.") and runs[column].notna().any():
            name, metric = str(column).removeprefix("baseline.").rsplit(" [", 1)
            found.append((name, metric.rstrip("]"), float(runs[column].dropna().iloc[0])))
    return found


def curves(results: Results, task: str) -> pd.DataFrame:
    """Mean, lowest and highest validation score by architecture and epoch, while every seed ran."""
    final = set(results.final["experiment"])
    rows = results.curves[
        (results.curves["task"] == task) & results.curves["experiment"].isin(final)
    ]
    grouped = rows.groupby(["architecture", "epoch"], sort=False)["validation_score"]
    table = grouped.agg(["mean", "min", "max", "count"]).reset_index()
    most = table.groupby("architecture")["count"].transform("max")
    return table[table["count"] == most].sort_values(["architecture", "epoch"])


def is_number(value: object) -> bool:
    """Whether a cell holds a finite number."""
    return isinstance(value, int | float | np.number) and bool(np.isfinite(value))
