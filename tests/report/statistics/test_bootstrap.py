"""Each estimator against a published worked example, another library, or brute force."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from gatewise.report.statistics import bootstrap

# Student's sleep data (Cushny & Peebles 1905), with the results that R's manual prints.
DRUG_1 = np.array([0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0])


DRUG_2 = np.array([1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4])


SLEEP = DRUG_2 - DRUG_1


def test_percentile_bootstrap_against_plain_resampling():
    generator = np.random.default_rng(3)
    found = bootstrap.bootstrap_interval(SLEEP, generator, "percentile", resamples=20000)
    means = generator.choice(SLEEP, (20000, 10)).mean(axis=1)
    assert (found.low, found.high) == pytest.approx(np.quantile(means, [0.025, 0.975]), abs=0.03)


def test_bca_bootstrap_against_efrons_formula():
    generator = np.random.default_rng(4)
    found = bootstrap.bootstrap_interval(SLEEP, generator, "BCa", resamples=20000)
    means = generator.choice(SLEEP, (20000, 10)).mean(axis=1)
    centred = SLEEP.mean() - SLEEP
    # The jackknife of a mean is linear, so that its skewness is that of the values.
    acceleration = -(centred**3).sum() / (6 * (centred**2).sum() ** 1.5)
    bias = stats.norm.ppf((means < SLEEP.mean()).mean())
    z = bias + stats.norm.ppf([0.025, 0.975])
    levels = stats.norm.cdf(bias + z / (1 - acceleration * z))
    assert (found.low, found.high) == pytest.approx(np.quantile(means, levels), abs=0.04)
    assert found.high > SLEEP.mean() + (SLEEP.mean() - found.low), "skewed to the right"


def test_bootstrap_is_repeatable_and_names_its_methods():
    first, second = (
        bootstrap.bootstrap_interval(SLEEP, np.random.default_rng(5)) for _ in range(2)
    )
    assert first == second
    with pytest.raises(ValueError, match=r"'basic'.*'percentile' and 'BCa'"):
        bootstrap.bootstrap_interval(SLEEP, np.random.default_rng(5), "basic")


def test_two_way_bootstrap_is_a_ratio_of_sums_as_by_brute_force():
    generator = np.random.default_rng(8)
    weights = generator.integers(1, 9, 30).astype(float)
    # All ahead by about 3 a target: only a ratio of sums does not care how many targets are drawn.
    first = (3 + generator.random((6, 30))) * weights
    second = generator.random((6, 30)) * weights
    scores = bootstrap.resampled_scores(np.vstack([first, second]), weights, generator, 6000)
    estimate = (first - second).sum() / (6 * weights.sum())
    found = bootstrap.two_way_interval(scores[:, :6] - scores[:, 6:], generator, estimate)
    drawn = []
    for _ in range(6000):
        rows = generator.integers(0, 6, 6)
        columns = generator.integers(0, 30, 30)
        taken = (first - second)[np.ix_(rows, columns)]
        drawn.append(taken.sum() / (6 * weights[columns].sum()))
    expected = np.quantile(drawn, [0.025, 0.975])
    assert (found.low, found.high) == pytest.approx(expected, abs=0.012)
