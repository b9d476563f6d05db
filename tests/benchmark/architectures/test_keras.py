"""Our layers among Keras's own: its contract, its arguments, its wrappers."""

from __future__ import annotations

import inspect

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras.src.testing import TestCase

from gatewise import GRU, LSTM, Recurrent, RecurrentStack
from gatewise.benchmark.architectures import catalogue
from gatewise.benchmark.architectures.arguments import (
    REFUSED,
    UnsupportedArgument,
    UnsupportedWrapper,
)
from gatewise.benchmark.architectures.learning import UnsupportedLearning

STEPS, INPUTS, UNITS = 5, 3, 4
TAPS = catalogue.find("delays-4").cell


@pytest.fixture
def rng():
    return np.random.default_rng(0)


@pytest.fixture
def contract():
    """Keras's own: serialisation, shapes, symbolic and eager calls, training, mixed precision."""
    case = TestCase()
    case.setUp()
    yield case.run_layer_test
    case.tearDown()


@pytest.mark.filterwarnings("ignore:.shuffle=True. was passed, but")
@pytest.mark.parametrize(
    ("cell", "options", "shape"),
    [
        (LSTM, {}, (2, UNITS)),
        (GRU, {"return_sequences": True, "go_backwards": True}, (2, STEPS, UNITS)),
        (TAPS, {"return_sequences": True}, (2, STEPS, UNITS)),
    ],
)
def test_the_contract_of_keras_holds(contract, cell, options, shape):
    contract(
        Recurrent,
        {"cell": cell, "units": UNITS, **options},
        input_shape=(2, STEPS, INPUTS),
        expected_output_shape=shape,
        expected_num_trainable_weights=len(cell.arrays(INPUTS, UNITS)),
        expected_num_non_trainable_weights=0,
        supports_masking=True,
        custom_objects={"Recurrent": Recurrent},
    )


def theirs():
    """Every argument of Keras's own recurrent layers."""
    layers = (keras.layers.RNN, keras.layers.GRU, keras.layers.LSTM, keras.layers.SimpleRNN)
    names = [n for layer in layers for n in inspect.signature(layer).parameters]
    return sorted(set(names) - {"kwargs", "args", "cell", "units"})


TAKEN = {
    "return_sequences": True,
    "return_state": True,
    "go_backwards": True,
    "seed": 3,
    "activity_regularizer": "l2",
}


@pytest.mark.parametrize("name", theirs())
def test_every_argument_of_theirs_is_taken_or_refused_by_name(name):
    if name in TAKEN:
        assert getattr(Recurrent(LSTM, UNITS, **{name: TAKEN[name]}), name)
        return
    with pytest.raises(UnsupportedArgument, match=rf"Recurrent\({name}=0.5\): "):
        Recurrent(LSTM, UNITS, **{name: 0.5})
    with pytest.raises(UnsupportedArgument, match=rf"RecurrentStack\({name}=0.5\): "):
        RecurrentStack(LSTM, UNITS, **{name: 0.5})


def test_what_asks_for_nothing_is_taken_and_what_nobody_knows_is_not():
    Recurrent(LSTM, UNITS, stateful=False, dropout=0.0, kernel_regularizer=None)
    assert not set(TAKEN) & set(REFUSED)
    with pytest.raises(ValueError, match="unit_cells"):
        Recurrent(LSTM, UNITS, unit_cells=3)


def test_a_layer_around_it_that_would_turn_time_around_is_refused_with_what_to_use():
    with pytest.raises(UnsupportedWrapper, match=r"RecurrentStack\(cell, units, directions=2\)"):
        keras.layers.Bidirectional(Recurrent(LSTM, UNITS, return_sequences=True))


@pytest.mark.parametrize("cell", [LSTM, TAPS], ids=["lstm", "taps"])
def test_any_length_is_read_by_one_model(cell):
    given = keras.Input((None, INPUTS))
    model = keras.Model(given, Recurrent(cell, UNITS, return_sequences=True)(given))
    alone = Recurrent(cell, UNITS, return_sequences=True)
    alone.build((None, None, INPUTS))
    alone.set_weights(model.layers[-1].get_weights())
    for steps in (1, 3, 9):
        x = np.random.default_rng(steps).normal(size=(2, steps, INPUTS)).astype(np.float32)
        assert np.allclose(model.predict(x, verbose=0), alone(x), atol=1e-6)


