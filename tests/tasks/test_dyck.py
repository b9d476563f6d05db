from __future__ import annotations

import numpy as np
import pytest

from gatewise import tasks
from gatewise.tasks import dyck
from gatewise.tasks.task import chance


@pytest.mark.parametrize("name", ["dyck", "dyck-1", "dyck-8", "dyck-steps-80"])
def test_answers_are_what_is_open_after_a_bracket_closed(name):
    task = tasks.find(name)
    kinds = task.scales["smoke"].options["kinds"]
    test, deepest = task.load("smoke").test, 0
    for read, answers, asked in zip(
        test.inputs["brackets"].tolist(), test.targets.tolist(), test.weights > 0, strict=True
    ):
        opened: list[int] = []
        for id, answer, counts in zip(read, answers, asked, strict=True):
            if id <= kinds:
                opened.append(id)
            else:
                assert opened.pop() == id - kinds
            assert counts == (id > kinds)
            assert answer == (opened[-1] if opened else 0)
            deepest = max(deepest, len(opened))
    assert deepest == 8


def test_kinds_are_equally_frequent():
    read = dyck.TASK.load("quick").train.inputs["brackets"]
    first, second, *closing = np.bincount(read.ravel())[1:]
    assert first / second == pytest.approx(1, abs=0.02)
    assert sum(closing) < first + second


def test_the_last_symbol_tells_nothing():
    """That this or the other kind closed says nothing of what lies below."""
    dataset = dyck.TASK.load("quick")
    last, window = dyck.TASK.baselines(dataset)
    assert last.score == pytest.approx(chance(dataset, dyck.TASK.metric), abs=0.02)
    assert last.score < window.score < 0.8
