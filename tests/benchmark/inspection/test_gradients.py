from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import tensorflow as tf

from gatewise.benchmark.architectures.catalogue import LSTM, VANILLA, B, H, X
from gatewise.benchmark.architectures.cells import Gated
from gatewise.benchmark.architectures.gates import OPEN, Gate, linear
from gatewise.benchmark.architectures.layers import Recurrent
from gatewise.benchmark.inspection import gradients
from gatewise.benchmark.inspection.watching import Reading, watched
from tests.benchmark.inspection.kit import BATCH, INPUTS, STEPS, UNITS, inputs, layer_of


def orthogonal(rng, size: int) -> np.ndarray:
    return np.linalg.qr(rng.normal(size=(size, size)))[0]


def read_last(layer: Recurrent, x: tf.Tensor) -> tuple[Reading, np.ndarray]:
    """What passed, and the gradient of the sum of the last outputs with respect to every h."""
    with tf.GradientTape() as tape, watched(layer) as watch:
        loss = tf.reduce_sum(layer(x)[0][:, -1])
    reading = watch.reading
    steps = tape.gradient(loss, [after[0] for after in reading.after])
    return reading, np.stack([np.asarray(g) for g in steps])


def test_gradients_of_the_vanilla_cell_follow_the_chain_rule(rng):
    layer = layer_of(VANILLA, rng)
    reading, found = read_last(layer, inputs(rng))
    recurrent = np.array(layer.arrays["recurrent"], float)
    h = [np.asarray(after[0]) for after in reading.after]
    expected = [np.ones((BATCH, UNITS))]
    for t in reversed(range(1, STEPS)):
        expected.append((expected[-1] * (1 - h[t] ** 2)) @ recurrent.T)
    np.testing.assert_allclose(found, expected[::-1], rtol=1e-6)


@pytest.mark.parametrize("rate", [0.5, 0.9])
def test_a_scaled_orthogonal_recurrence_loses_the_gradient_geometrically(rate, rng):
    layer = layer_of(replace(VANILLA, candidate=linear(X + H + B)), rng)
    layer.arrays["recurrent"].assign(rate * orthogonal(rng, UNITS))
    reading, found = read_last(layer, inputs(rng))
    read = np.full(BATCH, STEPS - 1)
    flow = gradients.flow(found, read)
    assert flow.rate == pytest.approx(rate, rel=1e-5)
    np.testing.assert_allclose(flow.norms, rate ** np.arange(STEPS), rtol=1e-5)
    assert flow.examples == [BATCH] * STEPS
    predicted = gradients.predicted(reading, read, rng)
    assert predicted.radius == pytest.approx(rate, rel=1e-5)
    assert predicted.norm == pytest.approx(rate, rel=1e-5)


def test_double_precision_follows_a_gradient_beyond_the_range_of_single(rng):
    layer = layer_of(replace(VANILLA, candidate=linear(X + H + B)), rng)
    layer.arrays["recurrent"].assign(0.01 * orthogonal(rng, UNITS))
    x = tf.constant(rng.normal(size=(BATCH, 100, INPUTS)).astype("float32"))
    _, found = read_last(layer, x)
    flow = gradients.flow(found, np.full(BATCH, 99))
    assert flow.rate == pytest.approx(0.01, rel=1e-4)
    assert flow.norms[-1] == pytest.approx(0.01**99, rel=0.01)


def test_an_open_memory_loses_nothing(rng):
    """c = c' + write * g with gates that see the input alone: ∂c_t/∂c_{t-1} is the identity."""
    layer = layer_of(Gated(keep=OPEN, write=Gate(X + B), candidate=linear(X + B)), rng)
    with tf.GradientTape() as tape, watched(layer) as watch:
        loss = tf.reduce_sum(layer(inputs(rng))[0][:, -1])
    cells = [after[-1] for after in watch.reading.after]
    found = np.stack([np.asarray(g) for g in tape.gradient(loss, cells)])
    assert gradients.flow(found, np.full(BATCH, STEPS - 1)).rate == pytest.approx(1.0)


def test_jacobians_are_those_of_the_step(rng):
    layer = layer_of(LSTM, rng)
    reading, _ = read_last(layer, inputs(rng))
    z, states = reading.drives[4][:1], tuple(s[:1] for s in reading.before[4])
    (found,) = gradients.jacobians(reading.step, z, states)
    assert found.shape == (2 * UNITS, 2 * UNITS)
    flat, small = np.concatenate([np.asarray(s)[0] for s in states]), 1e-6

    def after(flat):
        parts = tuple(tf.constant(p[None]) for p in np.split(flat, 2))
        return np.concatenate([np.asarray(s)[0] for s in reading.step(z, parts)])

    columns = [
        (after(flat + small * e) - after(flat - small * e)) / (2 * small) for e in np.eye(flat.size)
    ]
    np.testing.assert_allclose(found, np.stack(columns, axis=1), atol=1e-7)


def test_lags_count_back_from_the_step_read():
    values = np.arange(12.0).reshape(4, 3)
    found = gradients.by_lag(values, np.array([3, 1, 0]))
    np.testing.assert_array_equal(found[0], [9, 6, 3, 0])
    np.testing.assert_array_equal(found[1], [4, 1, np.nan, np.nan])
    np.testing.assert_array_equal(found[2], [2, np.nan, np.nan, np.nan])


def test_lags_that_few_examples_reach_are_left_out():
    found = 0.5 ** np.arange(7, -1, -1.0)[:, None, None] * np.ones((8, 4, 2))
    flow = gradients.flow(found, np.array([7, 4, 4, 2]))
    assert flow.examples == [4, 4, 4, 3, 3]
    assert flow.rate == pytest.approx(0.5)
    assert flow.slopes[3] is None
