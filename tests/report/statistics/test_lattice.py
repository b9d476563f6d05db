"""Each estimator against a published worked example, another library, or brute force."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest

from gatewise.report.statistics import lattice


def game(worth) -> np.ndarray:
    """A lattice of three from a function of a set of players."""
    return np.array([worth({g for g in range(3) if k >> g & 1}) for k in range(8)], float)


def test_shapley_of_the_glove_game():
    # Players 0 and 1 hold a left glove, 2 a right one; a pair is worth 1.
    values = lattice.shapley(game(lambda held: 2 in held and bool({0, 1} & held)))
    assert values == pytest.approx([1 / 6, 1 / 6, 4 / 6])


@pytest.mark.parametrize("n", [1, 2, 3, 4])
def test_shapley_against_all_orders(n):
    scores = np.random.default_rng(n).normal(size=(5, 2**n))
    expected = np.zeros((5, n))
    orders = list(permutations(range(n)))
    for order in orders:
        held = 0
        for gate in order:
            expected[:, gate] += scores[:, held | 1 << gate] - scores[:, held]
            held |= 1 << gate
    found = lattice.shapley(scores)
    assert found == pytest.approx(expected / len(orders))
    assert found.sum(axis=1) == pytest.approx(scores[:, -1] - scores[:, 0])


def test_steps_are_the_first_the_middle_and_the_last():
    scores = np.random.default_rng(0).normal(size=8)
    found = lattice.steps(scores)[0]
    assert found[0] == pytest.approx(scores[1] - scores[0])
    assert found[1] == pytest.approx((scores[3] - scores[2] + scores[5] - scores[4]) / 2)
    assert found[2] == pytest.approx(scores[7] - scores[6])
    assert lattice.shapley(scores)[0] == pytest.approx(found.mean())


def test_redundant_gates_show_where_leaving_out_does_not():
    scores = game(lambda held: bool(held & {0, 1}))
    assert scores[0b111] - scores[0b110] == 0, "leaving the first out costs nothing"
    assert scores[0b001] - scores[0b000] == 1
    assert lattice.shapley(scores) == pytest.approx([0.5, 0.5, 0])
    assert lattice.interactions(scores)[0, 1] == pytest.approx(-1)


def test_interaction_index_of_unanimity_games():
    # Grabisch & Roubens 1999: for the game that all of T must be in, I(S) = 1 / (|T| - |S| + 1).
    both = lattice.interactions(game(lambda held: held >= {0, 1}))
    assert both == pytest.approx({(0, 1): 1, (0, 2): 0, (1, 2): 0})
    everyone = lattice.interactions(game(lambda held: held == {0, 1, 2}))
    assert everyone == pytest.approx({(0, 1): 0.5, (0, 2): 0.5, (1, 2): 0.5})


@pytest.mark.parametrize("corners", [1, 3, 6])
def test_shapley_refuses_what_is_no_lattice(corners):
    with pytest.raises(ValueError, match=f"{corners} corners"):
        lattice.shapley(np.zeros(corners))
