"""Cells over trees and graphs: what they see and what they do not."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from gatewise.benchmark.architectures.catalogue import CATALOGUE, GRU, LSTM, PEEPHOLE, VANILLA
from gatewise.benchmark.architectures.cell import InvalidCell
from gatewise.benchmark.architectures.gates import Not
from gatewise.benchmark.architectures.trees import GraphRecurrent, TreeRecurrent, height

UNITS, INPUTS = 4, 3
PARENTS = np.array([[-1, 0, 0, 2, 2, -1, 0], [-1, 0, 1, 2, 3, -1, -1]], np.int32)


def built(kind, cell, rounds):
    layer = kind(cell, UNITS, rounds=rounds)
    layer.build((None, None, INPUTS))
    generator = np.random.default_rng(0)
    for array in layer.arrays.values():
        array.assign(generator.normal(size=array.shape) * 0.7)
    return layer


def inputs():
    return np.random.default_rng(1).normal(size=(*PARENTS.shape, INPUTS)).astype("float32")


def test_height_is_the_longest_way_to_a_root():
    assert height(PARENTS) == 4
    assert height(PARENTS[:1]) == 2
    assert height(np.full((2, 5), -1)) == 0


def test_more_rounds_than_the_height_change_nothing():
    x = inputs()
    enough, more = (built(TreeRecurrent, LSTM, rounds)(x, PARENTS) for rounds in (5, 9))
    np.testing.assert_array_equal(enough, more)
    assert np.abs(built(TreeRecurrent, LSTM, 3)(x, PARENTS) - enough)[1].max() > 1e-3


@pytest.mark.parametrize("kind", [TreeRecurrent, GraphRecurrent])
def test_what_is_no_node_changes_nothing(kind):
    layer, x = built(kind, LSTM if kind is TreeRecurrent else GRU, 5), inputs()
    other = x.copy()
    other[0, 5] += 1
    other[1, 5:] -= 1
    np.testing.assert_array_equal(layer(x, PARENTS), layer(other, PARENTS))


@pytest.mark.parametrize("kind", [TreeRecurrent, GraphRecurrent])
def test_the_order_of_children_is_unseen_and_their_place_is_not(kind):
    layer, x = built(kind, LSTM if kind is TreeRecurrent else GRU, 5), inputs()
    turned, moved = x.copy(), PARENTS.copy()
    turned[0, [3, 4]] = x[0, [4, 3]]
    np.testing.assert_allclose(layer(x, PARENTS), layer(turned, PARENTS), atol=1e-6)
    moved[0, 4] = 0
    assert np.abs(np.array(layer(x, PARENTS)) - layer(x, moved))[0].max() > 1e-3


def test_messages_by_hand():
    """A root with one child, two rounds of vanilla: h1 from 0, h2 from the other's h1."""
    layer = built(GraphRecurrent, VANILLA, 2)
    x = inputs()[:1, :2]
    parents = np.array([[-1, 0]], np.int32)
    kernel, r, b = (np.array(layer.arrays[n], float) for n in ("kernel", "recurrent", "bias"))
    zero = np.zeros(UNITS)
    first = [np.tanh(np.concatenate([x[0, v], zero, zero]) @ kernel + b) for v in (0, 1)]
    seen = np.concatenate([x[0, 0], first[1], zero])
    np.testing.assert_allclose(
        layer(x, parents), [np.tanh(seen @ kernel + first[0] @ r + b)], atol=1e-5
    )


@pytest.mark.parametrize(
    ("cell", "message"),
    [
        (
            CATALOGUE["gru-no-update"].cell,
            "a reset gate, a skip and a window have no meaning over children",
        ),
        (PEEPHOLE, r"write sees \"p_write \* c'\", which no child has"),
        (replace(LSTM, write=Not("keep")), "there is a keep gate for each child"),
    ],
)
def test_what_has_no_meaning_over_children_is_refused(cell, message):
    with pytest.raises(InvalidCell, match=message):
        TreeRecurrent(cell, UNITS)


@pytest.mark.parametrize("name", [n for n, e in CATALOGUE.items() if e.over != "sequence"])
def test_parameter_count_is_that_of_the_built_layer(name):
    entry = CATALOGUE[name]
    kind = {"tree": TreeRecurrent, "graph": GraphRecurrent}[entry.over]
    layer = kind(entry.cell, UNITS)
    layer.build((None, None, INPUTS))
    assert layer.count_params() == entry.parameters(INPUTS, UNITS)
