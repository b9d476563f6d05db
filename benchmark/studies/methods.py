"""Ways of searching: how many trials of what length, and the oracle that hands them out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gatewise.benchmark.studies.rungs import Rungs, halving, in_full, initial
from gatewise.benchmark.studies.space import Point

if TYPE_CHECKING:
    import keras_tuner


class InvalidSearch(ValueError):
    """A way of searching that there is not."""


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
