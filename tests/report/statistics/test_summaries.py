"""Each estimator against a published worked example, another library, or brute force."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from scipy import stats

from gatewise.report.statistics import summaries

# Student's sleep data (Cushny & Peebles 1905), with the results that R's manual prints.
DRUG_1 = np.array([0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0])


DRUG_2 = np.array([1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4])


def test_interquartile_mean_drops_a_quarter_at_each_end():
    assert summaries.interquartile_mean(np.array([-99, 2, 3, 4, 5, 6, 7, 99])) == 4.5


def test_probability_of_improvement_is_mann_and_whitneys_u():
    expected = stats.mannwhitneyu(DRUG_2, DRUG_1).statistic / 100
    assert summaries.probability_of_improvement(DRUG_2, DRUG_1) == pytest.approx(expected)
    assert summaries.probability_of_improvement(np.ones(3), np.ones(2)) == 0.5


def test_best_of_k_is_the_mean_over_all_samples():
    values = np.array([0.3, 0.9, 0.1, 0.6])
    expected = [np.mean([max(c) for c in combinations(values, k)]) for k in range(1, 5)]
    assert summaries.best_of(values) == pytest.approx(expected)
