"""Differences along tasks that differ in their difficulty alone, or in the size of the cells."""

from __future__ import annotations

import pandas as pd

from gatewise.report.names import ABLATIONS, REFERENCE, VANILLA
from gatewise.report.reading.results import Results
from gatewise.tasks.names import is_sized

DIALLED = (*ABLATIONS.values(), "lstm-bias0", "lstm-chrono", VANILLA)
"""What the dial's figure shows: the gates, the start of their biases, and no gate at all."""


def dial(results: Results, against: pd.DataFrame) -> pd.DataFrame:
    """Differences from lstm against the setting of the dial, as a share of the skill.

    Columns task, family, value, unit, architecture, difference, low, high, statement,
    verdict; above 0 is better than lstm. Only families that ran at two settings or more, at the
    size of their recipes.
    """
    table = _along(results, against)
    table = table[~_sized(table)]
    settings = table.groupby("family")["value"].transform("nunique")
    order = ["family", "architecture", "value"]
    return table[settings > 1].drop(columns=["size", "skill"]).sort_values(order, ignore_index=True)


def need(results: Results, against: pd.DataFrame) -> pd.DataFrame:
    """Differences from lstm against the setting of the dial and the size of the cells.

    The columns of :func:`dial`, ``size``, recurrent parameters, and ``skill``, that of lstm itself
    there, the share of the way from chance to perfect. Only families that ran at two sizes or more.
    A task without a dial is a family of its own, its ``unit`` empty.
    """
    table = _along(results, against)
    table = table[_sized(table)]
    sizes = table.groupby("family")["size"].transform("nunique")
    order = ["family", "architecture", "value", "size"]
    return table[sizes > 1].sort_values(order, ignore_index=True)


def _sized(table: pd.DataFrame) -> pd.Series[bool]:
    # Of no rows a mask would have no kind, and choose columns.
    return table["task"].map(is_sized).astype(bool)


def _along(results: Results, against: pd.DataFrame) -> pd.DataFrame:
    facts = results.main.groupby("task", sort=False).first()
    rows = against[against["architecture"].isin(DIALLED)]
    known = facts.loc[rows["task"]]
    lstm = results.main[results.main["architecture"] == REFERENCE]
    scores = lstm.groupby("task")["test_score"].mean().reindex(facts.index)
    skill = (scores - facts["chance"]) / (facts["perfect"] - facts["chance"])
    gap = (known["perfect"] - known["chance"]).abs().to_numpy()
    return pd.DataFrame(
        {
            "task": rows["task"].to_numpy(),
            "family": rows["task"].map(results.families).to_numpy(),
            "value": pd.to_numeric(known["dial_value"]).fillna(0.0).to_numpy(float),
            "unit": known["dial_unit"].to_numpy(),
            "size": known["budget"].to_numpy(int),
            "skill": skill.loc[rows["task"]].to_numpy(),
            "architecture": rows["architecture"].to_numpy(),
            **{name: rows[name].to_numpy() / gap for name in ("difference", "low", "high")},
            **{name: rows[name].to_numpy() for name in ("statement", "verdict")},
        }
    )
