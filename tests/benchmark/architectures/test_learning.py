"""Learning algorithms against back-propagation through time, whose gradient is tested elsewhere."""

from __future__ import annotations

import keras
import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

from gatewise.benchmark.architectures.catalogue import CATALOGUE
from gatewise.benchmark.architectures.layers import Recurrent, RecurrentStack
from gatewise.benchmark.architectures.learning import InvalidLearning, Learning, UnsupportedLearning
from gatewise.benchmark.networks.models import build_model

PLAIN = ("vanilla", "residual", "IRNN")


def layer(name: str, units: int, inputs: int, seed: int, **options) -> Recurrent:
    made = Recurrent(
        CATALOGUE[name].cell, units, return_sequences=True, return_state=True, **options
    )
    made.build((None, None, inputs))
    rng = np.random.default_rng(seed)
    scale = 0.8 / np.sqrt(units)
    made.set_weights([rng.normal(size=w.shape) * scale for w in made.get_weights()])
    return made


def problem(batch: int, steps: int, inputs: int, units: int, seed: int, masked: bool):
    """Inputs, mask, errors of every output and of the last state."""
    rng = np.random.default_rng(seed + 1)
    x = rng.normal(size=(batch, steps, inputs)).astype("float32")
    errors = rng.normal(size=(batch, steps, units)).astype("float32")
    last = rng.normal(size=(batch, units)).astype("float32")
    if not masked:
        return x, None, errors, last
    mask = np.arange(steps) < rng.integers(1, steps + 1, (batch, 1))
    return x, mask, errors * mask[..., None], last


def gradients(made: Recurrent, x, mask, errors, last):
    """Outputs; gradient of the weights and of x."""
    given = tf.constant(x)
    with tf.GradientTape() as tape:
        tape.watch(given)
        outputs, state, *_ = made(given, mask=mask)
        loss = tf.reduce_sum(outputs * errors) + tf.reduce_sum(state * last)
    weights = [v.value for v in made.trainable_variables]
    *found, dx = tape.gradient(loss, [*weights, given])
    return outputs, found, dx


