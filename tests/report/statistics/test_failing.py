"""What failures that no seed showed would undo, by counts that are worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from gatewise.report.statistics.failing import falls, undone
from gatewise.report.statistics.families import BETTER, SMALL, UNKNOWN, WORSE


def test_the_deepest_fall_of_a_cell_that_else_learns_counts():
    learns, fails = np.array([50.0, 49.0]), np.array([50.0, 32.0, 49.5])
    never = np.array([20.0, 2.0])
    assert falls([learns, fails], [49.5, 50.0]).tolist() == [18, 18]
    assert falls([learns], [49.5]).tolist() == [0], "a margin apart is no failure"
    assert falls([learns, never], [49.5, 5.0]).tolist() == [0, 18], "it never learned the task"
    assert falls([learns, fails], []).tolist() == []


@pytest.mark.parametrize(
    ("statement", "estimate", "deep", "seeds", "gone"),
    [
        # One run in two may fail unseen, of 5 with a share of 1/32: half of 4 margins is 2.
        (SMALL, 0.0, 4.0, 5, True),
        (SMALL, 0.0, 1.9, 5, False),
        (SMALL, 0.2, 1.9, 5, True),
        (SMALL, -0.2, 1.9, 5, True),
        (WORSE, -1.9, 4.0, 5, True),
        (WORSE, -2.1, 4.0, 5, False),
        (BETTER, 2.1, 4.0, 5, False),
        # Of 50 runs 6.7% may.
        (SMALL, 0.0, 14.0, 50, False),
        (SMALL, 0.0, 16.0, 50, True),
        (SMALL, 0.0, 0.0, 5, False),
        (UNKNOWN, 0.0, 4.0, 5, False),
    ],
)
def test_a_statement_stands_that_failures_at_the_open_rate_would_not_undo(
    statement, estimate, deep, seeds, gone
):
    said, apart, fell, runs = (np.array([value]) for value in (statement, estimate, deep, seeds))
    assert undone(said, apart, fell, runs, share=1 / 32).tolist() == [gone]
