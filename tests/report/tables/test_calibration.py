"""Known error rates come back out: of this study's size, and of its own runs."""

from __future__ import annotations

import numpy as np
import pytest

from gatewise.report.reading import results
from gatewise.report.tables import calibration, verdicts
from gatewise.report.tables.calibration import COVERAGE, DECIDED, FALSE, FAMILY, POWER, WHOLE


def runs(generator, count=12, examples=200, by_seed=0.01, margin=0.02):
    """Runs whose scores vary by seed, and examples some of which are hard for all."""
    sums = 0.7 + generator.normal(0, by_seed, (count, 1)) + generator.normal(0, 0.1, examples)
    sums = sums + generator.normal(0, 0.1, (count, examples))
    return calibration.Runs("labelling", margin, sums.mean(axis=1), sums, np.ones(examples))


def rates(found, measure):
    return {row["effect"]: row["rate"] for row in found if row["measure"] == measure}


def test_rates_of_own_runs_are_as_stated():
    generator = np.random.default_rng(0)
    found = list(calibration._own(runs(generator), generator, seeds=5, trials=100))
    # 5% of 100 are 5; above 12 has probability under 1 in 500.
    assert rates(found, FAMILY)[0.0] <= 0.12
    assert min(rates(found, COVERAGE).values()) > 0.85
    power = rates(found, POWER)
    assert power[0.5] < power[1.0] < power[2.0]
    assert power[2.0] > 0.7


def test_a_planted_effect_is_there_on_the_average_and_not_on_every_sample():
    generator = np.random.default_rng(2)
    drawn = runs(generator, by_seed=0.0)
    told = [calibration.family(drawn, 5.0, generator, 5) for _ in range(60)]
    middles = np.concatenate([(t.low + t.high) / 2 for t in told])
    assert middles.mean() == pytest.approx(5, rel=0.05)
    assert middles.std() == pytest.approx(5 * np.sqrt(9 / 200), rel=0.2)


def test_a_study_is_calibrated_by_its_own_size(save, save_examples):
    folder = save(seeds=6, tasks=("labelling", "translation"), loss={"lstm": 0.0, "gru": 0.1})
    save_examples(folder, np.random.default_rng(0))
    read = results.read(folder)
    judged = verdicts.verdicts(read, [("labelling", "gru", "lstm")])
    (one, other) = calibration.sizes(read, judged)
    assert one.units == other.units == (6, 6)
    assert one.pairs == ((1, 0, True),)
    assert other.pairs == ((1, 0, False),)
    found = calibration.calibrate(read, judged, np.random.default_rng(0), seeds=3, resamples=20)
    assert list(found["task"].unique()) == [WHOLE, "labelling", "translation"]
    assert set(found["measure"]) == set(calibration.MEASURES)
    assert set(found["examples"]) == {0, 60}
    assert ((found["low"] - 1e-9 <= found["rate"]) & (found["rate"] <= found["high"] + 1e-9)).all()
    simulated = found[found["task"] == WHOLE].set_index(["measure", "effect"])["rate"]
    assert simulated[FALSE, 0.0] <= 0.2
    assert simulated[DECIDED, 2.0] > 0.3
    translation = calibration.reference_runs(read, 6)[1]
    assert (translation.scores < 0).all(), "nats are turned so that more is better"


def test_without_enough_runs_the_simulation_remains(save):
    read = results.read(save(seeds=3, tasks=("labelling",)))
    judged = verdicts.verdicts(read)
    found = calibration.calibrate(read, judged, np.random.default_rng(0), seeds=2, resamples=3)
    assert set(found["task"]) == {WHOLE}
    with pytest.raises(calibration.TooFewRuns, match="seeds=1: allowed are whole numbers from 2"):
        calibration.calibrate(read, judged, np.random.default_rng(0), seeds=1)
    with pytest.raises(calibration.TooFewRuns, match="resamples=0: allowed"):
        calibration.calibrate(read, judged, np.random.default_rng(0), resamples=0)
