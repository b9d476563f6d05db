from __future__ import annotations

import numpy as np
import pytest

from gatewise.tasks import adding
from gatewise.tasks.task import chance


def test_target_is_the_sum_of_the_two_marked_numbers():
    split = adding.draw(200, 7, np.random.default_rng(1))
    for steps, target in zip(split.inputs["numbers"], split.targets, strict=True):
        marked = [(step, number) for step, (number, mark) in enumerate(steps) if mark]
        assert len(marked) == 2
        assert marked[0][0] < 3 <= marked[1][0]
        assert target == pytest.approx(marked[0][1] + marked[1][1])


def test_every_step_is_marked_sometimes():
    marks = adding.draw(2000, 10, np.random.default_rng(1)).inputs["numbers"][..., 1]
    assert (np.abs(marks.mean(axis=0) - 0.2) < 0.04).all()


def test_scores_without_memory_are_those_of_the_theory():
    """The variance of a uniform number is 1/12: two unknown ones, or one."""
    dataset = adding.TASK.load("quick")
    assert chance(dataset, adding.TASK.metric) == pytest.approx(1 / 6, abs=0.012)
    (baseline,) = adding.baselines(dataset)
    assert baseline.score == pytest.approx(1 / 12, abs=0.005)


def test_sampling_error_is_below_the_margin():
    test = adding.TASK.load("quick").test
    errors = (test.targets - 1) ** 2
    assert errors.std() / np.sqrt(len(errors)) < adding.TASK.margin


@pytest.mark.parametrize("task", adding.TASKS, ids=lambda task: task.name)
def test_dial_is_the_length(task):
    dataset = task.load("smoke")
    assert dataset.train.inputs["numbers"].shape[1:] == (task.dial.value, 2)
    assert task.name == f"adding-{task.dial.value}"
