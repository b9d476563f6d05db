"""N-gram models, the baseline of every task that predicts a next token.

Interpolated Kneser-Ney smoothing (Kneser & Ney 1995; Chen & Goodman 1999, eq. 2.31)::

    p(w | c) = max(n(c w) - D, 0) / n(c .) + D k(c) / n(c .) * p(w | c without its oldest token)

where k(c) is the number of different tokens seen after c and D = n_1 / (n_1 + 2 n_2), n_1 and n_2
the numbers of n-grams seen once and twice. Below the highest order n(c w) counts the different
tokens seen before c w. Below order 1 every token is equally likely.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from gatewise.tasks.task import Array, Baseline, Dataset, Metric, Split


@dataclass(frozen=True)
class _Level:
    """Counts of one order; an n-gram is the number that its ids are the digits of."""

    grams: Array
    counts: Array
    contexts: Array
    totals: Array
    kinds: Array
    discount: float


@dataclass(frozen=True)
class NGrams:
    """A model of tokens after at most ``order - 1`` others; ids are below ``classes``."""

    order: int
    classes: int
    levels: tuple[_Level, ...]

    @classmethod
    def fit(cls, read: Array, targets: Array, weights: Array, order: int, classes: int) -> NGrams:
        """The model of all targets that have weight.

        Args:
            read: ``int [examples, steps]``, the token before each target; the history of a target
                is what stands in its row up to there, behind an endless row of id 0.
            targets, weights: of the same shape.
            order: length of the longest n-gram; ``classes ** order`` must be below 2^63.
            classes: number of ids.
        """
        assert classes**order < 2**63
        grams, counts = np.unique(
            _grams(read, targets, order, classes)[weights > 0], return_counts=True
        )
        levels: list[_Level] = []
        for below in reversed(range(order)):
            contexts, starts = np.unique(grams // classes, return_index=True)
            once, twice = (counts == 1).sum(), (counts == 2).sum()
            levels.append(
                _Level(
                    grams,
                    counts,
                    contexts,
                    totals=np.add.reduceat(counts, starts),
                    kinds=np.diff(np.append(starts, len(grams))),
                    discount=float(once / (once + 2 * twice)) if once else 0.5,
                )
            )
            grams, counts = np.unique(grams % classes**below, return_counts=True)
        return cls(order, classes, tuple(reversed(levels)))

    def probabilities(self, read: Array, targets: Array) -> Array:
        """p of every target, in the targets' shape."""
        grams = _grams(read, targets, self.order, self.classes)
        p = np.full(grams.shape, 1.0 / self.classes)
        for order, level in enumerate(self.levels, 1):
            gram = grams % self.classes**order
            count = _found(level.grams, level.counts, gram)
            context = gram // self.classes
            total = _found(level.contexts, level.totals, context)
            kinds = _found(level.contexts, level.kinds, context)
            kept = np.maximum(count - level.discount, 0.0) + level.discount * kinds * p
            p = np.where(total > 0, kept / np.maximum(total, 1), p)
        return p


def history(split: Split, begin: int | None) -> Array:
    """The token before each target: what is read, or behind ``begin`` what was to be written."""
    if begin is None:
        (read,) = split.inputs.values()
        return read[:]
    first = np.full((len(split), 1), begin, np.int32)
    return np.concatenate([first, split.targets[:, :-1]], axis=1)


def baselines(dataset: Dataset, metric: Metric, orders: Sequence[int]) -> tuple[Baseline, ...]:
    """Nats a token of the bigram model, and of the order that suits the validation split best."""
    train = dataset.train

    def fitted(order: int) -> NGrams:
        read = history(train, dataset.begin)
        return NGrams.fit(read, train.targets, train.weights, order, dataset.classes)

    def nats(model: NGrams, split: Split) -> float:
        p = model.probabilities(history(split, dataset.begin), split.targets)
        return float(-np.average(np.log(p), weights=split.weights))

    best = min(map(fitted, orders), key=lambda model: nats(model, dataset.validation))
    scores = {
        "bigram model": nats(fitted(2), dataset.test),
        "n-gram model (Kneser-Ney)": nats(best, dataset.test),
    }
    return tuple(
        Baseline(name, value, kind)
        for name, score in scores.items()
        for kind, value in {metric.kind: score, **metric.aside(score)}.items()
    )


def _grams(read: Array, targets: Array, order: int, classes: int) -> Array:
    grams: Array = targets.astype(np.int64)
    for back in range(1, order):
        past = np.pad(read, ((0, 0), (back - 1, 0)))[:, : read.shape[1]]
        grams = grams + past * np.int64(classes) ** back
    return grams


def _found(keys: Array, values: Array, wanted: Array) -> Array:
    """The value of each wanted key; 0 where it is not among the sorted keys."""
    at = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
    return np.where(keys[at] == wanted, values[at], 0)
