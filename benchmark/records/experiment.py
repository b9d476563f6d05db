"""What is run, and what comes out: frozen records whose fields are the logged parameters."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any

from gatewise.benchmark.architectures.learning import Learning
from gatewise.benchmark.records.columns import MATCHES, PHASES, SCHEDULES
from gatewise.identity import counted, identity, later

if TYPE_CHECKING:
    from gatewise.tasks.metric import Array, Metric

FIRST_TRIAL_SEED = 1_000_000
"""Tuning trials have seeds from here on, so that none is the seed of a final run."""
NO_GAIN = 0.1
"""The share of the task's margin that a training which has ended gains at most in an epoch."""
SEEDS_APART, TRIALS_APART = 1000, 100_000
"""Between the first seeds, and the first trials' seeds, of one repetition of the search and the
next: no two draw the same, even where both chose the same setting."""


class InvalidExperiment(ValueError):
    """An experiment with a field out of range."""


@dataclass(frozen=True)
class Experiment:
    """Everything that determines one training; two equal ones give equal numbers to the last bit.

    Attributes:
        task, scale: which data, how large.
        architecture: name in the catalogue; ``definition`` is what the name meant, as JSON, so that
            a changed cell is a different experiment.
        match: how widths are made comparable, ``parameters`` (solved from ``budget``), or as that
            of lstm at the budget: ``width``, ``all`` (parameters, those of the readout with them),
            ``state`` (numbers carried from a step to the next) or ``multiplications`` (of a step,
            see :mod:`.multiplications`).
        budget: recurrent parameters.
        learning_rate, clip_norm, dropout, batch_size: what tuning may choose.
        epochs, patience: at most so many passes; stop after ``patience`` in a row without a gain.
        least_gain: by how much more than this the validation score has to become better than at
            the last gain to count as one, in its unit; the weights of the last gain are kept.
        schedule: what becomes of the learning rate, ``constant``, ``halving`` after every pass
            without a gain, ``linear``, from its peak in the first pass towards 0 after the last, or
            ``thirds``, in each pass a third of what it was in the one before.
        seed: of initialisation, data order and dropout.
        learning: how errors go back through time, ``bptt``, ``tbptt-K`` or ``rtrl``; see
            :mod:`.learning`.
        phase: ``final``, or ``tuning`` (the test split is not read).
        repetition: number of the independent search that it belongs to, from 0.
        data_sha256: checksum of the prepared data.
        plugin_sha256: checksum of the source outside this package from which its task or its
            architecture is; empty where both are ours.

    Raises:
        InvalidExperiment: a number is out of range.
        InvalidLearning: ``learning`` names no algorithm.
    """

    task: str
    scale: str
    architecture: str
    definition: str
    budget: int
    epochs: int
    patience: int
    batch_size: int
    learning_rate: float
    clip_norm: float
    dropout: float
    seed: int
    data_sha256: str
    match: str = "parameters"
    learning: str = "bptt"
    phase: str = "final"
    plugin_sha256: str = later("")
    schedule: str = later("constant")
    least_gain: float = later(0.0)
    repetition: int = later(0)

    def __post_init__(self) -> None:
        limits = {
            "budget": (self.budget >= 1, "whole numbers from 1"),
            "epochs": (self.epochs >= 1, "whole numbers from 1"),
            "patience": (self.patience >= 1, "whole numbers from 1"),
            "batch_size": (self.batch_size >= 1, "whole numbers from 1"),
            "learning_rate": (0 < self.learning_rate < math.inf, "numbers above 0"),
            "clip_norm": (self.clip_norm > 0, "numbers above 0"),
            "dropout": (0 <= self.dropout < 1, "numbers from 0 to below 1"),
            "seed": (self.seed >= 0, "whole numbers from 0"),
            "least_gain": (0 <= self.least_gain < math.inf, "numbers from 0"),
            "repetition": (self.repetition >= 0, "whole numbers from 0"),
            "schedule": (self.schedule in SCHEDULES, ", ".join(map(repr, SCHEDULES))),
            "match": (self.match in MATCHES, ", ".join(map(repr, MATCHES))),
            "phase": (self.phase in PHASES, " and ".join(map(repr, PHASES))),
        }
        for name, (valid, allowed) in limits.items():
            if not valid:
                raise InvalidExperiment(f"{name}={getattr(self, name)!r}: allowed are {allowed}")
        Learning.parse(self.learning)

    @property
    def id(self) -> str:
        """A hash of what determines the numbers; see :mod:`gatewise.identity`."""
        return identity(self)

    @property
    def recorded(self) -> dict[str, Any]:
        """Its fields by name, as they are recorded: later ones where they are off their default."""
        return counted(asdict(self), self)

    def rate(self, epoch: int, halvings: int) -> float:
        """The learning rate of a pass, counted from 1, after so many passes without a gain."""
        if self.schedule == "linear":
            return self.learning_rate * (1 - (epoch - 1) / self.epochs)
        if self.schedule == "thirds":
            return self.learning_rate / 3 ** (epoch - 1)
        if self.schedule == "cosine":
            return self.learning_rate * (1 + math.cos(math.pi * (epoch - 1) / self.epochs)) / 2
        return self.learning_rate * (0.5**halvings if self.schedule == "halving" else 1)

    @property
    def title(self) -> str:
        """The experiment in words, as progress and MLflow name it."""
        which = f"seed {self.seed}"
        if self.phase == "tuning":
            which = f"trial {self.seed - FIRST_TRIAL_SEED - self.repetition * TRIALS_APART}"
        if self.repetition:
            which = f"{which} · repetition {self.repetition}"
        match = "" if self.match == "parameters" else f" · matched {MATCHES[self.match]}"
        return f"{self.task} · {self.architecture} · {which}{match}"

    @property
    def group(self) -> Experiment:
        """What experiments that share a compiled step have in common: all that fixes its shapes."""
        return replace(
            self,
            epochs=1,
            patience=1,
            learning_rate=1.0,
            clip_norm=1.0,
            dropout=0.0,
            seed=0,
            phase="final",
            schedule="constant",
            least_gain=0.0,
            repetition=0,
        )


