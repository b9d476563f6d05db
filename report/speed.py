"""The figure of ``gatewise speed``."""

from __future__ import annotations

import io
from typing import Any


def figure(rows: list[Any]) -> str:
    """Time of a step relative to our lstm as SVG, one panel a shape; left of 1 is faster.

    Args:
        rows: objects with ``shape``, ``contestant``, ``ratio``, ``ratio_low`` and ``ratio_high``.
    """
    import matplotlib
    from matplotlib.figure import Figure

    shapes = list(dict.fromkeys(row.shape for row in rows))
    most = max(sum(row.shape == shape for row in rows) for shape in shapes)
    style = {"font.size": 8, "svg.hashsalt": "gatewise", "axes.spines.top": False}
    with matplotlib.rc_context({**style, "axes.spines.right": False}):
        canvas = Figure(figsize=(5.2 * len(shapes), 0.8 + 0.2 * most), layout="constrained")
        panels = canvas.subplots(1, len(shapes), squeeze=False)[0]
        for shape, axes in zip(shapes, panels, strict=True):
            mine = sorted((r for r in rows if r.shape == shape), key=lambda row: row.ratio)
            for y, row in enumerate(mine):
                ours = row.contestant.startswith("gatewise")
                marker, colour = ("o", "#0072B2") if ours else ("x", "#D55E00")
                axes.plot([row.ratio_low, row.ratio_high], [y, y], color="black", linewidth=1)
                axes.plot(row.ratio, y, marker, color=colour)
            axes.axvline(1, color="black", linewidth=0.7)
            axes.set_xscale("log")
            axes.set_yticks(range(len(mine)), [row.contestant for row in mine])
            axes.invert_yaxis()
            axes.set_xlabel("CPU time of a training step, relative to our lstm")
            axes.set_title(f"T, batch, inputs, units = {shape}", loc="left")
        text = io.StringIO()
        canvas.savefig(text, format="svg", metadata={"Date": None, "Creator": None})
    return text.getvalue()
