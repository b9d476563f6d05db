from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from gatewise.tasks import copying
from gatewise.tasks.copying import BLANK, DELIMITER


def test_worked_example():
    """That of the module, three symbols shorter; symbol n is shown as id n + 1."""
    split = copying.spread(np.array([[3, 1]]), 4)
    assert split.inputs["symbols"].tolist() == [[4, 2, 9, 9, 9, 10, 9, 9]]
    assert split.targets[0, split.weights[0] > 0].tolist() == [3, 1]
    assert split.weights.tolist() == [[0, 0, 0, 0, 0, 0, 1, 1]]
    assert split.lengths.tolist() == [8]


@pytest.mark.parametrize("task", [copying.TASK, *copying.TASKS], ids=lambda task: task.name)
def test_symbols_come_back_a_lag_after_the_last(task):
    test = task.load("smoke").test
    for read, targets, weights in zip(
        test.inputs["symbols"].tolist(), test.targets, test.weights, strict=True
    ):
        shown = [id - 1 for id in read if id < BLANK]
        assert targets[weights > 0].tolist() == shown
        assert len(shown) == 10
        assert read.index(DELIMITER) == 9 + task.dial.value
        assert np.flatnonzero(weights)[0] == read.index(DELIMITER) + 1


def test_no_sequence_occurs_twice():
    dataset = copying.build(train=300, validation=100, test=100, remembered=3, lag=2)
    seen = [
        {tuple(row) for row in split.inputs["symbols"][:, :3].tolist()}
        for split in (dataset.train, dataset.validation, dataset.test)
    ]
    assert [len(rows) for rows in seen] == [300, 100, 100]
    assert not any(one & other for one, other in combinations(seen, 2))


def test_symbols_are_equally_frequent_at_every_place():
    symbols = copying.TASK.load("quick").train.inputs["symbols"][:, :10]
    for place in symbols.T:
        counts = np.bincount(place, minlength=9)[1:]
        assert (np.abs(counts / len(place) - 1 / 8) < 0.02).all()


def test_more_examples_than_sequences_are_refused():
    with pytest.raises(ValueError, match="= 70: allowed are at most 64"):
        copying.build(train=50, validation=10, test=10, remembered=2, lag=2)


def test_baseline_knows_one_symbol_in_ten():
    (baseline,) = copying.baselines(copying.TASK.load("quick"))
    assert baseline.score == pytest.approx(1 / 10 + 9 / 10 / 8, abs=0.01)
