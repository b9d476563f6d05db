"""How the gradient falls with the lag, and how it should.

||∂loss/∂h_{r-k}|| at lag k before the step r at which the loss is read, and the same of c; beside
it the geometric rate that the Jacobian of a step predicts (Bengio, Simard & Frasconi 1994). For the
vanilla cell that Jacobian is diag(1 - h²) R.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import tensorflow as tf
from keras import ops

from gatewise.benchmark.architectures.engine.backend import Tensor, Tensors, pullback
from gatewise.benchmark.inspection.curves import Curve, curve
from gatewise.benchmark.inspection.watching import Reading
from gatewise.tasks.task import Array

JACOBIANS = 32


@dataclass(frozen=True)
class Flow:
    """How a gradient falls with the lag.

    ``norms``: at lag 0, 1, ... the geometric mean over examples of ||∂loss/∂s_{r-k}||, as a share
    of that at lag 0; ``examples``: of how many. ``slopes``: of each example the slope of a line
    through its log norms from lag 1 on, and ``rate`` the factor a step that they have in the mean.
    """

    norms: Curve
    examples: list[int]
    slopes: Curve
    rate: float | None


def flow(gradients: Array, read: Array) -> Flow:
    """Decay of ``gradients [T, B, n]`` at lags before the steps ``read [B]``."""
    norms = by_lag(np.linalg.norm(gradients, axis=-1), read)
    with np.errstate(divide="ignore", invalid="ignore"):
        logs = np.log(norms / norms[:, :1])
    logs[~np.isfinite(logs[:, 0])] = np.nan
    known = ~np.isnan(logs)
    slopes = np.array([_slope(row) for row in logs])
    count = known.sum(axis=0)
    enough = 2 * count >= max(count[0], 1)
    total = np.where(known, logs, 0.0).sum(axis=0)
    with np.errstate(invalid="ignore"):
        means = np.exp(total[enough] / count[enough])
    fitted = slopes[np.isfinite(slopes)]
    return Flow(
        norms=curve(means),
        examples=count[enough].tolist(),
        slopes=curve(slopes),
        rate=float(np.exp(fitted.mean())) if fitted.size else None,
    )


def by_lag(values: Array, read: Array) -> Array:
    """``[T, B]`` as ``[B, lags]``: value k of a row is that of k steps before ``read``; NaN before
    the beginning."""
    places = read[:, None] - np.arange(int(read.max()) + 1)
    found = np.take_along_axis(values.T, np.maximum(places, 0), axis=1)
    return np.where(places >= 0, found, np.nan)


def _slope(logs: Array) -> float:
    """Slope of a least-squares line through the finite values from lag 1 on; NaN of under three."""
    lags = np.flatnonzero(np.isfinite(logs))
    lags = lags[lags > 0]
    return float(np.polyfit(lags, logs[lags], 1)[0]) if len(lags) >= 3 else math.nan


@dataclass(frozen=True)
class Predicted:
    """The rates a step that the Jacobian ∂s_t/∂s_{t-1} of the whole state predicts.

    Geometric means over ``samples`` steps of its spectral ``radius``, what a long product falls by
    if all steps were this one, and of its spectral ``norm``, what no product can fall more slowly
    than.
    """

    radius: float
    norm: float
    samples: int


def jacobians(step: Any, z: Tensor, states: Tensors) -> Array:
    """∂s_t/∂s_{t-1} ``[S, N, N]`` of a step at S drives and states of N numbers in all.

    Row i is the gradient of number i of the new state. All rows are one pullback, of each state
    repeated N times.
    """
    sizes = [s.shape[-1] for s in states]
    count, whole = states[0].shape[0], sum(sizes)
    z, *repeated = (ops.repeat(x, whole, axis=0) for x in (z, *states))
    unit = ops.tile(ops.eye(whole, dtype="float64"), (count, 1))
    rows = pullback(lambda *s: step(z, s), repeated, tf.split(unit, sizes, axis=-1))
    return np.asarray(ops.concatenate(rows, axis=-1)).reshape(count, whole, whole)


def predicted(reading: Reading, read: Array, generator: np.random.Generator) -> Predicted | None:
    """Rates from the Jacobians of steps drawn among those between the first and the one read."""
    places = [(t, b) for b, last in enumerate(read.tolist()) for t in range(1, last + 1)]
    if not places:
        return None
    drawn = generator.choice(len(places), min(JACOBIANS, len(places)), replace=False)
    at = [places[k] for k in sorted(drawn.tolist())]
    z = ops.stack([reading.drives[t][b] for t, b in at])
    kinds = range(len(reading.before[0]))
    states = tuple(ops.stack([reading.before[t][k][b] for t, b in at]) for k in kinds)
    found = jacobians(reading.step, z, states)
    radii = np.abs(np.linalg.eigvals(found)).max(axis=-1)
    norms = np.linalg.norm(found, ord=2, axis=(-2, -1))
    with np.errstate(divide="ignore"):
        radius, norm = (float(np.exp(np.log(x).mean())) for x in (radii, norms))
    return Predicted(radius, norm, len(at))
