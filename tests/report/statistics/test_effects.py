"""Each estimator against a published worked example, another library, or brute force."""

from __future__ import annotations

import numpy as np
import pytest

from gatewise.report.statistics import effects

# Student's sleep data (Cushny & Peebles 1905), with the results that R's manual prints.
DRUG_1 = np.array([0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0])


DRUG_2 = np.array([1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4])


SLEEP = DRUG_2 - DRUG_1


def test_an_interval_is_cut_where_its_quantity_ends():
    found = effects.within(effects.Interval(0.99, 0.97, 1.01), 0.0, 1.0)
    assert (found.low, found.estimate, found.high) == (0.97, 0.99, 1.0)
    assert np.isnan(effects.within(effects.Interval(0.9, np.nan, np.nan), 0.0, 1.0).high)


def test_mean_interval_is_that_of_students_sleep_data():
    found = effects.interval(effects.over_seeds(SLEEP))
    assert found.estimate == pytest.approx(1.58)
    assert (found.low, found.high) == pytest.approx((0.7001142, 2.4598858), abs=1e-6)


def crossed(generator, seeds, examples, by_seed, by_example, rest=1.0):
    """Scores with known luck of seeds, of examples, and of both together."""
    return (
        generator.normal(0, by_seed, (seeds, 1))
        + generator.normal(0, by_example, (1, examples))
        + generator.normal(0, rest, (seeds, examples))
    )


def test_variances_are_those_of_the_random_effects_model():
    generator = np.random.default_rng(7)
    found = [
        effects.over_seeds_and_examples(crossed(generator, 6, 50, 0.3, 0.9), np.ones(50))
        for _ in range(400)
    ]
    assert np.mean([f.seed_variance for f in found]) == pytest.approx((0.09 + 1 / 50) / 6, rel=0.08)
    assert np.mean([f.example_variance for f in found]) == pytest.approx(0.81 / 50, rel=0.05)
    together = np.var([f.mean for f in found])
    assert together == pytest.approx((0.09 + 1 / 50) / 6 + 0.81 / 50, rel=0.2)


def test_mean_squares_are_those_of_a_two_way_analysis_of_variance():
    sums = np.random.default_rng(8).normal(size=(4, 7)) + np.arange(7)
    found = effects.over_seeds_and_examples(sums, np.ones(7))
    squares = sums - sums.mean(axis=1, keepdims=True) - sums.mean(axis=0) + sums.mean()
    rest = (squares**2).sum() / (3 * 6)
    between = 4 * sums.mean(axis=0).var(ddof=1)
    assert found.example_variance == pytest.approx((between - rest) / (4 * 7))
    assert found.seed_variance == pytest.approx(sums.mean(axis=1).var(ddof=1) / 4)


def test_the_mean_is_a_ratio_of_sums():
    generator = np.random.default_rng(9)
    weights = generator.integers(1, 40, 300).astype(float)
    # Every target scores about 3: only a ratio does not care how many targets are drawn.
    sums = weights * (3 + generator.normal(0, 0.01, (5, 300)))
    found = effects.over_seeds_and_examples(sums, weights)
    assert found.mean == pytest.approx(sums.sum() / (5 * weights.sum()))
    assert found.error < 0.001


@pytest.mark.parametrize("by_example", [0.0, 0.5, 1.0])
@pytest.mark.parametrize("by_seed", [0.0, 0.2])
def test_two_way_intervals_cover_with_five_seeds(by_seed, by_example):
    generator = np.random.default_rng(10)
    hits = 0
    for _ in range(1000):
        sums = crossed(generator, 5, 80, by_seed, by_example)
        found = effects.interval(effects.over_seeds_and_examples(sums, np.ones(80)))
        hits += found.low <= 0 <= found.high
    # 95% of 1000 are 950; below 925 has probability under 1 in 2000.
    assert 925 <= hits <= 980


def test_one_seed_knows_no_variance_and_bad_shapes_are_refused():
    one = effects.over_seeds_and_examples(np.ones((1, 5)), np.ones(5))
    assert np.isnan(effects.interval(one).low)
    with pytest.raises(ValueError, match=r"\(2, 3\) with weights of shape \(4,\)"):
        effects.over_seeds_and_examples(np.ones((2, 3)), np.ones(4))
