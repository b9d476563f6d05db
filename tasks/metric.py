"""What a primary score counts: one mean over targets, so that every target and example has its own.

Scores that are no such mean (BLEU, F1 of entities) stand beside it: their differences between two
architectures could not be paired example by example. See :attr:`.task.Task.answer_scores`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

Array: TypeAlias = "np.ndarray[Any, Any]"


@dataclass(frozen=True)
class Kind:
    """How one target is scored.

    blind:
        ``f(train targets, train weights, test targets, classes)``: the score of every test target
        for the best predictor that never looks at its input.
    """

    higher_is_better: bool
    blind: Callable[[Array, Array, Array, int], Array]


def _most_frequent(train: Array, weights: Array, test: Array, classes: int) -> Array:
    return (test == _counts(train, weights, classes).argmax()).astype(float)


def _frequencies(train: Array, weights: Array, test: Array, classes: int) -> Array:
    raised = _counts(train, weights, classes) + 1
    return -np.log(raised / raised.sum())[test]


def _label_frequencies(train: Array, weights: Array, test: Array, classes: int) -> Array:
    on = (train * weights[..., None]).reshape(-1, classes).sum(axis=0)
    p = (on + 1) / (weights.sum() + 2)
    return -np.where(test > 0, np.log(p), np.log1p(-p)).sum(axis=-1)


def _mean(train: Array, weights: Array, test: Array, classes: int) -> Array:
    return (test - np.average(train, weights=weights)) ** 2


def _counts(targets: Array, weights: Array, classes: int) -> Array:
    return np.bincount(targets.ravel(), weights=weights.ravel(), minlength=classes)


KINDS: Mapping[str, Kind] = {
    "accuracy": Kind(True, _most_frequent),
    "nats": Kind(False, _frequencies),
    "nats of labels": Kind(False, _label_frequencies),
    "squared error": Kind(False, _mean),
}
"""``accuracy`` is 1 for a right answer and 0 for a wrong one; ``nats`` is -log p(target); ``nats of
labels`` is the sum of -log p over labels that are each on or off, of which any number may be on;
``squared error`` is (answer - target)² where the target is a number. Blind predictors answer the
most frequent training target, the training targets' relative frequencies, each count raised by
one (per label: on and off), and their mean."""

ALSO: Mapping[str, Callable[[float], float]] = {
    "bits per character": lambda nats: nats / math.log(2),
    "perplexity": lambda nats: math.exp(min(nats, 700.0)),
}
"""Other names of a mean of nats, in which the literature states it."""


@dataclass(frozen=True)
class Metric:
    """What the primary score counts: the weighted mean over all targets of the ``kind``'s score.

    ``also`` names a function of that mean that is shown beside it, or is empty.

    Raises:
        ValueError: no such kind or no such other name.
    """

    kind: str
    unit: str
    also: str = ""

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"metric kind {self.kind!r}: allowed are {', '.join(KINDS)}")
        if self.also and (self.also not in ALSO or self.kind != "nats"):
            raise ValueError(f"also={self.also!r}: allowed with kind 'nats' are {', '.join(ALSO)}")

    @property
    def higher_is_better(self) -> bool:
        return KINDS[self.kind].higher_is_better

    @property
    def perfect(self) -> float:
        """The score of a predictor that is always right and always sure."""
        return 1.0 if self.higher_is_better else 0.0

    def aside(self, score: float) -> dict[str, float]:
        """The score under its other name, if it has one."""
        return {self.also: ALSO[self.also](score)} if self.also else {}
