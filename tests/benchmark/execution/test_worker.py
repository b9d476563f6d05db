"""What a worker does with an experiment that goes wrong."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

import pytest

from gatewise.benchmark.execution import worker
from gatewise.benchmark.records.facts import measure
from gatewise.benchmark.records.failures import Failures
from gatewise.benchmark.records.ledger import Ledger
from gatewise.benchmark.studies.plan import recipe
from gatewise.benchmark.studies.study import Study
from gatewise.benchmark.training.trainer import Trainer


@pytest.fixture(scope="module")
def experiments(tmp_path_factory):
    study = Study("s", "smoke", ("adding-25",), ("vanilla",), seeds=1)
    first = recipe(study, measure("adding-25", "smoke", tmp_path_factory.mktemp("f")), "vanilla")
    return [replace(first, seed=seed, epochs=1) for seed in range(3)]


def test_one_that_raises_is_recorded_and_the_others_are_trained(experiments, tmp_path, monkeypatch):
    train = Trainer.train

    def broken(self, experiment, stopped):
        if experiment.seed == 1:
            raise RuntimeError("\x1b[1mno such\x1b[0m\nthing")
        return train(self, experiment, stopped)

    monkeypatch.setattr(Trainer, "train", broken)
    worker.train_group(experiments, tmp_path, keep_weights=False)
    one, two, three = (experiment.id for experiment in experiments)
    assert Ledger(tmp_path).finished() == {one, three}
    (failure,) = Failures(tmp_path)
    assert failure.experiment.id == two
    assert failure.reason.startswith("RuntimeError: no such thing (test_worker.py, line ")


@pytest.mark.parametrize("error", [MemoryError, KeyboardInterrupt])
def test_what_is_not_the_experiments_own_fault_is_not_held_against_it(
    experiments, tmp_path, monkeypatch, error
):
    def broken(self, experiment, stopped):
        raise error

    monkeypatch.setattr(Trainer, "train", broken)
    with pytest.raises(error):
        worker.train_group(experiments, tmp_path, keep_weights=False)
    assert not Failures(tmp_path).ids()


def test_a_worker_is_spared_what_keras_imports_for_others():
    """In a process of its own; afterwards whoever needs one of these imports it as ever."""
    told = (
        "import sys; from gatewise.benchmark.execution import worker; worker.single_thread();"
        "import gatewise.benchmark.training.trainer, keras;"
        "print(keras.__name__, sorted(set(worker.UNNEEDED) & set(sys.modules)));"
        "import pandas; print(pandas.__name__)"
    )
    done = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, check=True)
    assert done.stdout.split("\n")[:2] == ["keras []", "pandas"]
