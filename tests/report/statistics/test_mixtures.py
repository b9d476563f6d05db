"""Errors of estimates against the distributions that they come to in known cases."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from gatewise.report.statistics import mixtures
from gatewise.report.statistics.moderated import Spreads


def known(variance, freedom):
    """Spreads without lean."""
    variance = np.array(variance, float)
    return Spreads(variance, np.array(freedom, float), variance, np.zeros(len(variance)))


@pytest.mark.parametrize("freedom", [3, 9, 40])
def test_one_side_is_students_t(freedom):
    one = known([2.0], [freedom])
    found = mixtures.errors(one, np.array([8]), np.ones((1, 1)), np.zeros(1))
    scale = np.sqrt(2.0 / 8)
    for x in (0.5, 2.0, 4.0):
        expected = stats.t.sf(x, freedom)
        assert found.tail(np.array([x * scale]))[0] == pytest.approx(expected, rel=0.02)
    reach = found.quantile(0.001)[0] / scale
    assert reach == pytest.approx(stats.t.isf(0.001, freedom), rel=0.02)


def test_many_sides_are_drawn_as_they_are():
    generator = np.random.default_rng(0)
    variance, freedom = np.array([1.0, 4.0, 0.5]), np.array([4.0, 9.0, 3.0])
    contrast, units = np.array([[1.0, -0.5, -0.5]]), np.array([5, 10, 4])
    found = mixtures.errors(known(variance, freedom), units, contrast, np.array([0.03]))
    spread = freedom * variance / generator.chisquare(freedom, (200_000, 3))
    total = spread @ (contrast[0] ** 2 / units) + 0.03
    for x in (0.5, 1.5, 3.0):
        expected = stats.norm.sf(x / np.sqrt(total)).mean()
        assert found.tail(np.array([x]))[0] == pytest.approx(expected, rel=0.04)


def test_contrasts_of_different_length_do_not_disturb_each_other():
    both = np.array([[1.0, -1.0, 0.0], [1.0, -0.5, -0.5]])
    three = known([1.0, 2.0, np.nan], [4, 4, 0])
    together = mixtures.errors(three, np.array([5, 5, 1]), both, np.zeros(2))
    alone = mixtures.errors(three, np.array([5, 5, 1]), both[:1], np.zeros(1))
    assert together.quantile(0.01)[0] == pytest.approx(alone.quantile(0.01)[0], rel=0.02)
    assert np.isnan(together.quantile(0.01)[1])


def test_a_mean_may_have_gone_astray_where_runs_fail():
    plain = known([1.0, 1.0], [4, 4])
    astray = Spreads(plain.variance, plain.freedom, np.array([0.1, 0.1]), np.array([0.5, 0.5]))
    pair, units = np.array([[1.0, -1.0]]), np.array([5, 5])
    reach = [mixtures.errors(s, units, pair, np.zeros(1)).quantile(0.01) for s in (plain, astray)]
    assert reach[1] > 1.2 * reach[0]
