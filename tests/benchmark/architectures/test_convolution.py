"""A cell whose products are convolutions, against Keras's convolutional LSTM."""

from __future__ import annotations

from dataclasses import replace

import keras
import numpy as np
import pytest
import tensorflow as tf

from gatewise import tasks
from gatewise.benchmark.architectures.catalogue import CATALOGUE, LSTM, RESET_BEFORE, X2
from gatewise.benchmark.architectures.cell import Cell, InvalidCell
from gatewise.benchmark.architectures.gates import tanh
from gatewise.benchmark.architectures.layers import Recurrent, RecurrentStack
from gatewise.benchmark.networks.budget import solve_width
from gatewise.benchmark.networks.models import build_model

CONV = CATALOGUE["conv-lstm"]
BATCH, STEPS, ROWS, COLUMNS, CHANNELS, UNITS = 2, 5, 4, 6, 3, 4
# Block order of Keras's kernels: input, forget, candidate, output.
KERAS_ORDER = ("write", "keep", "candidate", "emit")


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def frames(rng, steps: int = STEPS) -> np.ndarray:
    return rng.normal(size=(BATCH, steps, ROWS, COLUMNS, CHANNELS)).astype("float32")


def made(cell: Cell, rng, **options) -> Recurrent:
    layer = Recurrent(cell, UNITS, return_sequences=True, **options)
    layer.build((None, None, ROWS, COLUMNS, CHANNELS))
    layer.set_weights([rng.normal(size=w.shape) * 0.3 for w in layer.get_weights()])
    return layer


def in_keras_order(cell, array) -> np.ndarray:
    blocks = dict(zip(cell.columns("x"), np.split(np.array(array), 4, axis=-1), strict=True))
    return np.concatenate([blocks[name] for name in KERAS_ORDER], axis=-1)


@pytest.mark.parametrize("masked", [False, True], ids=["full", "masked"])
def test_equals_the_keras_layer_forward_and_backward(masked, rng):
    """Outputs and gradients of input and every weight to 1e-5, with copied weights."""
    ours = made(CONV.cell, rng)
    theirs = keras.layers.ConvLSTM2D(UNITS, 3, padding="same", return_sequences=True)
    theirs.build((BATCH, STEPS, ROWS, COLUMNS, CHANNELS))
    copied = (ours.arrays[name] for name in ("kernel", "recurrent", "bias"))
    theirs.set_weights([in_keras_order(CONV.cell, array) for array in copied])
    x = tf.constant(frames(rng))
    mask = np.arange(STEPS) < np.array([[5], [3]]) if masked else None
    errors = rng.normal(size=(BATCH, STEPS, ROWS, COLUMNS, UNITS)).astype("float32") * 0.1
    errors *= 1 if mask is None else mask[..., None, None, None]

    def run(layer):
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = layer(x, mask=mask)
            loss = tf.reduce_sum(y * errors)
        named = {v.name: v.value for v in layer.trainable_variables}
        return y * (errors != 0), tape.gradient(loss, {"x": x, **named})

    (y, gradients), (expected, theirs_gradients) = run(ours), run(theirs)
    np.testing.assert_allclose(y, expected, atol=1e-5)
    np.testing.assert_allclose(gradients["x"], theirs_gradients["x"], atol=1e-5)
    for name, other in (("kernel", "kernel"), ("recurrent", "recurrent_kernel"), ("bias", "bias")):
        found = in_keras_order(CONV.cell, gradients[name])
        np.testing.assert_allclose(found, theirs_gradients[other], rtol=1e-5, atol=1e-5)


def test_one_pixel_windows_are_the_lstm_of_every_pixel(rng):
    """With a window of 1 nothing is seen of the neighbours."""
    convolutional = made(replace(LSTM, window=1), rng)
    flat = Recurrent(CATALOGUE["lstm"].cell, UNITS, return_sequences=True)
    flat.build((None, None, CHANNELS))
    flat.set_weights([w.reshape(w.shape[-2:]) for w in convolutional.get_weights()])
    x = frames(rng)
    pixels = x.transpose(0, 2, 3, 1, 4).reshape(-1, STEPS, CHANNELS)
    expected = np.array(flat(pixels)).reshape(BATCH, ROWS, COLUMNS, STEPS, UNITS)
    np.testing.assert_allclose(convolutional(x), expected.transpose(0, 3, 1, 2, 4), atol=1e-5)


def test_any_cell_can_be_convolutional_and_any_algorithm_but_sensitivities_serves_it(rng):
    layer = made(replace(RESET_BEFORE, window=3), rng, learning="tbptt-5")
    whole = Recurrent(layer.cell, UNITS, return_sequences=True)
    whole.build((None, None, ROWS, COLUMNS, CHANNELS))
    whole.set_weights(layer.get_weights())
    x = frames(rng)
    np.testing.assert_allclose(layer(x), whole(x), atol=1e-6)
    np.testing.assert_allclose(made(layer.cell, rng, learning="tbptt-2")(x).shape, whole(x).shape)
    with pytest.raises(ValueError, match="learning='rtrl' with a cell with"):
        Recurrent(CONV.cell, UNITS, learning="rtrl")


def test_saves_and_loads_as_a_keras_layer(rng, tmp_path):
    shape = (STEPS, ROWS, COLUMNS, CHANNELS)
    model = keras.Sequential([keras.Input(shape), Recurrent(CONV.cell, UNITS)])
    assert model.output_shape == (None, ROWS, COLUMNS, UNITS)
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras", safe_mode=True)
    x = frames(rng)
    np.testing.assert_array_equal(loaded(x), model(x))


def test_count_is_that_of_the_built_layer():
    stack = RecurrentStack(CONV.cell, UNITS)
    stack.build((None, None, CHANNELS))
    assert stack.count_params() == CONV.parameters(CHANNELS, UNITS)
    assert CONV.parameters(CHANNELS, UNITS) == 9 * (CHANNELS + UNITS) * 4 * UNITS + 4 * UNITS


def test_video_is_read_as_patches_and_every_weight_learns():
    task = tasks.find("video")
    dataset = task.load("smoke")
    width = solve_width(dataset, task.pattern, CONV, 2000)
    assert abs(width.reached / 2000 - 1) < 0.2
    model = build_model(dataset, task.pattern, CONV, width.units, seed=0)
    split = dataset.train.take(np.arange(3))
    with tf.GradientTape() as tape:
        logits = model({"inputs": dict(split.inputs)})
        loss = tf.reduce_sum(logits**2)
    assert logits.shape == (*split.targets.shape, dataset.classes)
    gradients = tape.gradient(loss, [v.value for v in model.trainable_variables])
    assert all(float(tf.reduce_sum(g**2)) > 0 for g in gradients)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"window": 2}, "window=2: allowed are 0 and odd"),
        ({"window": 3, "candidate": tanh(X2)}, "last=2 of 'x': allowed is one number"),
    ],
)
def test_windows_without_a_middle_are_refused(fields, message):
    with pytest.raises(InvalidCell, match=message):
        replace(LSTM, **fields)
