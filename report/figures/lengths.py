"""Scores by the length of what was read."""

from __future__ import annotations

from typing import Any

import pandas as pd

from gatewise.report.figures import drawing
from gatewise.report.figures.drawing import QUIET, Figure, legend, picture, spoken, styles
from gatewise.report.names import ordered
from gatewise.report.words import slug

SHARE = 0.9
"""What is kept of the way from chance to perfect by an architecture that holds out."""


def draw(task: str, unit: str, chance: float, perfect: float, table: pd.DataFrame) -> Figure:
    """Mean score over seeds by length, and chance; shades go from the worst to the best seed.

    Args:
        table: :func:`.tables.lengths.by_length`.
    """
    names = ordered(table["architecture"])
    looks, handles = styles(names), {}
    title = _found(task, chance, perfect, table)
    with drawing.canvas(7.4, 4.0 + 0.2 * (len(names) // 4), title) as (canvas, axes):
        axes.axhline(chance, color=QUIET, linewidth=1, linestyle=":")
        for name in names:
            rows, look = table[table["architecture"] == name], looks[name]
            (handles[name],) = axes.plot(rows["length"], rows["mean"], markersize=4, **look)
            shade = {"color": look["color"], "alpha": 0.10, "linewidth": 0}
            axes.fill_between(rows["length"], rows["low"], rows["high"], **shade)
        _label(axes, unit, "up" if perfect > chance else "down", table)
        legend(canvas, handles, names)
        said = spoken(f"{r.architecture} at {r.length}: {r.mean:.3f}" for r in table.itertuples())
        alt = f"Scores by length. {title}. Chance is {chance:.3f}. {said}."
        return Figure(f"{slug(task)}-lengths", title, alt, picture(canvas), table)


def _label(axes: Any, unit: str, better: str, table: pd.DataFrame) -> None:
    lengths = sorted(table["length"].unique())
    axes.set_xscale("log")
    axes.set_xticks(lengths, [str(n) for n in lengths])
    axes.minorticks_off()
    axes.set_xlabel(
        "steps of an example (line: mean over seeds; shade: worst to best; dots: chance)"
    )
    axes.set_ylabel(f"{unit},\nsecond half of the steps ({better} is better)")


def _found(task: str, chance: float, perfect: float, table: pd.DataFrame) -> str:
    """Who still answers at the greatest length."""
    longest = int(table["length"].max())
    last = table[table["length"] == longest].set_index("architecture")["mean"]
    skill = (last - chance) / (perfect - chance)
    holding = [str(name) for name in skill.index[skill >= SHARE]]
    many = ", ".join(holding[:4]) + f" and {len(holding) - 4} more" * (len(holding) > 4)
    kept = f"{SHARE:.0%} of what there is to learn"
    keep = "keep" if len(holding) > 1 else "keeps"
    return f"{task}: at {longest} steps {many or 'no architecture'} {keep} {kept}"
