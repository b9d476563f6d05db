"""Statistics as functions of arrays; they know no task, no file and no figure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from scipy import stats
from statsmodels.stats.multitest import multipletests

Array: TypeAlias = "np.ndarray[Any, Any]"

LEVEL = 0.95


@dataclass(frozen=True)
class Interval:
    """An estimate and the bounds of its confidence interval; bounds are NaN for a single value."""

    estimate: float
    low: float
    high: float


def mean_interval(values: Array, level: float = LEVEL) -> Interval:
    """Mean of ``values [n]`` with Student's t interval, mean ± t_{n-1} s / sqrt(n)."""
    mean = float(np.mean(values))
    if len(values) < 2:
        return Interval(mean, np.nan, np.nan)
    half = stats.t.ppf((1 + level) / 2, len(values) - 1) * stats.sem(values)
    return Interval(mean, float(mean - half), float(mean + half))


def difference_p(differences: Array) -> float:
    """Two-sided p of the paired t test that ``differences [n]`` have mean 0; NaN for n < 2.

    Equal differences other than 0 have p 0, all-zero ones p 1.
    """
    if len(differences) < 2:
        return float("nan")
    if np.ptp(differences) == 0:
        return float(differences[0] == 0)
    return float(stats.ttest_1samp(differences, 0.0).pvalue)


def equivalence_p(differences: Array, margin: float) -> float:
    """p of the two one-sided t tests that the mean lies within ±``margin``; NaN for n < 2.

    The larger of the two p values (Schuirmann 1987). Small p: the two are equivalent.
    """
    if len(differences) < 2:
        return float("nan")
    if np.ptp(differences) == 0:
        return float(abs(differences[0]) >= margin)
    above = stats.ttest_1samp(differences, -margin, alternative="greater").pvalue
    below = stats.ttest_1samp(differences, margin, alternative="less").pvalue
    return float(max(above, below))


def holm(p: Sequence[float]) -> Array:
    """Holm's adjusted p values of one family of tests; NaN stays NaN and counts for nothing."""
    adjusted = np.array(p, float)
    known = ~np.isnan(adjusted)
    if known.any():
        adjusted[known] = multipletests(adjusted[known], method="holm")[1]
    return adjusted


def verdict(improvement: float, p_difference: float, p_equivalence: float, level: float) -> str:
    """``helpful``, ``harmful``, ``equivalent`` or ``undecided``, from adjusted p values.

    A difference that is both significant and within the margin is equivalent: it is there, and too
    small to matter.
    """
    alpha = 1 - level
    if p_equivalence < alpha:
        return "equivalent"
    if p_difference < alpha:
        return "helpful" if improvement > 0 else "harmful"
    return "undecided"
