"""How much luck is in one run: the spreads of all architectures of a task, read together.

A spread estimated from 3 to 10 seeds is small by chance just where a t statistic is large, and with
many comparisons it is those that decide. So the variances of all architectures of a task moderate
one another (empirical Bayes: Smyth 2004, Stat. Appl. Genet. Mol. Biol. 3:3).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import special

from gatewise.report.statistics.effects import Array
from gatewise.report.statistics.sides import Side

LEAST_SPREAD = 1e-3
"""The smallest spread that is believed, in median spreads; only logarithms need it."""


@dataclass(frozen=True)
class Spreads:
    """Variances of one unit's score, ``variance [n]`` each known to ``freedom [n]`` degrees.

    σ² given the data is freedom · variance / χ²(freedom). NaN and 0 where nothing is known. Where
    single runs fail, a sample without one has a small ``observed [n]`` variance and also a mean
    that is too good: by regression, E(mean - μ | s²) = ``lean [n]`` (s² - σ²)/σ.
    """

    variance: Array
    freedom: Array
    observed: Array
    lean: Array


def spreads(sides: Sequence[Side], step: float = 0.0) -> Spreads:
    """The spreads of all architectures of a task, moderated by one another.

    With s² of each side known to d degrees and a prior s0² known to d0, (d0 s0² + d s²)/(d0 + d) is
    known to d0 + d (Smyth 2004, equation 4). Where all seeds of a side end at one score by chance,
    its examples still show how they differ: σc²/E is the least variance, and step²/12.

    Args:
        sides: of one task.
        step: the scores' resolution, such as one answer more.
    """
    units = np.array([len(side.scores) for side in sides])
    known = units > 1
    variance = np.full(len(sides), np.nan)
    variance[known] = [np.var(s.scores, ddof=1) for s in sides if len(s.scores) > 1]
    inner = [len(s.scores) * s.noise / max(len(s.taste), 1) for s in sides]
    variance = np.maximum(variance, np.maximum(inner, step**2 / 12))
    skewness, kurtosis = shape([side.scores for side in sides])
    freedom = variance_freedom(units, kurtosis)
    # cov(mean, s²) / var(s²), with γ σ³/n and 2 σ⁴/freedom.
    lean = skewness * freedom / (2 * units)
    if not known.any():
        return Spreads(variance, freedom, variance, lean)
    prior_variance, prior_freedom = prior(variance[known], freedom[known])
    total = prior_freedom + freedom
    with np.errstate(invalid="ignore"):
        moderated = prior_freedom * prior_variance + freedom * np.where(known, variance, 0.0)
        return Spreads(moderated / total, total, variance, lean)


def shape(samples: Sequence[Array]) -> tuple[float, float]:
    """Skewness and excess kurtosis that the samples share; kurtosis at least 0, as for the normal.

    Means of G1 = √(n (n - 1))/(n - 2) g1, weighted by n - 2, and of
    G2 = (n - 1)/((n - 2)(n - 3)) ((n + 1) g2 + 6), weighted by n - 3 (Joanes and Gill 1998).
    """
    lean, heavy = np.zeros(2), np.zeros(2)
    for sample in samples:
        n = len(sample)
        away = sample - sample.sum() / max(n, 1)
        squares = away**2
        if n < 3 or not squares.any():
            continue
        variance = float(squares.sum()) / n
        third = float(np.vdot(squares, away)) / n / variance**1.5
        lean += np.sqrt(n * (n - 1)) * third, n - 2
        if n > 3:
            fourth = float(np.vdot(squares, squares)) / n / variance**2 - 3
            heavy += (n - 1) / (n - 2) * ((n + 1) * fourth + 6), n - 3
    return lean[0] / max(lean[1], 1), max(0.0, heavy[0] / max(heavy[1], 1))


def variance_freedom(units: Array, kurtosis: float) -> Array:
    """Degrees of freedom of a sample variance: var(s²)/σ⁴ = 2/(n - 1) + κ/n = 2/freedom.

    n - 1 for normal scores, fewer where single runs fail (κ > 0): then many a sample has no failed
    run in it and its s² is too small (Box 1953, Biometrika 40:318). 0 for one unit.
    """
    n = np.maximum(units, 2)
    return np.where(units > 1, 2 / (2 / (n - 1) + kurtosis / n), 0.0)


def prior(variance: Array, freedom: Array) -> tuple[float, float]:
    """s0² and d0 of the scaled inverse χ² that the variances come from, by moments of logarithms.

    z = log s² - ψ(d/2) + log(d/2) has mean log s0² + log(d0/2) - ψ(d0/2) and variance
    ψ'(d/2) + ψ'(d0/2) (Smyth 2004, section 6.2). The excess over ψ'(d/2) is taken one standard
    error higher than estimated: sharing too little costs power, sharing too much the error rate.
    """
    floor = LEAST_SPREAD**2 * np.median(variance)
    if floor == 0 or len(variance) < 2:
        return 0.0, 0.0
    z = np.log(np.maximum(variance, floor)) - special.digamma(freedom / 2) + np.log(freedom / 2)
    spread = float(np.var(z, ddof=1))
    chance = float(np.mean(special.polygamma(1, freedom / 2)))
    error = np.sqrt(2 / (len(z) - 1)) * max(spread, chance)
    d0 = 2 * inverse_trigamma(max(spread - chance, 0.0) + error)
    return float(np.exp(np.mean(z) + special.digamma(d0 / 2) - np.log(d0 / 2))), d0


def inverse_trigamma(y: float) -> float:
    """x with ψ'(x) = y > 0, by Newton's method on 1/ψ' (Smyth 2004, appendix)."""
    x = 0.5 + 1 / y
    for _ in range(8):
        value = float(special.polygamma(1, x))
        x += value * (1 - value / y) / float(special.polygamma(2, x))
    return x
