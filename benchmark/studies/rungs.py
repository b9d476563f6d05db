"""How many trials a search makes, and how long they are."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from typing import TypeAlias

KEPT = 3
"""Successive halving keeps one trial in so many, and trains it so many times as long."""
STEPS = 3
"""How often it trains at most, the last time in full."""


@dataclass(frozen=True)
class Rung:
    """So many trials of at most so many epochs; the best of them go on to the next rung."""

    trials: int
    epochs: int


Rungs: TypeAlias = "tuple[Rung, ...]"


def in_full(trials: int, epochs: int) -> Rungs:
    """All trials at their full length."""
    return (Rung(trials, epochs),)


def halving(trials: int, epochs: int) -> Rungs:
    """As many points as successive halving can look at for the price of ``trials`` in full.

    A trial that goes on is trained again from its start, because no weights are kept.
    """
    lengths = sorted({ceil(epochs / KEPT**step) for step in range(STEPS)})

    def rungs(points: int) -> Rungs:
        return tuple(Rung(ceil(points / KEPT**n), length) for n, length in enumerate(lengths))

    most = trials * KEPT**STEPS
    affordable = [n for n in range(1, most + 1) if _cost(rungs(n)) <= trials * epochs]
    return rungs(affordable[-1]) if affordable else in_full(trials, epochs)


def _cost(rungs: Rungs) -> int:
    return sum(rung.trials * rung.epochs for rung in rungs)


def initial(trials: int) -> int:
    """Points of the design before the Gaussian process is asked."""
    return min(trials, max(2, trials // 3))
