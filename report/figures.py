"""Figures: drawn to be read in grey and in the dark, each titled with what was found."""

from __future__ import annotations

import base64
import io
import itertools
import math
import re
import textwrap
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from gatewise.report.results import REFERENCE, ordered
from gatewise.report.tables import ABLATIONS, GATES

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Canvas

# Stand-ins that the page replaces by its own colours, so that a figure follows light and dark.
INK, PAPER, BAND, QUIET = "#1b1b1a", "#fefefd", "#dcdcd7", "#767674"
THEME = {
    INK: "currentColor",
    PAPER: f"var(--paper, {PAPER})",
    BAND: f"var(--band, {BAND})",
    QUIET: f"var(--quiet, {QUIET})",
}
STYLE: dict[Any, Any] = {
    "font.family": "DejaVu Sans",
    "font.size": 9,
    "text.color": INK,
    "axes.edgecolor": INK,
    "axes.labelcolor": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "axes.facecolor": "none",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.titlesize": 9,
    "axes.titlelocation": "left",
    "figure.facecolor": PAPER,
    "figure.titlesize": 10,
    "figure.titleweight": "bold",
    "text.parse_math": False,  # names come from a file: a dollar sign is no formula
    "svg.fonttype": "none",  # text stays text: it can be searched, read aloud and copied
    "svg.hashsalt": "gatewise",
}
# Okabe & Ito's colours, told apart by colour-blind readers; each with a marker and a line of its
# own for print in grey. Yellow is left out: it is too pale on white.
COLOURS = (INK, "#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", QUIET)
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "*")
LINES = ("-", "--", "-.", ":", (0, (5, 1)), (0, (3, 1, 1, 1)), (0, (1, 1)), (0, (8, 2)))
THEME |= {colour: f"var(--c{k}, {colour})" for k, colour in enumerate(COLOURS[1:-1], 1)}
GLYPHS = {
    "harmful": ("v", "#d55e00"),
    "helpful": ("^", "#0072b2"),
    "equivalent": ("s", "#009e73"),
    "undecided": ("o", QUIET),
}
MOST_LABELS = 10
MOST_SPELLED = 12
"""Of more architectures a legend has the names alone, without their gates in words."""
MOST_SAID = 60
"""Numbers that a figure's alternative text spells out; of more it refers to the data."""
TITLE_WIDTH = 88


@dataclass(frozen=True)
class Figure:
    """A drawn figure: its file name without ending, what it says, its SVG and its data."""

    name: str
    title: str
    alt: str
    svg: str
    data: pd.DataFrame

    @cached_property
    def csv(self) -> str:
        """The data as text, to six digits."""
        text: str = self.data.to_csv(index=False, float_format="%.6g")
        return text

    @property
    def address(self) -> str:
        """The data as an address that holds it, so that the page needs no other file."""
        return f"data:text/csv;base64,{base64.b64encode(self.csv.encode()).decode()}"

    @property
    def embedded(self) -> str:
        """The SVG for a page: colours of the page's theme, ids that no other figure has."""
        svg = re.sub(r'(\bid="|xlink:href="#|href="#|url\(#)', rf"\g<1>{self.name}-", self.svg)
        for colour, themed in THEME.items():
            svg = svg.replace(colour, themed)
        return svg


def slug(name: str) -> str:
    """A name as part of a file's name or of an address: letters, digits and dashes alone."""
    return re.sub(r"[^A-Za-z0-9]+", "-", name).strip("-") or "unnamed"


def plain(name: str) -> str:
    """An architecture's name with its gates in plain words: ``NFG (no forget gate)``."""
    gates = {ablation: GATES[gate].removesuffix(" gate") for gate, ablation in ABLATIONS.items()}
    if not set(name.split("-")) <= set(gates):
        return name
    return f"{name} (no {' or '.join(gates[part] for part in name.split('-'))} gate)"


