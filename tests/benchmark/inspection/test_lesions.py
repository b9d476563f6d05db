from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from gatewise.benchmark.architectures.catalogue import CATALOGUE, LSTM
from gatewise.benchmark.architectures.gates import OPEN
from gatewise.benchmark.architectures.layers import Recurrent
from gatewise.benchmark.inspection import lesions
from gatewise.benchmark.inspection.watching import watched
from tests.benchmark.architectures.layout import arrays_of
from tests.benchmark.inspection.kit import (
    BATCH,
    CELLS,
    INPUTS,
    STEPS,
    UNITS,
    inputs,
    layer_of,
)


def held_gates():
    return [(n, g) for n, cell in CELLS.items() for g in cell.holdable]


@pytest.mark.parametrize(("name", "gate"), held_gates())
def test_a_gate_held_where_it_is_changes_nothing(name, gate, rng):
    """Of every cell: a gate whose drive is its bias alone is held at exactly that."""
    layer = layer_of(CELLS[name], rng, scale=0.5)
    (width,) = {b.width for a in layer.declared.values() for b in a.blocks if b.name == gate}
    values = rng.uniform(0.1, 0.9, width)
    constant = lesions.hold(layer.declared, arrays_of(layer), gate, values)
    for array, value in constant.items():
        layer.arrays[array].assign(value)
    x = inputs(rng)
    with watched(layer) as watch:
        before = layer(x)[0]
    np.testing.assert_allclose(
        watch.reading.gate(gate), np.broadcast_to(values, (STEPS, BATCH, width)), rtol=1e-5
    )
    with lesions.lesion({layer: values}, gate):
        np.testing.assert_allclose(layer(x)[0], before, atol=1e-6)


@pytest.mark.parametrize(
    ("gate", "without"),
    [
        ("write", replace(LSTM, write=OPEN)),
        ("keep", replace(LSTM, keep=OPEN)),
        ("emit", replace(LSTM, emit=OPEN)),
    ],
)
def test_a_gate_held_open_is_the_cell_without_it(gate, without, rng):
    layer, x = layer_of(LSTM, rng), inputs(rng)
    whole, usual = arrays_of(layer), layer(x)[0]
    bare = Recurrent(without, UNITS, return_sequences=True)
    bare.build((BATCH, STEPS, INPUTS))
    for name, array in bare.arrays.items():
        parts = np.split(whole[name], len(LSTM.columns("x")), axis=-1)
        named = dict(zip(LSTM.columns("x"), parts, strict=True))
        array.assign(np.concatenate([named[b] for b in without.columns("x")], axis=-1))
    with lesions.lesion({layer: np.ones(UNITS)}, gate):
        np.testing.assert_allclose(layer(x)[0], bare(x), atol=1e-6)
    np.testing.assert_array_equal(layer(x)[0], usual)


def test_an_output_gate_held_shut_lets_nothing_out(rng):
    layer = layer_of(LSTM, rng)
    with lesions.lesion({layer: np.zeros(UNITS)}, "emit"):
        assert not np.any(layer(inputs(rng))[0])


def test_what_no_bias_drives_is_not_held():
    expected = {
        "GRU2": (),
        "minLSTM": (),
        "MUT2": ("write",),
        "gru": ("keep", "reset"),
        "sLSTM": ("keep", "emit"),
        "lstm-negative": ("write", "emit"),
        "layernorm-lstm": (),
        "FastGRNN": (),
    }
    assert {name: CATALOGUE[name].cell.holdable for name in expected} == expected
