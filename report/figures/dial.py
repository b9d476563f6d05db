"""Differences from lstm against the setting of a dial."""

from __future__ import annotations

from typing import Any

import pandas as pd

from gatewise.report.figures import drawing
from gatewise.report.figures.drawing import (
    INK,
    Figure,
    legend,
    panels_of,
    picture,
    spoken,
    styles,
)
from gatewise.report.names import ordered, plain
from gatewise.report.statistics.families import WORSE
from gatewise.report.words import percent


def draw(table: pd.DataFrame) -> Figure:
    """Differences from lstm against the dial's setting, one panel a family of tasks.

    Args:
        table: :func:`.tables.dial`.
    """
    families, names = list(table["family"].unique()), ordered(table["architecture"])
    title = _found_dial(table)
    across = min(2, len(families))
    height = 1.0 + 2.6 * -(-len(families) // across) + 0.2 * -(-len(names) // 4)
    with drawing.canvas(8.6, height, title, len(families), across, shared="y") as (canvas, panels):
        looks = styles(names, first=1)
        handles: dict[str, Any] = {}
        for _, axes, mine in panels_of(panels, table, "family"):
            axes.axhline(0, color=INK, linewidth=0.8)
            for k, (name, rows) in enumerate(mine.groupby("architecture", sort=False)):
                # Moved apart a little, so that no interval covers another.
                at = rows["value"] * (1 + 0.025 * (k - len(names) / 2))
                low, middle, high = (100 * rows[c] for c in ("low", "difference", "high"))
                handles[str(name)] = axes.errorbar(
                    at, middle, [middle - low, high - middle], markersize=5, **looks[str(name)]
                )
            axes.set_xscale("log")
            values = sorted(mine["value"].unique())
            axes.set_xticks(values, [f"{value:g}" for value in values])
            axes.minorticks_off()
            axes.set_xlabel(f"{mine['unit'].iloc[0]}", fontsize=8.5)
        canvas.supylabel("difference from lstm, % of the skill (up is better)", fontsize=9)
        legend(canvas, handles, names)
        said = spoken(
            f"{r.family} at {r.value:g}, {plain(r.architecture)}: {percent(r.difference)}, "
            f"{r.verdict}"
            for r in table.itertuples()
        )
        alt = f"Differences from lstm against difficulty. {title}. {said}."
        return Figure("dial", title, alt, picture(canvas), table)


def _found_dial(table: pd.DataFrame) -> str:
    """From which setting on the forget gate is known to matter."""
    parts = []
    for family, rows in table[table["architecture"] == "NFG"].groupby("family", sort=False):
        hurt = rows.loc[rows["statement"] == WORSE, "value"]
        unit = rows["unit"].iloc[0]
        parts.append(
            f"on {family} from {hurt.min():g} {unit} on" if len(hurt) else f"on {family} nowhere"
        )
    said = ", ".join(parts)
    return f"Without its forget gate lstm is at least probably worse {said}" if said else "The dial"
