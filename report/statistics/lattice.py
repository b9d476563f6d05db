"""Games of gates: what each is worth over the lattice of their subsets."""

from __future__ import annotations

import math
from itertools import combinations

import numpy as np

from gatewise.report.statistics.effects import Array


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
    values: Array = steps(scores).mean(axis=-1)
    return values


def steps(scores: Array) -> Array:
    """What each gate adds on the average to cells that have 0, 1, … n - 1 of the others.

    Its first step is what it gives to a cell without gates, its last what the whole cell loses
    without it; the mean of all is the Shapley value.

    Returns:
        ``[..., n, n]``: by gate and by how many others are there.

    Raises:
        ValueError: the last axis is no power of two.
    """
    n = _gates(scores)
    values = np.zeros((*scores.shape[:-1], n, n))
    for gate in range(n):
        for subset in _without(n, gate):
            size = subset.bit_count()
            added = scores[..., subset | 1 << gate] - scores[..., subset]
            values[..., gate, size] += added / math.comb(n - 1, size)
    return values


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
