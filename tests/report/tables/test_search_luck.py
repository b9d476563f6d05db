"""Intervals over repetitions of the search hold the luck of the search, those over seeds do not.

    python -m tests.report.tables.test_search_luck

prints the coverage by number of repetitions and seeds.
"""

from __future__ import annotations

from itertools import product

import numpy as np
import pandas as pd
import pytest

from gatewise.report.reading.runs import of_task

ARCHITECTURES, STUDIES = 9, 150
LOST = 1.0
"""What a search misses of the best setting, in standard deviations over seeds."""


def study(repetitions: int, seeds: int, generator: np.random.Generator) -> pd.DataFrame:
    """Final runs of equally good architectures, whose searches lose more or less by chance.

    A repetition chooses a setting that is off the best by an exponential, as a minimum over few
    trials is; what it is off by on average is part of what an architecture is worth.
    """
    places = product(range(ARCHITECTURES), range(repetitions), range(seeds))
    runs = pd.DataFrame(places, columns=["architecture", "repetition", "seed"])
    runs["seed"] += 1000 * runs["repetition"]
    lost = LOST * generator.exponential(size=(ARCHITECTURES, repetitions))
    luck = generator.normal(size=len(runs))
    runs["test_score"] = 0.5 - 0.01 * (lost.repeat(seeds) - luck)
    return runs.assign(experiment="", metric="accuracy", test_examples=10_000, margin=0.02)


def coverage(repetitions: int, seeds: int, nested: bool, generator: np.random.Generator) -> float:
    """How often the interval of a difference from the first holds the true one, which is 0."""
    contrasts = [{"0": 1.0, str(k): -1.0} for k in range(1, ARCHITECTURES)]
    held = []
    for _ in range(STUDIES):
        runs = study(repetitions, seeds, generator)
        runs = runs if nested else runs.assign(repetition=0)
        intervals = of_task(runs, None).intervals(contrasts)
        held += [interval.low <= 0 <= interval.high for interval in intervals]
    return float(np.mean(held))


@pytest.mark.parametrize(("repetitions", "seeds"), [(3, 2), (5, 2)])
def test_intervals_over_repetitions_cover_the_luck_of_the_search(repetitions, seeds):
    assert coverage(repetitions, seeds, True, np.random.default_rng(1)) >= 0.93


def test_seeds_of_one_search_do_not_cover_it():
    """The test above could fail."""
    assert coverage(1, 6, True, np.random.default_rng(1)) < 0.9
    assert coverage(3, 5, False, np.random.default_rng(1)) < 0.9


if __name__ == "__main__":
    print("repetitions  seeds  over repetitions  over seeds")
    for shape in ((1, 6), (3, 2), (3, 5), (5, 2), (5, 5), (10, 2)):
        found = [coverage(*shape, nested, np.random.default_rng(1)) for nested in (True, False)]
        print(f"{shape[0]:11}  {shape[1]:5}  {found[0]:16.3f}  {found[1]:10.3f}")
