"""Differences along a family of tasks that differ in their difficulty alone."""

from __future__ import annotations

import pandas as pd

from gatewise.report.names import ABLATIONS, VANILLA
from gatewise.report.reading.results import Results

DIALLED = (*ABLATIONS.values(), "lstm-bias0", "lstm-chrono", VANILLA)
"""What the dial's figure shows: the gates, the start of their biases, and no gate at all."""


def dial(results: Results, against: pd.DataFrame) -> pd.DataFrame:
    """Differences from lstm against the setting of the dial, as a share of the skill.

    Columns task, family, value, unit, architecture, difference, low, high, statement,
    verdict; above 0 is better than lstm. Only families that ran at two settings or more.
    """
    facts = results.final.groupby("task", sort=False).first()
    rows = against[against["task"].isin(facts.index[facts["dial"] != ""])]
    rows = rows[rows["architecture"].isin(DIALLED)]
    known = facts.loc[rows["task"]]
    gap = (known["perfect"] - known["chance"]).abs().to_numpy()
    table = pd.DataFrame(
        {
            "task": rows["task"].to_numpy(),
            "family": known["dial"].to_numpy(),
            "value": known["dial_value"].to_numpy(float),
            "unit": known["dial_unit"].to_numpy(),
            "architecture": rows["architecture"].to_numpy(),
            **{name: rows[name].to_numpy() / gap for name in ("difference", "low", "high")},
            **{name: rows[name].to_numpy() for name in ("statement", "verdict")},
        }
    )
    settings = table.groupby("family")["value"].transform("nunique")
    return table[settings > 1].sort_values(["family", "architecture", "value"], ignore_index=True)
