"""KerasTuner's oracles, begun from points that are given: the task's recipe, then a design."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from itertools import accumulate
from typing import Any

import keras_tuner
from keras_tuner.engine.trial import Trial, TrialStatus
from sklearn.exceptions import ConvergenceWarning

from gatewise.benchmark.studies.rungs import Rungs
from gatewise.benchmark.studies.space import Point


class RungsOracle(keras_tuner.Oracle):
    """Successive halving over the points; with a single rung, the points alone.

    A trial's ``tuner/epochs``, as in KerasTuner's Hyperband, are those of its rung.

    Args:
        points: as many as the first rung has trials.
        rungs: how many trials of which length; see :class:`.rungs.Rung`.
        common: what every oracle of KerasTuner takes.
    """

    def __init__(self, points: Sequence[Point], rungs: Rungs, **common: Any) -> None:
        super().__init__(max_trials=sum(rung.trials for rung in rungs), **common)
        self._points, self._rungs = points, rungs
        self._starts = (0, *accumulate(rung.trials for rung in rungs))

    def populate_space(self, trial_id: str) -> dict[str, Any]:
        """The next trial; idle until all of the rung below have ended."""
        number = int(trial_id)
        rung = sum(start <= number for start in self._starts) - 1
        below = self._trials_of(rung - 1) if rung else []
        if any(trial.status == TrialStatus.RUNNING for trial in below):
            return {"status": TrialStatus.IDLE}
        place = number - self._starts[rung]
        point = self._best(below)[place] if rung else self._points[place]
        values = {**point, "tuner/epochs": self._rungs[rung].epochs}
        return {"status": TrialStatus.RUNNING, "values": values}

    def _trials_of(self, rung: int) -> list[Trial]:
        ids = self.start_order[self._starts[rung] : self._starts[rung + 1]]
        return [self.trials[id] for id in ids]

    def _best(self, trials: Sequence[Trial]) -> list[Point]:
        """Their points, the best first, and of equals the first."""
        sign = 1.0 if self.objective.direction == "max" else -1.0
        ranked = sorted(trials, key=lambda trial: -sign * trial.score)
        return [dict(trial.hyperparameters.values) for trial in ranked]


class BayesianOracle(keras_tuner.oracles.BayesianOptimizationOracle):
    """A Gaussian process that has seen the first of the points.

    Args:
        points: at least as many as are asked for before the process is.
        common: what KerasTuner's own takes.
    """

    def __init__(self, points: Sequence[Point], **common: Any) -> None:
        super().__init__(**common)
        self._points = points

    def populate_space(self, trial_id: str) -> dict[str, Any]:
        """The next trial; that few points leave a length scale open is no news."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            proposed: dict[str, Any] = super().populate_space(trial_id)
        return proposed

    def _random_values(self) -> Point:
        return dict(self._points[len(self.trials)])
