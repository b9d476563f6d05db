"""The figure of ``docs/scale.md``.

``python -m gatewise.report.scale docs/scale.csv`` draws it beside the table.
"""

from __future__ import annotations

import sys
from pathlib import Path

import pandas as pd

from gatewise.report.figures import svg
from gatewise.report.speed import STYLE


def figure(measured: pd.DataFrame) -> str:
    """Throughput against the number of workers, relative to one worker, as SVG; a line a study.

    Args:
        measured: columns what, workers, trainings, seconds.
    """
    import matplotlib
    from matplotlib.figure import Figure

    most = int(measured["workers"].max())
    numbers = sorted(set(measured["workers"]))
    styles = (("#0072B2", "o-"), ("#D55E00", "s-"), ("#009E73", "D-"))
    with matplotlib.rc_context(STYLE | {"svg.fonttype": "none", "font.family": "DejaVu Sans"}):
        canvas = Figure(figsize=(5.6, 2.8), layout="constrained")
        axes = canvas.subplots()
        axes.plot([1, most], [1, most], ":", color="#555555", label="as many times as workers")
        for (what, rows), (colour, style) in zip(
            measured.groupby("what", sort=False), styles, strict=False
        ):
            mine = rows.sort_values("workers")
            rate = mine["trainings"] / mine["seconds"]
            gain = rate / rate.iloc[0]
            label = f"{what.partition(',')[0]}: {gain.iloc[-1]:.2f}"
            axes.plot(mine["workers"], gain, style, color=colour, label=label, markersize=5)
        axes.set_xticks(numbers, [str(n) for n in numbers])
        axes.set_xlabel("workers")
        axes.set_ylabel("throughput, one worker = 1")
        axes.legend(frameon=False, loc="upper left")
        return svg(canvas)


if __name__ == "__main__":
    table = Path(sys.argv[1])
    table.with_suffix(".svg").write_text(figure(pd.read_csv(table)), encoding="utf-8")
