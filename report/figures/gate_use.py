"""Use of the gates of trained runs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from gatewise.benchmark.records import fields
from gatewise.report.figures import drawing
from gatewise.report.figures.drawing import (
    BAND,
    Figure,
    legend,
    picture,
    styles,
)
from gatewise.report.names import ordered
from gatewise.report.reading.diagnoses import Diagnoses
from gatewise.report.words import slug

CALLED: Mapping[str, str] = {
    "write": "write gate (LSTM: input gate)",
    "keep": "keep gate (forget, update gate)",
    "emit": "emit gate (LSTM: output gate)",
    "reset": "reset gate",
}
"""Each gate by role, and as the papers call it."""
RARE = 0.05
"""Share of saturated values below which a title speaks of none."""


def draw(task: str, found: Diagnoses) -> Figure:
    """Saturation of each unit's gates, their histogram, and their mean by step; a column a gate."""
    gates = [g for g in fields.GATES if (found.gates["gate"] == g).any()]
    names = ordered(found.gates["architecture"])
    looks = styles(names)
    title = f"{task}: {_found_use(found)}"
    handles: dict[str, Any] = {}
    with drawing.canvas(9.2, 7.4, title, 3 * len(gates), len(gates)) as (canvas, panels):
        panels = np.reshape(panels, (3, len(gates)))
        for column, gate in enumerate(gates):
            scatter, bars, course = panels[:, column]
            scatter.set_title(CALLED[gate])
            scatter.plot([0, 1], [1, 0], color=BAND, linewidth=1)
            for name in names:
                mine = {
                    part: table[(table["gate"] == gate) & (table["architecture"] == name)]
                    for part, table in vars(found).items()
                    if "gate" in table
                }
                if mine["gates"].empty:
                    continue
                look, units = looks[name], mine["units"]
                (handles[name],) = scatter.plot([], [], markersize=4.5, **look)
                scatter.plot(
                    units["right"], units["left"], look["marker"], color=look["color"],
                    markersize=4.5, alpha=0.6, markeredgewidth=0, linestyle="none",
                )  # fmt: skip
                line = {"color": look["color"], "linestyle": look["linestyle"], "linewidth": 1.4}
                bars.plot(mine["bins"]["middle"], 100 * mine["bins"]["share"], **line)
                course.plot(mine["steps"]["step"] + 1, mine["steps"]["mean"], **line)
            for axes in (scatter, course):
                axes.set_ylim(-0.03, 1.03)
            scatter.set_xlim(-0.03, 1.03)
            scatter.set_xlabel(f"share of steps above {fields.OPEN:g}", fontsize=8.5)
            bars.set_xlabel("value of the gate", fontsize=8.5)
            bars.set_ylim(bottom=0)
            course.set_xlabel("step", fontsize=8.5)
            course.xaxis.get_major_locator().set_params(integer=True)
        for axes, label in zip(
            panels[:, 0],
            (f"share of steps below {fields.SHUT:g}", "% of values", "mean of the gate"),
            strict=True,
        ):
            axes.set_ylabel(label)
        legend(canvas, handles, names)
        said = "; ".join(
            f"{r.architecture} {r.gate}: mean {r.mean:.2f}, {r.left:.0%} below {fields.SHUT:g}, "
            f"{r.right:.0%} above {fields.OPEN:g}"
            for r in found.gates.itertuples()
        )
        alt = f"Use of gates: saturation of each unit, histogram, mean by step. {title}. {said}."
        return Figure(f"{slug(task)}-gates", title, alt, picture(canvas), found.units)


def _found_use(found: Diagnoses) -> str:
    """How lstm, or whoever comes first, uses the gate that it saturates most."""
    name = ordered(found.gates["architecture"])[0]
    mine = found.gates[found.gates["architecture"] == name]
    row = mine.loc[(mine["left"] + mine["right"]).idxmax()]
    if row["left"] + row["right"] < RARE:
        return f"no gate of {name} saturates at {RARE:.0%} of its values or more"
    return (
        f"the {row['gate']} gate of {name} saturates most: open (above {fields.OPEN:g}) at "
        f"{row['right']:.0%} of its values, shut (below {fields.SHUT:g}) at {row['left']:.0%}"
    )
