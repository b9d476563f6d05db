"""Ways of searching: how many trials of what length, and the oracle that hands them out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING, Any, TypeAlias

from gatewise.benchmark.studies.space import Point

if TYPE_CHECKING:
    import keras_tuner

KEPT = 3
"""Successive halving keeps one trial in so many, and trains it so many times as long."""
STEPS = 3
"""How often it trains at most, the last time in full."""


class InvalidSearch(ValueError):
    """A way of searching that there is not."""


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


def _from_rungs(
    points: Sequence[Point], rungs: Rungs, common: Mapping[str, Any]
) -> keras_tuner.Oracle:
    from gatewise.benchmark.studies.oracles import RungsOracle

    return RungsOracle(points, rungs, **common)


def _bayesian(
    points: Sequence[Point], rungs: Rungs, common: Mapping[str, Any]
) -> keras_tuner.Oracle:
    from gatewise.benchmark.studies.oracles import BayesianOracle

    trials = rungs[0].trials
    return BayesianOracle(points, max_trials=trials, num_initial_points=initial(trials), **common)


@dataclass(frozen=True)
class Method:
    """A way of searching.

    ``rungs(trials, epochs)`` is what it trains for the price of so many trainings in full, and
    ``oracle(points, rungs, common)`` KerasTuner's oracle that hands it out. Of the trials it would
    hand out, ``at_once(rungs, asked)`` may be in training together, ``asked`` being those asked for
    so far.
    """

    rungs: Callable[[int, int], Rungs]
    oracle: Callable[[Sequence[Point], Rungs, Mapping[str, Any]], keras_tuner.Oracle]
    at_once: Callable[[Rungs, int], int] = lambda rungs, asked: sum(r.trials for r in rungs)


METHODS: Mapping[str, Method] = {
    "halving": Method(halving, _from_rungs),
    "design": Method(in_full, _from_rungs),
    "bayesian": Method(
        in_full, _bayesian, lambda rungs, asked: 1 if asked else initial(rungs[0].trials)
    ),
}


def find_method(name: str) -> Method:
    """The way of searching of that name.

    Raises:
        InvalidSearch: there is none.
    """
    if name not in METHODS:
        raise InvalidSearch(f"search {name!r}: allowed are {', '.join(METHODS)}")
    return METHODS[name]
