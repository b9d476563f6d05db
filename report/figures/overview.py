"""What leaving out gates costs on each task."""

from __future__ import annotations

import numpy as np
import pandas as pd

from gatewise.report.figures import drawing
from gatewise.report.figures.drawing import (
    BAND,
    INK,
    Figure,
    grid,
    panels_of,
    spoken,
    svg,
    whiskers,
)
from gatewise.report.names import ABLATIONS, GATES, ordered, plain
from gatewise.report.statistics.families import WORSE
from gatewise.report.words import percent


def draw(verdicts: pd.DataFrame, gaps: dict[str, float]) -> Figure:
    """What leaving out gates costs on each task, one panel a task.

    Args:
        verdicts: the rows of :func:`.tables.verdicts` against lstm.
        gaps: each task's distance from chance to perfect, in its unit.
    """
    ablated = verdicts[verdicts["architecture"].isin(ABLATIONS.values())]
    shown = verdicts if ablated.empty else ablated
    gap = shown["task"].map(gaps)
    columns = ["difference", "low", "high"]
    table = shown.assign(**{f"{name}_share": shown[name] / gap for name in columns})
    shares = [f"{name}_share" for name in columns]
    names, tasks = ordered(table["architecture"]), list(table["task"].unique())
    title = _found_overall(table, bool(len(ablated)))
    down, across = grid(len(tasks))
    height = 1.0 + down * (0.75 + 0.3 * len(names))
    with drawing.canvas(9.2, height, title, len(tasks), across) as (canvas, panels):
        reach = np.nanmax(np.abs(100 * table[["difference_share"]].to_numpy())) * 1.6 + 0.1
        for k, (task, axes, rows) in enumerate(panels_of(panels, table, "task")):
            ys = [names.index(name) for name in rows["architecture"]]
            margin = 100 * float(rows["margin"].iloc[0]) / gaps[task]
            axes.axvspan(-margin, margin, color=BAND, linewidth=0, zorder=0)
            axes.axvline(0, color=INK, linewidth=0.8)
            whiskers(axes, rows, ys, 100 * rows[shares])
            labels = [plain(n).partition("(")[2].rstrip(")") or n for n in names]
            axes.set_yticks(range(len(names)), labels if k % across == 0 else [""] * len(names))
            axes.set_ylim(len(names) - 0.4, -0.6)
            # An interval of few seeds can be far wider than any difference; it is cut, not shrunk.
            axes.set_xlim(-reach, reach)
        canvas.supxlabel(
            "difference from lstm, in % of the way from chance to perfect (left: worse). "
            "▼ worse  ▲ better  ■ too small to matter  ○ cannot tell; filled: certain",
            fontsize=8.5,
        )
        said = spoken(
            f"{r.task}, {plain(r.architecture)}: {percent(r.difference_share)}, {r.verdict}"
            for r in table.itertuples()
        )
        return Figure("overview", title, f"{title}. {said}.", svg(canvas), table)


def _found_overall(table: pd.DataFrame, gates: bool) -> str:
    worst = table.loc[table.groupby("task", sort=False)["difference_share"].idxmin()]
    worse = worst[worst["statement"] == WORSE]
    tasks = len(worst)
    if worse.empty:
        what = "leaving out any one gate" if gates else "any other architecture"
        return f"On none of {tasks} tasks is {what} at least probably worse than lstm"
    name, count = next(iter(worse["architecture"].value_counts().items()))
    called = {v: f"the {GATES[k]}" for k, v in ABLATIONS.items()}.get(str(name))
    if table["architecture"].nunique() == 1:
        # Where nothing else was tried, it is no claim that this costs most.
        what = f"leaving out {called}" if called else str(name)
        return f"On {count} of {tasks} tasks {what} is at least probably worse than lstm"
    what = f"leaving out {called} costs most" if called else f"{name} loses most"
    return f"On {count} of {tasks} tasks {what} and is at least probably worse than lstm"
