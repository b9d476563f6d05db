"""All four looks at a trained run together."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from gatewise.benchmark.execution import worker
from gatewise.benchmark.inspection import diagnosis, subjects
from gatewise.benchmark.records.facts import measure
from gatewise.benchmark.studies.plan import recipe
from gatewise.benchmark.studies.study import Study


def experiment_of(folder, task: str, architecture: str, **changed):
    study = Study("s", "smoke", (task,), (architecture,), seeds=1)
    return replace(recipe(study, measure(task, "smoke", folder), architecture), **changed)


@pytest.mark.slow
def test_a_run_is_trained_again_and_looked_into(tmp_path):
    """The weights come back to the last bit, and stay for the next time."""
    experiment = experiment_of(tmp_path, "sentiment", "lstm", epochs=1)
    worker.train_group([experiment], tmp_path, keep_weights=False)
    worker.trainer.cache_clear()
    ((found, result),) = subjects.find(tmp_path, (), ("lstm", "gru"), 0)
    assert found == experiment
    path = diagnosis.write(tmp_path, experiment, result)
    record = json.loads(path.read_text(encoding="utf-8"))
    assert record["score"] == record["recorded"]
    assert set(record["gates"]) == {"write", "keep", "emit"}
    assert len(record["lesions"]) == 9
    assert record["gradient"]["c"]["norms"][0] == 1.0
    assert set(record["start"]) == {"h", "c"}
    assert record["start"]["h"]["rate"] != record["gradient"]["h"]["rate"]
    (weights,) = (tmp_path / "weights").iterdir()
    before = weights.stat().st_mtime_ns
    trainer = subjects.trained(tmp_path, experiment)
    assert weights.stat().st_mtime_ns == before
    # Neither the test split nor what came before changes anything.
    trainer.dataset = replace(trainer.dataset, test=None)
    again = diagnosis.diagnose(trainer)
    assert again.score == pytest.approx(record["score"], rel=1e-5)
    assert again.horizon.change[0] == pytest.approx(record["horizon"]["change"][0], rel=1e-5)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("task", "architecture"),
    [
        ("labelling", "bi-lstm"),
        ("sentiment", "stacked-lstm"),
        ("char-lm", "GRU3"),
        ("video", "FGR"),
    ],
)
def test_layers_directions_and_patterns(task, architecture, tmp_path):
    trainer = worker.trainer(experiment_of(tmp_path, task, architecture).group)
    found = diagnosis.diagnose(trainer)
    assert set(found.gates) == set(trainer.architecture.cell.gates)
    assert found.gradient["h"].norms[0] == pytest.approx(1.0)
    assert all(use.left_by_unit for use in found.gates.values())
    assert found.horizon.lags[0] == 0
    assert {x.gate for x in found.lesions} == set(found.gates)
