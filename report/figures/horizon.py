"""How far back inputs matter to trained runs."""

from __future__ import annotations

from typing import Any

from gatewise.benchmark.records import fields
from gatewise.report.figures import drawing
from gatewise.report.figures.drawing import (
    QUIET,
    Figure,
    legend,
    logarithmic,
    picture,
    styles,
)
from gatewise.report.names import REFERENCE, VANILLA, ordered
from gatewise.report.reading.diagnoses import Diagnoses
from gatewise.report.tables.diagnosis import reach
from gatewise.report.words import slug


def draw(task: str, found: Diagnoses) -> Figure:
    """How much the output changes when an input so far back is another one; one line a run."""
    names = ordered(found.runs["architecture"])
    looks = styles(names)
    runs = found.runs.set_index("architecture")
    shown = [n for n in (REFERENCE, VANILLA) if n in runs.index] or names[:2]
    said = ", ".join(f"{reach(runs.horizon[n], runs.furthest[n])} in {n}" for n in shown)
    title = f"{task}: for how many steps an input matters: {said}"
    handles: dict[str, Any] = {}
    with drawing.canvas(7.4, 3.8, title) as (canvas, axes):
        drawn = found.changes.dropna(subset=["change"])
        drawn = drawn[drawn["change"] > 0]
        for name in names:
            rows = drawn[drawn["architecture"] == name]
            (handles[name],) = axes.plot(rows["lag"], rows["change"], markersize=4, **looks[name])
        axes.axhline(fields.FORGOTTEN, color=QUIET, linewidth=1, linestyle=":")
        axes.annotate(
            f"{fields.FORGOTTEN:.0%}: forgotten",
            (0.005, fields.FORGOTTEN),
            xycoords=("axes fraction", "data"),
            va="bottom", fontsize=8, color=QUIET,
        )  # fmt: skip
        low = float(drawn["change"].min()) / 2 if len(drawn) else fields.FORGOTTEN
        high = float(drawn["change"].max()) * 2 if len(drawn) else 1.0
        logarithmic(axes, max(min(low, fields.FORGOTTEN / 2), 1e-5), high)
        axes.set_xlabel("lag, steps between the changed input and the output", fontsize=8.5)
        axes.set_ylabel("mean |change of output|, times that at lag 0", fontsize=8.5)
        axes.xaxis.get_major_locator().set_params(integer=True)
        legend(canvas, handles, names)
        steps = "; ".join(
            f"{r.architecture}: {reach(r.horizon, r.furthest)} steps"
            for r in found.runs.itertuples()
        )
        alt = f"Memory horizon. {title}. {steps}."
        return Figure(f"{slug(task)}-horizon", title, alt, picture(canvas), found.changes)
