from __future__ import annotations

import numpy as np
import pytest

from gatewise.tasks import windows
from gatewise.tasks.task import Dataset, Split, Tokens


def split(read, targets, weights=None) -> Split:
    read, targets = np.array(read, np.int32), np.array(targets, np.int32)
    weights = np.ones(read.shape, np.float32) if weights is None else np.array(weights, np.float32)
    lengths = np.full(len(read), read.shape[1], np.int32)
    return Split({"symbols": read}, lengths, targets, weights)


def test_the_longest_window_that_was_seen_answers():
    train = split([[1, 2, 2], [1, 1, 2], [2, 2, 2]], [[0, 1, 2], [0, 0, 1], [2, 2, 2]])
    # After 1 2 came 1 twice, after 2 2 came 2; 3 2 never came, and after 2 alone 2 is usual.
    assert windows.answers(train, split([[1, 2], [2, 2], [3, 2]], [[0, 0]] * 3), 2)[
        :, 1
    ].tolist() == [
        1,
        2,
        2,
    ]
    # What never came at all is answered by the most frequent target.
    assert windows.answers(train, split([[3]], [[0]]), 2).tolist() == [[2]]


def test_what_has_no_weight_is_not_learnt():
    train = split([[1, 1, 1]], [[0, 1, 1]], [[1, 0, 0]])
    assert windows.answers(train, split([[1]], [[0]]), 1).tolist() == [[0]]


def delayed(generator, examples: int, lag: int) -> Split:
    """The symbol of ``lag`` steps ago."""
    read = generator.integers(1, 4, (examples, 12))
    targets = np.pad(read, ((0, 0), (lag, 0)))[:, :12]
    return split(read, targets)


@pytest.mark.parametrize(("lag", "best"), [(1, "last 2 symbols"), (3, "last 4 symbols")])
def test_a_window_knows_as_far_back_as_it_reaches(lag, best):
    generator = np.random.default_rng(0)
    train, validation, test = (delayed(generator, n, lag) for n in (2000, 200, 300))
    dataset = Dataset(train, validation, test, inputs={"symbols": Tokens(4, 2)}, classes=4)
    last, window = windows.baselines(dataset)
    assert (last.name, window.name) == ("last symbol", best)
    assert last.score < 0.6
    assert window.score > 0.97
