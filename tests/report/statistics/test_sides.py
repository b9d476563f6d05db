"""The two kinds of luck come back out of tables in which they are known."""

from __future__ import annotations

import numpy as np
import pytest

from gatewise.report.statistics import sides


def crossed(generator, units, examples, by_unit, by_example, rest=1.0):
    """Scores with known luck of units, of examples, and of both together."""
    return (
        generator.normal(0, by_unit, (units, 1))
        + generator.normal(0, by_example, (1, examples))
        + generator.normal(0, rest, (units, examples))
    )


def test_variances_are_those_of_the_random_effects_model():
    generator = np.random.default_rng(7)
    found = [
        sides.of_examples(crossed(generator, 6, 50, 0.3, 0.9), np.ones(50)) for _ in range(400)
    ]
    by_unit = np.mean([side.scores.var(ddof=1) for side in found])
    assert by_unit == pytest.approx(0.09 + 1 / 50, rel=0.08)
    sample = np.mean([sides.sample_variance([side], np.ones(1)) for side in found])
    assert sample == pytest.approx(0.81 / 50, rel=0.05)
    assert np.mean([side.noise for side in found]) == pytest.approx(1 / 6, rel=0.03)


def test_what_is_hard_for_both_leaves_their_difference():
    generator = np.random.default_rng(8)
    hard = generator.normal(0, 1, (1, 300))
    two = [
        sides.of_examples(hard + crossed(generator, 5, 300, 0.1, by, 0.2), np.ones(300))
        for by in (0.0, 0.5)
    ]
    assert sides.sample_variance(two, np.array([1, 0])) == pytest.approx(1 / 300, rel=0.2)
    assert sides.sample_variance(two, np.array([1, -1])) == pytest.approx(0.25 / 300, rel=0.2)


def test_mean_squares_are_those_of_a_two_way_analysis_of_variance():
    sums = np.random.default_rng(8).normal(size=(4, 7)) + np.arange(7)
    found = sides.of_examples(sums, np.ones(7))
    squares = sums - sums.mean(axis=1, keepdims=True) - sums.mean(axis=0) + sums.mean()
    rest = (squares**2).sum() / (3 * 6)
    between = 4 * sums.mean(axis=0).var(ddof=1)
    assert found.noise == pytest.approx(rest / 4)
    expected = (between - rest) / (4 * 7)
    assert sides.sample_variance([found], np.ones(1)) == pytest.approx(expected)


def test_the_mean_is_a_ratio_of_sums():
    generator = np.random.default_rng(9)
    weights = generator.integers(1, 40, 300).astype(float)
    # Every target scores about 3: only a ratio does not care how many targets are drawn.
    sums = weights * (3 + generator.normal(0, 0.01, (5, 300)))
    found = sides.of_examples(sums, weights)
    assert found.mean == pytest.approx(sums.sum() / (5 * weights.sum()))
    assert sides.sample_variance([found], np.ones(1)) < 1e-6


def test_without_examples_nothing_is_known_of_the_sample_and_bad_shapes_are_refused():
    known = sides.of_examples(np.ones((2, 5)), np.ones(5))
    assert sides.sample_variance([known, sides.plain(np.ones(2))], np.array([1, -1])) == 0
    with pytest.raises(ValueError, match=r"\(2, 3\) with weights of shape \(4,\)"):
        sides.of_examples(np.ones((2, 3)), np.ones(4))