def percent(share: float) -> str:
    """A share with its sign, in percent; a dash if there is none."""
    # Rounded before it is shown, so that nothing is ever less than nothing: -0.0.
    return f"{round(100 * share, 1) + 0.0:+.1f}%".replace("-", "−") if math.isfinite(share) else "–"


def amount(difference: float, metric: str, unit: str) -> str:
    """A difference in words: points of accuracy, or the task's unit."""
    points = metric == "accuracy"
    number = f"{100 * difference:+.1f} points" if points else f"{difference:+.3f} {unit}"
    return number.replace("-", "−", 1) if difference < 0 else number


def _said(numbers: Iterable[str]) -> str:
    """A figure's numbers in words, as far as anyone wants to hear them read."""
    every = list(numbers)
    more = f"; {len(every) - MOST_SAID} more in the figure's data" * (len(every) > MOST_SAID)
    return "; ".join(every[:MOST_SAID]) + more


def forest(task: str, metric: str, unit: str, verdicts: pd.DataFrame) -> Figure:
    """Paired differences from lstm on one task, best first, with interval and margin.

    Args:
        task, metric, unit: for title and axis.
        verdicts: the task's rows of :func:`.tables.verdicts` against lstm.
    """
    rows = verdicts.sort_values("difference", ascending=False).reset_index(drop=True)
    title = f"{task}: {_found(rows, metric, unit)}"
    scale, axis = (100, "points of accuracy") if metric == "accuracy" else (1, unit)
    called = [plain(str(name)) for name in rows["architecture"]]
    sides = 0.3 + _inches(called), 1.2, 0.75
    with _canvas(7.4, 1.2 + 0.3 * len(rows), title, sides=sides) as (canvas, axes):
        margin = scale * float(rows["margin"].iloc[0])
        axes.axvspan(-margin, margin, color=BAND, linewidth=0, zorder=0)
        axes.axvline(0, color=INK, linewidth=0.8)
        _whiskers(axes, rows, range(len(rows)), scale * rows[["difference", "low", "high"]])
        for y, row in enumerate(rows.itertuples()):
            beside = {"transform": axes.get_yaxis_transform(), "va": "center"}
            axes.text(1.02, y, f"{row.verdict}{' †' * row.diverged}", **beside)
        axes.set_yticks(range(len(rows)), called)
        axes.set_ylim(len(rows) - 0.4, -0.6)
        axes.set_xlabel(f"← worse than {REFERENCE} · {axis} · better →")
        canvas.supxlabel(
            f"line: 95% interval, {rows['seeds'].max()} paired seeds; "
            f"grey band: margin ±{margin:g}, too small to matter",
            fontsize=8.5,
        )
        said = _said(
            f"{r.architecture} {amount(r.difference, metric, unit)}, {r.verdict}"
            for r in rows.itertuples()
        )
        alt = f"Forest plot of differences from {REFERENCE}. {title}. {said}."
        return Figure(f"{slug(task)}-differences", title, alt, svg(canvas), rows)


def _found(rows: pd.DataFrame, metric: str, unit: str) -> str:
    """What a task's verdicts amount to, in a line."""
    better = rows[rows["verdict"] == "helpful"]
    worse = rows[rows["verdict"] == "harmful"]
    parts = [f"nothing certainly beats {REFERENCE}"]
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
        same = int((rows["verdict"] == "equivalent").sum())
        parts = ["no difference from lstm is certain"]
        if same:
            parts.append(f"{same} of {len(rows)} architectures equivalent")
    return ", ".join(parts)


def _listed(names: Sequence[Any]) -> str:
    found = [str(name) for name in names]
    return ", ".join(found) if len(found) <= 4 else f"{len(found)} architectures"


