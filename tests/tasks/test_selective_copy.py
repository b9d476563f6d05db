from __future__ import annotations

import numpy as np
import pytest

from gatewise import tasks
from gatewise.tasks import selective_copy
from gatewise.tasks.selective_copy import BLANK, DELIMITER


@pytest.mark.parametrize(
    ("name", "remembered"),
    [("selective-copy", 4), ("selective-copy-8", 8), ("selective-copy-steps-20", 4)],
)
def test_symbols_come_back_in_their_order(name, remembered):
    test = tasks.find(name).load("smoke").test
    for read, targets, weights in zip(
        test.inputs["symbols"].tolist(), test.targets, test.weights, strict=True
    ):
        end = read.index(DELIMITER)
        shown = [id - 1 for id in read[:end] if id != BLANK]
        assert targets[weights > 0].tolist() == shown
        assert len(shown) == remembered
        assert np.flatnonzero(weights).tolist() == list(range(end + 1, len(read)))
        assert set(read[end + 1 :]) == {BLANK}


def test_symbols_come_at_any_step():
    read = selective_copy.TASK.load("quick").train.inputs["symbols"]
    share = (read[:, :35] < BLANK).mean(axis=0)
    assert (np.abs(share - 4 / 35) < 0.02).all()


def test_a_sequence_too_short_is_refused():
    with pytest.raises(ValueError, match=r"length=17: allowed with 4 symbols are 18 or more"):
        selective_copy.build(length=17, remembered=4, train=1, validation=1, test=1)
