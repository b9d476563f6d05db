"""Many tests at once: what is adjusted for their number, and the verdict on each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from gatewise.report.statistics.effects import LEVEL, Array, Effect, interval
from gatewise.report.statistics.tests import difference_p, equivalence_p

HARMFUL, HELPFUL = "harmful", "helpful"
EQUIVALENT, UNDECIDED = "equivalent", "undecided"
VERDICTS = (HARMFUL, HELPFUL, EQUIVALENT, UNDECIDED)
DIFFERENT = (HARMFUL, HELPFUL)
"""The verdicts that a difference is there."""


def holm(p: Sequence[float] | Array) -> Array:
    """Adjusted p values of one family of tests (Holm 1979); NaN stays NaN and counts for nothing.

    Of m sorted p values the k-th becomes max over j ≤ k of (m - j + 1) p_j, at most 1. By hand
    because statsmodels collects garbage at every call, which takes longer than a whole calibration.
    """
    adjusted = np.array(p, float)
    known = ~np.isnan(adjusted)
    count = int(known.sum())
    order = np.argsort(adjusted[known])
    stepped = np.maximum.accumulate(adjusted[known][order] * np.arange(count, 0, -1))
    adjusted[np.flatnonzero(known)[order]] = np.minimum(stepped, 1)
    return adjusted


def verdict(
    improvement: float, p_difference: float, p_equivalence: float, level: float = LEVEL
) -> str:
    """One of :data:`VERDICTS`, from adjusted p values.

    A difference that is both significant and within the margin is equivalent: it is there, and too
    small to matter. NaN decides nothing.
    """
    alpha = 1 - level
    if p_equivalence < alpha:
        return EQUIVALENT
    if p_difference < alpha:
        return HELPFUL if improvement > 0 else HARMFUL
    return UNDECIDED


def judge(effects: Sequence[Effect], margins: Array, level: float = LEVEL) -> dict[str, Any]:
    """The columns that decide, of one family of paired differences: p values, Holm's, verdicts."""
    intervals = [interval(effect, level) for effect in effects]
    p = [difference_p(effect) for effect in effects]
    p_same = [equivalence_p(e, m) for e, m in zip(effects, margins, strict=True)]
    adjusted, adjusted_same = holm(p), holm(p_same)
    return {
        "seeds": [effect.seeds for effect in effects],
        "difference": [found.estimate for found in intervals],
        "low": [found.low for found in intervals],
        "high": [found.high for found in intervals],
        "example_share": [e.example_share if e.examples else np.nan for e in effects],
        "p": p,
        "p_equivalence": p_same,
        "p_holm": adjusted,
        "p_equivalence_holm": adjusted_same,
        "verdict": [
            verdict(e.mean, one, other, level)
            for e, one, other in zip(effects, adjusted, adjusted_same, strict=True)
        ],
    }
