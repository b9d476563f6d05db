"""What every registered task must hold, whatever it is; see :mod:`gatewise.tasks.check`."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest

from gatewise import tasks
from gatewise.checks import title
from gatewise.tasks.check import (
    CHECKS,
    SCALES,
    margin_can_be_measured_at_quick,
    scales_are_declared,
)
from gatewise.tasks.extras import command
from gatewise.tasks.task import chance

TASKS = tasks.registry()
SMALL = ("music", "speech", "smnist", "smnist-8", "smnist-16", "smnist-32")
"""Tasks that are tested on all that there is to be had."""


@pytest.fixture(scope="module", params=list(TASKS))
def task(request):
    return TASKS[request.param]


@pytest.fixture(scope="module")
def dataset(task):
    if task.name not in tasks.present():
        pytest.skip(command(task.extra))
    return task.load("smoke")


@pytest.mark.parametrize("check", CHECKS, ids=title)
def test_check(check, task, dataset):
    if check is margin_can_be_measured_at_quick and task.name in SMALL:
        pytest.skip("all that there is to be had")
    assert not check(task, dataset)


def test_every_scale_is_declared(task):
    assert tuple(task.scales) == SCALES
    assert not scales_are_declared(task, None)


def test_checksum_sees_every_array(dataset):
    targets = dataset.test.targets.copy()
    targets.flat[0] = (targets.flat[0] + 1) % dataset.classes
    changed = dataclasses.replace(dataset, test=dataclasses.replace(dataset.test, targets=targets))
    assert changed.checksum() != dataset.checksum()


def test_chance_is_what_the_best_blind_guess_gets(task, dataset):
    level = chance(dataset, task.metric)
    train, test = dataset.train, dataset.test
    shown, targets = train.targets[train.weights > 0], test.targets[test.weights > 0]
    if task.metric.kind == "squared error":
        assert level == pytest.approx(((targets - shown.mean()) ** 2).mean())
        return
    if task.metric.kind == "nats of labels":
        p = (shown.sum(axis=0) + 1) / (len(shown) + 2)
        assert level == pytest.approx(-np.log(np.where(targets > 0, p, 1 - p)).sum(axis=1).mean())
        return
    counts = np.bincount(shown, minlength=dataset.classes)
    if task.metric.kind == "accuracy":
        assert level == pytest.approx(np.mean(targets == counts.argmax()))
        assert 0 < level < 1
    else:
        p = (counts + 1) / (counts + 1).sum()
        assert level == pytest.approx(-np.mean(np.log(p[targets])))
        assert level < math.log(dataset.classes)


def test_unknown_task_is_refused_by_name():
    with pytest.raises(tasks.UnknownTask, match=r"task 'chess': allowed are .*labelling"):
        tasks.find("chess")