def _whiskers(axes: Any, rows: pd.DataFrame, ys: Sequence[float], values: Any) -> None:
    """A glyph for each verdict at its estimate, on a line over its interval."""
    places = np.asarray(ys, float)
    for verdict, (marker, colour) in GLYPHS.items():
        mine = (rows["verdict"] == verdict).to_numpy()
        middle, low, high = values.to_numpy()[mine].T
        axes.hlines(places[mine], low, high, color=colour, linewidth=1.6)
        face = PAPER if verdict == "undecided" else colour
        axes.plot(middle, places[mine], marker, color=colour, markerfacecolor=face, markersize=6.5)


def overview(verdicts: pd.DataFrame, gaps: dict[str, float]) -> Figure:
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
    down, across = _grid(len(tasks))
    height = 1.0 + down * (0.75 + 0.3 * len(names))
    with _canvas(9.2, height, title, len(tasks), across) as (canvas, panels):
        reach = np.nanmax(np.abs(100 * table[["difference_share"]].to_numpy())) * 1.6 + 0.1
        for k, (task, axes) in enumerate(zip(tasks, np.ravel(panels), strict=False)):
            rows = table[table["task"] == task].reset_index(drop=True)
            ys = [names.index(name) for name in rows["architecture"]]
            margin = 100 * float(rows["margin"].iloc[0]) / gaps[task]
            axes.axvspan(-margin, margin, color=BAND, linewidth=0, zorder=0)
            axes.axvline(0, color=INK, linewidth=0.8)
            _whiskers(axes, rows, ys, 100 * rows[shares])
            labels = [plain(n).partition("(")[2].rstrip(")") or n for n in names]
            axes.set_yticks(range(len(names)), labels if k % across == 0 else [""] * len(names))
            axes.set_ylim(len(names) - 0.4, -0.6)
            # An interval of few seeds can be far wider than any difference; it is cut, not shrunk.
            axes.set_xlim(-reach, reach)
            axes.set_title(task)
        canvas.supxlabel(
            "difference from lstm, in % of the way from chance to perfect (left: worse). "
            "▼ harmful  ▲ helpful  ■ equivalent  ○ undecided",
            fontsize=8.5,
        )
        said = _said(
            f"{r.task}, {plain(r.architecture)}: {percent(r.difference_share)}, {r.verdict}"
            for r in table.itertuples()
        )
        return Figure("overview", title, f"{title}. {said}.", svg(canvas), table)


def _found_overall(table: pd.DataFrame, gates: bool) -> str:
    worst = table.loc[table.groupby("task", sort=False)["difference_share"].idxmin()]
    certain = worst[worst["verdict"] == "harmful"]
    tasks = len(worst)
    if certain.empty:
        what = "leaving out any one gate" if gates else "any other architecture"
        return f"On none of {tasks} tasks is {what} certainly worse than lstm"
    name, count = next(iter(certain["architecture"].value_counts().items()))
    called = {v: f"the {GATES[k]}" for k, v in ABLATIONS.items()}.get(str(name))
    if table["architecture"].nunique() == 1:
        # Where nothing else was tried, it is no claim that this costs most.
        what = f"leaving out {called}" if called else str(name)
        return f"On {count} of {tasks} tasks {what} is certainly worse than lstm"
    what = f"leaving out {called} costs most" if called else f"{name} loses most"
    return f"On {count} of {tasks} tasks {what} and is certainly worse than lstm"


def _grid(panels: int) -> tuple[int, int]:
    """Rows and columns for so many panels: at most four in a row, rows as even as can be."""
    down = math.ceil(panels / 4)
    return down, math.ceil(panels / down)


