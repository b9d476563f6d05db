"""The figures of ``gatewise speed``."""

from __future__ import annotations

from typing import Any

from gatewise.report.figures import svg

STYLE: dict[Any, Any] = {
    "font.size": 8,
    "svg.hashsalt": "gatewise",
    "axes.spines.top": False,
    "axes.spines.right": False,
}


def figure(rows: list[Any]) -> str:
    """Time of a step relative to our lstm as SVG, one panel a shape; left of 1 is faster.

    Args:
        rows: objects with ``shape``, ``contestant``, ``ratio``, ``ratio_low`` and ``ratio_high``.
    """
    import matplotlib
    from matplotlib.figure import Figure

    shapes = list(dict.fromkeys(row.shape for row in rows))
    most = max(sum(row.shape == shape for row in rows) for shape in shapes)
    with matplotlib.rc_context(STYLE):
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
        return svg(canvas)


def learning_figure(rows: list[Any]) -> str:
    """CPU time and memory of a training step as T grows, a line an algorithm, as SVG.

    Args:
        rows: objects with ``learning``, ``steps``, ``milliseconds``, ``low``, ``high`` and
            ``megabytes``.
    """
    import matplotlib
    from matplotlib.figure import Figure

    colours = ("#0072B2", "#009E73", "#D55E00", "#CC79A7")
    with matplotlib.rc_context(STYLE):
        canvas = Figure(figsize=(7.2, 2.9), layout="constrained")
        time, memory = canvas.subplots(1, 2)
        names = dict.fromkeys(row.learning for row in rows)
        for name, colour, marker in zip(names, colours, "os^D", strict=False):
            mine = sorted((r for r in rows if r.learning == name), key=lambda row: row.steps)
            steps = [row.steps for row in mine]
            low, high = ([getattr(row, end) for row in mine] for end in ("low", "high"))
            time.fill_between(steps, low, high, color=colour, alpha=0.2, linewidth=0)
            for axes, values in (
                (time, [row.milliseconds for row in mine]),
                (memory, [row.megabytes for row in mine]),
            ):
                axes.plot(steps, values, marker + "-", color=colour, label=name, markersize=4)
        for axes, label in ((time, "CPU ms a training step"), (memory, "MiB while a step runs")):
            axes.set_xscale("log")
            axes.set_yscale("log")
            axes.set_xticks(sorted({row.steps for row in rows}), minor=False)
            axes.xaxis.set_major_formatter("{x:.0f}")
            axes.minorticks_off()
            axes.set_xlabel("T, steps of a sequence")
            axes.set_ylabel(label)
        time.legend(frameon=False)
        return svg(canvas)
