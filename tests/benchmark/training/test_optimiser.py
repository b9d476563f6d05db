from __future__ import annotations

import keras
import numpy as np
import pytest
import tensorflow as tf

from gatewise.benchmark.training.optimiser import RowAdam

ROWS, WIDTH, RATE, NORM = 11, 3, 0.1, 0.7


class Net:
    """A table and a matrix; the loss is a sum of their products over the tokens of a batch."""

    def __init__(self, by_row: bool) -> None:
        start = np.random.default_rng(1).normal(size=(ROWS, WIDTH)).astype(np.float32)
        self.table = keras.Variable(start, name="table")
        self.matrix = keras.Variable(np.ones((WIDTH, 2), np.float32), name="matrix")
        self.variables = [self.table, self.matrix]
        self.optimizer = RowAdam([self.table] if by_row else [])
        self.optimizer.build(self.variables)
        self.optimizer.learning_rate = RATE
        self.step = tf.function(self._step, jit_compile=True, autograph=False)

    def _step(self, tokens: tf.Tensor, weights: tf.Tensor) -> None:
        with tf.GradientTape() as tape:
            read = tf.gather(self.table.value, tokens) @ self.matrix.value
            loss = tf.reduce_sum(read * weights[:, None])
        gradients = tape.gradient(loss, [v.value for v in self.variables])
        self.optimizer.apply_clipped(gradients, self.variables, tf.constant(NORM))


def batches(most: int, count: int = 9) -> list[tuple[np.ndarray, np.ndarray]]:
    rng = np.random.default_rng(0)
    return [
        (rng.integers(0, most, 8).astype(np.int32), rng.normal(size=8).astype(np.float32))
        for _ in range(count)
    ]


def told_row_by_row(found: list[tuple[np.ndarray, np.ndarray]]) -> tuple[np.ndarray, np.ndarray]:
    """The same training in NumPy, a row at a time, from the equations of the docstring."""
    net = Net(by_row=False)
    table, matrix = (np.array(v, np.float64) for v in (net.table, net.matrix))
    v, last = np.zeros_like(table), np.zeros(ROWS)
    mm, vm = np.zeros_like(matrix), np.zeros_like(matrix)
    for t, (tokens, weights) in enumerate(found, start=1):
        g = np.zeros_like(table)
        for token, weight in zip(tokens, weights, strict=True):
            g[token] += weight * matrix.sum(axis=1)
        of_matrix = np.repeat((weights @ table[tokens])[:, None], 2, axis=1)
        norm = np.sqrt((g**2).sum() + (of_matrix**2).sum())
        scale = min(1.0, NORM / norm)
        rate = RATE * np.sqrt(1 - 0.999**t)
        for row in set(tokens):
            v[row] = 0.999 ** (t - last[row]) * v[row] + 0.001 * (scale * g[row]) ** 2
            table[row] -= rate * scale * g[row] / (np.sqrt(v[row]) + 1e-7)
            last[row] = t
        mm = 0.9 * mm + 0.1 * scale * of_matrix
        vm = 0.999 * vm + 0.001 * (scale * of_matrix) ** 2
        matrix -= rate / (1 - 0.9**t) * mm / (np.sqrt(vm) + 1e-7)
    return table, matrix


def test_a_step_is_that_of_the_equations():
    found, net = batches(ROWS), Net(by_row=True)
    for batch in found:
        net.step(*batch)
    table, matrix = told_row_by_row(found)
    np.testing.assert_allclose(np.array(net.table), table, rtol=2e-4, atol=2e-5)
    np.testing.assert_allclose(np.array(net.matrix), matrix, rtol=2e-4, atol=2e-5)


def test_rows_that_no_batch_names_stay_to_the_last_bit():
    net = Net(by_row=True)
    before = np.array(net.table)
    for batch in batches(4):
        net.step(*batch)
    assert (np.array(net.table)[4:] == before[4:]).all()
    assert (np.array(net.table)[:4] != before[:4]).all()


def test_a_row_that_is_named_once_ends_where_adam_brings_it():
    """At once, where Adam takes a hundred steps; late in training, when moments are settled."""
    both = Net(by_row=True), Net(by_row=False)
    before = np.array(both[0].table)[0]
    for net in both:
        net.optimizer.iterations.assign(10_000)
        for step in range(100):
            net.step(np.array([min(step, 1)], np.int32), np.ones(1, np.float32))
            if step == 0:
                first = np.array(net.table)[0]
    ours, adams = (np.array(net.table)[0] - before for net in both)
    np.testing.assert_allclose(ours, adams, rtol=0.01)
    assert (abs(first - before) < abs(adams) / 9).all()


@pytest.mark.parametrize("by_row", [True, False])
def test_what_is_not_by_row_is_kerass_adam_with_its_clipped_gradients(by_row):
    """Of the matrix, whose gradient is clipped by the norm of both."""
    net, (batch, *_) = Net(by_row), batches(ROWS)
    peer = Net(by_row=False)
    adam = keras.optimizers.Adam(RATE, global_clipnorm=NORM)
    adam.build(peer.variables)
    with tf.GradientTape() as tape:
        read = tf.gather(peer.table.value, batch[0]) @ peer.matrix.value
        loss = tf.reduce_sum(read * batch[1][:, None])
    gradients = tape.gradient(loss, [v.value for v in peer.variables])
    adam.apply([tf.convert_to_tensor(g) for g in gradients], peer.variables)
    net.step(*batch)
    np.testing.assert_allclose(np.array(net.matrix), np.array(peer.matrix), rtol=1e-4)
    np.testing.assert_allclose(np.array(net.table), np.array(peer.table), rtol=1e-3, atol=1e-5)
