"""How the gradient of trained runs falls with the lag."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd

from gatewise.benchmark.records import fields
from gatewise.report.figures import drawing
from gatewise.report.figures.drawing import (
    Figure,
    legend,
    logarithmic,
    picture,
    styles,
)
from gatewise.report.names import REFERENCE, VANILLA, ordered
from gatewise.report.reading.diagnoses import Diagnoses
from gatewise.report.tables.diagnosis import decay
from gatewise.report.words import slug

LOWEST = 1e-9
"""Share of the gradient below which no figure goes."""


def draw(task: str, found: Diagnoses) -> Figure:
    """Norm of the loss's gradient against the lag on a logarithmic scale, a panel for h and c.

    Thin: the fitted geometric rate; dotted: the one that the step's Jacobian predicts for the
    vanilla cell.
    """
    states = [s for s in fields.STATES if (found.gradients["state"] == s).any()]
    names = ordered(found.runs["architecture"])
    looks = styles(names)
    rates = decay(found).set_index("architecture")
    title = f"{task}: {_found_decay(rates)}"
    shown = found.gradients[found.gradients["norm"] > 0]
    floor = max(LOWEST, float(shown["norm"].min()) / 3) if len(shown) else LOWEST
    handles: dict[str, Any] = {}
    with drawing.canvas(8.6, 4.0, title, len(states), len(states)) as (canvas, panels):
        for state, axes in zip(states, np.ravel(panels), strict=True):
            for name in names:
                rows = shown[(shown["state"] == state) & (shown["architecture"] == name)]
                if rows.empty:
                    continue
                look = looks[name]
                (handles[name],) = axes.plot(rows["lag"], rows["norm"], markersize=3.5, **look)
                _fits(axes, found, name, state, rows, look["color"], float(rates.radius[name]))
            logarithmic(axes, floor, 2 * max([1.0, *shown["norm"]]))
            note = "; dotted: predicted, vanilla" if state == "h" else ""
            axes.set_xlabel(
                f"lag, steps before the loss is read\n(thin: fitted{note})", fontsize=8.5
            )
            axes.xaxis.get_major_locator().set_params(integer=True)
            what = {"h": "output h", "c": "memory c"}[state]
            axes.set_title(f"gradient of the {what}")
        np.ravel(panels)[0].set_ylabel("norm, times that at lag 0", fontsize=8.5)
        legend(canvas, handles, names)
        said = "; ".join(
            f"{r.Index}: measured {r.rate:.3f} a step ({r.low:.3f} to {r.high:.3f}), predicted "
            f"{r.radius:.3f}"
            for r in rates.itertuples()
        )
        alt = f"Norm of the gradient against the lag. {title}. {said}."
        return Figure(f"{slug(task)}-gradients", title, alt, picture(canvas), found.gradients)


def _fits(
    axes: Any, found: Diagnoses, name: str, state: str, rows: pd.DataFrame, colour: str, rho: float
) -> None:
    """The fitted line through the middle of the curve; of the vanilla cell the predicted one."""
    rates = found.rates[(found.rates["architecture"] == name) & (found.rates["state"] == state)]
    lags, norms = rows["lag"].to_numpy(float), rows["norm"].to_numpy(float)
    rate = float(rates["rate"].iloc[0])
    if math.isfinite(rate) and rate > 0 and len(lags) > 2:
        middle, level = lags[1:].mean(), float(np.log(norms[1:]).mean())
        fit = np.exp(level + (lags[1:] - middle) * math.log(rate))
        axes.plot(lags[1:], fit, color=colour, linewidth=0.7, zorder=1)
    if name == VANILLA and math.isfinite(rho) and rho > 0 and len(lags) > 2:
        # From lag 1, as the fit: on the way to lag 1 the error also passes the readout.
        axes.plot(
            lags[1:],
            norms[1] * rho ** (lags[1:] - lags[1]),
            color=colour,
            linewidth=1.2,
            linestyle=":",
            zorder=1,
        )


def _found_decay(rates: pd.DataFrame) -> str:
    """What a step back multiplies the gradient by, in the vanilla cell and in lstm."""
    shown = [n for n in (VANILLA, REFERENCE) if n in rates.index] or list(rates.index[:2])
    said = " and ".join(f"{rates.rate[name]:.2f} in {name}" for name in shown)
    return f"a step further back multiplies the gradient of h by {said}"
