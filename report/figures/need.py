"""When a gate is needed: the difficulty of a task against the size of the cells."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from gatewise.report.figures import drawing
from gatewise.report.figures.drawing import (
    GLYPHS,
    INK,
    QUIET,
    Figure,
    legend,
    panels_of,
    picture,
    spoken,
    styles,
)
from gatewise.report.figures.grid import LIKELY, SURE
from gatewise.report.names import LATTICES, REFERENCE, Lattice, ordered, plain
from gatewise.report.statistics.families import CERTAIN, SMALL, UNKNOWN, WORSE
from gatewise.report.words import percent, slug

FIELD, SIDE = 0.3, 1.9
"""Inches of a field's height, and of a panel's width."""
LEAST = 3
"""It is at least as wide as with so many panels beside the skill: its title needs the room."""
OFF = 0.03
"""How far apart the lines of architectures stand, as a share of the size."""


def draw(table: pd.DataFrame, lattice: Lattice = LATTICES[0]) -> Figure:
    """One row of panels a family: the cell's own skill, then a panel for each gate left out.

    In each, settings of the dial across, sizes up.

    Args:
        table: :func:`.tables.dial.need`.
        lattice: the cell that it is about.
    """
    families, names = list(table["family"].unique()), _shown(table, lattice)
    title = found(table, lattice)
    tall = max(int(table.groupby("family")["size"].nunique().max()), 2)
    height = 0.5 + len(families) * (0.75 + FIELD * tall)
    panels = len(families) * (1 + len(names))
    wide = 0.6 + SIDE * (1 + max(LEAST, len(names)))
    with drawing.canvas(wide, height, title, panels, 1 + len(names)) as (canvas, axes):
        columns = ["", *names] * len(families)
        for place, (panel, name) in enumerate(zip(axes.ravel(), columns, strict=False)):
            family = families[place // (1 + len(names))]
            _panel(panel, table[table["family"] == family], name)
            _labelled(panel, plain(name) if name else f"{family}: skill of {lattice.top}", name)
        said = spoken(
            f"{panel}, {r.size} parameters, {plain(r.architecture)}: "
            f"{percent(r.difference)}, {r.verdict}"
            for panel, r in zip(_panels(table), table.itertuples(), strict=True)
        )
        alt = f"Where leaving out a gate matters, by difficulty and size. {title}. {said}."
        return Figure(_named("need", lattice), title, alt, picture(canvas), table)


def _named(figure: str, lattice: Lattice) -> str:
    return figure if lattice.top == REFERENCE else f"{figure}-{slug(lattice.top)}"


def _shown(table: pd.DataFrame, lattice: Lattice) -> list[str]:
    """The cells without one gate, or whatever else was compared where none was taken out."""
    names = ordered(table["architecture"])
    return [name for name in names if name in lattice.lacking] or names


def _panel(axes: Any, rows: pd.DataFrame, name: str) -> None:
    """The fields of an architecture; the skill of the whole cell where none is named."""
    values, sizes = sorted(rows["value"].unique()), sorted(rows["size"].unique())
    mine = rows[rows["architecture"] == name] if name else rows.drop_duplicates("task")
    for row in mine.to_dict("records"):
        at = values.index(row["value"]), sizes.index(row["size"])
        if not name:
            _box(axes, at, INK, 0.3 * max(0.0, min(1.0, row["skill"])), percent(row["skill"]))
        else:
            statement, sure = row["statement"], row["verdict"] in CERTAIN
            strength = 0.0 if statement == UNKNOWN else SURE if sure else LIKELY
            _box(axes, at, GLYPHS[statement][1], strength, percent(row["difference"]))
            marker, colour = GLYPHS[statement]
            face = colour if sure else "none"
            axes.plot(at[0] + 0.14, at[1] + 0.5, marker, color=colour, mfc=face, markersize=4.5)
    axes.set_xlim(0, len(values))
    axes.set_ylim(0, len(sizes))
    axes.set_xticks([k + 0.5 for k in range(len(values))], [f"{v:g}" if v else "" for v in values])
    axes.set_yticks([k + 0.5 for k in range(len(sizes))], [f"{size:,}" for size in sizes])
    axes.tick_params(length=0)


def _box(axes: Any, at: tuple[int, int], colour: str, strength: float, said: str) -> None:
    from matplotlib.patches import Rectangle

    corner = at[0] + 0.01, at[1] + 0.02
    axes.add_patch(Rectangle(corner, 0.98, 0.96, facecolor=colour, alpha=strength, linewidth=0))
    axes.text(at[0] + 0.58, at[1] + 0.5, said, ha="center", va="center", fontsize=6.5)


def _labelled(axes: Any, title: str, name: str) -> None:
    axes.spines[:].set_visible(False)
    axes.set_title(title, fontsize=8)
    axes.tick_params(labelsize=7)
    if name:
        axes.set_yticklabels([])


def found(table: pd.DataFrame, lattice: Lattice = LATTICES[0]) -> str:
    """By gate in how many fields it is missed, spared, or neither is known."""
    said = []
    of = "" if lattice.top == REFERENCE else f" of {lattice.top}"
    for name, gate in lattice.lacking.items():
        mine = table[table["architecture"] == name]["statement"]
        if len(mine):
            worse, small, open_ = (int((mine == s).sum()) for s in (WORSE, SMALL, UNKNOWN))
            said.append(
                f"the {gate}{of} is missed in {worse} of {len(mine)} fields, too small to "
                f"matter in {small}, not known in {open_}"
            )
    words = "; ".join(said)
    return words[:1].upper() + words[1:] if words else "By difficulty and size"


def by_size(table: pd.DataFrame, lattice: Lattice = LATTICES[0]) -> Figure:
    """Each gate's worth against the size of the cells, with its interval; a panel a task.

    Args:
        table, lattice: as of :func:`draw`.
    """
    names = _shown(table, lattice)
    rows = table[table["architecture"].isin(names)].assign(panel=_panels(table))
    panels = rows["panel"].nunique()
    across = min(4, panels)
    height = 1.0 + 1.9 * -(-panels // across)
    of = "the cell" if lattice.top == REFERENCE else lattice.top
    title = f"How a gate's worth changes with the size of {of}"
    with drawing.canvas(9.5, height, title, panels, across, shared="y") as (canvas, axes):
        looks, handles = styles(names, first=1), dict[str, Any]()
        for _, panel, mine in panels_of(axes, rows, "panel"):
            panel.axhline(0, color=QUIET, linewidth=0.8)
            for k, name in enumerate(names):
                of = mine[mine["architecture"] == name]
                at = of["size"] * (1 + OFF * (k - len(names) / 2))
                low, middle, high = (100 * of[c] for c in ("low", "difference", "high"))
                whiskers = [(middle - low).clip(upper=150), (high - middle).clip(upper=150)]
                handles[name] = panel.errorbar(at, middle, whiskers, markersize=4, **looks[name])
            panel.set_xscale("log")
            _ticks(panel, sorted(mine["size"].unique()))
            panel.set_xlabel("recurrent parameters", fontsize=7.5)
            panel.set_ylim(-110, 60)
        canvas.supylabel(f"difference from {lattice.top}, % of the skill", fontsize=9)
        legend(canvas, handles, names)
        said = spoken(
            f"{r.panel} with {r.size} parameters, {plain(r.architecture)}: {percent(r.difference)} "
            f"({percent(r.low)} to {percent(r.high)})"
            for r in rows.itertuples()
        )
        return Figure(_named("size", lattice), title, f"{title}. {said}.", picture(canvas), rows)


def _panels(table: pd.DataFrame) -> pd.Series[Any]:
    said = [
        f"{r.family}, {r.value:g} {r.unit}" if r.unit else str(r.family) for r in table.itertuples()
    ]
    return pd.Series(said, index=table.index)


def _ticks(axes: Any, sizes: Sequence[int]) -> None:
    axes.set_xticks(sizes, [f"{size:,}" for size in sizes], fontsize=7)
    axes.minorticks_off()
