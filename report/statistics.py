"""Statistics as functions of arrays; they know no task, no file and no figure.

Scores enter turned so that more is better. Whatever draws at random takes an explicit generator.
By hand is only what SciPy and statsmodels lack.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Any, TypeAlias

import numpy as np
from scipy import special, stats

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


@dataclass(frozen=True)
class Effect:
    """A mean and the luck that is in it: of training, and of the test sample.

    The score of seed s on test example e is θ + a_s + b_e + c_se; the mean over S seeds and E
    examples estimates θ with variance σa²/S + σb²/E + σc²/(SE). ``seed_variance`` is
    (σa² + σc²/E)/S, the spread of the seeds' means over S, and falls with more seeds;
    ``example_variance`` is σb²/E, which no number of seeds takes away (0 where the examples'
    scores are unknown). Both are NaN with one seed.
    """

    mean: float
    seeds: int
    seed_variance: float
    example_variance: float = 0.0
    examples: int = 0

    @property
    def error(self) -> float:
        """Standard error of the mean."""
        return math.sqrt(self.seed_variance + self.example_variance)

    @property
    def freedom(self) -> float:
        """Degrees of freedom (Satterthwaite 1946): S - 1 where seeds vary alone, else more."""
        parts = self.seed_variance**2 / (self.seeds - 1)
        if self.example_variance:
            parts += self.example_variance**2 / (self.examples - 1)
        return (self.seed_variance + self.example_variance) ** 2 / parts

    @property
    def example_share(self) -> float:
        """The part of the variance that the test sample makes; the seeds make the rest."""
        total = self.seed_variance + self.example_variance
        return self.example_variance / total if total else float("nan")

    def at(self, seeds: int) -> Effect:
        """The same effect as it would be known with another number of seeds."""
        seed_variance = self.seed_variance * self.seeds / seeds
        return replace(self, seeds=seeds, seed_variance=seed_variance)


def over_seeds(values: Array) -> Effect:
    """Mean of ``values [seeds]``, of which the training's luck is all that is known."""
    variance = float(np.var(values, ddof=1)) / len(values) if len(values) > 1 else np.nan
    return Effect(float(np.mean(values)), len(values), variance if np.ptp(values) else variance * 0)


def over_seeds_and_examples(sums: Array, weights: Array) -> Effect:
    """Mean score a target over seeds and test examples, two crossed random factors.

    With sums x_se ``[seeds, examples]`` over the targets of an example and weights w_e (how many
    they are), a seed's score is the ratio Σ_e x_se / Σ_e w_e; its residuals x_se - score_s w_e
    stand for the examples (linearisation of the ratio). Variances come from the mean squares, as in
    studies of many readers and many cases: σb²/E = max(0, MS_e - MS_se) / (SE) (Hillis 2007).

    Why not the bootstrap: simulated with 5 seeds, the 95% interval of mean ± t error covers 94% to
    96% whichever factor dominates, and 93% to 96% with 3 seeds; the percentile interval of the
    two-way bootstrap covers 92% to 99%; Student's interval over seeds alone falls to 71% where
    the test sample dominates.

    Raises:
        ValueError: the shapes do not agree.
    """
    seeds, examples = _table_shape(sums, weights)
    total = float(np.sum(weights, dtype=np.float64))
    scores = sums.sum(axis=1, dtype=np.float64) / total
    known = over_seeds(scores)
    if seeds < 2 or examples < 2:
        return known
    residuals = sums - scores[:, None] * weights
    shared = residuals.mean(axis=0)
    # Between examples, and of seeds within them, each as a variance of the mean.
    scale = (examples / total) ** 2 / examples
    between = scale * float(np.sum(shared**2)) / (examples - 1)
    within = scale * float(np.sum((residuals - shared) ** 2))
    within /= (seeds - 1) * (examples - 1) * seeds
    return replace(known, example_variance=max(0.0, between - within), examples=examples)


def _table_shape(sums: Array, weights: Array) -> tuple[int, int]:
    if sums.ndim != 2 or weights.shape != sums.shape[1:]:
        raise ValueError(
            f"scores of shape {sums.shape} with weights of shape {weights.shape}: allowed are "
            "[seeds, examples] and [examples]"
        )
    return sums.shape[0], sums.shape[1]


def interval(effect: Effect, level: float = LEVEL) -> Interval:
    """mean ± t error; of paired differences over seeds alone it is the paired t test's."""
    if math.isnan(effect.seed_variance):
        return Interval(effect.mean, np.nan, np.nan)
    if effect.error == 0:
        return Interval(effect.mean, effect.mean, effect.mean)
    half = float(special.stdtrit(effect.freedom, (1 + level) / 2)) * effect.error
    return Interval(effect.mean, effect.mean - half, effect.mean + half)


def within(found: Interval, low: float, high: float) -> Interval:
    """The part of an interval between ``low`` and ``high``, where the quantity must lie.

    What is cut off could not have held the true value, so the interval covers as often as before.
    The percentile bootstrap keeps within the range too, but of 5 seeds covers 83% instead of 95%.
    """
    bounds = np.clip([found.low, found.high], low, high)
    return replace(found, low=float(bounds[0]), high=float(bounds[1]))


def bootstrap_interval(
    values: Array,
    generator: np.random.Generator,
    method: str = "BCa",
    level: float = LEVEL,
    resamples: int = 2000,
) -> Interval:
    """Mean of ``values [n]`` with a bootstrap interval (Efron 1987).

    With few values it is too narrow (a percentile interval of 5 covers about 83%, not 95%), so
    that it stands beside :func:`interval` and decides nothing.

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


def resampled_scores(
    sums: Array, weights: Array, generator: np.random.Generator, resamples: int = 1000
) -> Array:
    """Scores ``[resamples, runs]`` of all runs, each time on another draw of the test examples.

    ``sums [runs, examples]`` and ``weights [examples]`` as in :func:`over_seeds_and_examples`; all
    runs see the same draws, with replacement, so that differences between them stay paired.
    """
    _, examples = _table_shape(sums, weights)
    counts = np.empty((resamples, examples), np.float32)
    for row in counts:
        row[:] = np.bincount(generator.integers(0, examples, examples), minlength=examples)
    return (counts @ sums.T.astype(np.float32)) / (counts @ weights.astype(np.float32))[:, None]


def two_way_interval(
    scores: Array, generator: np.random.Generator, estimate: float, level: float = LEVEL
) -> Interval:
    """Percentile interval of the pigeonhole bootstrap (Owen 2007).

    Args:
        scores: ``[resamples, seeds]``, a contrast of :func:`resampled_scores`: examples are drawn
            anew in every row, and here seeds as well, each by itself.
        estimate: the contrast on all seeds and examples.
    """
    resamples, seeds = scores.shape
    counts = generator.multinomial(seeds, np.full(seeds, 1 / seeds), resamples)
    drawn = np.einsum("rs,rs->r", counts, scores) / seeds
    low, high = np.quantile(drawn, [(1 - level) / 2, (1 + level) / 2])
    return Interval(estimate, float(low), float(high))


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
