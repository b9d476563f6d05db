"""Known spreads come back out, and moderate each other where they are alike."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import special

from gatewise.report.statistics import moderated
from gatewise.report.statistics.sides import Side, of_examples, plain


def test_the_prior_is_that_which_variances_were_drawn_from():
    generator = np.random.default_rng(0)
    freedom, d0, s0 = np.full(4000, 4.0), 6.0, 2.5
    spread = d0 * s0 / generator.chisquare(d0, 4000)
    variance = spread * generator.chisquare(4, 4000) / 4
    found, degrees = moderated.prior(variance, freedom)
    assert found == pytest.approx(s0, rel=0.1)
    assert degrees == pytest.approx(d0, rel=0.2)
    # Of few it is taken to be known less well than estimated.
    assert moderated.prior(variance[:20], freedom[:20])[1] < d0


@pytest.mark.parametrize("y", [0.01, 0.5, 1.0, 10.0])
def test_the_inverse_of_trigamma(y):
    assert special.polygamma(1, moderated.inverse_trigamma(y)) == pytest.approx(y)


def test_an_accidentally_small_spread_is_moderated_and_a_lone_one_is_not():
    generator = np.random.default_rng(1)
    others = [plain(generator.normal(size=5)) for _ in range(20)]
    lucky = plain(np.array([0.5, 0.501, 0.499, 0.5, 0.5]))
    found = moderated.spreads([lucky, *others])
    assert found.variance[0] > 1e4 * np.var(lucky.scores, ddof=1)
    assert found.freedom[0] > 4
    alone = moderated.spreads([lucky])
    assert alone.variance[0] == pytest.approx(np.var(lucky.scores, ddof=1))
    assert alone.freedom[0] <= 4


def test_one_unit_borrows_from_the_others_and_knows_nothing_alone():
    found = moderated.spreads([plain(np.ones(1)), plain(np.arange(4.0)), plain(np.arange(3.0))])
    assert np.isfinite(found.variance[0])
    assert np.isnan(moderated.spreads([plain(np.ones(1))]).variance[0])


def test_scores_that_coincide_have_a_spread_all_the_same():
    generator = np.random.default_rng(2)
    right = (generator.random((1, 100)) < 0.7).astype(float)
    coinciding = np.concatenate([right, generator.permuted(right, axis=1)])
    side = of_examples(coinciding, np.ones(100))
    assert np.ptp(side.scores) == 0
    assert moderated.spreads([side, side]).variance.min() > 1e-4
    same = Side(np.full(3, 0.5), np.empty(0))
    assert moderated.spreads([same, same], step=0.12).variance == pytest.approx(0.0012, rel=0.1)


def test_shape_is_that_of_an_exponential_and_of_a_normal_sample():
    generator = np.random.default_rng(3)
    lean, heavy = moderated.shape([generator.exponential(size=5000) for _ in range(20)])
    assert lean == pytest.approx(2, rel=0.1)
    assert heavy == pytest.approx(6, rel=0.3)
    lean, heavy = moderated.shape([generator.normal(size=8) for _ in range(2000)])
    assert abs(lean) < 0.1
    assert heavy < 0.1
    assert moderated.variance_freedom(np.array([1, 5]), 0.0) == pytest.approx([0, 4])
    assert moderated.variance_freedom(np.array([5]), 6.0)[0] < 2
