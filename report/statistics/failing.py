"""Runs that fail as others on the task did: what a pair's seeds leave open.

Where a run of some architecture ends far below that architecture's other runs, those of another may
do so too, and n runs of which none did leave failure rates up to 1 - a^(1/n) open at an error of a:
45% for 5 runs and 5%, 79% at the share of one comparison of 124. Skewness and kurtosis of a task do
not make up for it, for a side without a failure looks as steady as one that never fails. So a
statement that failures at that rate would undo is not certain. Where no run of a task failed,
nothing warns: see docs/verdicts.md.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from gatewise.report.statistics.effects import Array
from gatewise.report.statistics.families import SMALL, UNKNOWN

FAILED = 2.0
"""A run fails that ends more margins than these below the best one of its architecture."""


def falls(sides: Sequence[Array], levels: Sequence[float]) -> Array:
    """For each pair how far runs of one architecture fell at most, in margins; 0 where none failed.

    Args:
        sides: the scores of each architecture's runs, in margins, more is better.
        levels: of each pair what an architecture's best run must come to within a margin: what
            never learned a task does not tell how what learned it fails.
    """
    best = np.array([scores.max() for scores in sides])
    deep = np.array([np.ptp(scores) for scores in sides])
    learned = best >= np.asarray(levels)[:, np.newaxis] - 1
    return np.where(learned & (deep > FAILED), deep, 0.0).max(axis=1, initial=0.0)


def undone(statement: Array, estimate: Array, fell: Array, seeds: Array, share: float) -> Array:
    """Which statements failures would undo that the seeds leave open.

    Args:
        statement, estimate: of each pair, the difference in margins.
        fell: how far runs fall there (:func:`falls`).
        seeds: of its side with fewer.
        share: the error that each pair may spend.
    """
    moved = fell * (1 - share ** (1 / np.maximum(seeds, 1)))
    size = np.abs(estimate)
    room = np.where(statement == SMALL, 1 - size, size)
    return (fell > 0) & (statement != UNKNOWN) & (moved >= room)
