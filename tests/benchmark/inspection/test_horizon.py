from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from gatewise.benchmark.architectures.catalogue import B, X
from gatewise.benchmark.architectures.cell import Cell
from gatewise.benchmark.architectures.cells import Gated
from gatewise.benchmark.architectures.gates import OPEN, SHUT, Drive, Gate, tanh
from gatewise.benchmark.architectures.layers import Recurrent
from gatewise.benchmark.inspection import horizon
from gatewise.benchmark.inspection.examples import Examples
from tests.benchmark.inspection.kit import INPUTS, STEPS, layer_of


class Last:
    """A model whose answer is a layer's last output."""

    every_step = False

    def __init__(self, layer: Recurrent) -> None:
        self.layer = layer

    def __call__(self, batch):
        return self.layer(batch["inputs"]["x"])[0][:, -1]


def look_back(cell: Cell, rng) -> horizon.Horizon:
    examples = Examples(
        batch={"inputs": {"x": rng.normal(size=(8, STEPS, INPUTS)).astype("float32")}},
        real=np.ones((8, STEPS), bool),
        answered=np.ones((8, 1), bool),
        read=np.full(8, STEPS - 1),
    )
    return horizon.horizon(Last(layer_of(cell, rng)), examples, rng)


ALONE = Gated(write=Gate(Drive((B,))), candidate=tanh(X + B))
"""A cell that sees the input alone, so that only ``keep`` carries anything on."""


def test_a_cell_that_keeps_nothing_remembers_one_step(rng):
    found = look_back(replace(ALONE, keep=SHUT), rng)
    assert found.lags == list(range(STEPS))
    assert found.change[0] > 0
    assert found.change[1:] == [0.0] * (STEPS - 1)
    assert found.horizon == 1


def test_a_cell_that_keeps_all_remembers_to_the_end(rng):
    found = look_back(replace(ALONE, keep=OPEN), rng)
    assert min(found.change) > 0.3 * found.change[0]
    assert found.horizon is None


def test_a_swap_takes_the_first_other_that_differs():
    tokens = np.array([[1, 2], [1, 3], [4, 0]])
    real = np.array([[True, True], [True, True], [True, False]])
    order = np.array([[1, 2, 0]] * 3)
    swapped, changed = horizon.swap({"x": tokens}, real, np.array([0, 1, -1]), order)
    assert changed.tolist() == [True, True, False]
    assert swapped["x"].tolist() == [[4, 2], [1, 2], [4, 0]]
    same, changed = horizon.swap({"x": np.ones((3, 2))}, real, np.array([0, 0, 0]), order)
    assert not changed.any()
    assert (same["x"] == 1).all()


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ([1.0, 0.5, 0.2], None),
        ([1.0, 0.005, 0.004], 1),
        ([1.0, 0.005, 0.5, 0.001], 3),
        ([float("nan"), 1.0, 0.001], 2),
        ([0.0, 0.0], 0),
        ([float("nan")], None),
    ],
)
def test_the_horizon_is_where_the_change_stays_small(change, expected):
    assert horizon.reach(range(len(change)), change) == expected


def test_lags_are_spaced_when_there_are_many():
    assert horizon.spaced(5, 10) == [0, 1, 2, 3, 4]
    found = horizon.spaced(400, 48)
    assert found[:4] == [0, 1, 2, 3]
    assert found[-1] == 399
    assert 48 <= len(found) <= 50
    assert len(set(found)) == len(found)
