"""The figure of ``docs/scale.md``.

``python -m gatewise.report.figures.scale docs/scale.csv`` draws it beside the table.
"""

from __future__ import annotations

import sys
from pathlib import Path

import pandas as pd

from gatewise.report.figures.drawing import QUIET, blank, styles, svg


def figure(measured: pd.DataFrame) -> str:
    """Throughput against the number of workers, relative to one worker, as SVG; a line a study.

    Args:
        measured: columns what, workers, trainings, seconds.
    """
    most = int(measured["workers"].max())
    numbers = sorted(set(measured["workers"]))
    studies = list(measured["what"].unique())
    with blank(5.6, 2.8, letters=8) as canvas:
        axes = canvas.subplots()
        axes.plot([1, most], [1, most], ":", color=QUIET, label="as many times as workers")
        for what, look in styles(studies, first=1).items():
            mine = measured[measured["what"] == what].sort_values("workers")
            rate = mine["trainings"] / mine["seconds"]
            gain = rate / rate.iloc[0]
            label = f"{what.partition(',')[0]}: {gain.iloc[-1]:.2f}"
            axes.plot(mine["workers"], gain, **look, label=label, markersize=5)
        axes.set_xticks(numbers, [str(n) for n in numbers])
        axes.set_xlabel("workers")
        axes.set_ylabel("throughput, one worker = 1")
        axes.legend(frameon=False, loc="upper left")
        return svg(canvas)


if __name__ == "__main__":
    table = Path(sys.argv[1])
    table.with_suffix(".svg").write_text(figure(pd.read_csv(table)), encoding="utf-8")