@settings(max_examples=12, deadline=None)
@given(
    st.sampled_from(PLAIN),
    st.integers(1, 4),
    st.integers(1, 9),
    st.integers(1, 4),
    st.integers(1, 8),
    st.integers(0, 10_000),
    st.booleans(),
    st.booleans(),
)
def test_sensitivities_give_the_gradient_of_back_propagation(
    name, batch, steps, inputs, units, seed, masked, backwards
):
    """Equal outputs, and the gradient of every weight to 1e-4."""
    given = problem(batch, steps, inputs, units, seed, masked)
    (y, expected, _), (z, found, _) = (
        gradients(layer(name, units, inputs, seed, learning=text, go_backwards=backwards), *given)
        for text in ("bptt", "rtrl")
    )
    np.testing.assert_allclose(z, y, atol=1e-6)
    for a, b in zip(found, expected, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("backwards", [False, True])
def test_what_lies_before_sensitivities_learns_from_the_present_step(backwards):
    """As it does where windows are one step long."""
    given = problem(3, 6, 2, 4, 5, True)
    (*_, expected), (*_, found) = (
        gradients(layer("vanilla", 4, 2, 5, learning=text, go_backwards=backwards), *given)
        for text in ("tbptt-1", "rtrl")
    )
    np.testing.assert_allclose(found, expected, atol=1e-5)


@pytest.mark.parametrize("masked", [False, True], ids=["full", "masked"])
@pytest.mark.parametrize("backwards", [False, True], ids=["forward", "backward"])
@pytest.mark.parametrize(("name", "window"), [("lstm", 1), ("FGR", 3), ("delays-4", 4)])
def test_truncation_stops_the_error_at_the_edges_of_windows(name, window, backwards, masked):
    """Against a loop in Python over windows, each a layer that starts from constant states.

    Where a window is all padding there is nothing to learn from, and the error passes.
    """
    steps, units, inputs = 6, 3, 2
    x, mask, errors, last = problem(4, steps, inputs, units, 7, masked)
    truncated = layer(name, units, inputs, 7, learning=f"tbptt-{window}", go_backwards=backwards)
    outputs, found, dx = gradients(truncated, x, mask, errors, last)
    whole = layer(name, units, inputs, 7, go_backwards=backwards)
    np.testing.assert_allclose(outputs, gradients(whole, x, mask, errors, last)[0], atol=1e-6)

    given = tf.constant(x)
    starts = list(range(0, steps, window))
    with tf.GradientTape() as tape:
        tape.watch(given)
        states, loss = None, 0.0
        for start in reversed(starts) if backwards else starts:
            part = slice(start, start + window)
            real = None if mask is None else mask[:, part]
            cut = np.ones((4, 1), bool) if real is None else real.any(1, keepdims=True)
            if states is not None:
                states = [tf.where(cut, tf.stop_gradient(s), s) for s in states]
            y, *states = whole(given[:, part], initial_state=states, mask=real)
            loss += tf.reduce_sum(y * errors[:, part])
        loss += tf.reduce_sum(states[0] * last)
    *expected, expected_dx = tape.gradient(
        loss, [*(v.value for v in whole.trainable_variables), given]
    )
    for a, b in zip([*found, dx], [*expected, expected_dx], strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("window", [8, 9, 1000])
def test_a_window_of_the_whole_sequence_truncates_nothing(window):
    given = problem(3, 8, 2, 4, 1, True)
    for a, b in zip(
        tf.nest.flatten(gradients(layer("lstm", 4, 2, 1), *given)),
        tf.nest.flatten(gradients(layer("lstm", 4, 2, 1, learning=f"tbptt-{window}"), *given)),
        strict=True,
    ):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("directions", [1, 2])
def test_padding_moves_no_edge(directions):
    x, mask, *_ = problem(3, 8, 2, 4, 2, True)
    longer = np.concatenate([x, np.ones_like(x)], 1), np.concatenate([mask, 0 * mask], 1)
    found = []
    for inputs, real in ((x, mask), longer):
        stack = RecurrentStack(
            CATALOGUE["lstm"].cell, 4, directions=directions, learning="tbptt-3", seed=1
        )
        with tf.GradientTape() as tape:
            _, states = stack(inputs, mask=real)
            loss = tf.reduce_sum(states[-1][0] ** 2)
        found.append(tape.gradient(loss, [v.value for v in stack.trainable_variables]))
    for a, b in zip(*found, strict=True):
        np.testing.assert_allclose(a, b, atol=1e-6)


@pytest.mark.parametrize(("name", "learning"), [("lstm", "tbptt-3"), ("vanilla", "rtrl")])
def test_compiled_and_eager_layers_agree_and_load_again(name, learning, tmp_path):
    made = layer(name, 4, 2, 3, learning=learning)
    given = problem(3, 5, 2, 4, 3, True)
    compiled = tf.function(lambda: gradients(made, *given), jit_compile=True)()
    for a, b in zip(
        tf.nest.flatten(compiled), tf.nest.flatten(gradients(made, *given)), strict=True
    ):
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-4)
    model = keras.Sequential([keras.Input((5, 2)), Recurrent(made.cell, 4, learning=learning)])
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras", safe_mode=True)
    assert str(loaded.layers[-1].learning) == learning
    np.testing.assert_array_equal(loaded(given[0]), model(given[0]))


@pytest.mark.parametrize("text", ["bptt", "tbptt-20", "rtrl"])
def test_a_name_is_read_and_written_alike(text):
    assert str(Learning.parse(text)) == text


@pytest.mark.parametrize("text", ["", "bp", "tbptt", "tbptt-0", "tbptt-x", "tbptt-+3", "bptt-3"])
def test_other_names_are_refused(text):
    with pytest.raises(
        InvalidLearning,
        match=f"learning='{text}': allowed are 'bptt', 'tbptt-K'".replace("+", r"\+"),
    ):
        Learning.parse(text)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"cell": CATALOGUE["lstm"].cell}, "a cell with write, keep, emit: allowed are cells with"),
        ({"cell": CATALOGUE["delays-4"].cell}, "with this cell: allowed are cells without gates"),
        ({"cell": CATALOGUE["TDNN"].cell}, "with this cell: allowed are cells without gates"),
        ({"units": 65}, "units=65: allowed are 1 to 64"),
        ({"layers": 2}, "layers=2: allowed is 1"),
        ({"decodes": True}, "encoder-decoder: allowed are tasks that answer"),
    ],
)
def test_sensitivities_serve_no_more_than_they_can(options, message):
    given = {"cell": CATALOGUE["vanilla"].cell, **options}
    with pytest.raises(UnsupportedLearning, match=message):
        Learning.parse("rtrl").require(**given)
    Learning.parse("tbptt-5").require(**given)


def test_model_is_built_with_the_algorithm_it_is_given():
    from gatewise import tasks

    task = tasks.find("adding-25")
    model = build_model(task.load("smoke"), task.pattern, CATALOGUE["vanilla"], 5, 0, "tbptt-7")
    learning = {str(made.learning) for level in model.recurrence.levels for made in level}
    assert learning == {"tbptt-7"}
