from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf

from gatewise.benchmark.architectures.catalogue import B, X
from gatewise.benchmark.architectures.cells import Gated
from gatewise.benchmark.architectures.gates import Gate, tanh
from gatewise.benchmark.architectures.layers import Recurrent
from gatewise.benchmark.inspection.watching import Watch, watched
from tests.benchmark.inspection.kit import CELLS, STEPS, inputs, layer_of


@pytest.mark.parametrize(
    "name", ["lstm", "vanilla", "gru", "FGR", "MUT2", "delays-4", "SRU", "janet"]
)
def test_the_plain_loop_computes_what_the_engine_does(name, rng):
    for backwards in (False, True):
        layer = layer_of(CELLS[name], rng, scale=0.4, go_backwards=backwards)
        x, mask = inputs(rng), tf.sequence_mask([STEPS, 4, 1], STEPS)
        expected = layer(x, mask=mask)
        with watched(layer) as watch:
            got = layer(x, mask=mask)
        for a, b in zip(got, expected, strict=True):
            np.testing.assert_allclose(a, b, atol=1e-5)
        assert set(watch.reading.gates[0]) == set(CELLS[name].gates)
    assert not isinstance(layer.loop, Watch)


def test_gates_are_the_sigmoids_of_their_drives(rng):
    """A toy cell that sees the input alone: keep = sigmoid(2 x), by hand."""
    cell = Gated(keep=Gate(X + B), candidate=tanh(X + B))
    layer = Recurrent(cell, 1, return_sequences=True)
    layer.build((1, 3, 1))
    blocks = {"keep": 2.0, "candidate": 0.0}
    layer.arrays["kernel"].assign([[blocks[b] for b in cell.columns("x")]])
    layer.arrays["bias"].assign([0.0, 0.0])
    with watched(layer) as watch:
        layer(tf.constant([[[-2.0], [0.0], [2.0]]]))
    kept = watch.reading.gate("keep")
    np.testing.assert_allclose(kept[:, 0, 0], 1 / (1 + np.exp([4.0, 0.0, -4.0])))
