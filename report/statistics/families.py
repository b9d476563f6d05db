"""Verdicts on many differences at once, with error rates that hold for whole families of them.

Everything is in margins: a difference of 1 is the smallest that matters. Each pair has one
confidence interval, estimate ± reach at its share α of the family's error, and the verdict is what
can be read off it: a direction if it is clear of 0, 'too small to matter' if it lies within the
margins, else nothing. Whatever the truth is, a false statement takes an interval that misses it, so
the two kinds of statement need not share α (partitioning principle: Finner and Strassburger 2002,
Ann. Statist. 30:1194).

A family whose verdicts are *certain* shares the error by Bonferroni's inequality. There are no
steps down after a decision, as in Holm's procedure: a pair found different may still falsely be
called small.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gatewise.report.statistics.effects import LEVEL, Array
from gatewise.report.statistics.mixtures import Errors

WORSE, BETTER = "worse", "better"
SMALL, UNKNOWN = "too small to matter", "cannot tell"
STATEMENTS = (WORSE, BETTER, SMALL, UNKNOWN)
DIRECTIONS = (WORSE, BETTER)
"""The statements that a difference is there."""


def worded(statement: str, certain: bool) -> str:
    """A verdict in words: 'certainly worse', 'probably too small to matter', 'cannot tell', …"""
    if statement == UNKNOWN or (statement == SMALL and certain):
        return statement
    return f"{'certainly' if certain else 'probably'} {statement}"


CERTAIN = tuple(worded(s, True) for s in STATEMENTS if s != UNKNOWN)
VERDICTS = (*CERTAIN, *(worded(s, False) for s in STATEMENTS))
"""Every verdict, the certain ones first and 'cannot tell' last."""


@dataclass(frozen=True)
class Verdicts:
    """One entry a pair; all ``[n]``.

    ``statement`` is one of :data:`STATEMENTS`, ``low`` and ``high`` the interval that it is read
    off, in margins. ``p`` is adjusted for the family: below its error where something is stated.
    """

    statement: Array
    p: Array
    low: Array
    high: Array


def p_values(estimate: Array, errors: Errors) -> Array:
    """Smallest α at which a pair's interval is clear of 0 or within the margins."""
    size = np.abs(estimate)
    return np.minimum(2 * errors.tail(size), 2 * errors.tail(1 - size))


def judge(estimate: Array, errors: Errors, alpha: float | Array) -> Verdicts:
    """Statements and intervals of level 1 - ``alpha`` each; NaN decides nothing."""
    reach = errors.quantile(alpha / 2)
    low, high = estimate - reach, estimate + reach
    small, better, worse = (low > -1) & (high < 1), low > 0, high < 0
    statement = np.select([small, better, worse], [SMALL, BETTER, WORSE], UNKNOWN)
    return Verdicts(statement, p_values(estimate, errors), low, high)


def together(estimate: Array, errors: Errors, total: float = 1 - LEVEL) -> Verdicts:
    """Verdicts of a confirmatory family: any of them false in at most ``total`` of all studies.

    The intervals hold all true differences together in 1 - total of all studies.
    """
    count = max(int(np.isfinite(errors.scale[:, 0]).sum()), 1)
    found = judge(estimate, errors, total / count)
    return Verdicts(found.statement, np.minimum(1.0, found.p * count), found.low, found.high)


def discovered(
    estimate: Array, errors: Errors, rate: float = 1 - LEVEL, spent: float | Array = 1.0
) -> Verdicts:
    """Verdicts of an exploratory family: of those stated, at most ``rate`` false on average.

    Where it was looked at before, ``spent [n]`` is the part of its error that the present look may
    spend, by which p is divided.

    Benjamini and Hochberg 1995: with p sorted, the largest R with p_R ≤ R rate / n. The intervals
    have level 1 - R rate / n, at which those of stated pairs miss as rarely (Benjamini and
    Yekutieli 2005, JASA 100:71), and which say the same as the verdicts.
    """
    p = p_values(estimate, errors) / spent
    known = np.sort(p[np.isfinite(p)])
    passed = np.flatnonzero(known <= np.arange(1, len(known) + 1) * rate / max(len(known), 1))
    stated = int(passed[-1]) + 1 if len(passed) else 1
    found = judge(estimate, errors, spent * stated * rate / max(len(known), 1))
    return Verdicts(found.statement, _stepped_up(p), found.low, found.high)


def _stepped_up(p: Array) -> Array:
    """Benjamini and Hochberg's adjusted p: min over j ≥ k of n p_j / j; NaN stays."""
    adjusted, known = np.array(p), np.flatnonzero(np.isfinite(p))
    order = known[np.argsort(p[known])]
    scaled = p[order] * len(order) / np.arange(1, len(order) + 1)
    adjusted[order] = np.minimum(1.0, np.minimum.accumulate(scaled[::-1])[::-1])
    return adjusted
