"""p values of single tests, as papers use them; no verdict of ours rests on one."""

from __future__ import annotations

import numpy as np
from scipy import stats

from gatewise.report.statistics.effects import Array


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
