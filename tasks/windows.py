"""Lookup tables of the last symbols, the baseline of tasks that ask for more than those.

A table of ``k`` symbols answers what most often came in training after the same last ``k``; after
some that never came, what came after the last ``k - 1``.
"""

from __future__ import annotations

import numpy as np

from gatewise.tasks.task import Array, Baseline, Dataset, Split

SIZES = (2, 4, 8)


def baselines(dataset: Dataset) -> tuple[Baseline, ...]:
    """Accuracy of the last symbol, and of as many as suit the validation split best."""
    best = max(SIZES, key=lambda size: accuracy(dataset, dataset.validation, size))
    named = {"last symbol": 1, f"last {best} symbols": best}
    return tuple(
        Baseline(name, accuracy(dataset, dataset.test, size), "accuracy")
        for name, size in named.items()
    )


def accuracy(dataset: Dataset, split: Split, size: int) -> float:
    """Share of a split's targets that the table of the last ``size`` symbols gets right."""
    right = answers(dataset.train, split, size) == split.targets
    return float(np.average(right, weights=split.weights))


def answers(train: Split, split: Split, size: int) -> Array:
    """What the table says at every step of a split, in the targets' shape."""
    symbols = 1 + max(int(read[:].max()) for s in (train, split) for read in s.inputs.values())
    said = np.zeros(split.targets.shape, np.int64)
    for k in range(size + 1):
        scored = train.weights > 0
        windows, targets = _last(train, k, symbols)[scored], train.targets[scored]
        keys, usual = _usual(windows, targets, 1 + int(targets.max()))
        found = _last(split, k, symbols)
        at = np.minimum(np.searchsorted(keys, found), len(keys) - 1)
        said = np.where(keys[at] == found, usual[at], said)
    return said


def _usual(windows: Array, targets: Array, classes: int) -> tuple[Array, Array]:
    """Each window that there is, in rising order, and its most frequent target."""
    pairs, counts = np.unique(windows * classes + targets, return_counts=True)
    keys = pairs // classes
    order = np.lexsort((counts, keys))
    ends = order[np.append(np.diff(keys) > 0, True)]
    return keys[ends], pairs[ends] % classes


def _last(split: Split, size: int, symbols: int) -> Array:
    """The last ``size`` symbols at each step as one number, id 0 before the first."""
    (read,) = split.inputs.values()
    steps = read.shape[1]
    found = np.zeros(read.shape, np.int64)
    for back in reversed(range(size)):
        found = found * symbols + np.pad(read[:], ((0, 0), (back, 0)))[:, :steps]
    return found
