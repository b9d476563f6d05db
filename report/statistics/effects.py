"""Estimates with their intervals, and the interval of a plain mean."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, TypeAlias

import numpy as np
from scipy import special

Array: TypeAlias = "np.ndarray[Any, Any]"

LEVEL = 0.95


@dataclass(frozen=True)
class Interval:
    """An estimate and the bounds of its confidence interval; bounds are NaN where none is known."""

    estimate: float
    low: float
    high: float


def mean_interval(values: Array, level: float = LEVEL) -> Interval:
    """Mean of ``values [n]`` with Student's interval, mean ± t s/√n; NaN where there are none.

    For what is measured by the example or by the seed alone, such as slopes of gradients. Scores
    of a study are judged by :mod:`.mixtures`.
    """
    n = len(values)
    mean = float(np.mean(values)) if n else np.nan
    if n < 2:
        return Interval(mean, np.nan, np.nan)
    spread = float(np.std(values, ddof=1)) if np.ptp(values) else 0.0
    half = float(special.stdtrit(n - 1, (1 + level) / 2)) * spread / np.sqrt(n)
    return Interval(mean, mean - half, mean + half)


def within(found: Interval, low: float, high: float) -> Interval:
    """The part of an interval between ``low`` and ``high``, where the quantity must lie.

    What is cut off could not have held the true value, so the interval covers as often as before.
    """
    bounds = np.clip([found.low, found.high], low, high)
    return replace(found, low=float(bounds[0]), high=float(bounds[1]))
