"""What must hold between cells whatever their weights are."""

from __future__ import annotations

import itertools
import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gatewise.benchmark.architectures.catalogue import (
    CATALOGUE,
    GRU,
    LSTM,
    RESET_BEFORE,
    VANILLA,
    B,
    H,
    X,
    gate,
)
from gatewise.benchmark.architectures.cell import Cell, InvalidCell
from gatewise.benchmark.architectures.gates import (
    OPEN,
    SHUT,
    As,
    Bias,
    Dense,
    Diagonal,
    Drive,
    Gate,
    Not,
    Wired,
    tanh,
)
from gatewise.benchmark.architectures.layers import Recurrent, RecurrentStack

BATCH, STEPS, INPUTS, UNITS = 2, 5, 3, 4
seeds = settings(max_examples=15, deadline=None)


def layer(cell: Cell, seed: int, weights: dict | None = None, **options) -> Recurrent:
    """A layer of random weights, or of given ones."""
    made = Recurrent(cell, UNITS, return_sequences=True, **options)
    made.build((None, None, INPUTS))
    rng = np.random.default_rng(seed)
    for name, variable in made.arrays.items():
        value = rng.normal(size=variable.shape)
        variable.assign(value if weights is None else weights[name])
    return made


def inputs(seed: int) -> np.ndarray:
    return np.random.default_rng(seed + 1).normal(size=(BATCH, STEPS, INPUTS)).astype("float32")


def columns(made: Recurrent, block: int) -> dict[str, np.ndarray]:
    """One block of a layer's columns, as the weights of a layer with that block alone."""
    part = slice(block * UNITS, (block + 1) * UNITS)
    return {name: np.array(array)[..., part] for name, array in made.arrays.items()}


@seeds
@given(st.integers(0, 10_000))
def test_gru_that_never_keeps_and_always_resets_fully_is_vanilla(seed):
    """keep at 0 through a bias of -40, reset at 1 through one of +40."""
    gru = layer(GRU, seed)
    bias = np.array(gru.arrays["bias"])
    kernel, recurrent = np.array(gru.arrays["kernel"]), np.array(gru.arrays["recurrent"])
    bias[:UNITS], bias[UNITS : 2 * UNITS] = -40, 40
    kernel[:, : 2 * UNITS] = recurrent[:, : 2 * UNITS] = 0
    for name, value in {"bias": bias, "kernel": kernel, "recurrent": recurrent}.items():
        gru.arrays[name].assign(value)
    vanilla = layer(VANILLA, seed, columns(gru, 2))
    np.testing.assert_allclose(gru(inputs(seed)), vanilla(inputs(seed)), atol=1e-6)


@seeds
@given(st.integers(0, 10_000))
def test_lstm_that_keeps_all_and_writes_nothing_copies_its_memory(seed):
    copier = layer(replace(LSTM, write=SHUT, keep=OPEN, emit=OPEN), seed)
    start = np.random.default_rng(seed).normal(size=(BATCH, UNITS)).astype("float32")
    out = copier(inputs(seed), initial_state=(np.zeros_like(start), start))
    expected = np.repeat(np.tanh(start)[:, None], STEPS, axis=1)
    np.testing.assert_allclose(out, expected, atol=1e-6)


@seeds
@given(st.integers(0, 10_000))
def test_lstm_that_keeps_nothing_forgets_where_it_started(seed):
    """With keep 0 and write 1, and no recurrence through h, only the input of the step counts."""
    cell = layer(
        replace(LSTM, keep=SHUT, write=OPEN, emit=Gate(X + B), candidate=tanh(X + B)), seed
    )
    starts = np.random.default_rng(seed).normal(size=(2, BATCH, UNITS)).astype("float32")
    first, second = (cell(inputs(seed), initial_state=(s, s)) for s in starts)
    np.testing.assert_array_equal(first, second)


@seeds
@given(st.integers(0, 10_000))
def test_coupled_gates_that_keep_all_hold(seed):
    """CIFG with write at 0 through its bias: the memory stays."""
    cifg = layer(CATALOGUE["CIFG"].cell, seed)
    for name in ("kernel", "recurrent"):
        value = np.array(cifg.arrays[name])
        value[:, :UNITS] = 0
        cifg.arrays[name].assign(value)
    bias = np.array(cifg.arrays["bias"])
    bias[:UNITS] = -60
    cifg.arrays["bias"].assign(bias)
    start = np.random.default_rng(seed).normal(size=(BATCH, UNITS)).astype("float32")
    holding = Recurrent(cifg.cell, UNITS, return_state=True)
    holding.build((None, None, INPUTS))
    holding.set_weights(cifg.get_weights())
    *_, memory = holding(inputs(seed), initial_state=(start, start))
    np.testing.assert_allclose(memory, start, rtol=1e-6)


@seeds
@given(st.integers(0, 10_000))
def test_gateless_gru_is_vanilla(seed):
    bare = layer(replace(GRU, reset=OPEN, write=OPEN, keep=SHUT), seed)
    vanilla = layer(VANILLA, seed, columns(bare, 0))
    np.testing.assert_array_equal(bare(inputs(seed)), vanilla(inputs(seed)))


@seeds
@given(st.integers(0, 10_000))
def test_both_reset_orders_agree_where_nothing_is_reset(seed):
    """At reset 1 it does not matter on which side of the product it stands."""
    after, before = (layer(replace(cell, reset=OPEN), seed) for cell in (GRU, RESET_BEFORE))
    keep, candidate = (columns(after, block)["recurrent"] for block in (0, 1))
    given = {n: np.array(a) for n, a in after.arrays.items()}
    for name, value in {**given, "recurrent": keep, "recurrent_candidate": candidate}.items():
        before.arrays[name].assign(value)
    np.testing.assert_allclose(after(inputs(seed)), before(inputs(seed)), atol=1e-6)


