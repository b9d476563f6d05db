"""How many seeds decide is what a simulation says."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from gatewise.report.statistics.power import seeds_to_decide


@pytest.mark.parametrize("size", [1.5, 0.2])
def test_so_many_seeds_decide_four_times_in_five(size):
    seeds = seeds_to_decide(size, training=0.5, sample=0.0, seeds=4, alpha=0.01)
    half = stats.norm.isf(0.005) * math.sqrt(0.5 * 4 / seeds)
    drawn = np.random.default_rng(0).normal(size, math.sqrt(0.5 * 4 / seeds), 20_000)
    decided = (np.abs(drawn) > half) if size > 0.5 else (np.abs(drawn) + half < 1)
    assert 0.79 < decided.mean() < 0.85


def test_seeds_to_decide_at_the_edges():
    assert math.isnan(seeds_to_decide(1.0, math.nan, 0.0, 1, 0.05))
    assert seeds_to_decide(50.0, 0.1, 0.0, 4, 0.05) == 5
    assert math.isinf(seeds_to_decide(0.5, 50.0, 0.0, 4, 0.05))


def test_no_number_of_seeds_makes_up_for_a_small_test_sample():
    assert math.isfinite(seeds_to_decide(0.9, 0.1, 0.0, 4, 0.05))
    assert math.isinf(seeds_to_decide(0.9, 0.1, 0.2, 4, 0.05))
