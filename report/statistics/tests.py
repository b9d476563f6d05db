"""p values of single tests; NaN where there is nothing to test."""

from __future__ import annotations

import math

import numpy as np
from scipy import special, stats

from gatewise.report.statistics.effects import Array, Effect


def difference_p(effect: Effect) -> float:
    """Two-sided p of the t test that the effect is 0; NaN with one seed.

    Over seeds alone it is the paired t test. Without any spread p is 1 for 0 and else 0.
    """
    if math.isnan(effect.seed_variance):
        return float("nan")
    if effect.error == 0:
        return float(effect.mean == 0)
    return float(2 * special.stdtr(effect.freedom, -abs(effect.mean) / effect.error))


def welch_p(first: Array, second: Array) -> float:
    """Two-sided p of Welch's t test of ``first [n]`` and ``second [m]``, unpaired (Welch 1947).

    NaN where a side has fewer than 2 values; where neither varies, 1 if they are equal, else 0.
    """
    if min(len(first), len(second)) < 2:
        return float("nan")
    if np.ptp(first) == 0 and np.ptp(second) == 0:
        return float(first[0] == second[0])
    sides = [(np.mean(s), np.std(s, ddof=1), len(s)) for s in (first, second)]
    return float(stats.ttest_ind_from_stats(*sides[0], *sides[1], equal_var=False).pvalue)


def wilcoxon_p(differences: Array) -> float:
    """Two-sided p of Wilcoxon's signed-rank test of ``differences [n]``; NaN for n < 2.

    It cannot fall below 2^(1-n): at the 5% level it takes 6 pairs.
    """
    if len(differences) < 2:
        return float("nan")
    if not np.any(differences):
        return 1.0
    return float(stats.wilcoxon(differences).pvalue)


def equivalence_p(effect: Effect, margin: float) -> float:
    """p of the two one-sided t tests that the effect lies within ±``margin``; NaN with one seed.

    The larger of the two p values (Schuirmann 1987). Small p: the two are equivalent.
    """
    if math.isnan(effect.seed_variance):
        return float("nan")
    if effect.error == 0:
        return float(abs(effect.mean) >= margin)
    return float(special.stdtr(effect.freedom, (abs(effect.mean) - margin) / effect.error))
