"""Tuning with equal effort: as many trials from the same space for every architecture.

KerasTuner proposes, the validation split judges; the test split is never read. Trials are trained
by the study's engine and recorded in its ledger, which alone says what is done: a search is played
again from there, so that a killed study goes on with the very same proposals whatever state the
KerasTuner project on disk was left in. That project is written for whoever wants to open it.

Under random search the k-th trial has the same settings and the same seed for every architecture.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gatewise.benchmark.records.experiment import FIRST_TRIAL_SEED, Experiment, Result

if TYPE_CHECKING:
    import keras_tuner

ORACLE_SEED = 1
HALVING = 3
"""Hyperband keeps one trial in so many."""


class InvalidSearch(ValueError):
    """A way of searching that there is not."""


@dataclass(frozen=True)
class Space:
    """What is tuned, from and to; width follows from the parameter budget.

    Attributes:
        learning_rate, clip_norm: drawn log-uniformly.
        dropout: drawn uniformly.
        batch_size: one of these.
    """

    learning_rate: tuple[float, float] = (3e-4, 3e-2)
    clip_norm: tuple[float, float] = (0.25, 4.0)
    dropout: tuple[float, float] = (0.0, 0.5)
    batch_size: tuple[int, ...] = (16, 32, 64)

    def hyperparameters(self) -> keras_tuner.HyperParameters:
        """The space in KerasTuner's terms."""
        import keras_tuner

        space = keras_tuner.HyperParameters()
        for name, sampling in (
            ("learning_rate", "log"),
            ("clip_norm", "log"),
            ("dropout", "linear"),
        ):
            space.Float(name, *getattr(self, name), sampling=sampling)
        space.Choice("batch_size", list(self.batch_size))
        return space


SPACE = Space()


@dataclass(frozen=True)
class Setting:
    """What a search chose for an architecture on a task; see :class:`Space`."""

    task: str
    architecture: str
    learning_rate: float
    clip_norm: float
    dropout: float
    batch_size: int

    @property
    def chosen(self) -> dict[str, float | int]:
        """The point of the space."""
        return {name: getattr(self, name) for name in asdict(SPACE)}


class InvalidSettings(ValueError):
    """A table of settings that cannot be read."""


def read_settings(path: Path) -> tuple[Setting, ...]:
    """The ``settings.csv`` that a study left, to start another one from.

    Where a setting served two ways of matching it stands there twice; the first counts.

    Raises:
        InvalidSettings: no such file, a column is missing, or a value is no number.
    """
    found: dict[tuple[str, str], Setting] = {}
    try:
        with path.open(newline="", encoding="utf-8") as file:
            for line, row in enumerate(csv.DictReader(file), 2):
                setting = _setting(row, f"{str(path)!r}, line {line}")
                found.setdefault((setting.task, setting.architecture), setting)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InvalidSettings(
            f"settings {str(path)!r}: {error}; allowed is the settings.csv of a study"
        ) from None
    return tuple(found.values())


def _setting(row: Mapping[str, str | None], place: str) -> Setting:
    kinds = {"batch_size": int, "task": str, "architecture": str}
    values: dict[str, Any] = {}
    for field in fields(Setting):
        kind = kinds.get(field.name, float)
        text = row.get(field.name) or ""
        try:
            values[field.name] = kind(text)
        except ValueError:
            text = ""
        if not text:
            raise InvalidSettings(
                f"{place}: {field.name}={row.get(field.name)!r}: allowed is "
                f"{NOUNS[kind]}, as in the settings.csv of a study"
            )
    return Setting(**values)


NOUNS = {str: "a name", float: "a number", int: "a whole number"}


@dataclass(frozen=True)
class Method:
    """A way of searching.

    ``oracle(common, trials, epochs)`` makes KerasTuner's oracle; of the trials it would hand out,
    ``at_once(trials, asked)`` may be in training together, ``asked`` being those asked for so far.
    """

    oracle: Callable[[dict[str, Any], int, int], keras_tuner.Oracle]
    at_once: Callable[[int, int], int]


def _random(common: dict[str, Any], trials: int, epochs: int) -> keras_tuner.Oracle:
    from keras_tuner.oracles import RandomSearchOracle

    return RandomSearchOracle(max_trials=trials, **common)


