"""Tuning with equal effort: what is searched costs every architecture the same.

KerasTuner hands out the trials, the validation split judges; the test split is never read. Trials
are trained by the study's engine and recorded in its ledger, which alone says what is done: a
search is played again from there, so that a killed study goes on with the very same proposals
whatever state the KerasTuner project on disk was left in. That project is written for whoever wants
to open it.

Trial 0 is the task's own recipe. The others begin from a design that fills the space, one for each
task and repetition, the same for every architecture. At the end the best two, and the recipe, are
trained again in full, each with a fresh seed, and the best of *these* is chosen: a trial that was
only lucky is not, and what is chosen was never below the recipe.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from gatewise.benchmark.randomness import derive_seed
from gatewise.benchmark.records.experiment import (
    FIRST_TRIAL_SEED,
    TRIALS_APART,
    Experiment,
    Result,
)
from gatewise.benchmark.studies.methods import find_method
from gatewise.benchmark.studies.space import SPACE, TUNED, Point, design

AGAIN = 2
"""How many of the best trials are trained again, beside the recipe."""


def trainings(method: str, trials: int, epochs: int) -> int:
    """How many trainings a search makes at most, those of the end among them.

    Raises:
        InvalidSearch: no such method.
    """
    if not trials:
        return 0
    tried = [rung.trials for rung in find_method(method).rungs(trials, epochs)]
    return sum(tried) + min(AGAIN + 1, tried[0])


Run = tuple[Experiment, Result]


class Search:
    """One search of a task and architecture.

    Args:
        template: the experiment at the task's recipe, whose hyper-parameters are searched; its
            epochs are a trial's most.
        method: a name of :data:`.methods.METHODS`.
        trials: the number of full trainings that trials may cost before the last, again.
        higher_is_better: direction of the validation score.
        folder: the study's folder; the KerasTuner project is
            ``tuner/TASK/ARCHITECTURE/REPETITION`` in it.

    Raises:
        InvalidSearch: no such method.
    """

    def __init__(
        self, template: Experiment, method: str, trials: int, higher_is_better: bool, folder: Path
    ) -> None:
        import keras_tuner

        self.template, self.method = template, find_method(method)
        self.higher_is_better = higher_is_better
        direction = "max" if higher_is_better else "min"
        space = SPACE.hyperparameters()
        seed = derive_seed(template.repetition, "search", template.task)
        common = {
            "objective": keras_tuner.Objective("validation_score", direction),
            "hyperparameters": space,
            "seed": seed,
        }
        self.rungs = rungs = self.method.rungs(trials, template.epochs)
        points = [_point(template), *design(space, rungs[0].trials - 1, seed)]
        self.oracle = self.method.oracle(points, rungs, common)
        self.oracle.verbose = 0
        keras_tuner.engine.base_tuner.BaseTuner(
            self.oracle,
            hypermodel=lambda hp: None,
            directory=str(folder / "tuner" / template.task / template.architecture),
            project_name=str(template.repetition),
            overwrite=True,
        )
        self._trials: dict[str, Any] = {}
        self._running: list[Experiment] = []
        self._told: list[Run] = []
        self._again: list[Run] = []

    def ask(self) -> list[Experiment]:
        """The trials to train next; none once the search is over.

        All of them must be told before more are asked for.
        """
        assert not self._running
        self._running = self._proposed()
        if not self._running and not self._again:
            self._running = self._repeated()
        return list(self._running)

    @property
    def asked(self) -> set[str]:
        """Ids of the trials that were asked for and not told yet."""
        return {experiment.id for experiment in self._running}

    def _proposed(self) -> list[Experiment]:
        """What the oracle hands out next."""
        proposed: list[Experiment] = []
        for _ in range(self.method.at_once(self.rungs, len(self._told))):
            number = len(self._told) + len(proposed)
            trial = self.oracle.create_trial(f"trial {number}")
            if trial.status != "RUNNING":
                break
            proposed.append(self._trial(trial.hyperparameters.values, number))
            self._trials[proposed[-1].id] = trial
        return proposed

    def _repeated(self) -> list[Experiment]:
        """The best points, of those that were trained longest, and the recipe: with fresh seeds."""
        ranked = sorted(self._ranked(self._told), key=lambda run: -run[0].epochs)
        points = _distinct([_point(trial) for trial, _ in ranked])[:AGAIN]
        points = _distinct([*points, _point(self.template)])
        return [self._trial(point, len(self._told) + n) for n, point in enumerate(points)]

    def tell(self, result_of: Callable[[str], Result]) -> None:
        """Hand in the results of all trials asked for; ``result_of`` takes an experiment's id."""
        for experiment in self._running:
            result = result_of(experiment.id)
            trial = self._trials.get(experiment.id)
            if trial is None:
                self._again.append((experiment, result))
                continue
            self.oracle.update_trial(trial.trial_id, {"validation_score": result.validation_score})
            trial.status = "COMPLETED"
            self.oracle.end_trial(trial)
            self._told.append((experiment, result))
        self._running = []

    @property
    def best(self) -> Experiment:
        """What is chosen once the search is over: the best of what was trained again."""
        return self._ranked(self._again)[0][0]

    def _ranked(self, runs: list[Run]) -> list[Run]:
        """By validation score, the best first, those that finished before those that diverged."""
        sign = 1.0 if self.higher_is_better else -1.0
        return sorted(
            runs, key=lambda run: (run[1].status != "finished", -sign * run[1].validation_score)
        )

    def _trial(self, values: Mapping[str, Any], number: int) -> Experiment:
        return replace(
            self.template,
            **{name: values[name] for name in TUNED},
            epochs=values.get("tuner/epochs", self.template.epochs),
            phase="tuning",
            seed=FIRST_TRIAL_SEED + self.template.repetition * TRIALS_APART + number,
        )


def _point(experiment: Experiment) -> Point:
    return {name: getattr(experiment, name) for name in TUNED}


def _distinct(points: list[Point]) -> list[Point]:
    return [point for n, point in enumerate(points) if point not in points[:n]]
