"""Each estimator against a published worked example, another library, or brute force."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from gatewise.report.statistics import effects, power


def exact(mean: float, deviation: float, n: int) -> np.ndarray:
    """n values of exactly that mean and standard deviation."""
    values = np.random.default_rng(n).normal(size=n)
    return mean + deviation * (values - values.mean()) / values.std(ddof=1)


def test_34_pairs_show_a_medium_effect_as_in_gpower():
    # G*Power 3.1: paired t test, d = 0.5, alpha = 0.05, power 0.8: n = 34, actual power 0.8078.
    assert power.difference_power(effects.over_seeds(exact(0.5, 1.0, 34)), 0.05) == pytest.approx(
        0.8078, abs=1e-4
    )
    assert power.seeds_to_decide(effects.over_seeds(exact(0.5, 1.0, 5)), margin=0.01) == 34


@pytest.mark.parametrize("mean", [0.0, 0.3, 0.9])
def test_equivalence_power_against_simulation(mean):
    generator = np.random.default_rng(6)
    drawn = generator.normal(mean, 1.0, (20000, 12))
    error = drawn.std(axis=1, ddof=1) / np.sqrt(12)
    critical = stats.t.ppf(0.95, 11)
    reach = np.abs(drawn.mean(axis=1)) + critical * error
    expected = (reach < 1.2).mean()
    found = power.equivalence_power(effects.over_seeds(exact(mean, 1.0, 12)), 1.2, 0.05)
    assert found == pytest.approx(expected, abs=0.012)


def test_powers_are_those_of_the_noncentral_t():
    effect = effects.Effect(0.4, 6, 0.03, 0.01, 200)
    critical = stats.t.ppf(0.975, effect.freedom)
    law = stats.nct(effect.freedom, 0.4 / 0.2)
    expected = law.sf(critical) + law.cdf(-critical)
    assert power.difference_power(effect, 0.05) == pytest.approx(expected)
    critical = stats.t.ppf(0.95, effect.freedom)
    laws = [stats.nct(effect.freedom, (0.4 + side) / 0.2) for side in (-1, 1)]
    expected = laws[0].cdf(-critical) - laws[1].cdf(critical)
    assert power.equivalence_power(effect, 1.0, 0.05) == pytest.approx(expected)


def test_seeds_to_decide_finds_the_first_that_is_enough():
    effect = effects.over_seeds(exact(0.1, 1.0, 4))
    found = int(power.seeds_to_decide(effect, margin=1.0))
    assert power.equivalence_power(effect.at(found), 1.0, 0.05) >= 0.8
    assert power.equivalence_power(effect.at(found - 1), 1.0, 0.05) < 0.8


def test_seeds_to_decide_at_the_edges():
    assert np.isnan(power.seeds_to_decide(effects.over_seeds(np.array([1.0])), 1.0))
    assert power.seeds_to_decide(effects.over_seeds(np.full(3, 0.2)), 1.0) == 4
    assert np.isinf(power.seeds_to_decide(effects.over_seeds(exact(0.1, 9.0, 4)), 0.1))
    assert power.seeds_to_decide(effects.over_seeds(exact(50.0, 0.1, 4)), 1.0) == 5


def test_no_number_of_seeds_makes_up_for_a_small_test_sample():
    seeds = effects.Effect(0.1, 4, 0.04)
    assert np.isfinite(power.seeds_to_decide(seeds, 0.01))
    assert np.isinf(power.seeds_to_decide(replace(seeds, example_variance=0.01, examples=9), 0.01))
