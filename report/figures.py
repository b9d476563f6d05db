"""Figures: drawn to be read in grey, each with a title that says what was found, and alt text."""

from __future__ import annotations

import io
import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from report.results import REFERENCE

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Canvas

STYLE = {
    "font.family": "DejaVu Sans",
    "font.size": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.titlesize": 10,
    "axes.titlelocation": "left",
    "axes.titleweight": "bold",
    "svg.fonttype": "path",
    "svg.hashsalt": "gatewise",
}
# Okabe & Ito's colours, told apart by colour-blind readers; each with a marker and a line of its
# own for print in grey.
COLOURS = ("#000000", "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#7f7f7f")
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "*")
LINES = ("-", "--", "-.", ":", (0, (5, 1)), (0, (3, 1, 1, 1)), (0, (1, 1)), (0, (8, 2)))
GLYPHS = {"harmful": ("v", "#D55E00"), "helpful": ("^", "#0072B2")}
GLYPHS |= {"equivalent": ("s", "#009E73"), "undecided": ("o", "#7f7f7f")}


@dataclass(frozen=True)
class Figure:
    """A drawn figure: its file name without ending, what it says, its SVG and its data."""

    name: str
    title: str
    alt: str
    svg: str
    data: pd.DataFrame


def forest(task: str, unit: str, verdicts: pd.DataFrame) -> Figure:
    """Paired differences from lstm on one task, worst first, with interval and margin.

    Args:
        task, unit: for title and axis.
        verdicts: the task's rows of :func:`report.tables.verdicts`.
    """
    rows = verdicts.sort_values("difference", ascending=False).reset_index(drop=True)
    title = f"{task}: {_finding(rows)}"
    with _canvas(6.4, 1.3 + 0.32 * len(rows)) as (canvas, axes):
        margin = float(rows["margin"].iloc[0])
        axes.axvspan(-margin, margin, color="#dddddd", zorder=0, label="within the margin")
        axes.axvline(0, color="black", linewidth=0.8)
        for y, row in enumerate(rows.itertuples()):
            marker, colour = GLYPHS[str(row.verdict)]
            axes.plot([row.low, row.high], [y, y], color=colour, linewidth=1.6)
            axes.plot(row.difference, y, marker, color=colour, markersize=7)
            axes.annotate(
                str(row.verdict), (1.01, y), xycoords=("axes fraction", "data"), va="center"
            )
        axes.set_yticks(range(len(rows)), [str(name) for name in rows["architecture"]])
        axes.set_ylim(len(rows) - 0.5, -0.5)
        axes.set_xlabel(f"better than lstm by ({unit}); grey: margin ±{margin:g}")
        axes.set_title(title)
        said = "; ".join(
            f"{r.architecture} {r.difference:+.3g}, {r.verdict}" for r in rows.itertuples()
        )
        return Figure(f"{task}-differences", title, f"{title}. {said}.", _svg(canvas), rows)


def _finding(rows: pd.DataFrame) -> str:
    """What a task's verdicts amount to, in a line."""
    named = {
        kind: [str(name) for name in rows.loc[rows["verdict"] == kind, "architecture"]]
        for kind in GLYPHS
    }
    parts = [
        f"{', '.join(named[kind])} {phrase}"
        for kind, phrase in (("helpful", "better than lstm"), ("harmful", "worse"))
        if named[kind]
    ]
    return "; ".join(parts) if parts else "no difference from lstm is certain"


def curves(task: str, unit: str, table: pd.DataFrame) -> Figure:
    """Validation score by epoch: mean over seeds, band from worst to best seed."""
    names = _ordered(table["architecture"])
    best = _best_at_end(table)
    title = f"{task}: validation score by epoch, {best} ahead at its last epoch"
    with _canvas(6.4, 3.6) as (canvas, axes):
        for name, look in zip(names, _looks(), strict=False):
            rows = table[table["architecture"] == name]
            axes.plot(rows["epoch"], rows["mean"], label=name, markersize=4, **look)
            axes.fill_between(
                rows["epoch"],
                rows["min"],
                rows["max"],
                color=look["color"],
                alpha=0.10,
                linewidth=0,
            )
        axes.set_xlabel("epoch")
        axes.set_ylabel(unit)
        axes.xaxis.get_major_locator().set_params(integer=True)
        axes.set_title(title)
        axes.legend(loc="center left", bbox_to_anchor=(1.0, 0.5), frameon=False)
        return Figure(f"{task}-curves", title, f"Learning curves. {title}.", _svg(canvas), table)


def _best_at_end(table: pd.DataFrame) -> str:
    last = table.sort_values("epoch").groupby("architecture").tail(1)
    rising = table.groupby("architecture")["mean"].agg(["first", "last"])
    upward = (rising["last"] >= rising["first"]).mean() >= 0.5
    index = last["mean"].idxmax() if upward else last["mean"].idxmin()
    return str(last.loc[index, "architecture"])


