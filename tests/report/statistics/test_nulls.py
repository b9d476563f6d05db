"""A seeded slice of the null simulation: studies with known truths, few spoken of falsely."""

from __future__ import annotations

import numpy as np
import pytest

from gatewise.report.statistics import nulls
from gatewise.report.statistics.nulls import Size


def study(seeds, share, spread=1.0, confirmatory=True):
    """Five tasks of 30 pairs that all share the first side."""
    generator = np.random.default_rng(9)
    units = tuple(int(n) for n in generator.choice(seeds, 31))
    return [Size(units, tuple((k, 0, confirmatory) for k in range(1, 31)), spread, share)] * 5


@pytest.mark.parametrize("seeds", [(3,), (5,), (3, 5, 8, 12)], ids=str)
@pytest.mark.parametrize(("share", "effects"), [(0.1, (0.0,)), (0.5, (0.0, 1.0))])
def test_a_family_is_seldom_wrong(seeds, share, effects):
    generator = np.random.default_rng(3)
    told = [nulls.simulated(study(seeds, share), effects, generator) for _ in range(60)]
    # Of 60 studies 5% are 3; 8 or more have a probability of 1 in 100.
    assert sum(one.certain_false > 0 for one in told) < 8


@pytest.mark.parametrize(("tasks", "pairs"), [(6, 6), (3, 3)])
def test_a_small_study_with_slow_starters_is_seldom_wrong(tasks, pairs):
    """Whose reference has √k times the seeds of each of its k rivals."""
    units = (round(5 * pairs**0.5), *(5,) * pairs)
    size = Size(units, tuple((k, 0, True) for k in range(1, pairs + 1)), spread=1.0, share=0.0)
    generator = np.random.default_rng(6)
    told = [nulls.simulated([size] * tasks, (0.0,), generator) for _ in range(60)]
    assert sum(one.certain_false > 0 for one in told) < 8


def test_of_the_probable_few_are_false():
    generator = np.random.default_rng(4)
    sizes = study((5,), 0.1, spread=0.5, confirmatory=False)
    told = [nulls.simulated(sizes, (0.0, 2.0), generator) for _ in range(20)]
    assert sum(one.probable for one in told) > 500
    assert np.mean([one.probable_false / max(one.probable, 1) for one in told]) < 0.05
    assert {one.confirmatory for one in told} == {0}


def test_large_differences_are_found_and_what_is_false_is_told():
    generator = np.random.default_rng(5)
    (told,) = [nulls.simulated(study((8,), 0.1, spread=0.1), (0.0, 3.0), generator)]
    assert told.certain > 0.6 * told.confirmatory == 90
    said = np.array(["better", "worse", "too small to matter", "cannot tell", "better"])
    truth = np.array([0.0, 1.0, -1.0, 0.0, 2.0])
    assert nulls.false(said, truth).tolist() == [True, True, True, False, False]