def importance(table: pd.DataFrame, lattice: str) -> Figure:
    """Shapley value of each gate on each task, with leave-one-out and add-one-in beside it.

    Args:
        table: rows of :func:`.tables.importance` with a Shapley value, of one lattice.
    """
    gates, tasks = list(table["gate"].unique()), list(table["task"].unique())
    title = f"{lattice}: {_found_importance(table)}"
    down, across = _grid(len(tasks))
    with _canvas(9.2, 1.1 + down * 1.8, title, len(tasks), across) as (canvas, panels):
        for k, (task, axes) in enumerate(zip(tasks, np.ravel(panels), strict=False)):
            rows = table[table["task"] == task].set_index("gate").reindex(gates)
            for y, row in enumerate(rows.itertuples()):
                axes.plot([100 * row.low, 100 * row.high], [y, y], color="#0072b2", linewidth=1.8)
                axes.plot(100 * row.shapley, y, "D", color="#0072b2")
                axes.plot(100 * row.leave_one_out, y - 0.24, "o", color=INK, mfc=PAPER)
                axes.plot(100 * row.add_one_in, y + 0.24, "x", color=INK)
            axes.axvline(0, color=INK, linewidth=0.8)
            axes.set_yticks(range(len(gates)), gates if k % across == 0 else [""] * len(gates))
            axes.set_ylim(len(gates) - 0.4, -0.6)
            axes.margins(x=0.12)
            axes.set_title(task)
        canvas.supxlabel(
            "worth in % of the way from chance to perfect. ◆ Shapley value, 95% interval  "
            "○ leaving the gate out of all  × adding it to none",
            fontsize=8.5,
        )
        said = _said(
            f"{r.task}, {r.gate}: {percent(r.shapley)} ({percent(r.low)} to {percent(r.high)})"
            for r in table.itertuples()
        )
        alt = f"Gate importance by Shapley value. {title}. {said}."
        return Figure(f"importance-{lattice}", title, alt, svg(canvas), table)


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


def curves(task: str, unit: str, higher_is_better: bool, table: pd.DataFrame) -> Figure:
    """Validation score by epoch: mean over seeds, band from worst to best seed, labels at the end.

    Of more than ten architectures only some are named: lstm, its ablations, the best and the worst.
    """
    last = table.groupby("architecture")["mean"].last()
    ranked = last.sort_values(ascending=not higher_is_better)
    leader = str(ranked.index[0])
    title = f"{task}: {leader} leads on validation when training ends"
    if REFERENCE in ranked.index and leader != REFERENCE:
        title += f", {REFERENCE} is {_nth(list(ranked.index).index(REFERENCE))}"
    names = ordered(table["architecture"])
    named = names
    if len(names) > MOST_LABELS:
        chosen = {REFERENCE, *ABLATIONS.values(), *ranked.index[:3], *ranked.index[-2:]}
        named = [name for name in names if name in chosen]
    looks = dict(zip(named, _looks(), strict=False))
    with _canvas(7.4, 4.0, title, sides=(0.8, 0.4 + _inches(named), 0.5)) as (canvas, axes):
        for name in names:
            rows = table[table["architecture"] == name]
            if name not in looks:
                axes.plot(rows["epoch"], rows["mean"], color=BAND, linewidth=1, zorder=1)
                continue
            look = looks[name]
            width = 2.2 if name == REFERENCE else 1.3
            axes.plot(rows["epoch"], rows["mean"], markersize=4, linewidth=width, **look, zorder=3)
            band = {"color": look["color"], "alpha": 0.10, "linewidth": 0, "zorder": 2}
            axes.fill_between(rows["epoch"], rows["min"], rows["max"], **band)
        axes.set_xlabel("epoch (line: mean over seeds; shade: from the worst to the best seed)")
        axes.set_ylabel(f"validation, {unit}")
        # An epoch is whole, also where there is but one.
        axes.xaxis.get_major_locator().set_params(integer=True, min_n_ticks=1)
        ends = {name: table[table["architecture"] == name].iloc[-1] for name in looks}
        _label_ends(axes, ends, looks)
        alt = f"Learning curves. {title}. Last epoch: " + _said(
            f"{name} {score:.3f}" for name, score in ranked.items()
        )
        return Figure(f"{slug(task)}-curves", title, f"{alt}.", svg(canvas), table)


def _inches(names: Iterable[str]) -> float:
    """About how wide the longest of the names is printed, and never half a figure."""
    return min(0.072 * max(map(len, names)), 3.0)


