"""How the errors of estimates are distributed whose variances are themselves uncertain.

A normal error with the variance V = Σ c² σ²/n + g², the σ² distributed as in
:class:`.moderated.Spreads`: Behrens and Fisher's problem. The uncertainty of V is carried on as a
distribution and not as a number of degrees of freedom: Welch and Satterthwaite's is too high where
the smaller spread is small by chance, the smaller of the two needlessly low.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import special

from gatewise.report.statistics.effects import Array
from gatewise.report.statistics.moderated import Spreads

NODES, SUMMED = 24, 64
"""Points at which the distribution of one variance is held, and that of a sum of them; more change
tails by below 3%, to the safe side."""
TINY = 1e-300


@dataclass(frozen=True)
class Errors:
    """Distribution of the errors of n estimates: mixtures of normals with mean 0.

    Error i has standard deviation ``scale[i, h]`` with probability ``weight[i, h]``; scales rise
    in h, and are NaN where nothing is known.
    """

    scale: Array
    weight: Array

    def tail(self, x: Array) -> Array:
        """P(error > x) of ``x [n]``."""
        found: Array = np.sum(special.ndtr(-x[:, None] / self.scale) * self.weight, axis=1)
        return found

    def quantile(self, upper: float | Array) -> Array:
        """x ``[n]`` that an error exceeds with probability ``upper`` < 1/2, by bisection."""
        low, high = (-special.ndtri(upper) * end for end in (self.scale[:, 0], self.scale[:, -1]))
        for _ in range(22):
            middle = np.sqrt(low * high)
            above = self.tail(middle) > upper
            low, high = np.where(above, middle, low), np.where(above, high, middle)
        return high

    @property
    def typical(self) -> Array:
        """Geometric mean of each one's variance ``[n]``; its tail may have no plain mean."""
        found: Array = np.exp(2 * np.sum(np.log(self.scale) * self.weight, axis=1))
        return found

    def over(self, unit: Array) -> Errors:
        """The same errors in units ``[n]`` of their own."""
        return Errors(self.scale / unit[:, None], self.weight)

    @classmethod
    def joined(cls, parts: Sequence[Errors]) -> Errors:
        """Errors of several tasks in one table."""
        scales = [part.scale for part in parts] or [np.empty((0, SUMMED))]
        weights = [part.weight for part in parts] or [np.empty((0, SUMMED))]
        return cls(np.concatenate(scales), np.concatenate(weights))


def errors(known: Spreads, units: Array, contrasts: Array, sample: Array) -> Errors:
    """Errors of contrasts of the sides' means.

    Side by side the distribution of its part c² (σ²/n + what the mean may have gone astray,
    squared) is added to that of the sum so far.

    Args:
        known: of n sides.
        units: ``[n]``, how many a side has.
        contrasts: ``[m, n]``, each side's coefficient.
        sample: ``[m]``, the variance that the test sample makes, :func:`.sides.sample_variance`.
    """
    nodes, chances = variance_nodes(known)
    off = known.observed[:, None] - nodes
    parts = nodes / units[:, None] + (known.lean[:, None] * off) ** 2 / np.maximum(nodes, TINY)
    rows = np.arange(len(contrasts))
    variance, weight = sample[:, None], np.ones((len(sample), 1))
    most = int((contrasts != 0).sum(axis=1).max(initial=0))
    for side in np.argsort(-np.abs(contrasts), axis=1).T[:most]:
        share = contrasts[rows, side, None] ** 2
        more = np.where(share == 0, 0.0, share * parts[side])
        total = variance[:, :, None] + more[:, None, :]
        chance = weight[:, :, None] * chances[side][:, None, :]
        flat = total.reshape(len(rows), -1), chance.reshape(len(rows), -1)
        variance, weight = flat if flat[0].shape[1] <= SUMMED else _condensed(*flat)
    return Errors(np.sqrt(variance), weight)


def variance_nodes(known: Spreads) -> tuple[Array, Array]:
    """Values and weights ``[n, NODES]`` of σ² = freedom · variance / χ²(freedom).

    Evenly spaced in y = log σ² - log variance, whose density is ∝ exp(-freedom (y + e^-y)/2).
    """
    freedom = np.maximum(known.freedom, 0.1)[:, None]
    low = np.log(freedom / special.chdtri(freedom, 1e-7))
    high = np.log(freedom / (2 * special.gammaincinv(freedom / 2, 1e-9)))
    y = low + (high - low) * np.linspace(0, 1, NODES)
    density = np.exp(-freedom / 2 * (y + np.exp(-y) - 1))
    return known.variance[:, None] * np.exp(y), density / density.sum(axis=1, keepdims=True)


def _condensed(variance: Array, weight: Array) -> tuple[Array, Array]:
    """A distribution of many variances on fewer, evenly spaced in the logarithm; each is
    shared between its two neighbours so that its mean stays."""
    rows = len(variance)
    known = np.asarray(np.isfinite(variance).all(axis=1))
    place = np.log(np.where(known[:, None], np.maximum(variance, TINY), 1.0))
    low, high = place.min(axis=1, keepdims=True), place.max(axis=1, keepdims=True)
    step = np.maximum((high - low) / (SUMMED - 1), 1e-9)
    place = (place - low) / step
    left = np.minimum(place.astype(int), SUMMED - 2)
    right = weight * np.expm1((place - left) * step) / np.expm1(step)
    cell = (left + np.arange(rows)[:, None] * SUMMED).ravel()
    held = np.bincount(cell, (weight - right).ravel(), rows * SUMMED)
    held += np.bincount(cell + 1, right.ravel(), rows * SUMMED)
    nodes = np.exp(low + step * np.arange(SUMMED))
    return np.where(known[:, None], nodes, np.nan), held.reshape(rows, SUMMED)
