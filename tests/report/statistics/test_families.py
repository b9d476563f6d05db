"""Verdicts are what intervals say, and their errors are those that were promised."""

from __future__ import annotations

import numpy as np
import pytest
from statsmodels.stats.multitest import multipletests

from gatewise.report.statistics import families
from gatewise.report.statistics.mixtures import Errors


def normal(n, scale=0.2):
    """Errors that are normal with a known standard deviation."""
    return Errors(np.full((n, 1), scale), np.ones((n, 1)))


@pytest.mark.parametrize(
    ("estimate", "statement"),
    [
        (2.0, "better"),
        (-2.0, "worse"),
        (0.1, "too small to matter"),
        (0.55, "too small to matter"),  # clear of 0 as well: there, and too small
        (0.9, "better"),
        (1.0, "better"),
        (float("nan"), "cannot tell"),
    ],
)
def test_a_statement_is_read_off_the_interval(estimate, statement):
    found = families.judge(np.array([estimate]), normal(1), 0.05)
    assert found.statement[0] == statement
    if statement != "cannot tell":
        assert found.high[0] - found.low[0] == pytest.approx(2 * 1.96 * 0.2, rel=1e-3)


@pytest.mark.parametrize("method", [families.together, families.discovered])
def test_interval_verdict_and_p_never_disagree(method):
    generator = np.random.default_rng(0)
    estimate = np.concatenate([generator.normal(0, 0.3, 60), generator.normal(2, 1, 40)])
    found = method(estimate, normal(100))
    clear, inside = (found.low > 0) | (found.high < 0), (found.low > -1) & (found.high < 1)
    assert ((found.statement == "too small to matter") == inside).all()
    assert (np.isin(found.statement, families.DIRECTIONS) == (clear & ~inside)).all()
    assert ((found.p <= 0.05) == (found.statement != "cannot tell")).all()
    assert len(set(found.statement)) >= 3


def test_the_adjusted_p_is_that_of_benjamini_and_hochberg():
    estimate = np.random.default_rng(1).normal(0.5, 0.3, 40)
    found = families.discovered(estimate, normal(40))
    p = families.p_values(estimate, normal(40))
    assert found.p == pytest.approx(multipletests(p, method="fdr_bh")[1])
    together = families.together(estimate, normal(40))
    assert together.p == pytest.approx(multipletests(p, method="bonferroni")[1])


def test_what_was_looked_at_before_pays_with_its_p():
    estimate = np.random.default_rng(2).normal(0.5, 0.3, 40)
    spent = np.tile([1.0, 0.1], 20)
    found = families.discovered(estimate, normal(40), spent=spent)
    p = np.minimum(families.p_values(estimate, normal(40)) / spent, 1.0)
    assert np.minimum(found.p, 1.0) == pytest.approx(multipletests(p, method="fdr_bh")[1])
    clear, inside = (found.low > 0) | (found.high < 0), (found.low > -1) & (found.high < 1)
    assert ((found.statement != "cannot tell") == (clear | inside)).all()
    wide = found.high - found.low
    assert wide[1::2].min() > wide[::2].max()


def test_what_is_unknown_decides_nothing_and_counts_for_nothing():
    unknown = Errors(np.array([[0.2], [np.nan], [0.2]]), np.ones((3, 1)))
    for method in (families.together, families.discovered):
        found = method(np.array([2.0, 2.0, -2.0]), unknown)
        alone = method(np.array([2.0, -2.0]), normal(2))
        assert list(found.statement) == ["better", "cannot tell", "worse"]
        assert found.low[[0, 2]] == pytest.approx(alone.low)
        assert np.isnan(found.p[1])


def test_grades_in_words():
    assert families.worded("worse", True) == "certainly worse"
    assert families.worded("better", False) == "probably better"
    assert families.worded("too small to matter", True) == "too small to matter"
    assert families.worded("cannot tell", True) == "cannot tell"
    assert len(set(families.VERDICTS)) == 7
