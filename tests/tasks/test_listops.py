from __future__ import annotations

import numpy as np
import pytest

from gatewise.tasks import listops
from gatewise.tasks.listops import IDS, TASK, parents, value, written

EXAMPLE = ("[MAX", [2, 9, ("[MIN", [4, 7]), 0])


def test_worked_example():
    tokens = written(EXAMPLE)
    assert tokens == ["[MAX", "2", "9", "[MIN", "4", "7", "]", "0", "]"]
    assert value(EXAMPLE) == 9
    assert parents(tokens) == [-1, 0, 0, 0, 3, 3, -1, 0, -1]


@pytest.mark.parametrize(
    ("operator", "arguments", "expected"),
    [("[MED", [1, 8, 3], 3), ("[MED", [1, 8, 3, 6], 4), ("[SM", [9, 8, 5], 2), ("[MIN", [4, 0], 0)],
)
def test_operators(operator, arguments, expected):
    assert value((operator, arguments)) == expected


@pytest.mark.parametrize("depth", [1, 2, 4])
def test_lists_stand_no_deeper_than_asked(depth):
    def deep(tree):
        return 0 if isinstance(tree, int) else 1 + max(map(deep, tree[1]))

    generator = np.random.default_rng(0)
    assert max(deep(listops.nested(depth, generator)) for _ in range(400)) == depth


def test_targets_follow_from_the_arrays_alone():
    """The tree that parents and tokens make, evaluated, is the target."""
    test = TASK.load("smoke").test
    names = {i: token for token, i in IDS.items()}
    for row in range(60):
        ids, above = test.inputs["tokens"][row], test.parents[row]

        def tree(node, ids=ids, above=above):
            token = names[ids[node]]
            below = np.flatnonzero(above == node)
            return (token, [tree(k) for k in below]) if token in listops.OPERATORS else int(token)

        assert value(tree(0)) == test.targets[row]


def test_a_row_of_tokens_is_read_as_the_list_that_was_written():
    assert listops.read(written(EXAMPLE)) == EXAMPLE
    test = TASK.load("smoke").test
    for tree, target in zip(listops.lists(test), test.targets, strict=True):
        assert value(tree) == target


def test_padding_and_brackets_are_no_nodes():
    for split in (TASK.load("smoke").train, TASK.load("smoke").test):
        none = (split.inputs["tokens"] == 0) | (split.inputs["tokens"] == IDS["]"])
        assert (split.parents[none] == -1).all()
        none[:, 0] = True
        assert (split.parents[~none] >= 0).all()


def test_no_expression_is_in_two_splits():
    data = TASK.load("smoke")
    rows = [set(map(tuple, s.inputs["tokens"].tolist())) for s in (data.train, data.test)]
    assert not rows[0] & rows[1]
