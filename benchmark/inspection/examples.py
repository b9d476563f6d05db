"""The validation examples that every run on the same data is looked at with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import tensorflow as tf

from gatewise.benchmark.architectures.engine.backend import Tensor
from gatewise.benchmark.training.batches import Batches
from gatewise.tasks.task import Array, Split

EXAMPLES = 64


@dataclass(frozen=True)
class Examples:
    """Fixed validation examples as one batch.

    ``batch`` is what a model takes; ``real [B, T]`` marks the input's steps that are no padding,
    ``answered [B, S]`` those of a decoder's; ``read [B]`` is the step at which the loss is read,
    the last that is answered or, of a whole sequence, the last.
    """

    batch: Mapping[str, Any]
    real: Array
    answered: Array
    read: Array

    @classmethod
    def of(cls, split: Split, every_step: bool, most: int = EXAMPLES) -> Examples:
        """``most`` examples evenly spread over a split."""
        rows = np.linspace(0, len(split) - 1, min(most, len(split))).astype(int)
        chosen = split.take(rows)
        width = int(chosen.steps_needed.max())
        (batch,) = Batches(chosen, len(chosen), (width,)).in_order()
        arrays = batch.arrays
        steps = next(iter(arrays["inputs"].values())).shape[1]
        real = np.arange(steps) < chosen.lengths[:, None]
        weights = arrays["weights"]
        answered = weights > 0 if weights.ndim == 2 else np.ones((len(chosen), 1), bool)
        read = chosen.lengths - 1
        if every_step:
            ends = np.where(answered, np.arange(answered.shape[1]), -1)
            read = np.minimum(ends.max(axis=1), read)
        return cls(arrays, real, answered, np.maximum(read, 0))

    def at_read(self, values: Tensor, every_step: bool) -> Tensor:
        """What counts for each example of ``values [B, S, ...]``: those of the step read."""
        return tf.gather(values, self.read, axis=1, batch_dims=1) if every_step else values
