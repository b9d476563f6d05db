"""Scores by the length of what was read, and which architectures solve a task."""

from __future__ import annotations

import pandas as pd

from gatewise.benchmark.records.columns import AT
from gatewise.report.names import ordered, plain
from gatewise.report.words import number, spread


def by_length(runs: pd.DataFrame) -> pd.DataFrame:
    """Scores of one task's runs on examples of each length; empty where there are none.

    Columns: architecture, length, mean, low, high (the worst and the best seed).
    """
    names = [name for name in map(str, runs.columns) if name.startswith(f"test.{AT}")]
    known = [name for name in names if runs[name].notna().any()]
    rows = runs.melt(["architecture"], known, "length", "score").dropna(subset=["score"])
    rows["length"] = rows["length"].str.removeprefix(f"test.{AT}").astype(int)
    place = rows["architecture"].map(ordered(rows["architecture"]).index)
    rows = rows.assign(place=place).sort_values(["place", "length"])
    scores = rows.groupby(["architecture", "length"], sort=False)["score"]
    return scores.agg(mean="mean", low="min", high="max").reset_index()


def solved(runs: pd.DataFrame) -> pd.DataFrame:
    """Of one task's runs those whose test score says that it is solved; empty if none can.

    Columns: architecture, solved (as ``2 of 3``), steps (of training until the validation score was
    there, of those that got there).
    """
    known = runs[runs["solved"].notna()]
    sign = known["higher_is_better"].map({True: 1, False: -1})
    reached = sign * (known["test_score"] - known["solved"]) >= 0
    rows = [
        {
            "architecture": name,
            "solved": f"{int(reached[mine.index].sum())} of {len(mine)}",
            "steps": spread(mine["solved_step"].dropna()) if mine["solved_step"].any() else "–",
        }
        for name, mine in known.groupby("architecture", sort=False)
    ]
    table = pd.DataFrame(rows, columns=["architecture", "solved", "steps"])
    return table.set_index("architecture").reindex(ordered(known["architecture"])).reset_index()


def beside(runs: pd.DataFrame) -> pd.DataFrame:
    """Both for readers, one row an architecture and a column a length; empty without either."""
    means = by_length(runs).pivot(index="architecture", columns="length", values="mean")
    wide = means.map(lambda score: number(score, 3)).rename(columns=lambda n: f"{AT}{n}")
    table = solved(runs).set_index("architecture")
    both = wide.join(table, how="outer").reindex(ordered([*wide.index, *table.index]))
    both = both.dropna(axis="columns", how="all").fillna("–")
    return both.rename(index=plain).rename_axis("architecture").reset_index()
