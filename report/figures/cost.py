"""Cost against quality."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from gatewise.report.figures import drawing
from gatewise.report.figures.drawing import (
    Figure,
    legend,
    lit,
    panels_of,
    picture,
    spoken,
    styles,
)
from gatewise.report.names import REFERENCE, ordered


def draw(table: pd.DataFrame) -> Figure:
    """CPU time of a run, that of lstm being 1, against skill; one panel a task, one scale.

    Args:
        table: :func:`.tables.scores`.
    """
    tasks, names = list(table["task"].unique()), ordered(table["architecture"])
    title = _found_cost(table)
    across = min(3, len(tasks))
    rows_of_legend = -(-len(names) // 4)
    height = 0.9 + 1.7 * -(-len(tasks) // across) + 0.2 * rows_of_legend
    with drawing.canvas(8.2, height, title, len(tasks), across, shared="xy") as (canvas, panels):
        looks = styles(names)
        handles: dict[str, Any] = {}
        for task, axes, rows in panels_of(panels, table, "task"):
            for row in rows.itertuples():
                look = looks[str(row.architecture)]
                (handles[str(row.architecture)],) = axes.plot(
                    row.cpu_seconds / _usual(rows),
                    100 * row.skill,
                    look["marker"],
                    color=look["color"],
                    markersize=7,
                    linestyle="none",
                    gid=lit(str(row.architecture), task),
                )
            axes.margins(x=0.12, y=0.12)
            axes.set_xlabel(f"CPU time of a run, {_usual(rows):.3g} s = 1", fontsize=8)
        canvas.supylabel("skill, % (up is better)", fontsize=9)
        legend(canvas, handles, names)
        said = spoken(
            f"{r.task}, {r.architecture}: {r.cpu_seconds:.3g} s, skill {r.skill:.1%}"
            for r in table.itertuples()
        )
        alt = f"Cost against quality. {title}. {said}."
        return Figure("cost", title, alt, picture(canvas), table)


def _usual(rows: pd.DataFrame) -> float:
    """CPU seconds of a run of lstm, or of the first architecture where it did not run.

    1 where the clock counted none.
    """
    mine = rows[rows["architecture"] == REFERENCE]
    return float((mine if len(mine) else rows)["cpu_seconds"].iloc[0]) or 1.0


def _found_cost(table: pd.DataFrame) -> str:
    wide = table.pivot(index="task", columns="architecture", values="cpu_seconds")
    # Where the clock counted none, nothing can be said of times as many.
    wide = wide.where(wide > 0).dropna(axis=1)
    if wide.shape[1] < 2:
        return "What a run costs"
    base = wide[REFERENCE] if REFERENCE in wide else wide.iloc[:, 0]
    ratio = np.exp(np.log(wide.div(base, axis="index")).mean())
    least, most = (
        f"a run of {name} {ratio[name]:.2g} times" for name in (ratio.idxmin(), ratio.idxmax())
    )
    if ratio.idxmin() == base.name:
        return f"No run takes less CPU time than one of {base.name}, {most} as much"
    return f"Of the CPU time of {base.name}, {least} as much, {most}"
