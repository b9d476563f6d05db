"""Differences along tasks that differ in their difficulty alone, or in the size of the cells."""

from __future__ import annotations

import pandas as pd

from gatewise.report.names import ABLATIONS, LATTICES, REFERENCE, VANILLA, Lattice, lattices
from gatewise.report.reading.results import Results
from gatewise.report.tables.verdicts import Asked, compared_with
from gatewise.tasks.names import is_sized

DIALLED = (*ABLATIONS.values(), "lstm-bias0", "lstm-chrono", VANILLA)
"""What the dial's figure shows: the gates, the start of their biases, and no gate at all."""


def dial(results: Results, against: pd.DataFrame) -> pd.DataFrame:
    """Differences from lstm against the setting of the dial, as a share of the skill.

    Columns task, family, value, unit, architecture, difference, low, high, statement,
    verdict; above 0 is better than lstm. Only families that ran at two settings or more, at the
    size of their recipes.
    """
    table = _along(results, against[against["architecture"].isin(DIALLED)], REFERENCE)
    table = table[~_sized(table)]
    settings = table.groupby("family")["value"].transform("nunique")
    order = ["family", "architecture", "value"]
    return table[settings > 1].drop(columns=["size", "skill"]).sort_values(order, ignore_index=True)


def need(results: Results, found: pd.DataFrame, lattice: Lattice = LATTICES[0]) -> pd.DataFrame:
    """What a cell loses without a gate, against the setting of the dial and the cell's size.

    The columns of :func:`dial`, ``size``, recurrent parameters, and ``skill``, that of the whole
    cell there, the share of the way from chance to perfect; differences are from that cell. Only
    families that ran at two sizes or more. A task without a dial is a family of its own, its
    ``unit`` empty. Of lstm what :data:`DIALLED` names beside its gates stands there too.

    Args:
        found: :func:`.verdicts.verdicts`.
        lattice: the cell and its gates.
    """
    rows = compared_with(lattice.top, found, results)
    shown = DIALLED if lattice.top == REFERENCE else [*lattice.lacking]
    table = _along(results, rows[rows["architecture"].isin(shown)], lattice.top)
    table = table[_sized(table)]
    sizes = table.groupby("family")["size"].transform("nunique")
    order = ["family", "architecture", "value", "size"]
    return table[sizes > 1].sort_values(order, ignore_index=True)


def asked(results: Results) -> list[Asked]:
    """Wherever the size of cells is asked, each cell without one of its gates against it."""
    sized = [task for task in results.tasks if is_sized(task)]
    own = [lattice for lattice in lattices(results.architectures) if lattice.top != REFERENCE]
    return [(task, n, lattice.top) for task in sized for lattice in own for n in lattice.lacking]


def _sized(table: pd.DataFrame) -> pd.Series[bool]:
    # Of no rows a mask would have no kind, and choose columns.
    return table["task"].map(is_sized).astype(bool)


def _along(results: Results, rows: pd.DataFrame, whole: str) -> pd.DataFrame:
    """Verdicts in shares of the skill, beside that of the cell that they compare with."""
    facts = results.main.groupby("task", sort=False).first()
    known = facts.loc[rows["task"]]
    runs = results.main[results.main["architecture"] == whole]
    scores = runs.groupby("task")["test_score"].mean().reindex(facts.index)
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
