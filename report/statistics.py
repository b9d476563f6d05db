"""Statistics as functions of arrays; they know no task, no file and no figure.

Scores enter turned so that more is better. Whatever draws at random takes an explicit generator.
By hand is only what SciPy and statsmodels lack.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any, TypeAlias

import numpy as np
from scipy import stats
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.power import TTestPower

Array: TypeAlias = "np.ndarray[Any, Any]"

LEVEL = 0.95
POWER = 0.8
MOST_SEEDS = 1000


@dataclass(frozen=True)
class Interval:
    """An estimate and the bounds of its confidence interval; bounds are NaN where none is known."""

    estimate: float
    low: float
    high: float


def mean_interval(values: Array, level: float = LEVEL) -> Interval:
    """Mean of ``values [n]`` with Student's t interval, mean ± t_{n-1} s / sqrt(n).

    Of paired differences it is the interval of the paired t test. NaN bounds for n < 2.
    """
    mean = float(np.mean(values))
    if len(values) < 2:
        return Interval(mean, np.nan, np.nan)
    half = stats.t.ppf((1 + level) / 2, len(values) - 1) * stats.sem(values)
    return Interval(mean, float(mean - half), float(mean + half))


def bootstrap_interval(
    values: Array,
    generator: np.random.Generator,
    method: str = "BCa",
    level: float = LEVEL,
    resamples: int = 2000,
) -> Interval:
    """Mean of ``values [n]`` with a bootstrap interval (Efron 1987).

    With few values it is too narrow (a percentile interval of 5 covers about 83%, not 95%), so
    that it stands beside :func:`mean_interval` and decides nothing.

    Args:
        method: ``percentile`` or ``BCa`` (bias-corrected and accelerated).

    Raises:
        ValueError: another method.
    """
    if method not in ("percentile", "BCa"):
        raise ValueError(f"bootstrap method {method!r}: allowed are 'percentile' and 'BCa'")
    mean = float(np.mean(values))
    if len(values) < 2:
        return Interval(mean, np.nan, np.nan)
    if np.ptp(values) == 0:
        return Interval(mean, mean, mean)
    drawn = stats.bootstrap(
        (values,),
        np.mean,
        confidence_level=level,
        n_resamples=resamples,
        method=method,
        rng=generator,
    )
    bounds = drawn.confidence_interval
    return Interval(mean, float(bounds.low), float(bounds.high))


def difference_p(differences: Array) -> float:
    """Two-sided p of the paired t test that ``differences [n]`` have mean 0; NaN for n < 2.

    Equal differences other than 0 have p 0, all-zero ones p 1.
    """
    if len(differences) < 2:
        return float("nan")
    if np.ptp(differences) == 0:
        return float(differences[0] == 0)
    return float(stats.ttest_1samp(differences, 0.0).pvalue)


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


def holm(p: Sequence[float] | Array) -> Array:
    """Adjusted p values of one family of tests (Holm 1979); NaN stays NaN and counts for nothing.

    Of m sorted p values the k-th becomes max over j ≤ k of (m - j + 1) p_j, at most 1.
    """
    adjusted = np.array(p, float)
    known = ~np.isnan(adjusted)
    if known.any():
        adjusted[known] = multipletests(adjusted[known], method="holm")[1]
    return adjusted


def verdict(
    improvement: float, p_difference: float, p_equivalence: float, level: float = LEVEL
) -> str:
    """``helpful``, ``harmful``, ``equivalent`` or ``undecided``, from adjusted p values.

    A difference that is both significant and within the margin is equivalent: it is there, and too
    small to matter. NaN decides nothing.
    """
    alpha = 1 - level
    if p_equivalence < alpha:
        return "equivalent"
    if p_difference < alpha:
        return "helpful" if improvement > 0 else "harmful"
    return "undecided"


def difference_power(effect: float, seeds: int, alpha: float) -> float:
    """Power of the two-sided paired t test; ``effect`` is mean over standard deviation."""
    return float(TTestPower().power(effect, seeds, alpha))


def equivalence_power(mean: float, deviation: float, margin: float, n: int, alpha: float) -> float:
    """Power of the two one-sided tests: P(T_low > t and T_high < -t), both noncentral t.

    With t = t_{1-alpha, n-1}, it is F(-t; (mean - margin) / se) - F(t; (mean + margin) / se), at
    least 0; exact where the two rejections nearly exclude each other's failure, else too small
    (Phillips 1990).
    """
    error = deviation / math.sqrt(n)
    critical = stats.t.ppf(1 - alpha, n - 1)
    high = stats.nct.cdf(-critical, n - 1, (mean - margin) / error)
    low = stats.nct.cdf(critical, n - 1, (mean + margin) / error)
    return float(max(0.0, high - low))


def seeds_to_decide(
    differences: Array,
    margin: float,
    alpha_difference: float = 1 - LEVEL,
    alpha_equivalence: float = 1 - LEVEL,
    power: float = POWER,
) -> float:
    """How many seeds, those at hand included, would decide a pair with probability ``power``.

    It supposes that mean and spread of ``differences [n]`` stay as they are, and counts a found
    difference or a found equivalence, whichever takes fewer. The alphas are what Holm's correction
    leaves to the test.

    Returns:
        A number of seeds above n; infinity where :data:`MOST_SEEDS` are not enough; NaN for n < 2.
    """
    n = len(differences)
    if n < 2:
        return float("nan")
    mean, deviation = float(np.mean(differences)), float(np.std(differences, ddof=1))
    if deviation == 0:
        return n + 1.0

    def decided(seeds: int) -> bool:
        # Far out both powers are 1, and the noncentral distributions lose their footing there.
        if abs(mean) / deviation * math.sqrt(seeds) > 30:
            return True
        return (
            difference_power(mean / deviation, seeds, alpha_difference) >= power
            or equivalence_power(mean, deviation, margin, seeds, alpha_equivalence) >= power
        )

    low, high = n, MOST_SEEDS
    if not decided(high):
        return float("inf")
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if decided(middle) else (middle, high)
    return float(high)


def interquartile_mean(values: Array) -> float:
    """Mean of ``values [n]`` without the lowest and the highest quarter (Agarwal et al. 2021)."""
    return float(stats.trim_mean(values, 0.25, axis=None))


def probability_of_improvement(first: Array, second: Array) -> float:
    """P(a run of ``first [n]`` beats one of ``second [m]``): mean of [x > y] + [x = y] / 2.

    Agarwal et al. 2021; Mann and Whitney's U divided by n m.
    """
    ahead = np.sign(np.subtract.outer(first, second))
    return float((1 + ahead.mean()) / 2)


@dataclass(frozen=True)
class TwoWay:
    """A difference with its interval over seeds and test examples together.

    ``seed_share`` and ``example_share`` are the parts of the bootstrap's variance that seeds and
    examples make alone; what is missing to 1 is their interaction.
    """

    difference: Interval
    seed_share: float
    example_share: float


def two_way_bootstrap(
    first: Array,
    second: Array,
    generator: np.random.Generator,
    weights: Array | None = None,
    level: float = LEVEL,
    resamples: int = 1000,
) -> TwoWay:
    """Paired difference ``first - second``, resampling seeds and test examples together.

    With per-example sums x, y ``[seeds, examples]`` and weights w ``[examples]`` (the targets of an
    example), the difference is Σ(x - y) / (S Σw), a ratio of sums; seeds (rows) and examples
    (columns) are drawn anew with replacement, each by itself, as in the pigeonhole bootstrap
    (Owen 2007). Percentile interval.

    Raises:
        ValueError: the shapes differ.
    """
    if first.shape != second.shape or first.ndim != 2:
        raise ValueError(
            f"scores of shape {first.shape} and {second.shape}: allowed are two equal shapes "
            "[seeds, examples]"
        )
    gap = np.asarray(first, float) - second
    seeds, examples = gap.shape
    weights = np.ones(examples) if weights is None else np.asarray(weights, float)
    uniform = np.full((resamples, seeds), 1 / seeds)
    rows = generator.multinomial(seeds, uniform[0], resamples) / seeds
    # One row of counts at a time: [resamples, examples] of a large test split would fill memory.
    both, by_example = np.empty(resamples), np.empty(resamples)
    chances = np.full(examples, 1 / examples)
    for k in range(resamples):
        counts = generator.multinomial(examples, chances)
        per_seed = gap @ counts / (weights @ counts)
        both[k], by_example[k] = rows[k] @ per_seed, per_seed.mean()
    by_seed = rows @ (gap.sum(axis=1) / weights.sum())
    total = both.var()
    low, high = np.quantile(both, [(1 - level) / 2, (1 + level) / 2])
    estimate = float(gap.sum() / (seeds * weights.sum()))
    shares = [float(part.var() / total) if total > 0 else np.nan for part in (by_seed, by_example)]
    return TwoWay(Interval(estimate, float(low), float(high)), *shares)


def shapley(scores: Array) -> Array:
    """Shapley value of each of n gates over the lattice of their subsets (Shapley 1953).

    φ_g = Σ over S without g of |S|! (n - |S| - 1)! / n! · (v(S + g) - v(S)).

    Args:
        scores: ``[..., 2^n]``; entry k is the score v with exactly the gates whose bit is set in k
            (gate 0 is the lowest bit).

    Returns:
        ``[..., n]``; the values sum to v(all) - v(none).

    Raises:
        ValueError: the last axis is no power of two.
    """
    n = _gates(scores)
    values = np.zeros((*scores.shape[:-1], n))
    for gate in range(n):
        for subset in _without(n, gate):
            size = subset.bit_count()
            weight = math.factorial(size) * math.factorial(n - size - 1) / math.factorial(n)
            values[..., gate] += weight * (scores[..., subset | 1 << gate] - scores[..., subset])
    return values


def leave_one_out(scores: Array) -> Array:
    """What each gate adds to all others, v(all) - v(all but g); shapes as in :func:`shapley`."""
    n = _gates(scores)
    everything = 2**n - 1
    return np.stack(
        [scores[..., everything] - scores[..., everything ^ 1 << g] for g in range(n)], axis=-1
    )


def add_one_in(scores: Array) -> Array:
    """What each gate adds to none, v({g}) - v({}); shapes as in :func:`shapley`."""
    n = _gates(scores)
    return np.stack([scores[..., 1 << g] - scores[..., 0] for g in range(n)], axis=-1)


def interactions(scores: Array) -> dict[tuple[int, int], Array]:
    """Shapley interaction index of each pair of gates (Grabisch & Roubens 1999).

    I_gh = Σ over S without g, h of |S|! (n - |S| - 2)! / (n - 1)! ·
    (v(S + g + h) - v(S + g) - v(S + h) + v(S)). Below 0 the two stand in for each other, above 0
    each needs the other.

    Returns:
        For each pair g < h an array of the leading shape of ``scores``.
    """
    n = _gates(scores)
    found = {}
    for g, h in combinations(range(n), 2):
        one, other = 1 << g, 1 << h
        total = np.zeros(scores.shape[:-1])
        for subset in _without(n, g, h):
            size = subset.bit_count()
            weight = math.factorial(size) * math.factorial(n - size - 2) / math.factorial(n - 1)
            total += weight * (
                scores[..., subset | one | other]
                - scores[..., subset | one]
                - scores[..., subset | other]
                + scores[..., subset]
            )
        found[g, h] = total
    return found


def _gates(scores: Array) -> int:
    corners = scores.shape[-1]
    if corners < 2 or corners & (corners - 1):
        raise ValueError(
            f"a lattice of {corners} corners: allowed is a last axis of 2^n, one entry a subset"
        )
    return corners.bit_length() - 1


def _without(n: int, *gates: int) -> list[int]:
    """Subsets of n gates, as bits, that hold none of ``gates``."""
    barred = sum(1 << gate for gate in gates)
    return [subset for subset in range(2**n) if not subset & barred]
