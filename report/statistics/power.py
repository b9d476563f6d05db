"""What a test would find, and how many seeds it would take."""

from __future__ import annotations

import math
from collections.abc import Callable

from scipy import special

from gatewise.report.statistics.effects import LEVEL, Effect

POWER = 0.8
MOST_SEEDS = 1000


def difference_power(effect: Effect, alpha: float) -> float:
    """Power of the two-sided t test against an effect and a spread that are as estimated."""
    critical = special.stdtrit(effect.freedom, 1 - alpha / 2)
    apart = abs(effect.mean) / effect.error
    above = 1 - _noncentral(effect.freedom, apart, critical)
    return above + _noncentral(effect.freedom, apart, -critical)


def equivalence_power(effect: Effect, margin: float, alpha: float) -> float:
    """Power of the two one-sided tests: P(T_low > t and T_high < -t), both noncentral t.

    With t = t_{1-alpha}, it is F(-t; (mean - margin) / error) - F(t; (mean + margin) / error), at
    least 0; exact where the two rejections nearly exclude each other's failure, else too small
    (Phillips 1990).
    """
    critical = special.stdtrit(effect.freedom, 1 - alpha)
    # F(-t; -d) = 1 - F(t; d): the function wants d above 0.
    apart = (margin - effect.mean) / effect.error, (margin + effect.mean) / effect.error
    high, low = (1 - _noncentral(effect.freedom, d, critical) for d in apart)
    return max(0.0, high + low - 1)


def _noncentral(freedom: float, apart: float, t: float) -> float:
    """P(T < t) of the noncentral t distribution."""
    found = float(special.nctdtr(freedom, apart, t))
    # Far out the distribution loses its footing and is a step.
    return float(apart < t) if math.isnan(found) else found


def seeds_to_decide(
    effect: Effect,
    margin: float,
    alpha_difference: float = 1 - LEVEL,
    alpha_equivalence: float = 1 - LEVEL,
    power: float = POWER,
) -> float:
    """How many seeds, those at hand included, would decide a pair with probability ``power``.

    It supposes that effect and variances stay as estimated, and counts a found difference or a
    found equivalence, whichever takes fewer. The alphas are what Holm's correction leaves to the
    test.

    Returns:
        A number of seeds above those at hand; infinity where :data:`MOST_SEEDS` are not enough, as
        where the test sample is too small; NaN with one seed.
    """
    if math.isnan(effect.seed_variance):
        return float("nan")
    if effect.error == 0:
        return effect.seeds + 1.0

    def decided(seeds: int) -> bool:
        then = effect.at(seeds)
        return (
            difference_power(then, alpha_difference) >= power
            or equivalence_power(then, margin, alpha_equivalence) >= power
        )

    return first_number(decided, effect.seeds + 1)


def first_number(enough: Callable[[int], bool], least: int, most: int = MOST_SEEDS) -> float:
    """The smallest number from ``least`` that is enough; infinity if ``most`` is not."""
    low, high = least - 1, max(least, most)
    if not enough(high):
        return float("inf")
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return float(high)