def test_one_layer_stacked_is_that_layer():
    stack = RecurrentStack(LSTM, UNITS, layers=1)
    stack.build((None, None, INPUTS))
    alone = layer(LSTM, 0)
    alone.set_weights(stack.get_weights())
    np.testing.assert_array_equal(stack(inputs(0))[0], alone(inputs(0)))


@pytest.mark.parametrize("name", ["lstm", "gru", "TDNN", "delays-4", "SRU", "FGR"])
def test_both_directions_of_a_palindrome_agree(name):
    """A backward layer with the forward one's weights gives its outputs in reverse."""
    forward = layer(CATALOGUE[name].cell, 3)
    backward = layer(CATALOGUE[name].cell, 3, go_backwards=True)
    half = inputs(3)
    palindrome = np.concatenate([half, half[:, ::-1]], axis=1)
    np.testing.assert_allclose(
        np.array(forward(palindrome))[:, ::-1], backward(palindrome), atol=1e-6
    )


def test_time_delay_network_sees_its_window_and_nothing_before():
    tdnn = layer(replace(VANILLA, candidate=tanh(Dense("x", last=2) + B)), 0)
    x = inputs(0)
    other = x.copy()
    other[:, 1] += 1
    changed = (np.array(tdnn(x)) != np.array(tdnn(other))).any(axis=(0, 2))
    assert changed.tolist() == [False, True, True, False, False]


def test_chrono_biases_mirror_each_other_within_their_span():
    made = Recurrent(CATALOGUE["lstm-chrono"].cell, 200, chrono_steps=50)
    made.build((None, None, INPUTS))
    bias = np.array(made.arrays["bias"]).reshape(4, 200)
    write, keep, emit, candidate = bias
    np.testing.assert_array_equal(write, -keep)
    assert 0 <= keep.min() < 0.5 < np.log(30) < keep.max() <= np.log(49)
    assert not emit.any()
    assert not candidate.any()


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"write": Not("keep"), "keep": OPEN}, r"write='1 - keep': gate 'keep' is not learned"),
        ({"write": As("reset")}, r"write='reset': gate 'reset' is not learned; allowed are keep"),
        ({"emit": SHUT}, r"emit='shut': allowed are a gate and OPEN"),
        ({"emit": Not("keep")}, r"emit='1 - keep': allowed are a gate and OPEN"),
        ({"reset": gate}, r"reset='learned': the candidate has no term that is reset"),
        ({"skip": Drive((X,)), "emit": OPEN}, r"skip needs a learned emit gate, not emit='open'"),
        ({"write": Gate(X + B, among=("write", "reset"))}, r"among=.*: allowed are learned gates"),
        ({"write": Gate(X + B, among=("keep",))}, r"among=.*, 'write' among them"),
        ({"emit": Gate(X + B, among=("emit",))}, r"emit: among=.*: allowed is \(\)"),
        ({"candidate": tanh(Dense("h", last=2) + B)}, r"last=2 of 'h': allowed is one number"),
        (
            {"candidate": tanh(X + Dense("h", start="identity")), "window": 3},
            r"start='identity': allowed is 'orthogonal' with a window",
        ),
    ],
)
def test_gates_that_contradict_each_other_are_refused(fields, message):
    with pytest.raises(InvalidCell, match=message):
        replace(LSTM, **fields)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Dense("c"), r"of='c': allowed are 'x', 'h'"),
        (lambda: Dense("x", last=0), r"last=0 of 'x': allowed are 1 to 64"),
        (lambda: Dense("gates", last=2), r"last=2 of 'gates'"),
        (lambda: Dense("h", start="zero"), r"start='zero': allowed are 'orthogonal', 'identity'"),
        (lambda: Diagonal("x"), r"of='x': allowed are 'c'"),
        (lambda: Bias("large"), r"start='large': allowed are a number and Chrono"),
        (lambda: Bias(float("nan")), r"start=nan: allowed are a number and Chrono"),
        (lambda: Wired("relu"), r"through='relu': allowed are 'linear', 'tanh'"),
        (lambda: Gate(X + H, "tanh"), r"activation='tanh': allowed are 'sigmoid', 'signed'"),
        (lambda: Not("keep", shift="1"), r"shift='1': allowed is a number"),
    ],
)
def test_meaningless_terms_are_refused(make, message):
    with pytest.raises(InvalidCell, match=message):
        make()


CELLS = [entry.cell for entry in CATALOGUE.values()]


@pytest.mark.parametrize("cell", dict.fromkeys(CELLS))
def test_a_cell_is_written_down_and_read_back(cell):
    """As JSON, which knows no tuples."""
    written = json.loads(json.dumps(cell.describe()))
    assert Cell.restore(written) == cell
    assert Cell.restore(written).equations == cell.equations


def test_every_corner_of_the_lattice_is_there():
    gates = {"NIG": "write", "NFG": "keep", "NOG": "emit"}
    for kept in itertools.product([False, True], repeat=3):
        removed = [name for name, there in zip(gates, kept, strict=True) if not there]
        cell = CATALOGUE["-".join(removed) or "lstm"].cell
        assert cell == replace(LSTM, **{gates[name]: OPEN for name in removed})
