"""Each estimator against a published worked example, another library, or brute force."""

from __future__ import annotations

import numpy as np
import pytest
from statsmodels.stats.multitest import multipletests

from gatewise.report.statistics import effects, families, tests


def paired_p(differences):
    return tests.difference_p(effects.over_seeds(differences))


def test_holm_on_the_textbook_example():
    adjusted = families.holm([0.01, 0.04, 0.03, 0.005])
    assert adjusted == pytest.approx([0.03, 0.06, 0.06, 0.02])


def test_holm_is_that_of_statsmodels():
    p = np.random.default_rng(5).random(40) ** 3
    assert families.holm(p) == pytest.approx(multipletests(p, method="holm")[1])


def test_holm_leaves_out_what_was_not_tested():
    adjusted = families.holm([0.02, np.nan, 0.03])
    assert adjusted[[0, 2]] == pytest.approx([0.04, 0.04])
    assert np.isnan(adjusted[1])
    assert np.isnan(families.holm([np.nan])).all()


def test_equal_contestants_are_seldom_called_different():
    pairs = np.random.default_rng(2).normal(size=(1000, 5))
    false = sum(paired_p(pair) < 0.05 for pair in pairs)
    # 5% of 1000 are 50; outside of 30 to 70 has probability below 1 in 200.
    assert 30 <= false <= 70


@pytest.mark.parametrize(
    ("improvement", "p", "p_equivalence", "expected"),
    [
        (1.0, 0.01, 1.0, "helpful"),
        (-1.0, 0.01, 1.0, "harmful"),
        (-0.1, 0.5, 0.01, "equivalent"),
        (-0.1, 0.01, 0.01, "equivalent"),
        (1.0, 0.06, 0.06, "undecided"),
        (1.0, np.nan, np.nan, "undecided"),
    ],
)
def test_verdict(improvement, p, p_equivalence, expected):
    assert families.verdict(improvement, p, p_equivalence) == expected
