"""The study's answer in a few sentences."""

from __future__ import annotations

import pandas as pd

from gatewise.report.names import ABLATIONS, REFERENCE, plain
from gatewise.report.statistics.families import (
    DIFFERENT,
    EQUIVALENT,
    HARMFUL,
    HELPFUL,
    UNDECIDED,
)
from gatewise.report.words import percent


def answer(against: pd.DataFrame, worth: pd.DataFrame) -> list[str]:
    """The study's answer in at most three sentences.

    Args:
        against: :func:`.verdicts.against_lstm`.
        worth: :func:`.gates.importance`.
    """
    if against.empty:
        return [f"The study holds no pair with {REFERENCE}, so there is nothing to compare."]
    if against["seeds"].max() < 2:
        return [
            "With one seed nothing can be decided: differences between two runs may be the luck of "
            "training. Run the study with --seeds 3 or more."
        ]
    return [*_gates_answer(worth, against), *_counts_answer(against)]


def _gates_answer(worth: pd.DataFrame, against: pd.DataFrame) -> list[str]:
    gates = worth[worth["lattice"] == REFERENCE]
    if gates.empty:
        return []
    # A mean over tasks is one over the tasks of which most is known, so that gates compare.
    whole = bool(gates["shapley"].notna().any())
    if whole:
        gates = gates.dropna(subset=["shapley"])
    known = gates.groupby("task")["gate"].transform("size")
    gates = gates[known == known.max()]
    means = gates.groupby("gate", sort=False)["shapley" if whole else "leave_one_out"].mean()
    parts = [
        f"{percent(share)} for the {gate}"
        for gate, share in means.sort_values(ascending=False).items()
    ]
    tasks = gates["task"].nunique()
    over = f"Averaged over {tasks} tasks" if tasks > 1 else f"On {gates['task'].iloc[0]}"
    left_out = against[
        against["architecture"].isin(ABLATIONS.values()) & against["task"].isin(gates["task"])
    ]
    how = "by Shapley value over all eight combinations" if whole else "judged by leaving it out"
    harmful = (
        f"leaving one out is certainly harmful in {int((left_out['verdict'] == HARMFUL).sum())} "
        f"of {len(left_out)} cases"
    )
    if whole:
        first, last = gates["add_one_in"].mean(), gates["leave_one_out"].mean()
        harmful = (
            f"a cell without gates gains {percent(first)} by its first one, a cell with "
            f"two {percent(last)} by the third, and {harmful}"
        )
    return [
        f"{over}, a gate of the LSTM is worth this share of the way from chance to perfect, {how}: "
        f"{', '.join(parts)}; {harmful}."
    ]


def _counts_answer(against: pd.DataFrame) -> list[str]:
    counts = against["verdict"].value_counts()
    said = (
        f"Of {len(against)} comparisons with {REFERENCE}, {counts.get(HARMFUL, 0)} are certainly "
        f"worse, {counts.get(HELPFUL, 0)} certainly better, {counts.get(EQUIVALENT, 0)} "
        f"equivalent and {counts.get(UNDECIDED, 0)} undecided."
    )
    decided = against[against["verdict"].isin(DIFFERENT)]
    if decided.empty:
        return [
            said,
            "No difference is certain: read the numbers below as what was measured, "
            "not as what is true.",
        ]
    largest = decided.loc[(decided["difference"] / decided["margin"]).abs().idxmax()]
    times = abs(largest["difference"] / largest["margin"])
    kind = "loss" if largest["difference"] < 0 else "gain"
    return [
        said,
        f"The largest certain difference is the {kind} of "
        f"{plain(str(largest['architecture']))} on {largest['task']}: {times:.1f} times "
        "the smallest difference that matters there.",
    ]
