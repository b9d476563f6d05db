"""The study's answer in a few sentences."""

from __future__ import annotations

import pandas as pd

from gatewise.report.names import REFERENCE, plain
from gatewise.report.statistics.families import CERTAIN, DIRECTIONS, VERDICTS
from gatewise.report.words import percent


def answer(against: pd.DataFrame, worth: pd.DataFrame) -> list[str]:
    """The study's answer in a few sentences, none of which averages over tasks.

    Args:
        against: :func:`.verdicts.against_lstm`.
        worth: :func:`.gates.importance`.
    """
    if against.empty:
        return [f"The study holds no pair with {REFERENCE}, so there is nothing to compare."]
    if against["low"].isna().all():
        return [
            "With one seed nothing can be decided: differences between two runs may be the luck of "
            "training. Run the study with --seeds 3 or more."
        ]
    return [*_gates_answer(worth), *_counts_answer(against), *_largest(against)]


def _gates_answer(worth: pd.DataFrame) -> list[str]:
    """The gate that is worth most, task by task."""
    whole = worth[worth["lattice"] == REFERENCE].dropna(subset=["shapley"])
    if whole.empty:
        return []
    top = whole.loc[whole.groupby("task", sort=False)["shapley"].idxmax()]
    parts = [f"on {r.task} the {r.gate} ({percent(r.shapley)})" for r in top.itertuples()]
    return [
        "By Shapley value over all combinations of the LSTM's gates, in share of the way from "
        f"chance to perfect, worth most is {', '.join(parts)}."
    ]


def _counts_answer(against: pd.DataFrame) -> list[str]:
    counts = against["verdict"].value_counts()
    said = [f"{counts[verdict]} {verdict}" for verdict in VERDICTS if verdict in counts]
    return [f"Of {len(against)} comparisons with {REFERENCE}: {', '.join(said)}."]


def _largest(against: pd.DataFrame) -> list[str]:
    certain = against["verdict"].isin(CERTAIN) & against["statement"].isin(DIRECTIONS)
    if not certain.any():
        return [
            "No difference is certain: read the numbers below as what was measured, "
            "not as what is true."
        ]
    decided = against[certain]
    largest = decided.loc[(decided["difference"] / decided["margin"]).abs().idxmax()]
    times = abs(largest["difference"] / largest["margin"])
    kind = "loss" if largest["difference"] < 0 else "gain"
    return [
        f"The largest certain difference is the {kind} of "
        f"{plain(str(largest['architecture']))} on {largest['task']}: {times:.1f} times "
        "the smallest difference that matters there."
    ]
