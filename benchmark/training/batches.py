"""Batches of similar length, so that little of what is computed is padding."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from gatewise.tasks.task import Array, Split


@dataclass(frozen=True)
class Batch:
    """Arrays of one batch as the model takes them, and the rows of the split that they are."""

    arrays: dict[str, Any]
    rows: Array
    """Row numbers; a batch that is not full ends in examples of weight 0 that have none here."""


class Batches:
    """A split cut into batches of ``size``, each of one length bucket.

    Args:
        split: the examples.
        size: examples a batch; the last batch of a bucket is filled up with weightless ones, so
            that there is one compiled shape for each bucket.
        bounds: the longest example of each bucket, rising; see :func:`bucket_bounds`.
    """

    def __init__(self, split: Split, size: int, bounds: Sequence[int]) -> None:
        self.split = split
        self.size = size
        self.bounds = bounds
        bucket = np.searchsorted(bounds, split.steps_needed)
        self._buckets = [np.flatnonzero(bucket == k) for k in range(len(bounds))]
        self._ragged = len(bounds) > 1 or bool((split.lengths != split.lengths.max()).any())
        computed = sum(n * len(r) for n, r in zip(bounds, self._buckets, strict=True))
        self.padded_share = 1.0 - float(split.steps_needed.sum()) / computed

    def in_order(self) -> Iterator[Batch]:
        """Every example once, for evaluation."""
        for bucket, rows in enumerate(self._buckets):
            for start in range(0, len(rows), self.size):
                yield self._batch(bucket, rows[start : start + self.size])

    def shuffled(self, generator: np.random.Generator) -> Iterator[Batch]:
        """Every example once, in an order that only the generator decides."""
        cuts: list[tuple[int, Array]] = []
        for bucket, rows in enumerate(self._buckets):
            order = generator.permutation(rows)
            cuts += [
                (bucket, order[start : start + self.size])
                for start in range(0, len(order), self.size)
            ]
        for index in generator.permutation(len(cuts)):
            yield self._batch(*cuts[index])

    def shaped(self, bucket: int) -> Batch:
        """A batch as those of the bucket are, whatever is in it."""
        return self._batch(bucket, np.zeros(1, int))

    def _batch(self, bucket: int, rows: Array) -> Batch:
        missing = self.size - len(rows)
        filled = np.concatenate([rows, np.full(missing, rows[0])]) if missing else rows
        split, steps = self.split, self.bounds[bucket]
        targets, weights = split.targets[filled], split.weights[filled]
        if weights.ndim == 2:
            targets, weights = targets[:, :steps], weights[:, :steps]
        if missing:
            weights = weights.copy()
            weights[len(rows) :] = 0.0
        arrays: dict[str, Any] = {
            "inputs": {name: array[filled, :steps] for name, array in split.inputs.items()},
            "targets": targets,
            "weights": weights,
        }
        if split.parents is not None:
            arrays["parents"] = split.parents[filled, :steps]
        if self._ragged:
            arrays["lengths"] = split.lengths[filled]
        return Batch(arrays, rows)


def bucket_bounds(split: Split, buckets: int) -> tuple[int, ...]:
    """The bounds of at most ``buckets`` length buckets that leave the fewest padded steps.

    The last one is the width of the split's arrays, so that the bounds of a training split hold
    every example of the other splits.
    """
    widest = max(array.shape[1] for array in split.inputs.values())
    if split.weights.ndim == 2:
        widest = max(widest, split.targets.shape[1])
    lengths, counts = np.unique(split.steps_needed, return_counts=True)
    lengths[-1] = widest
    below = np.concatenate([[0], np.cumsum(counts)])
    # cost[k, j]: fewest computed steps for the j shortest lengths in at most k buckets.
    cost = np.full((buckets + 1, len(lengths) + 1), np.inf)
    cut = np.zeros((buckets + 1, len(lengths) + 1), int)
    cost[:, 0] = 0
    for k in range(1, buckets + 1):
        for j in range(1, len(lengths) + 1):
            options = cost[k - 1, :j] + (below[j] - below[:j]) * lengths[j - 1]
            cut[k, j] = int(options.argmin())
            cost[k, j] = options[cut[k, j]]
    bounds, j = [], len(lengths)
    for k in range(buckets, 0, -1):
        if j > 0:
            bounds.append(int(lengths[j - 1]))
        j = cut[k, j]
    return tuple(reversed(bounds))
