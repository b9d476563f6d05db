"""What each gate is worth on each task."""

from __future__ import annotations

import pandas as pd

from gatewise.report.figures import drawing
from gatewise.report.figures.drawing import (
    BLUE,
    INK,
    PAPER,
    Figure,
    grid,
    panels_of,
    picture,
    spoken,
)
from gatewise.report.words import percent


def draw(table: pd.DataFrame, lattice: str) -> Figure:
    """Shapley value of each gate on each task, with its first, middle and last step beside it.

    Args:
        table: rows of :func:`.tables.importance` with a Shapley value, of one lattice.
    """
    gates, tasks = list(table["gate"].unique()), list(table["task"].unique())
    title = f"{lattice}: {_found_importance(table)}"
    down, across = grid(len(tasks))
    with drawing.canvas(9.2, 1.1 + down * 1.8, title, len(tasks), across, shared="x") as (
        canvas,
        panels,
    ):
        for _, axes, mine in panels_of(panels, table, "task"):
            rows = mine.set_index("gate").reindex(gates)
            for y, row in enumerate(rows.itertuples()):
                axes.plot([100 * row.low, 100 * row.high], [y, y], color=BLUE, linewidth=1.8)
                axes.plot(100 * row.shapley, y, "D", color=BLUE)
                axes.plot(100 * row.last, y - 0.24, "o", color=INK, mfc=PAPER)
                axes.plot(100 * row.middle, y + 0.24, "+", color=INK)
                axes.plot(100 * row.first, y + 0.24, "x", color=INK)
            axes.axvline(0, color=INK, linewidth=0.8)
            first = axes.get_subplotspec().is_first_col()
            axes.set_yticks(range(len(gates)), gates if first else [""] * len(gates))
            axes.set_ylim(len(gates) - 0.4, -0.6)
            axes.margins(x=0.12)
        canvas.supxlabel(
            "worth in % of the way from chance to perfect, right: more. ◆ Shapley value, 95% "
            "interval  ○ last step: leaving it out of all  + middle  × first: adding it to none",
            fontsize=8.5,
        )
        said = spoken(
            f"{r.task}, {r.gate}: {percent(r.shapley)} ({percent(r.low)} to {percent(r.high)})"
            for r in table.itertuples()
        )
        alt = f"Gate importance by Shapley value. {title}. {said}."
        return Figure(f"importance-{lattice}", title, alt, picture(canvas), table)


def _found_importance(table: pd.DataFrame) -> str:
    """Which gate is worth most on how many tasks, and on how many of them by a clear interval."""
    top = table.loc[table.groupby("task", sort=False)["shapley"].idxmax()]
    gate = str(top["gate"].value_counts().index[0])
    mine = top[top["gate"] == gate].set_index("task")["low"]
    others = table[table["gate"] != gate].groupby("task")["high"].max()
    clear = int((mine > others.reindex(mine.index)).sum())
    return (
        f"the {gate} is worth most on {len(mine)} of {len(top)} tasks, "
        f"with an interval clear of the others on {clear}"
    )
