"""Known error rates come back out: of a sound pipeline, and of one that counts seeds alone."""

from __future__ import annotations

import numpy as np
import pytest

from gatewise.report.reading import results
from gatewise.report.statistics import power
from gatewise.report.tables import calibration
from gatewise.report.tables.calibration import COVERAGE, FAMILYWISE, PAIR, POWER, SEEDS


def runs(generator, count=12, examples=200, by_seed=0.01, margin=0.02):
    """Runs whose scores vary by seed, and examples some of which are hard for all."""
    sums = 0.7 + generator.normal(0, by_seed, (count, 1)) + generator.normal(0, 0.1, examples)
    sums = sums + generator.normal(0, 0.1, (count, examples))
    return calibration.Runs("labelling", margin, sums.mean(axis=1), sums, np.ones(examples))


def rates(found, measure):
    return {row["effect"]: row["rate"] for row in found if row["measure"] == measure}


def test_rates_of_simulated_runs_are_as_stated():
    generator = np.random.default_rng(0)
    found = list(calibration._task(runs(generator), generator, seeds=5, resamples=300))
    (pair,), (family,) = rates(found, PAIR).values(), rates(found, FAMILYWISE).values()
    # 5% of 300 are 15; above 27 has probability under 1 in 500.
    assert pair <= 27 / 300
    assert family <= 27 / 300
    assert min(rates(found, COVERAGE).values()) > 0.90
    power = rates(found, POWER)
    assert power[0.5] < power[1.0] < power[2.0]
    assert power[2.0] > 0.8
    needed = rates(found, SEEDS)
    assert needed[0.5] > needed[1.0] >= needed[2.0]


def test_the_power_that_is_foretold_is_that_of_trials():
    generator = np.random.default_rng(1)
    drawn = runs(generator, count=40)
    seeds = int(calibration.seeds_for_power(drawn, 0.02))
    found = list(calibration._task(drawn, generator, seeds=seeds, resamples=200))
    assert 0.72 < rates(found, POWER)[1.0] < 0.93


def test_a_planted_effect_is_there_on_the_average_and_not_on_every_sample():
    generator = np.random.default_rng(2)
    drawn = runs(generator, by_seed=0.0)
    none = np.arange(5)
    effects = [calibration._difference(drawn, none, none, generator, plant=0.1) for _ in range(300)]
    means = np.array([effect.mean for effect in effects])
    assert means.mean() == pytest.approx(0.1, abs=0.005)
    expected = np.sqrt(9 * 0.1**2 / 200)
    assert means.std() == pytest.approx(expected, rel=0.15)
    assert np.mean([effect.error for effect in effects]) == pytest.approx(expected, rel=0.1)


def test_a_study_is_calibrated_task_by_task(save, save_examples):
    folder = save(seeds=6, tasks=("labelling", "translation"), loss={"lstm": 0.0, "gru": 0.1})
    save_examples(folder, np.random.default_rng(0))
    read = results.read(folder)
    found = calibration.calibrate(read, np.random.default_rng(0), seeds=3, resamples=5)
    assert set(found["task"]) == {"labelling", "translation"}
    assert set(found["measure"]) == set(calibration.MEASURES)
    assert set(found["examples"]) == {60}
    shares = found[found["measure"] != SEEDS]
    assert (shares["low"] <= shares["rate"]).all()
    assert (shares["rate"] <= shares["high"]).all()
    translation = calibration.reference_runs(read, 6)[1]
    assert (translation.scores < 0).all(), "nats are turned so that more is better"
    assert translation.sums.sum(axis=1) / translation.weights.sum() == pytest.approx(
        translation.scores, abs=1e-4
    )


def test_without_examples_seeds_alone_vary(save):
    read = results.read(save(seeds=4, tasks=("labelling",), loss={"lstm": 0.0}))
    found = calibration.calibrate(read, np.random.default_rng(0), seeds=2, resamples=3)
    assert set(found["examples"]) == {0}


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"seeds": 5}, "final runs of lstm on 'labelling': 4; allowed are 10 or more"),
        ({"seeds": 1}, "seeds=1: allowed are whole numbers from 2"),
        ({"seeds": 2, "resamples": 0}, "resamples=0: allowed are whole numbers from 1"),
    ],
)
def test_too_little_to_calibrate_on_is_refused(save, options, message):
    read = results.read(save(seeds=4, tasks=("labelling",), loss={"lstm": 0.0}))
    with pytest.raises(calibration.TooFewRuns, match=message):
        calibration.calibrate(read, np.random.default_rng(0), **options)


def test_tasks_with_too_few_runs_are_left_out(save):
    def fewer(runs, curves):
        gone = runs[(runs["task"] == "video") & (runs["seed"] > 1)]
        runs.drop(gone.index, inplace=True)
        curves.drop(curves[curves["experiment"].isin(gone["experiment"])].index, inplace=True)

    read = results.read(save(fewer, seeds=4, tasks=("labelling", "video"), loss={"lstm": 0.0}))
    found = calibration.calibrate(read, np.random.default_rng(0), seeds=2, resamples=20)
    assert set(found["task"]) == {"labelling"}


def test_no_spread_needs_two_seeds_and_no_effect_any_number():
    same = calibration.Runs("t", 0.1, np.full(4, 0.5), None, None)
    assert calibration.seeds_for_power(same, 0.1) == 2
    wild = calibration.Runs("t", 0.1, np.array([0.0, 1.0, 0.0, 1.0]), None, None)
    assert np.isinf(calibration.seeds_for_power(wild, 0.001))
    assert power.POWER == 0.8