def _initial(trials: int) -> int:
    """Random trials before the Gaussian process is asked."""
    return max(2, trials // 3)


def _bayesian(common: dict[str, Any], trials: int, epochs: int) -> keras_tuner.Oracle:
    from keras_tuner.oracles import BayesianOptimizationOracle

    first = _initial(trials)
    return BayesianOptimizationOracle(max_trials=trials, num_initial_points=first, **common)


def _hyperband(common: dict[str, Any], trials: int, epochs: int) -> keras_tuner.Oracle:
    """As many rounds of Hyperband as cost most nearly ``trials`` full trainings.

    KerasTuner's Hyperband goes on with a trial that survives a round; here it is trained again from
    its start, because no weights are kept.
    """
    from keras_tuner.oracles import HyperbandOracle

    def oracle(iterations: int) -> keras_tuner.Oracle:
        return HyperbandOracle(
            max_epochs=epochs, factor=HALVING, hyperband_iterations=iterations, **common
        )

    one = oracle(1)
    brackets = one._get_num_brackets()
    cost = sum(
        one._get_size(bracket, round_) * one._get_epochs(bracket, round_)
        for bracket in range(brackets)
        for round_ in range(bracket + 1)
    )
    return oracle(max(1, round(trials * epochs / cost)))


METHODS: Mapping[str, Method] = {
    "random": Method(_random, lambda trials, asked: trials),
    "bayesian": Method(_bayesian, lambda trials, asked: 1 if asked else _initial(trials)),
    "hyperband": Method(_hyperband, lambda trials, asked: trials),
}


def find_method(name: str) -> Method:
    """The way of searching of that name.

    Raises:
        InvalidSearch: there is none.
    """
    if name not in METHODS:
        raise InvalidSearch(f"search {name!r}: allowed are {', '.join(METHODS)}")
    return METHODS[name]


class Search:
    """The search of one task and architecture.

    Args:
        template: the experiment whose hyper-parameters are searched; its epochs are a trial's most.
        method: a name of :data:`METHODS`.
        trials: how many; for Hyperband the number of full trainings that its rounds may cost.
        higher_is_better: direction of the validation score.
        folder: the study's folder; the KerasTuner project is ``tuner/TASK/ARCHITECTURE`` in it.

    Raises:
        InvalidSearch: no such method.
    """

    def __init__(
        self, template: Experiment, method: str, trials: int, higher_is_better: bool, folder: Path
    ) -> None:
        import keras_tuner

        self.template, self.method, self.trials = template, find_method(method), trials
        self.higher_is_better = higher_is_better
        direction = "max" if higher_is_better else "min"
        common = {
            "objective": keras_tuner.Objective("validation_score", direction),
            "hyperparameters": SPACE.hyperparameters(),
            "seed": ORACLE_SEED,
        }
        self.oracle = self.method.oracle(common, trials, template.epochs)
        self.oracle.verbose = 0
        keras_tuner.engine.base_tuner.BaseTuner(
            self.oracle,
            hypermodel=lambda hp: None,
            directory=str(folder / "tuner" / template.task),
            project_name=template.architecture,
            overwrite=True,
        )
        self._running: dict[str, Any] = {}
        self._told: list[tuple[Experiment, Result]] = []
        self._asked = 0

    def ask(self) -> list[Experiment]:
        """The trials to train next, by batch size; none once the search is over.

        All of them must be told before more are asked for.
        """
        assert not self._running
        for _ in range(self.method.at_once(self.trials, self._asked)):
            trial = self.oracle.create_trial(f"trial {self._asked}")
            if trial.status != "RUNNING":
                break
            experiment = self._experiment(trial.hyperparameters.values)
            self._running[experiment.id] = trial, experiment
            self._asked += 1
        experiments = [experiment for _, experiment in self._running.values()]
        return sorted(experiments, key=lambda e: (e.batch_size, e.seed))

    def tell(self, result_of: Callable[[str], Result]) -> None:
        """Hand in the results of all trials asked for; ``result_of`` takes an experiment's id."""
        for id, (trial, experiment) in self._running.items():
            result = result_of(id)
            self.oracle.update_trial(trial.trial_id, {"validation_score": result.validation_score})
            trial.status = "COMPLETED"
            self.oracle.end_trial(trial)
            self._told.append((experiment, result))
        self._running.clear()

    @property
    def best(self) -> Experiment:
        """The trial with the best validation score, the first of equals."""
        sign = 1.0 if self.higher_is_better else -1.0
        finished = [t for t in self._told if t[1].status == "finished"] or self._told
        return max(finished, key=lambda told: sign * told[1].validation_score)[0]

    def _experiment(self, values: Mapping[str, Any]) -> Experiment:
        tuned = {name: values[name] for name in asdict(SPACE)}
        return replace(
            self.template,
            **tuned,
            epochs=values.get("tuner/epochs", self.template.epochs),
            phase="tuning",
            seed=FIRST_TRIAL_SEED + self._asked,
        )
