"""The grid of the first screen as a picture, for where a page cannot stand."""

from __future__ import annotations

from typing import Any

from gatewise.report.figures import drawing
from gatewise.report.figures.drawing import GLYPHS, INK, QUIET, Figure, picture, spoken
from gatewise.report.statistics.families import CERTAIN, SMALL, UNKNOWN
from gatewise.report.tables.grid import Grid
from gatewise.report.words import between, percent

COLUMNS = ("task", "architecture", "change", "change_low", "change_high", "verdict", "doubt")
SURE, LIKELY = 0.34, 0.14
"""How strongly a field has its colour."""
ROW, LABEL = 0.66, 1.25
"""Inches."""
INTERVAL = 0.95
"""Inches of a field that its interval and its grade in words need."""


def draw(grid: Grid, title: str) -> Figure:
    """Gates as rows, tasks as columns; each field its change, interval and grade."""
    wide = max(1.35, min(1.9, 8.0 / max(len(grid.tasks), 1)))
    if (column := drawing.medium().width) is not None:
        wide = (column - LABEL) / max(len(grid.tasks), 1)
    slanted = {"rotation": 30, "fontsize": 8} if wide < INTERVAL else {"fontweight": "bold"}
    size = 0.3 + LABEL + wide * len(grid.tasks), 0.55 + ROW * (len(grid.rows) + 0.4)
    with drawing.canvas(*size, title, sides=(LABEL, 0.1, 0.35)) as (canvas, axes):
        fields = grid.fields
        for x, task in enumerate(grid.tasks):
            axes.text(x + 0.5, -0.2, task, ha="center", va="center", **slanted)
            for y, row in enumerate(grid.rows):
                if found := fields.get((task, row.architecture)):
                    _field(axes, x, y, found, wide)
                else:
                    axes.text(x + 0.5, y + 0.5, "–", ha="center", va="center", color=QUIET)
        axes.set_xlim(0, len(grid.tasks))
        axes.set_ylim(len(grid.rows), -0.4)
        axes.set_xticks([])
        axes.set_yticks([k + 0.5 for k in range(len(grid.rows))], [r.label for r in grid.rows])
        axes.tick_params(length=0)
        axes.spines[:].set_visible(False)
        canvas.supxlabel(
            "change against the whole LSTM, in % of the way from guessing to perfect"
            f"{'; below it the interval' * (wide >= INTERVAL)}; −: worse without it",
            fontsize=8.5,
        )
        said = spoken(
            f"{r.task}, {r.label}: {percent(r.change)}, {r.verdict}"
            for r in grid.table.itertuples()
        )
        alt = f"A grid of gates and tasks. {title}. {said}."
        return Figure("grid", title, alt, picture(canvas), grid.table[list(COLUMNS)])


def _field(axes: Any, x: int, y: int, field: dict[str, Any], wide: float) -> None:
    """One field: a tinted box with the glyph and change, the interval, and the grade in words, of
    those what fits."""
    from matplotlib.patches import Rectangle

    sure = field["verdict"] in CERTAIN
    colour = GLYPHS[field["statement"]][1]
    strength = 0.0 if field["statement"] == UNKNOWN else SURE if sure else LIKELY
    box = Rectangle((x + 0.01, y + 0.02), 0.98, 0.96, facecolor=colour, alpha=strength)
    axes.add_patch(box)
    middle = {"ha": "center", "va": "center"}
    if wide < INTERVAL:
        said = f"{field['glyph']}\n{percent(field['change'])}"
        axes.text(x + 0.5, y + 0.5, said, fontsize=6 if wide < 0.5 else 8, **middle)
        return
    axes.text(x + 0.5, y + 0.25, f"{field['glyph']} {percent(field['change'])}", **middle)
    interval = between(field["change_low"], field["change_high"])
    small = 7 if wide > 1 else 6
    axes.text(x + 0.5, y + 0.47, interval, fontsize=small, color=INK, **middle)
    # The longest grade is wider than a field.
    grade = field["verdict"].replace(f" {SMALL}", f"\n{SMALL}")
    axes.text(x + 0.5, y + 0.76, grade, fontsize=small, color=colour, linespacing=1.0, **middle)
