"""What docs/targets.py makes of its measurements, and what docs/sample.py trains."""

from __future__ import annotations

import os
from pathlib import Path

import pandas as pd
import pytest

from docs import targets
from docs.sample import experiment_of

ROOT = Path(__file__).parents[1]


@pytest.fixture
def study():
    """Two tasks of two groups each; the first group has nine of a task's twelve trainings."""
    rows = [
        {
            "experiment": f"{task}-{cell}-{k}", "task": task, "architecture": cell,
            "match": "parameters", "batch_size": 32,
        }
        for task in ("adding", "video")
        for cell, count in (("lstm", 9), ("gru", 3))
        for k in range(count)
    ]  # fmt: skip
    return pd.DataFrame(rows)


def test_a_sample_has_some_trainings_of_some_groups_of_every_task(study):
    taken = targets.sample(study, groups=1, each=2)
    assert len(taken) == 4
    assert (taken.groupby("task")["architecture"].nunique() == 1).all()
    assert targets.sample(study, 1, 2).equals(taken)
    every = targets.sample(study, groups=5, each=100)
    assert sorted(every["experiment"]) == sorted(study["experiment"])


def test_a_study_costs_its_trainings_and_a_compilation_a_group(study):
    """Of adding, by each code, two trainings of each group; the other task was not sampled.

    The wall time of compiling is a hundred times its processor time, and changes nothing.
    """
    sampled = study[study["experiment"].str.fullmatch("adding-(lstm|gru)-[01]")]
    first = sampled["experiment"].str.endswith("-0")
    sides = {"before": (10.0, 2.0), "now": (5.0, 1.0)}
    table = pd.concat(
        [
            sampled.assign(
                side=side,
                cpu_seconds=seconds + compiling * first,
                compile_seconds=100 * compiling * first,
                validation_score=seconds / 10,
            )
            for side, (seconds, compiling) in sides.items()
        ]
    )
    found = targets.costs_of(study, table)
    seconds = {"before": 12 * 10 + 2 * 2, "now": 12 * 5 + 2 * 1}
    hours = found["study_cpu_hours"]["adding"]
    assert hours == pytest.approx({side: s / 3600 for side, s in seconds.items()})
    assert found["study_ratio"] == pytest.approx(62 / 124)
    assert found["quartiles_by_task"] == {"adding": [0.5, 0.5, 0.5]}
    assert found["validation_by_task"] == {"adding": {"before": 1.0, "now": 0.5}}


def test_what_is_said_of_the_first_editions_trainings_follows_from_their_table():
    study = pd.read_csv(ROOT / "results/first/runs.csv", low_memory=False)
    table = pd.read_csv(ROOT / "docs/trainings.csv")
    found = targets.costs_of(study[study["task"].isin(table["task"])], table)
    said = (ROOT / "docs/engine.md").read_text(encoding="utf-8")
    assert f"{found['study_ratio']:.2f} times" in said


def test_a_checkout_is_imported_under_its_one_name(tmp_path, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", "elsewhere")
    for _ in range(2):
        found = targets.importing(ROOT, tmp_path)
    assert found["PYTHONPATH"] == os.pathsep.join([str(tmp_path), "elsewhere"])
    package = tmp_path / "gatewise"
    assert {(package / name).resolve() for name in targets.PACKAGES} == {
        ROOT / name for name in targets.PACKAGES
    }
    assert (package / "__init__.py").resolve() == ROOT / "gatewise" / "__init__.py"


def test_recipes_differ_in_their_seed_alone():
    found = targets.recipes("adding", "lstm", 3)
    assert [experiment.seed for experiment in found] == [0, 1, 2]
    assert len({experiment.group for experiment in found}) == 1


def test_a_recorded_run_is_trained_as_it_was():
    runs = pd.read_csv(ROOT / "results/lags/runs.csv", dtype=str, keep_default_na=False)
    row = runs[runs["task"] == "flipflop@250"].iloc[0].to_dict()
    assert experiment_of(row).id == row["experiment"]
    other = experiment_of({**row, "data_sha256": "0" * 64, "definition": "another"})
    assert other.id == row["experiment"], "the data and the cell are those of this code"
