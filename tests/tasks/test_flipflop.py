from __future__ import annotations

import numpy as np
import pytest

from gatewise import tasks
from gatewise.tasks import flipflop

SPELLED = {1: "w", 2: "r", 3: "i", 4: "0", 5: "1"}


@pytest.mark.parametrize("name", ["flipflop", "flipflop-10", "flipflop-98", "flipflop-steps-40"])
def test_what_is_read_was_written_last(name):
    test = tasks.find(name).load("smoke").test
    for read, targets, weights in zip(
        test.inputs["symbols"].tolist(), test.targets.tolist(), test.weights > 0, strict=True
    ):
        spelled = [SPELLED[id] for id in read]
        assert set(spelled[::2]) <= set("wri")
        assert set(spelled[1::2]) <= set("01")
        assert (spelled[0], spelled[-2]) == ("w", "r")
        written = ""
        for step in range(0, len(read), 2):
            if spelled[step] == "w":
                written = spelled[step + 1]
            assert weights[step] == (spelled[step] == "r")
            assert not weights[step + 1]
            if spelled[step] == "r":
                assert SPELLED[targets[step]] == spelled[step + 1] == written


@pytest.mark.parametrize(("name", "ignored"), [("flipflop", 80), ("flipflop-10", 10)])
def test_dial_is_the_share_that_is_ignored(name, ignored):
    task = tasks.find(name)
    assert task.dial.value == ignored
    instructions = task.load("quick").train.inputs["symbols"][:, 2:-2:2]
    shares = np.bincount(instructions.ravel())[1:] / instructions.size
    rest = (100 - ignored) / 200
    assert shares == pytest.approx([rest, rest, ignored / 100], abs=0.01)


def test_half_an_instruction_is_refused():
    with pytest.raises(ValueError, match=r"length=42: allowed are multiples of 4"):
        flipflop.build(length=42, ignored=80, train=1, validation=1, test=1)


def test_a_window_knows_only_what_was_written_lately():
    last, window = flipflop.TASK.baselines(flipflop.TASK.load("quick"))
    assert last.score == pytest.approx(0.5, abs=0.02)
    assert last.score < window.score < 0.85