def _nth(rank: int) -> str:
    return {1: "second", 2: "third"}.get(rank, f"number {rank + 1}")


def _label_ends(axes: Any, ends: dict[str, Any], looks: dict[str, Any]) -> None:
    """Name each line at its end, labels moved apart so that none covers another."""
    low, high = axes.get_ylim()
    right = max(float(end["epoch"]) for end in ends.values())
    step = 0.062 * (high - low)
    order = sorted(ends, key=lambda name: float(ends[name]["mean"]))
    places = _apart([float(ends[name]["mean"]) for name in order], step, low, high)
    for name, place in zip(order, places, strict=True):
        axes.annotate(
            name,
            (float(ends[name]["epoch"]), float(ends[name]["mean"])),
            xytext=(right + 0.05 * max(right - 1, 1), place),
            va="center",
            fontsize=8.5,
            annotation_clip=False,
            arrowprops={
                "arrowstyle": "-",
                "color": looks[name]["color"],
                "lw": 0.5,
                "relpos": (0, 0.5),
            },
        )


def _apart(wanted: list[float], step: float, low: float, high: float) -> list[float]:
    """Ascending places near the ``wanted`` ascending ones, ``step`` apart, within the bounds."""
    places: list[float] = []
    for value in wanted:
        places.append(max(value, places[-1] + step) if places else max(value, low))
    over = places[-1] - high
    if over > 0:
        places[-1] -= over
        for k in range(len(places) - 2, -1, -1):
            places[k] = min(places[k], places[k + 1] - step)
    return places