@dataclass(frozen=True)
class Epoch:
    """One row of the learning curve."""

    epoch: int
    step: int
    train_loss: float
    validation_loss: float
    validation_score: float
    seconds: float


@dataclass(frozen=True, eq=False)
class Examples:
    """The primary score of every test example, so that the test sample can be resampled too.

    ``score`` and ``weight`` are ``float32 [examples]``: an example's weighted sum of scores over
    its targets, and the sum of their weights. The test score is ``score.sum() / weight.sum()``.
    """

    score: Array
    weight: Array


@dataclass(frozen=True)
class Result:
    """What one experiment gave; ``curve`` has an entry an epoch, ``test`` further test scores.

    ``made`` is the :func:`.provenance.provenance` of the process that trained it.
    ``examples`` is there where the test split was read; the ledger keeps it in a file of its own.
    """

    status: str
    diverged_step: int | None
    test_score: float | None
    validation_score: float
    validation_loss: float
    best_epoch: int
    epochs_run: int
    steps: int
    units: int
    parameters: int
    parameters_other: int
    budget_note: str
    padded_share: float
    wall_seconds: float
    cpu_seconds: float
    compile_seconds: float
    finished_at: str
    curve: tuple[Epoch, ...]
    test: Mapping[str, float] = field(default_factory=dict)
    made: Mapping[str, str] = field(default_factory=dict)
    examples: Examples | None = field(default=None, compare=False, repr=False)

    def still_gaining(self, metric: Metric, margin: float) -> bool:
        """Whether training ended too early, by its curve.

        Then the last epoch was the one kept, or better than all before it by more than
        :data:`NO_GAIN` of the task's margin. What is perfect has nothing left to gain.
        """
        if self.status == "diverged" or self.validation_score == metric.perfect:
            return False
        sign = 1.0 if metric.higher_is_better else -1.0
        scores = [sign * epoch.validation_score for epoch in self.curve]
        gained = len(scores) > 1 and scores[-1] - max(scores[:-1]) > NO_GAIN * margin
        return gained or self.best_epoch == self.epochs_run

    def solved_step(self, metric: Metric, solved: float) -> int | None:
        """Optimiser steps after which the validation score first reached ``solved``, if it did."""
        sign = 1.0 if metric.higher_is_better else -1.0
        reached = (e.step for e in self.curve if sign * (e.validation_score - solved) >= 0)
        return next(reached, None)

    def to_json(self) -> dict[str, Any]:
        """Plain data, for the ledger; without ``examples``."""
        data = asdict(replace(self, examples=None))
        del data["examples"]
        return data

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Result:
        """The inverse of :meth:`to_json`."""
        curve = tuple(Epoch(**row) for row in data["curve"])
        return cls(**{**data, "curve": curve})
