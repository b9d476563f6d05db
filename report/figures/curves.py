"""Learning curves on one task."""

from __future__ import annotations

from typing import Any

import pandas as pd

from gatewise.report.figures import drawing
from gatewise.report.figures.drawing import (
    BAND,
    Figure,
    inches,
    lit,
    picture,
    spoken,
    styles,
)
from gatewise.report.names import ABLATIONS, REFERENCE, ordered
from gatewise.report.words import slug

MOST_LABELS = 10


def draw(task: str, unit: str, higher_is_better: bool, table: pd.DataFrame) -> Figure:
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
    looks = styles(named)
    with drawing.canvas(7.4, 4.0, title, sides=(0.8, 0.4 + inches(named), 0.5)) as (canvas, axes):
        for name in names:
            rows = table[table["architecture"] == name]
            if name not in looks:
                grey = {"color": BAND, "linewidth": 1, "zorder": 1, "gid": lit(name, "line")}
                axes.plot(rows["epoch"], rows["mean"], **grey)
                continue
            look = looks[name]
            width = 2.2 if name == REFERENCE else 1.3
            axes.plot(
                rows["epoch"],
                rows["mean"],
                markersize=4,
                linewidth=width,
                **look,
                zorder=3,
                gid=lit(name, "line"),
            )
            band = {"color": look["color"], "alpha": 0.10, "linewidth": 0, "zorder": 2}
            band["gid"] = lit(name, "shade")
            axes.fill_between(rows["epoch"], rows["min"], rows["max"], **band)
        axes.set_xlabel(
            "epoch (the best so far: mean over seeds; shade: from the worst to the best seed)"
        )
        axes.set_ylabel(f"validation, {unit} ({'up' if higher_is_better else 'down'} is better)")
        # An epoch is whole, also where there is but one.
        axes.xaxis.get_major_locator().set_params(integer=True, min_n_ticks=1)
        ends = {name: table[table["architecture"] == name].iloc[-1] for name in looks}
        _label_ends(axes, ends, looks)
        alt = f"Learning curves. {title}. Last epoch: " + spoken(
            f"{name} {score:.3f}" for name, score in ranked.items()
        )
        return Figure(f"{slug(task)}-curves", title, f"{alt}.", picture(canvas), table)


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
