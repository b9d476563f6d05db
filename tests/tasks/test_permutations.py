from __future__ import annotations

from itertools import combinations, permutations

import numpy as np
import pytest

from gatewise import tasks
from gatewise.tasks import permutations as module


def test_worked_example():
    """12 13 12 23 leaves 213, 312, 132, 123."""
    moves, orders = module.table(3), list(permutations("123"))
    lying, found = np.array(0), []
    for swap in ("12", "13", "12", "23"):
        lying = moves[lying, list(combinations("123", 2)).index(tuple(swap))]
        found.append("".join(orders[int(lying)]))
    assert found == ["213", "312", "132", "123"]


@pytest.mark.parametrize(("name", "things"), [("s3", 3), ("s5", 5), ("s5-24", 5)])
def test_answers_are_where_things_lie(name, things):
    dataset = tasks.find(name).load("smoke")
    swaps, orders = list(combinations(range(things), 2)), list(permutations(range(things)))
    assert dataset.classes == len(orders)
    assert dataset.inputs["swaps"].vocabulary == len(swaps) + 1
    test = dataset.test
    for read, answers in zip(test.inputs["swaps"][:40], test.targets, strict=False):
        lying = list(range(things))
        for id, answer in zip(read.tolist(), answers.tolist(), strict=True):
            one, other = swaps[id - 1]
            lying[one], lying[other] = lying[other], lying[one]
            assert orders[answer] == tuple(lying)


def test_swaps_move_every_arrangement_to_another_and_back():
    moves = module.table(5)
    for swap in moves.T:
        assert sorted(swap) == list(range(120))
        assert (swap != np.arange(120)).all()
        assert (swap[swap] == np.arange(120)).all()
