"""Intervals by drawing anew. They stand beside those of :mod:`.effects` and decide nothing."""

from __future__ import annotations

import numpy as np
from scipy import stats

from gatewise.report.statistics.effects import LEVEL, Array, Interval, table_shape


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


def resampled_scores(
    sums: Array, weights: Array, generator: np.random.Generator, resamples: int = 1000
) -> Array:
    """Scores ``[resamples, runs]`` of all runs, each time on another draw of the test examples.

    ``sums [runs, examples]`` and ``weights [examples]`` as in :func:`over_seeds_and_examples`; all
    runs see the same draws, with replacement, so that differences between them stay paired.
    """
    _, examples = table_shape(sums, weights)
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