def cost(table: pd.DataFrame) -> Figure:
    """CPU seconds a run against skill, one panel a task.

    Args:
        table: :func:`report.tables.scores`.
    """
    tasks = list(table["task"].unique())
    dearest = table.groupby("architecture")["cpu_seconds"].mean()
    title = f"{dearest.idxmin()} is cheapest to train, {dearest.idxmax()} dearest"
    columns = min(2, len(tasks))
    with _canvas(7.6, 2.7 * -(-len(tasks) // columns), len(tasks), columns) as (canvas, panels):
        looks = dict(zip(_ordered(table["architecture"]), _looks(), strict=False))
        for task, axes in zip(tasks, np.ravel(panels), strict=False):
            for row in table[table["task"] == task].itertuples():
                look = looks[row.architecture]
                axes.plot(row.cpu_seconds, row.skill, look["marker"], color=look["color"])
                axes.annotate(
                    str(row.architecture),
                    (row.cpu_seconds, row.skill),
                    xytext=(4, 3),
                    textcoords="offset points",
                    fontsize=7,
                )
            axes.set_title(task)
            axes.set_xlabel("CPU seconds a run, compilation included")
            axes.set_ylabel("skill")
            axes.margins(x=0.2, y=0.15)
        return Figure("cost", title, f"Cost against quality. {title}.", _svg(canvas), table)


def overview(verdicts: pd.DataFrame, chance_gap: dict[str, float]) -> Figure:
    """What each architecture loses against lstm, in share of lstm's way from chance to perfect."""
    table = verdicts.assign(
        share=[r.difference / chance_gap[r.task] for r in verdicts.itertuples()],
        share_low=[r.low / chance_gap[r.task] for r in verdicts.itertuples()],
        share_high=[r.high / chance_gap[r.task] for r in verdicts.itertuples()],
    )
    names, tasks = list(table["architecture"].unique()), list(table["task"].unique())
    shares = table.groupby("architecture")["share"].mean()
    over = f"on the average of {len(tasks)} tasks"
    title = f"No architecture scores below lstm {over}"
    if shares.min() < 0:
        title = f"Against lstm, {shares.idxmin()} loses most {over}"
    with _canvas(7.2, 1.2 + 0.16 * len(names) * (len(tasks) + 1)) as (canvas, axes):
        height = 0.8 / len(tasks)
        for k, (task, look) in enumerate(zip(tasks, _looks(), strict=False)):
            rows = table[table["task"] == task].set_index("architecture").reindex(names)
            y = np.arange(len(names)) + (k - (len(tasks) - 1) / 2) * height
            errors = [rows["share"] - rows["share_low"], rows["share_high"] - rows["share"]]
            axes.errorbar(
                rows["share"],
                y,
                xerr=errors,
                fmt=look["marker"],
                color=look["color"],
                markersize=5,
                linewidth=1,
                label=task,
            )
        axes.axvline(0, color="black", linewidth=0.8)
        axes.set_yticks(range(len(names)), names)
        axes.invert_yaxis()
        axes.set_xlabel("difference from lstm, as a share of the way from chance to perfect")
        axes.set_title(title)
        axes.legend(loc="center left", bbox_to_anchor=(1.0, 0.5), frameon=False)
        said = "; ".join(f"{r.task} {r.architecture} {r.share:+.3f}" for r in table.itertuples())
        return Figure("overview", title, f"{title}. {said}.", _svg(canvas), table)


def _ordered(names: pd.Series) -> list[str]:
    found = [str(name) for name in names.unique()]
    return sorted(found, key=lambda name: (name != REFERENCE, found.index(name)))


def _looks() -> Any:
    """Colour, marker and line of one series after the other; no two alike among the first 64."""
    for k in itertools.count():
        i, turn = k % len(COLOURS), k // len(COLOURS)
        yield {
            "color": COLOURS[i],
            "marker": MARKERS[(i + turn) % len(MARKERS)],
            "linestyle": LINES[(i + 3 * turn) % len(LINES)],
        }


@contextmanager
def _canvas(
    width: float, height: float, panels: int = 1, columns: int = 1
) -> Iterator[tuple[Canvas, Any]]:
    """A matplotlib figure in our style, and its axes."""
    import matplotlib
    from matplotlib.figure import Figure as Canvas

    with matplotlib.rc_context(STYLE):
        canvas = Canvas(figsize=(width, height), layout="constrained")
        axes = canvas.subplots(-(-panels // columns), columns)
        for spare in np.ravel(axes)[panels:]:
            spare.remove()
        yield canvas, axes


def _svg(canvas: Canvas) -> str:
    text = io.StringIO()
    canvas.savefig(text, format="svg", metadata={"Date": None, "Creator": None})
    svg = text.getvalue()
    return svg[svg.index("<svg") :]
