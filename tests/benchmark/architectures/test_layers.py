"""The one recurrent layer: against Keras's own, compiled, masked, saved, trained."""

from __future__ import annotations

import keras
import numpy as np
import pytest
import tensorflow as tf

from gatewise.benchmark.architectures.catalogue import CATALOGUE, chains
from gatewise.benchmark.architectures.cell import Cell
from gatewise.benchmark.architectures.layers import Recurrent, RecurrentStack
from tests.benchmark.architectures.layout import arrays_of, blocks

BATCH, STEPS, INPUTS, UNITS = 3, 7, 4, 5
CELLS = {a.name: a.cell for a in map(CATALOGUE.get, chains()) if a.layers == a.directions == 1}
# Block order of Keras's kernels in our names.
KERAS_ORDER = {
    "LSTM": ("write", "keep", "candidate", "emit"),
    "GRU": ("keep", "reset", "candidate"),
    "SimpleRNN": ("candidate",),
}


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def random_layer(cell: Cell, rng, **options) -> Recurrent:
    layer = Recurrent(cell, UNITS, **options)
    layer.build((BATCH, STEPS, INPUTS))
    layer.set_weights([rng.normal(size=w.shape) * 0.7 for w in layer.get_weights()])
    return layer


@pytest.mark.parametrize("name", ["lstm", "vanilla", "gru", "FGR", "MUT3", "delays-4", "SRU"])
def test_compiled_and_eager_layers_agree(name, rng):
    layer = random_layer(CELLS[name], rng, return_sequences=True)
    x = tf.constant(rng.normal(size=(BATCH, STEPS, INPUTS)).astype("float32"))

    def run(x):
        with tf.GradientTape() as tape:
            y = layer(x)
            loss = tf.reduce_sum(y * y)
        return y, tape.gradient(loss, [v.value for v in layer.trainable_variables])

    for jit in (False, True):
        compiled = tf.function(run, jit_compile=jit)(x)
        for a, b in zip(tf.nest.flatten(compiled), tf.nest.flatten(run(x)), strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-4)


def keras_twin(kind: str, cell: Cell, rng):
    """A Keras layer and ours, with the same weights."""
    options = {"return_sequences": True}
    theirs = getattr(keras.layers, kind)(UNITS, **options)
    theirs.build((BATCH, STEPS, INPUTS))
    ours = random_layer(cell, rng, return_sequences=True)
    named = blocks(ours.declared, arrays_of(ours))
    kernel, recurrent, bias = (
        np.concatenate([named[f"{role}.{name}"] for name in KERAS_ORDER[kind]], -1)
        for role in ("kernel", "recurrent", "bias")
    )
    if kind == "GRU":
        within = np.zeros_like(bias)
        within[-UNITS:] = named["bias.within_reset"]
        bias = np.stack([bias, within])
    theirs.set_weights([kernel, recurrent, bias])
    return ours, theirs


@pytest.mark.parametrize("masked", [False, True], ids=["full", "masked"])
@pytest.mark.parametrize(
    ("kind", "name"), [("LSTM", "lstm"), ("GRU", "gru-two-biases"), ("SimpleRNN", "vanilla")]
)
def test_equals_the_keras_layer_forward_and_backward(kind, name, masked, rng):
    ours, theirs = keras_twin(kind, CELLS[name], rng)
    x = tf.constant(rng.normal(size=(BATCH, STEPS, INPUTS)).astype("float32"))
    lengths = np.array([7, 3, 1])
    mask = tf.constant(np.arange(STEPS) < lengths[:, None]) if masked else None
    weight = rng.normal(size=(BATCH, STEPS, UNITS)).astype("float32")
    weight *= (np.arange(STEPS) < lengths[:, None])[..., None] if masked else 1

    def run(layer):
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = layer(x, mask=mask)
            loss = tf.reduce_sum(y * weight)
        return y * weight, tape.gradient(loss, x), tape.gradient

    (ours_y, ours_dx, _), (theirs_y, theirs_dx, _) = run(ours), run(theirs)
    np.testing.assert_allclose(ours_y, theirs_y, atol=1e-5)
    np.testing.assert_allclose(ours_dx, theirs_dx, atol=1e-5)


def test_padding_changes_nothing(rng):
    for directions in (1, 2):
        stack = RecurrentStack(CELLS["lstm"], UNITS, layers=2, directions=directions)
        x = rng.normal(size=(BATCH, STEPS, INPUTS)).astype("float32")
        padded = np.concatenate([x, rng.normal(size=x.shape).astype("float32")], 1)
        mask = np.arange(2 * STEPS) < np.full((BATCH, 1), STEPS)
        outputs, states = stack(x)
        long_outputs, long_states = stack(padded, mask=mask)
        np.testing.assert_array_equal(long_outputs[:, :STEPS], outputs)
        for a, b in zip(tf.nest.flatten(states), tf.nest.flatten(long_states), strict=True):
            np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("name", ["lstm", "FGR", "MUT1", "delays-4"])
def test_saves_and_loads_as_a_keras_layer(name, rng, tmp_path):
    layer = random_layer(CELLS[name], rng)
    model = keras.Sequential([keras.Input((STEPS, INPUTS)), layer, keras.layers.Dense(2)])
    x = rng.normal(size=(BATCH, STEPS, INPUTS)).astype("float32")
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras", safe_mode=True)
    np.testing.assert_array_equal(loaded(x), model(x))


def test_trains_inside_keras_fit(rng):
    x = rng.normal(size=(64, STEPS, INPUTS)).astype("float32")
    y = x[:, 0, 0] + x[:, -1, 1]
    model = keras.Sequential([Recurrent(CELLS["lstm"], 16), keras.layers.Dense(1)])
    model.compile(keras.optimizers.Adam(0.02), "mse", jit_compile=True)
    losses = model.fit(x, y, epochs=15, verbose=0).history["loss"]
    assert losses[-1] < 0.3 * losses[0]


def test_equal_blocks_of_different_cells_start_equal():
    """What makes runs of one seed a pair: NFG at a seed is that lstm without its forget gate."""
    layers = {}
    for name in ("lstm", "NFG"):
        layers[name] = Recurrent(CELLS[name], UNITS, seed=3)
        layers[name].build((None, None, INPUTS))
    lstm, nfg = (blocks(layer.declared, arrays_of(layer)) for layer in layers.values())
    assert len(nfg) == 9
    for block, array in nfg.items():
        np.testing.assert_array_equal(lstm[block], array)


@pytest.mark.parametrize("name", chains())
def test_parameter_count_is_that_of_the_built_layer(name):
    entry = CATALOGUE[name]
    stack = RecurrentStack(entry.cell, UNITS, entry.layers, entry.directions)
    stack.build((None, None, INPUTS))
    assert stack.count_params() == entry.parameters(INPUTS, UNITS)


def test_known_parameter_counts():
    """50 units and 2 inputs: 10,600, 7,950 and 2,650."""
    counts = {name: CATALOGUE[name].parameters(2, 50) for name in ("lstm", "gru", "vanilla")}
    assert counts == {"lstm": 10600, "gru": 7950, "vanilla": 2650}


def test_width_below_one_is_refused():
    with pytest.raises(ValueError, match=r"units=0: allowed are whole numbers from 1"):
        Recurrent(CELLS["lstm"], 0)
