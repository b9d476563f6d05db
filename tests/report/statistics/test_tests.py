"""Each estimator against a published worked example, another library, or brute force."""

from __future__ import annotations

import numpy as np
import pytest
from statsmodels.stats.weightstats import DescrStatsW

from gatewise.report.statistics import effects, tests

# Student's sleep data (Cushny & Peebles 1905), with the results that R's manual prints.
DRUG_1 = np.array([0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0])


DRUG_2 = np.array([1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4])


SLEEP = DRUG_2 - DRUG_1


def test_paired_and_welch_p_are_those_of_students_sleep_data():
    assert tests.difference_p(effects.over_seeds(SLEEP)) == pytest.approx(0.002833, abs=1e-6)
    assert tests.welch_p(DRUG_1, DRUG_2) == pytest.approx(0.07939, abs=1e-5)


def test_wilcoxon_p_is_that_of_hollander_and_wolfe():
    before = np.array([1.83, 0.50, 1.62, 2.48, 1.68, 1.88, 1.55, 3.06, 1.30])
    after = np.array([0.878, 0.647, 0.598, 2.05, 1.06, 1.29, 1.06, 3.14, 1.29])
    assert tests.wilcoxon_p(before - after) == pytest.approx(2 * 0.01953, abs=1e-5)


def paired_p(differences):
    return tests.difference_p(effects.over_seeds(differences))


@pytest.mark.parametrize("p", [paired_p, tests.wilcoxon_p])
def test_one_pair_tells_nothing_and_equal_pairs_no_difference(p):
    assert np.isnan(p(np.array([0.3])))
    assert p(np.zeros(4)) == 1.0


def test_differences_without_spread_have_p_0_or_1():
    same = np.full(3, 0.5)
    assert paired_p(same) == 0
    assert tests.equivalence_p(effects.over_seeds(same), 0.6) == 0
    assert tests.equivalence_p(effects.over_seeds(same), 0.4) == 1
    assert effects.interval(effects.over_seeds(same)) == effects.Interval(0.5, 0.5, 0.5)
    assert tests.welch_p(same, same) == 1
    assert tests.welch_p(same, same + 1) == 0


@pytest.mark.parametrize("margin", [0.5, 1.6, 3.0])
def test_equivalence_p_is_that_of_statsmodels(margin):
    expected = DescrStatsW(SLEEP).ttost_mean(-margin, margin)[0]
    assert tests.equivalence_p(effects.over_seeds(SLEEP), margin) == pytest.approx(expected)