def cost(table: pd.DataFrame) -> Figure:
    """CPU seconds a run against skill, one panel a task.

    Args:
        table: :func:`.tables.scores`.
    """
    tasks, names = list(table["task"].unique()), ordered(table["architecture"])
    title = _found_cost(table)
    across = min(2, len(tasks))
    rows_of_legend = -(-len(names) // 4)
    height = 0.9 + 2.4 * -(-len(tasks) // across) + 0.2 * rows_of_legend
    with _canvas(8.2, height, title, len(tasks), across) as (canvas, panels):
        looks = dict(zip(names, _looks(), strict=False))
        handles: dict[str, Any] = {}
        for task, axes in zip(tasks, np.ravel(panels), strict=False):
            for row in table[table["task"] == task].itertuples():
                look = looks[str(row.architecture)]
                (handles[str(row.architecture)],) = axes.plot(
                    row.cpu_seconds,
                    100 * row.skill,
                    look["marker"],
                    color=look["color"],
                    markersize=7,
                    linestyle="none",
                )
            axes.set_title(task)
            axes.margins(x=0.12, y=0.12)
            axes.set_xlabel("CPU seconds a run, compilation included", fontsize=8)
        canvas.supylabel("skill, %", fontsize=9)
        _legend(canvas, handles, names)
        said = _said(
            f"{r.task}, {r.architecture}: {r.cpu_seconds:.3g} s, skill {r.skill:.1%}"
            for r in table.itertuples()
        )
        return Figure("cost", title, f"Cost against quality. {title}. {said}.", svg(canvas), table)


def _found_cost(table: pd.DataFrame) -> str:
    wide = table.pivot(index="task", columns="architecture", values="cpu_seconds").dropna(axis=1)
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


def effort(table: pd.DataFrame) -> Figure:
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
    across = min(2, len(tasks))
    height = 0.9 + 2.2 * -(-len(tasks) // across) + 0.2 * -(-len(names) // 4)
    with _canvas(8.2, height, title, len(tasks), across) as (canvas, panels):
        looks = dict(zip(names, _looks(), strict=False))
        handles: dict[str, Any] = {}
        for task, axes in zip(tasks, np.ravel(panels), strict=False):
            mine = table[table["task"] == task]
            for name, rows in mine.groupby("architecture", sort=False):
                (handles[str(name)],) = axes.plot(
                    rows["trials"], 100 * rows["best"], markersize=4, **looks[str(name)]
                )
            axes.set_title(task)
            axes.set_xlabel("trials", fontsize=8)
            axes.xaxis.get_major_locator().set_params(integer=True)
        canvas.supylabel("best validation score, skill in %", fontsize=9)
        _legend(canvas, handles, names)
        said = _said(f"{t}, {n}: {percent(v)}" for (t, n), v in last.items())
        alt = f"Best validation score against trials. {title}. {said}."
        return Figure("effort", title, alt, svg(canvas), table)


def _legend(canvas: Any, handles: dict[str, Any], names: Sequence[str]) -> None:
    shown = [name for name in names if name in handles]
    labels = [plain(name) for name in shown] if len(shown) <= MOST_SPELLED else shown
    # A letter is some 0.062 inches wide, a marker and its space 0.4: too wide, it would be cut off.
    widest = 0.4 + 0.062 * max(map(len, labels), default=0)
    canvas.legend(
        [handles[name] for name in shown],
        labels,
        loc="outside lower center",
        ncols=max(1, min(4, int(canvas.get_figwidth() / widest))),
        frameon=False,
        fontsize=8,
    )


def shares(table: pd.DataFrame) -> Figure:
    """What part of the trials' variance each hyper-parameter explains, one panel a task.

    Args:
        table: :func:`.hyperparameters.shares`.
    """
    tasks, names = list(table["task"].unique()), list(table["parameter"].unique())
    rates = table[table["parameter"] == "learning_rate"]
    above = int((rates["low"] > 2 / 3).sum())
    title = (
        f"The learning rate alone explains over two thirds of the variance on {above} of "
        f"{len(rates)} tasks"
    )
    down, across = _grid(len(tasks))
    with _canvas(9.2, 0.9 + down * (0.7 + 0.28 * len(names)), title, len(tasks), across) as (
        canvas,
        panels,
    ):
        for k, (task, axes) in enumerate(zip(tasks, np.ravel(panels), strict=False)):
            rows = table[table["task"] == task].set_index("parameter").reindex(names)
            places = np.arange(len(names))
            axes.barh(places, 100 * rows["share"], color="#56b4e9", height=0.6)
            axes.hlines(places, 100 * rows["low"], 100 * rows["high"], color=INK, linewidth=1.2)
            axes.axvline(200 / 3, color=INK, linewidth=0.8, linestyle=":")
            called = [name.replace("_", " ") for name in names]
            axes.set_yticks(places, called if k % across == 0 else [""] * len(names))
            axes.invert_yaxis()
            axes.set_xlim(0, 100)
            axes.set_title(task)
        canvas.supxlabel(
            "share of the variance, %, with 95% interval; dotted: two thirds", fontsize=8.5
        )
        said = _said(
            f"{r.task}, {str(r.parameter).replace('_', ' ')}: {percent(r.share)}"
            for r in table.itertuples()
        )
        alt = f"Shares of hyper-parameters in the variance. {title}. {said}."
        return Figure("hyperparameters", title, alt, svg(canvas), table)


def dial(table: pd.DataFrame) -> Figure:
    """Differences from lstm against the dial's setting, one panel a family of tasks.

    Args:
        table: :func:`.tables.dial`.
    """
    families, names = list(table["family"].unique()), ordered(table["architecture"])
    title = _found_dial(table)
    across = min(2, len(families))
    height = 1.0 + 2.6 * -(-len(families) // across) + 0.2 * -(-len(names) // 4)
    with _canvas(8.6, height, title, len(families), across) as (canvas, panels):
        looks = dict(zip(names, itertools.islice(_looks(), 1, None), strict=False))
        handles: dict[str, Any] = {}
        for family, axes in zip(families, np.ravel(panels), strict=False):
            mine = table[table["family"] == family]
            axes.axhline(0, color=INK, linewidth=0.8)
            for k, (name, rows) in enumerate(mine.groupby("architecture", sort=False)):
                # Moved apart a little, so that no interval covers another.
                at = rows["value"] * (1 + 0.025 * (k - len(names) / 2))
                low, middle, high = (100 * rows[c] for c in ("low", "difference", "high"))
                handles[str(name)] = axes.errorbar(
                    at, middle, [middle - low, high - middle], markersize=5, **looks[str(name)]
                )
            axes.set_xscale("log")
            values = sorted(mine["value"].unique())
            axes.set_xticks(values, [f"{value:g}" for value in values])
            axes.minorticks_off()
            axes.set_xlabel(f"{mine['unit'].iloc[0]}", fontsize=8.5)
            axes.set_title(family)
        canvas.supylabel("better than lstm, % of the skill", fontsize=9)
        _legend(canvas, handles, names)
        said = _said(
            f"{r.family} at {r.value:g}, {plain(r.architecture)}: {percent(r.difference)}, "
            f"{r.verdict}"
            for r in table.itertuples()
        )
        alt = f"Differences from lstm against difficulty. {title}. {said}."
        return Figure("dial", title, alt, svg(canvas), table)


def _found_dial(table: pd.DataFrame) -> str:
    """From which setting on the forget gate certainly matters."""
    parts = []
    for family, rows in table[table["architecture"] == "NFG"].groupby("family", sort=False):
        hurt = rows.loc[rows["verdict"] == "harmful", "value"]
        unit = rows["unit"].iloc[0]
        parts.append(
            f"on {family} from {hurt.min():g} {unit} on" if len(hurt) else f"on {family} nowhere"
        )
    said = ", ".join(parts)
    return f"Without its forget gate lstm is certainly worse {said}" if said else "The dial"


def _looks() -> Any:
    """Colour, marker and line of one series after the other; no two alike among the first 64."""
    for k in itertools.count():
        i, turn = k % len(COLOURS), k // len(COLOURS)
        yield {
            "color": COLOURS[i],
            "marker": MARKERS[(i + turn) % len(MARKERS)],
            "linestyle": LINES[(i + 2 * turn) % len(LINES)],
        }


@contextmanager
def _canvas(
    width: float,
    height: float,
    title: str,
    panels: int = 1,
    columns: int = 1,
    sides: tuple[float, float, float] | None = None,
) -> Iterator[tuple[Canvas, Any]]:
    """A matplotlib figure in our style, and its axes; it needs no display and no backend.

    ``sides`` are the inches left, right and below of the axes, where they are known; to have them
    found takes as long as all the drawing.
    """
    import matplotlib
    from matplotlib.figure import Figure as Canvas

    lines = textwrap.wrap(title, TITLE_WIDTH if width < 9 else 110)
    with matplotlib.rc_context(STYLE):
        height += 0.17 * len(lines)
        canvas = Canvas(figsize=(width, height), layout=None if sides else "constrained")
        canvas.suptitle("\n".join(lines), x=0.01, ha="left")
        axes = canvas.subplots(-(-panels // columns), columns)
        if sides:
            left, right, below = sides
            canvas.subplots_adjust(
                left=left / width,
                right=1 - right / width,
                bottom=below / height,
                top=1 - (0.18 + 0.17 * len(lines)) / height,
            )
        for spare in np.ravel(axes)[panels:]:
            spare.remove()
        yield canvas, axes


def svg(canvas: Canvas, **options: Any) -> str:
    """A matplotlib figure as text, the same whenever it is drawn."""
    if engine := canvas.get_layout_engine():
        # Laid out here, it is drawn once; savefig would draw it twice.
        engine.execute(canvas)
        canvas.set_layout_engine(None)
    text = io.StringIO()
    canvas.savefig(text, format="svg", metadata={"Date": None, "Creator": None}, **options)
    found = text.getvalue()
    return found[found.index("<svg") :]
