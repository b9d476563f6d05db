from __future__ import annotations

import re
from collections import Counter
from itertools import islice, repeat

import numpy as np
import pytest

from gatewise.tasks import xml
from gatewise.tasks.xml import IDS

CHARACTERS = {i: character for character, i in IDS.items()}


def whole(split, row) -> str:
    ids = [split.inputs["characters"][row, 0], *split.targets[row]]
    return "".join(CHARACTERS[i] for i in ids)


def deepest(text: str) -> int:
    """How many tags are open at most; every closing one must be that opened last."""
    opened, most = [], 0
    for slash, name in re.findall("<(/?)([a-z]+)>", text):
        if slash:
            assert opened.pop() == name
        else:
            opened.append(name)
        most = max(most, len(opened))
    return most


@pytest.mark.parametrize("depth", [1, 2, 4, 50])
def test_tags_close_in_order_and_no_deeper_than_the_dial(depth):
    drawn = xml.random_names(3, np.random.default_rng(1)), xml.fair_coins(np.random.default_rng(2))
    most = max(deepest(xml.text(60, *drawn, depth)) for _ in range(300))
    assert most == depth if depth < 50 else most >= 5


def test_dial_is_the_depth():
    for task in (xml.TASK, *xml.TASKS):
        assert {scale.options["depth"] for scale in task.scales.values()} == {task.dial.value}


def test_names_have_two_to_ten_letters_equally_often():
    drawn = list(islice(xml.random_names(10, np.random.default_rng(0)), 9000))
    sizes = np.bincount([len(name) for name in drawn])
    assert not sizes[:2].any()
    assert len(sizes) == 11
    assert (np.abs(sizes[2:] / len(drawn) - 1 / 9) < 0.02).all()
    letters = Counter("".join(drawn))
    assert set(letters) == set(xml.LETTERS)
    assert all(abs(n / letters.total() - 1 / 26) < 0.005 for n in letters.values())


def test_a_document_ends_after_fifty_decisions():
    """A coin that always says open: fifty tags, then all are closed."""
    tags = xml.document(xml.random_names(10, np.random.default_rng(0)), repeat(True), 50)
    assert len(tags) == 100
    assert [f"/{tag}" for tag in reversed(tags[:50])] == tags[50:]


def test_closing_are_the_letters_and_the_bracket_behind_a_slash():
    test = xml.TASK.load("smoke").test
    for row in range(len(test)):
        text = whole(test, row)
        closing = np.zeros(len(text), bool)
        for found in re.finditer("</([a-z]*>?)", text):
            closing[found.start(1) : found.end(1)] = True
        np.testing.assert_array_equal(test.groups["closing"][row], closing[1:])


def test_targets_are_the_next_characters():
    train = xml.TASK.load("smoke").train
    np.testing.assert_array_equal(train.inputs["characters"][:, 1:], train.targets[:, :-1])


def test_pairs_tell_little_of_a_closing_tag():
    """They do know `>` and what is certain without memory, and no more than that."""
    everywhere, closing = xml.baselines(xml.TASK.load("quick"))
    assert (everywhere.metric, closing.metric) == ("accuracy", "closing")
    assert closing.score < everywhere.score < 0.6
    assert closing.score < 0.35
