"""The figures of ``gatewise speed``."""

from __future__ import annotations

from typing import Any

from gatewise.report.figures.drawing import BLUE, INK, ORANGE, blank, styles, svg


def figure(rows: list[Any]) -> str:
    """Time of a step relative to our lstm as SVG, one panel a shape; left of 1 is faster.

    Args:
        rows: objects with ``shape``, ``contestant``, ``ratio``, ``ratio_low`` and ``ratio_high``.
    """
    shapes = list(dict.fromkeys(row.shape for row in rows))
    most = max(sum(row.shape == shape for row in rows) for shape in shapes)
    with blank(5.2 * len(shapes), 0.8 + 0.2 * most, letters=8) as canvas:
        panels = canvas.subplots(1, len(shapes), squeeze=False)[0]
        for shape, axes in zip(shapes, panels, strict=True):
            mine = sorted((r for r in rows if r.shape == shape), key=lambda row: row.ratio)
            for y, row in enumerate(mine):
                ours = row.contestant.startswith("gatewise")
                marker, colour = ("o", BLUE) if ours else ("x", ORANGE)
                axes.plot([row.ratio_low, row.ratio_high], [y, y], color=INK, linewidth=1)
                axes.plot(row.ratio, y, marker, color=colour)
            axes.axvline(1, color=INK, linewidth=0.7)
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
    with blank(7.2, 2.9, letters=8) as canvas:
        time, memory = canvas.subplots(1, 2)
        names = dict.fromkeys(row.learning for row in rows)
        for name, look in styles(list(names), first=1).items():
            mine = sorted((r for r in rows if r.learning == name), key=lambda row: row.steps)
            steps = [row.steps for row in mine]
            low, high = ([getattr(row, end) for row in mine] for end in ("low", "high"))
            time.fill_between(steps, low, high, color=look["color"], alpha=0.2, linewidth=0)
            for axes, values in (
                (time, [row.milliseconds for row in mine]),
                (memory, [row.megabytes for row in mine]),
            ):
                axes.plot(steps, values, **look, label=name, markersize=4)
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
