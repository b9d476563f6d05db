"""A sample in one number, or one for each size of a part of it."""

from __future__ import annotations

import numpy as np
from scipy import special, stats

from gatewise.report.statistics.effects import Array


def best_of(values: Array) -> Array:
    """Mean of the best of k of ``values [n]``, drawn without replacement, for k = 1 to n.

    With values sorted from the best, Σ_j v_j C(n - j, k - 1) / C(n, k).
    """
    ranked = np.sort(values)[::-1]
    n = len(ranked)
    rank, k = np.arange(1, n + 1), np.arange(1, n + 1)[:, None]
    chances = special.binom(n - rank, k - 1) / special.binom(n, k)
    means: Array = np.where(n - rank >= k - 1, chances, 0.0) @ ranked
    return means


def interquartile_mean(values: Array) -> float:
    """Mean of ``values [n]`` without the lowest and the highest quarter (Agarwal et al. 2021)."""
    return float(stats.trim_mean(values, 0.25, axis=None))


def probability_of_improvement(first: Array, second: Array) -> float:
    """P(a run of ``first [n]`` beats one of ``second [m]``): mean of [x > y] + [x = y] / 2.

    Agarwal et al. 2021; Mann and Whitney's U divided by n m.
    """
    ahead = np.sign(np.subtract.outer(first, second))
    return float((1 + ahead.mean()) / 2)
