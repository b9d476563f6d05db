"""How many seeds a decision would take, and what some seeds can show."""

from __future__ import annotations

import math

from scipy import special

POWER = 0.8
MOST_SEEDS = 1000


def visible(spread: float, seeds: tuple[int, int], alpha: float, power: float = POWER) -> float:
    """The difference whose direction is found with probability ``power``, in units of ``spread``.

    (z_α/2 + z_power) · spread · √(1/n + 1/m), the spread of single runs known and the same on both
    sides, which have n and m ``seeds``; the luck of the test sample comes on top.
    """
    reach = -float(special.ndtri(alpha / 2)) + float(special.ndtri(power))
    return reach * spread * math.sqrt(sum(1 / n for n in seeds))


def seeds_to_decide(
    size: float, training: float, sample: float, seeds: int, alpha: float, power: float = POWER
) -> float:
    """How many seeds a side would decide a pair with probability ``power``.

    It supposes that difference and spread stay as estimated, and that the spread is then known: the
    interval of half width z_α/2 √V is clear of 0, or within the margins, with that probability
    where √V ≤ max(size, 1 - size) / (z_α/2 + z_power).

    Args:
        size: of the difference, in margins and at least 0.
        training: variance that the seeds make at present; falls with more of them.
        sample: variance that the test sample makes, which stays.
        seeds: those at hand, of the side that has fewer.
        alpha: the pair's share of the family's error.

    Returns:
        A number of seeds above those at hand; infinity where :data:`MOST_SEEDS` are not enough, as
        where the test sample is too small; NaN where nothing is known.
    """
    if math.isnan(training):
        return math.nan
    width = -float(special.ndtri(alpha / 2)) + float(special.ndtri(power))
    left = (max(size, 1 - size) / width) ** 2 - sample
    needed = math.ceil(training * seeds / left) if left > 0 else math.inf
    return float(max(needed, seeds + 1)) if needed <= MOST_SEEDS else math.inf
