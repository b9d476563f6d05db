"""Best validation score against the number of trials."""

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
from gatewise.report.names import ordered
from gatewise.report.words import percent


def draw(table: pd.DataFrame) -> Figure:
    """Best validation score against the number of trials, one panel a task.

    Args:
        table: :func:`.tables.effort`.
    """
    tasks, names = list(table["task"].unique()), ordered(table["architecture"])
    last = table.groupby(["task", "architecture"], sort=False)["best"].agg(
        lambda best: best.iloc[-1] - best.iloc[len(best) // 2 - 1] if len(best) > 1 else np.nan
    )
    title = "The search's second half still raises the best score, as a share of the skill, by"
    title += f" {percent(float(last.median()))} in the median and by {percent(float(last.max()))}"
    title += " at most"
    across = min(3, len(tasks))
    height = 0.9 + 2.2 * -(-len(tasks) // across) + 0.2 * -(-len(names) // 4)
    with drawing.canvas(8.2, height, title, len(tasks), across, shared="xy") as (canvas, panels):
        looks = styles(names)
        handles: dict[str, Any] = {}
        for task, axes, mine in panels_of(panels, table, "task"):
            for name, rows in mine.groupby("architecture", sort=False):
                look = looks[str(name)] | {"gid": lit(str(name), task), "markersize": 4}
                (handles[str(name)],) = axes.plot(rows["trials"], 100 * rows["best"], **look)
            axes.set_xlabel("trials", fontsize=8)
            axes.xaxis.get_major_locator().set_params(integer=True)
        canvas.supylabel("best validation score, skill in % (up is better)", fontsize=9)
        legend(canvas, handles, names)
        said = spoken(f"{t}, {n}: {percent(v)}" for (t, n), v in last.items())
        alt = f"Best validation score against trials. {title}. {said}."
        return Figure("effort", title, alt, picture(canvas), table)