def test_windows_of_an_unknown_number_of_steps_are_refused():
    layer = Recurrent(LSTM, UNITS, learning="tbptt-2")
    unknown = tf.function(layer, [tf.TensorSpec((2, None, INPUTS))], autograph=False)
    with pytest.raises(UnsupportedLearning, match="windows need a known number of steps"):
        unknown.get_concrete_function()


def test_initial_states_are_those_of_keras(rng):
    x = rng.normal(size=(2, STEPS, INPUTS)).astype(np.float32)
    state = rng.normal(size=(2, UNITS)).astype(np.float32)
    gru, lstm = Recurrent(GRU, UNITS), Recurrent(LSTM, UNITS)
    bare, listed, none = (np.asarray(gru(x, initial_state=s)) for s in (state, [state], None))
    assert np.array_equal(bare, listed)
    assert not np.allclose(bare, none)
    assert lstm(x, initial_state=[state, state]).shape == (2, UNITS)
    with pytest.raises(UnsupportedArgument, match="initial_state of 1 tensors: allowed are 2, of"):
        lstm(x, initial_state=state)


def test_states_go_from_layer_to_layer_in_a_functional_model():
    given, written = keras.Input((None, INPUTS)), keras.Input((None, INPUTS))
    _, *states = Recurrent(LSTM, UNITS, return_state=True)(given)
    read = Recurrent(LSTM, UNITS, return_sequences=True)(written, initial_state=states)
    model = keras.Model([given, written], keras.layers.Dense(1)(read))
    x = np.ones((2, STEPS, INPUTS), np.float32)
    once = model.predict([x, x], verbose=0)
    copy = keras.models.clone_model(model)
    copy.set_weights(model.get_weights())
    assert np.array_equal(copy.predict([x, x], verbose=0), once)


def test_a_mask_goes_on_behind_states():
    """As behind ``keras.layers.GRU``: steps of padding have no part in what comes after."""
    ids = np.array([[1, 2, 0, 0], [3, 1, 2, 1]])
    for layer in (
        Recurrent(GRU, UNITS, return_sequences=True, return_state=True),
        keras.layers.GRU(UNITS, return_sequences=True, return_state=True),
    ):
        embedded = keras.layers.Embedding(5, INPUTS, mask_zero=True)(ids)
        sequences, *states = layer(embedded)
        mask = keras.src.backend.get_keras_mask(sequences)
        assert np.array_equal(mask, ids > 0)
        assert keras.src.backend.get_keras_mask(states[0]) is None


@pytest.mark.parametrize("policy", ["mixed_bfloat16", "mixed_float16"])
def test_fit_takes_masks_sample_weights_and_mixed_precision(policy, tmp_path):
    ids = np.array([[1, 2, 0, 0], [3, 1, 2, 1]] * 8)
    given = keras.Input((None,), dtype="int32")
    read = keras.layers.Embedding(5, INPUTS, mask_zero=True, dtype=policy)(given)
    read = Recurrent(LSTM, UNITS, return_sequences=True, dtype=policy)(read)
    read = keras.layers.TimeDistributed(keras.layers.Dense(2, dtype=policy), dtype=policy)(read)
    model = keras.Model(given, read)
    model.compile("adam", "mse")
    targets, weights = np.zeros((16, 4, 2), np.float32), np.tile([[1.0], [0.0]], (8, 4))
    loss = model.fit(ids, targets, sample_weight=weights, epochs=2, verbose=0).history["loss"]
    assert np.isfinite(loss).all()
    assert read.dtype == policy.removeprefix("mixed_")
    model.save(tmp_path / "m.keras")
    loaded = keras.models.load_model(tmp_path / "m.keras")
    assert np.array_equal(loaded.predict(ids, verbose=0), model.predict(ids, verbose=0))


def test_it_is_distributed_over_time_as_any_layer(rng):
    x = rng.normal(size=(2, 6, STEPS, INPUTS)).astype(np.float32)
    layer = Recurrent(GRU, UNITS)
    wrapped = keras.layers.TimeDistributed(layer)
    found = np.asarray(wrapped(x))
    each = np.stack([np.asarray(layer(x[:, step])) for step in range(6)], axis=1)
    assert np.allclose(found, each, atol=1e-6)
