from __future__ import annotations

import numpy as np
import pytest

from gatewise import tasks
from gatewise.tasks import recall
from gatewise.tasks.recall import BLANK, SYMBOLS


@pytest.mark.parametrize(
    ("name", "pairs"), [("recall", 2), ("recall-4", 4), ("recall-steps-12", 2)]
)
def test_every_key_is_asked_once_and_has_the_value_it_was_shown_with(name, pairs):
    test = tasks.find(name).load("smoke").test
    for read, answers, weights in zip(
        test.inputs["symbols"].tolist(), test.targets, test.weights > 0, strict=True
    ):
        shown = dict(zip(read[0 : 2 * pairs : 2], read[1 : 2 * pairs : 2], strict=True))
        assert len(shown) == pairs
        assert set(shown) <= set(range(1, SYMBOLS + 1))
        assert min(shown.values()) > SYMBOLS
        asked = np.flatnonzero(weights)
        assert {read[step] for step in asked} == set(shown)
        assert len(asked) == pairs
        assert all(answers[step] == shown[read[step]] - SYMBOLS - 1 for step in asked)
        blanks = set(range(2 * pairs, len(read))) - set(asked)
        assert {read[step] for step in blanks} <= {BLANK}


def test_questions_may_come_anywhere():
    weights = recall.TASK.load("quick").train.weights
    share = weights.mean(axis=0)
    assert not share[:4].any()
    assert (np.abs(share[4:] - 2 / 20) < 0.02).all()


def test_a_sequence_too_short_is_refused():
    with pytest.raises(ValueError, match=r"length=23: allowed with 4 pairs are 24 or more"):
        recall.build(length=23, pairs=4, train=1, validation=1, test=1)


def test_a_window_knows_only_what_was_shown_lately():
    last, window = recall.TASK.baselines(recall.TASK.load("quick"))
    assert last.score == pytest.approx(1 / 8, abs=0.02)
    assert last.score < window.score < 0.3
