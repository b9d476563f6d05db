"""What part of the trials' variance each hyper-parameter explains."""

from __future__ import annotations

import numpy as np
import pandas as pd

from gatewise.report.figures import drawing
from gatewise.report.figures.drawing import (
    INK,
    SKY,
    Figure,
    grid,
    panels_of,
    picture,
    spoken,
)
from gatewise.report.findings.claims import TWO_THIRDS
from gatewise.report.words import percent


def draw(table: pd.DataFrame) -> Figure:
    """What part of the trials' variance each hyper-parameter explains, one panel a task.

    Args:
        table: :func:`.hyperparameters.shares`.
    """
    tasks, names = list(table["task"].unique()), list(table["parameter"].unique())
    rates = table[table["parameter"] == "learning_rate"]
    above = int((rates["low"] > TWO_THIRDS).sum())
    title = (
        f"The learning rate alone explains over two thirds of the variance on {above} of "
        f"{len(rates)} tasks"
    )
    down, across = grid(len(tasks))
    with drawing.canvas(9.2, 0.9 + down * (0.7 + 0.28 * len(names)), title, len(tasks), across) as (
        canvas,
        panels,
    ):
        for k, (_, axes, mine) in enumerate(panels_of(panels, table, "task")):
            rows = mine.set_index("parameter").reindex(names)
            places = np.arange(len(names))
            axes.barh(places, 100 * rows["share"], color=SKY, height=0.6)
            axes.hlines(places, 100 * rows["low"], 100 * rows["high"], color=INK, linewidth=1.2)
            axes.axvline(100 * TWO_THIRDS, color=INK, linewidth=0.8, linestyle=":")
            called = [name.replace("_", " ") for name in names]
            axes.set_yticks(places, called if k % across == 0 else [""] * len(names))
            axes.invert_yaxis()
            axes.set_xlim(0, 100)
        canvas.supxlabel(
            "share of the variance, %, with 95% interval; dotted: two thirds", fontsize=8.5
        )
        said = spoken(
            f"{r.task}, {str(r.parameter).replace('_', ' ')}: {percent(r.share)}"
            for r in table.itertuples()
        )
        alt = f"Shares of hyper-parameters in the variance. {title}. {said}."
        return Figure("hyperparameters", title, alt, picture(canvas), table)
