"""A hyper-parameter that makes the score vary is found, and one that does not is not."""

from __future__ import annotations

import numpy as np
import pandas as pd

from gatewise.report.findings import claims
from gatewise.report.findings.judgement import (
    CONTRADICTED,
    NOT_TESTED,
    REPRODUCED,
    UNDECIDED,
    Evidence,
)
from gatewise.report.reading import results
from gatewise.report.tables import hyperparameters, verdicts


def searched(save, effect, architectures=2, trials=40, low=-4.6):
    """A study with trials whose validation score is ``effect(learning rate, dropout)``."""
    folder = save(tasks=("labelling",), loss={"lstm": 0.0, "gru": 0.2}, seeds=2)
    read = results.read(folder)
    generator = np.random.default_rng(3)
    rows = []
    for k in range(architectures):
        one = read.runs.iloc[[2 * k] * trials].assign(
            phase="tuning",
            test_score=np.nan,
            learning_rate=10 ** np.linspace(low, -1.5, trials)
            * generator.uniform(0.99, 1.01, trials),
            dropout=generator.uniform(0, 0.5, trials),
            batch_size=generator.choice([16, 32, 64], trials),
        )
        score = effect(np.log10(one["learning_rate"]), one["dropout"]) - 0.2 * k
        rows.append(one.assign(validation_score=score))
    return results.Results(pd.concat([read.runs, *rows]), read.curves)


def f9(read, shares):
    """What is said of the finding that shares of the variance decide."""
    compared = verdicts.verdicts(read)
    (said,) = [j for j in claims.judge(Evidence(compared, shares=shares)) if j.finding.id == "F9"]
    return said


def test_the_parameter_that_matters_takes_the_variance(save):
    read = searched(save, lambda rate, dropout: 0.7 - 0.2 * (rate + 3) ** 2)
    found = hyperparameters.shares(read, np.random.default_rng(0)).set_index("parameter")
    assert found.loc["learning_rate", "share"] > 0.8
    assert found.loc["dropout", "share"] < 0.1
    assert (found["low"] <= found["share"]).all()
    assert "clip_norm" not in found.index, "it was not varied"
    assert f9(read, found.reset_index()).by_task == {"labelling": REPRODUCED}


def test_the_learning_rates_share_can_contradict(save):
    read = searched(save, lambda rate, dropout: 0.5 + 0.4 * dropout)
    found = hyperparameters.shares(read, np.random.default_rng(0))
    assert f9(read, found).outcome == CONTRADICTED


def test_a_narrow_search_tests_nothing(save):
    """Six points between two rates cannot tell how much the rate explains."""
    for trials, low in ((12, -4.6), (40, -3.5)):
        read = searched(save, lambda rate, dropout: 0.5 + 0.4 * dropout, trials=trials, low=low)
        found = hyperparameters.shares(read, np.random.default_rng(0))
        assert len(found) > 0
        said = f9(read, found)
        assert said.outcome == NOT_TESTED
        assert "50 learning rates" in said.missing


def test_noise_in_the_trials_leaves_the_share_open(save):
    generator = np.random.default_rng(8)
    read = searched(save, lambda rate, dropout: 0.29 * rate + generator.normal(0, 0.17, len(rate)))
    found = hyperparameters.shares(read, np.random.default_rng(0))
    assert f9(read, found).outcome == UNDECIDED


def test_few_trials_explain_nothing(save):
    read = searched(save, lambda rate, dropout: rate, trials=4)
    found = hyperparameters.shares(read, np.random.default_rng(0))
    assert found.empty
    assert f9(read, None).outcome == NOT_TESTED
