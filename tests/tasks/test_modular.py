from __future__ import annotations

import numpy as np
import pytest

from gatewise import tasks
from gatewise.tasks import modular
from gatewise.tasks.task import chance


@pytest.mark.parametrize(
    "name", ["modular", "parity", "modular-10", "modular-steps-20", "parity-80"]
)
def test_each_answer_is_the_sum_so_far(name):
    task = tasks.find(name)
    modulus = task.scales["smoke"].options["modulus"]
    assert modulus == (2 if name.startswith("parity") else 10 if name == "modular-10" else 5)
    test = task.load("smoke").test
    for read, answers in zip(test.inputs["numbers"], test.targets, strict=True):
        total = 0
        for id, answer in zip(read.tolist(), answers.tolist(), strict=True):
            total += id - 1
            assert answer == total % modulus


def test_a_window_tells_of_the_beginning_alone():
    """Of 40 sums it knows those that it reaches back to the first number for."""
    dataset = modular.TASK.load("quick")
    last, window = modular.TASK.baselines(dataset)
    assert chance(dataset, modular.TASK.metric) == pytest.approx(1 / 5, abs=0.01)
    assert last.score == pytest.approx(1 / 40 + 39 / 40 / 5, abs=0.01)
    known = int(window.name.split()[1])
    assert window.score < known / 40 + (1 - known / 40) / 5 + 0.01


def test_numbers_are_equally_frequent():
    read = modular.TASK.load("quick").train.inputs["numbers"]
    assert (np.abs(np.bincount(read.ravel())[1:] / read.size - 1 / 5) < 0.005).all()
