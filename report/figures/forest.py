"""Differences from lstm on one task."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from gatewise.report.figures import drawing
from gatewise.report.figures.drawing import (
    BAND,
    INK,
    Figure,
    inches,
    picture,
    spoken,
    whiskers,
)
from gatewise.report.names import REFERENCE, plain
from gatewise.report.statistics.families import BETTER, SMALL, WORSE
from gatewise.report.words import amount, slug


def draw(task: str, metric: str, unit: str, verdicts: pd.DataFrame) -> Figure:
    """Differences from lstm on one task, best first, with interval and margin.

    Args:
        task, metric, unit: for title and axis.
        verdicts: the task's rows of :func:`.tables.verdicts` against lstm.
    """
    rows = verdicts.sort_values("difference", ascending=False).reset_index(drop=True)
    title = f"{task}: {_found(rows, metric, unit)}"
    scale, axis = (100, "points of accuracy") if metric == "accuracy" else (1, unit)
    on_paper = drawing.medium().width is not None
    called = [name if on_paper else plain(name) for name in rows["architecture"].astype(str)]
    sides = 0.3 + inches(called), 2.2, 0.75
    with drawing.canvas(7.4, 1.2 + 0.25 * len(rows), title, sides=sides) as (canvas, axes):
        margin = scale * float(rows["margin"].iloc[0])
        axes.axvspan(-margin, margin, color=BAND, linewidth=0, zorder=0)
        axes.axvline(0, color=INK, linewidth=0.8)
        whiskers(axes, rows, range(len(rows)), scale * rows[["difference", "low", "high"]])
        for y, row in enumerate(rows.itertuples()):
            beside = {"transform": axes.get_yaxis_transform(), "va": "center"}
            verdict = "" if drawing.medium().narrow else row.verdict
            marks = f"{' †' * row.diverged}{' ‡' * (row.doubt != '')}"
            axes.text(1.02, y, f"{verdict}{marks}", **beside)
        axes.set_yticks(range(len(rows)), called)
        axes.set_ylim(len(rows) - 0.4, -0.6)
        axes.set_xlabel(f"← worse than {REFERENCE} · {axis} · better →")
        canvas.supxlabel(
            "line: the interval that the verdict is read off; ‡: never certain; "
            f"grey band: margin ±{margin:g}, too small to matter",
            fontsize=8.5,
        )
        said = spoken(
            f"{r.architecture} {amount(r.difference, metric, unit)}, {r.verdict}"
            for r in rows.itertuples()
        )
        alt = f"Forest plot of differences from {REFERENCE}. {title}. {said}."
        return Figure(f"{slug(task)}-differences", title, alt, picture(canvas), rows)


def _found(rows: pd.DataFrame, metric: str, unit: str) -> str:
    """What a task's verdicts amount to, in a line; certain or probable, the figure says which."""
    better = rows[rows["statement"] == BETTER]
    worse = rows[rows["statement"] == WORSE]
    parts = [f"nothing beats {REFERENCE}"]
    if len(better):
        parts = [f"{_listed(better['architecture'])} better than {REFERENCE}"]
    if len(worse):
        last = worse.iloc[-1]
        least = amount(last["difference"], metric, unit)
        parts.append(f"{_listed(worse['architecture'][::-1])} worse")
        if len(worse) > 1:
            parts.append(f"{last['architecture']} by most ({least})")
        else:
            parts[-1] += f" by {least.lstrip('−')}"
    elif not len(better):
        same = int((rows["statement"] == SMALL).sum())
        parts = ["no difference from lstm can be told"]
        if same:
            parts.append(f"{same} of {len(rows)} architectures within the margin")
    return ", ".join(parts)


def _listed(names: Sequence[Any]) -> str:
    found = [str(name) for name in names]
    return ", ".join(found) if len(found) <= 4 else f"{len(found)} architectures"
