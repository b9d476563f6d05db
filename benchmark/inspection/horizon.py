"""How far back the input still matters.

How much the output at step r changes when the input of step r - k is another example's.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import tensorflow as tf

from gatewise.benchmark.inspection.curves import Curve, curve
from gatewise.benchmark.inspection.examples import Examples
from gatewise.benchmark.records.fields import FORGOTTEN
from gatewise.tasks.task import Array

MOST_LAGS = 48
"""Lags at which the horizon is measured; further apart the further back."""


@dataclass(frozen=True)
class Horizon:
    """How far back the input still matters.

    ``change``: at each of ``lags`` the mean |Δ output| when the input step so far back is another
    example's; None where that changes the input of fewer than half of the examples. ``horizon``:
    the lag from which on it stays below 1% of that at the first; None if it is above to the end.
    """

    lags: list[int]
    change: Curve
    horizon: int | None


def horizon(model: Any, examples: Examples, generator: np.random.Generator) -> Horizon:
    """Swap one input step at a time and see what the output does."""
    inputs, read = examples.batch["inputs"], examples.read
    each = model.every_step if hasattr(model, "every_step") else False
    answer = tf.function(lambda batch: model(batch), autograph=False)
    rest = {k: tf.constant(v) for k, v in examples.batch.items() if k != "inputs"}

    def output(inputs: Mapping[str, Array]) -> Array:
        given = {name: tf.constant(array) for name, array in inputs.items()}
        return np.asarray(examples.at_read(answer({**rest, "inputs": given}), each))

    usual, change = output(inputs), []
    lags = spaced(int(read.max()) + 1, MOST_LAGS)
    order = np.stack([generator.permutation(len(read)) for _ in read])
    for lag in lags:
        swapped, changed = swap(inputs, examples.real, read - lag, order)
        difference = np.abs(output(swapped) - usual)[changed]
        if difference.ndim == 3:
            # What a decoder writes behind the end of the answer is no answer.
            difference = difference[examples.answered[changed]]
        enough = 2 * int(changed.sum()) >= len(read)
        change.append(float(difference.mean()) if enough else math.nan)
    return Horizon(lags, curve(change), reach(lags, change))


def swap(
    inputs: Mapping[str, Array], real: Array, at: Array, order: Array
) -> tuple[dict[str, Array], Array]:
    """Inputs in which step ``at[b]`` of example b is that of another, and which ones changed.

    The other is the first of ``order[b]`` whose input at that step is real and differs; where there
    is none, or ``at`` is negative, nothing changes.
    """
    swapped = {name: array.copy() for name, array in inputs.items()}
    changed = np.zeros(len(at), bool)
    for b, t in enumerate(at.tolist()):
        if t < 0:
            continue
        others = order[b][real[order[b], t]]
        differs = np.zeros(len(others), bool)
        for array in inputs.values():
            differs |= (array[others, t] != array[b, t]).reshape(len(others), -1).any(axis=1)
        if differs.any():
            changed[b] = True
            for name, array in inputs.items():
                swapped[name][b, t] = array[others[differs.argmax()], t]
    return swapped, changed


def spaced(count: int, most: int) -> list[int]:
    """0 to ``count - 1``, or ``most`` of them, evenly spaced on a logarithmic scale."""
    if count <= most:
        return list(range(count))
    # Small lags fall on one whole number; ask for more points until enough are different.
    for points in range(most, 16 * most):
        found = np.unique(np.rint(np.geomspace(1, count, points)).astype(int) - 1)
        if len(found) >= most:
            break
    return [int(lag) for lag in found]


def reach(lags: Sequence[int], change: Sequence[float]) -> int | None:
    """The lag from which on the change stays below 1% of the first that was measured."""
    known = [(lag, c) for lag, c in zip(lags, change, strict=True) if math.isfinite(c)]
    if not known:
        return None
    remembered = [k for k, (_, c) in enumerate(known) if c > FORGOTTEN * known[0][1]]
    after = max(remembered, default=-1) + 1
    return known[after][0] if after < len(known) else None
