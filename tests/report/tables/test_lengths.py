"""Scores by length and what counts as solved, of runs with known scores."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from gatewise.report.tables import lengths, scores

NAMES = ("NOG", "lstm")


def runs(**columns) -> pd.DataFrame:
    """Two seeds each of two architectures."""
    table = pd.DataFrame(
        {
            "architecture": np.repeat(NAMES, 2),
            "higher_is_better": True,
            "test_score": [0.5, 0.995, 0.99, 1.0],
            "solved": 0.99,
            "solved_step": [np.nan, 500, 250, 1500],
            "test.at 160": [0.5, 0.6, 0.9, 1.0],
            "test.at 20": [0.9, 0.9, 1.0, 1.0],
            "test.hidden": 0.3,
        }
    )
    return table.assign(**columns)


def test_lengths_are_numbers_and_seeds_a_mean_with_a_range():
    table = lengths.by_length(runs())
    assert table["architecture"].tolist() == ["lstm", "lstm", "NOG", "NOG"]
    assert table["length"].tolist() == [20, 160, 20, 160]
    assert table["mean"].tolist() == pytest.approx([1.0, 0.95, 0.9, 0.55])
    last = table.iloc[-1]
    assert (last["low"], last["high"]) == (0.5, 0.6)


def test_solved_is_the_test_score_and_steps_are_those_of_training():
    table = lengths.solved(runs()).set_index("architecture")
    assert list(table.index) == ["lstm", "NOG"]
    assert table["solved"].tolist() == ["2 of 2", "1 of 2"]
    assert table["steps"].tolist() == ["250, 1500", "500"]


def test_less_is_better_where_it_is():
    turned = runs(higher_is_better=False, solved=0.6, solved_step=np.nan)
    assert lengths.solved(turned)["solved"].tolist() == ["0 of 2", "1 of 2"]
    assert lengths.solved(turned)["steps"].tolist() == ["–", "–"]


def test_readers_see_both_side_by_side():
    table = lengths.beside(runs())
    assert list(table.columns) == ["architecture", "at 20", "at 160", "solved", "steps"]
    assert table.iloc[1].tolist() == ["NOG (no output gate)", "0.900", "0.550", "1 of 2", "500"]
    alone = lengths.beside(runs(solved=np.nan, solved_step=np.nan))
    assert list(alone.columns) == ["architecture", "at 20", "at 160"]
    assert lengths.beside(runs().drop(columns=["test.at 20", "test.at 160"])).shape == (2, 3)


def test_other_tasks_have_neither():
    plain = runs(solved=np.nan).drop(columns=["test.at 20", "test.at 160"])
    assert lengths.by_length(plain).empty
    assert lengths.beside(plain).empty


def test_scores_of_one_length_are_shown_once():
    assert list(scores.further_scores(runs()).columns) == ["hidden"]
