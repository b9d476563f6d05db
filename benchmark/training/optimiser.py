"""Adam, and embeddings of which a step updates the rows that its batch names.

Of a large vocabulary a batch names few tokens, and to move the others by what is left of their
momentum costs more than all the rest of a step's update (``docs/engine.md``).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
import tensorflow as tf
from keras import ops


class RowAdam(keras.optimizers.Adam):
    """Adam (Kingma & Ba 2015) that moves the rows of a table only when they have a gradient.

    Adam's momentum spreads a gradient over the steps after it, 9 parts in 10 of it, in which a rare
    row is not named again. So a row has none, and a gradient moves it at once by as much as Adam,
    after the first hundred steps, moves it in all: before that Adam's correction for its start
    moves it further, six times as far at the first. Its second moment is Adam's, and decays as if
    gradients in between were zero::

        v ← β₂ᵏ v + (1 - β₂) g²        k: steps since the row was last named
        w ← w - rate √(1 - β₂ᵗ) g / (√v + ε)

    Every other variable is updated as :class:`keras.optimizers.Adam` does. Steps have to be
    compiled by XLA: indices past a table's end are dropped there.

    Args:
        by_row: the variables ``[rows, width]`` that are updated by row.
    """

    def __init__(self, by_row: Sequence[keras.Variable]) -> None:
        super().__init__(1.0)
        self._rows = {variable.path: variable.shape[0] for variable in by_row}

    def build(self, variables: Sequence[keras.Variable]) -> None:
        """Moments of all variables, and the step at which each row was last named, 0 for never."""
        super().build(variables)
        self._named = {
            self._get_variable_index(variable): self.add_variable(
                (self._rows[variable.path],), dtype="int32", name="named"
            )
            for variable in variables
            if variable.path in self._rows
        }

    def apply_clipped(
        self, gradients: Sequence[Any], variables: Sequence[keras.Variable], norm: tf.Tensor
    ) -> None:
        """Take a step by gradients as a tape gives them, scaled to at most a norm of all."""
        found = [
            _once_a_row(gradient, self._rows[variable.path])
            if variable.path in self._rows
            else tf.convert_to_tensor(gradient)
            for gradient, variable in zip(gradients, variables, strict=True)
        ]
        whole = ops.sqrt(sum(ops.sum(ops.square(_values(g))) for g in found))
        scale = ops.minimum(1.0, norm / (whole + 1e-12))
        self.apply([_scaled(g, scale) for g in found], variables)

    def update_step(self, gradient: Any, variable: Any, learning_rate: Any) -> None:
        """One variable's part of a step."""
        if not isinstance(gradient, tf.IndexedSlices):
            super().update_step(gradient, variable, learning_rate)
            return
        index, rows, g = self._get_variable_index(variable), gradient.indices, gradient.values
        velocity, named = self._velocities[index].value, self._named[index].value
        now = tf.cast(self.iterations.value, tf.int32) + 1
        steps, ago = (tf.cast(n, tf.float32) for n in (now, now - tf.gather(named, rows)))
        v = self.beta_2 ** ago[:, None] * tf.gather(velocity, rows) + (1 - self.beta_2) * g**2
        rate = learning_rate * ops.sqrt(1 - self.beta_2**steps)
        moved = tf.gather(variable, rows) - rate * g / (ops.sqrt(v) + self.epsilon)
        velocity.scatter_update(tf.IndexedSlices(v, rows))
        variable.scatter_update(tf.IndexedSlices(moved, rows))
        named.scatter_update(tf.IndexedSlices(tf.fill(tf.shape(rows), now), rows))


def _once_a_row(gradient: tf.IndexedSlices, rows: int) -> tf.IndexedSlices:
    """The same gradient of a table of so many rows, with one entry a row.

    The first entry of a row holds their sum. Further ones have zeros, and an index past the end.
    """
    entries = tf.range(tf.shape(gradient.indices)[0])
    nowhere = tf.fill([rows], tf.int32.max)
    firsts = tf.tensor_scatter_nd_min(nowhere, gradient.indices[:, None], entries)
    first = tf.gather(firsts, gradient.indices)
    summed = tf.math.unsorted_segment_sum(gradient.values, first, tf.size(entries))
    return tf.IndexedSlices(summed, tf.where(first == entries, gradient.indices, rows))


def _values(gradient: Any) -> tf.Tensor:
    return gradient.values if isinstance(gradient, tf.IndexedSlices) else gradient


def _scaled(gradient: Any, scale: tf.Tensor) -> Any:
    if isinstance(gradient, tf.IndexedSlices):
        return tf.IndexedSlices(gradient.values * scale, gradient.indices)
    return gradient * scale
