"""Before training: matrices from a Gaussian, all else as the run starts."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from gatewise.benchmark.architectures.catalogue import LSTM, VANILLA
from gatewise.benchmark.architectures.layers import Recurrent
from gatewise.benchmark.execution import worker
from gatewise.benchmark.inspection import passing
from gatewise.benchmark.records.facts import measure
from gatewise.benchmark.studies.plan import recipe
from gatewise.benchmark.studies.study import Study


@pytest.fixture
def layer():
    made = Recurrent(LSTM, 40)
    made.build((None, 9, 4))
    return made


def test_matrices_keep_their_spread_and_biases_their_values(layer):
    before = {name: np.array(array) for name, array in layer.arrays.items()}
    passing.make_gaussian([layer], np.random.default_rng(0))
    after = {name: np.array(array) for name, array in layer.arrays.items()}
    for name, array in before.items():
        if array.ndim < 2:
            assert (after[name] == array).all()
        else:
            assert (after[name] != array).all()
            assert np.mean(after[name] ** 2) == pytest.approx(np.mean(array**2), rel=0.1)
            assert np.mean(after[name] ** 4) / np.mean(after[name] ** 2) ** 2 > 2.5, "a normal's 3"


def test_an_orthogonal_recurrence_is_orthogonal_no_more():
    made = Recurrent(VANILLA, 40)
    made.build((None, 9, 4))
    square = np.array(made.arrays["recurrent"])
    assert np.linalg.svd(square)[1] == pytest.approx(np.ones(40), abs=1e-4)
    passing.make_gaussian([made], np.random.default_rng(0))
    values = np.linalg.svd(np.array(made.arrays["recurrent"]))[1]
    # Marchenko and Pastur: from 0 to 2 where the entries' variance is 1/n.
    assert 1.6 < values.max() < 2.2
    assert values.min() < 0.2


def test_the_start_is_a_function_of_the_seed_and_leaves_the_model_alone(tmp_path):
    study = Study("s", "smoke", ("adding",), ("vanilla",), seeds=1)
    experiment = recipe(study, measure("adding", "smoke", tmp_path), "vanilla")
    trainer = worker.trainer(experiment.group)
    weights = trainer.model.get_weights()
    first = passing.at_start(trainer, experiment)
    assert first == passing.at_start(trainer, experiment)
    assert set(first) == {"h"}
    other = passing.at_start(trainer, replace(experiment, seed=1))
    assert 0 < first["h"]["rate"] != other["h"]["rate"]
    assert all((a == b).all() for a, b in zip(weights, trainer.model.get_weights(), strict=True))
