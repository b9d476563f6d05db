from __future__ import annotations

import csv
import subprocess
import sys
from dataclasses import asdict, fields, replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from gatewise import tasks
from gatewise.benchmark.inspection import costs
from gatewise.benchmark.inspection.costs import PARTS, Cost, UnreadableCosts
from gatewise.benchmark.records.experiment import Experiment
from gatewise.benchmark.training.trainer import Trainer

GATEWISE = Path(sys.executable).parent / "gatewise"
COST = Cost(
    "video", "lstm", 32, 5, 100, 12.0, 2.0, 1.0, 4.0, 1.0, 1.0, 1.0, 1.0, 1.0, 80.0, 0.5, 200.0
)
COMMITTED = Path(__file__).parents[3] / "docs" / "tasks.csv"


def own(task: str) -> Trainer:
    group = Experiment(
        task=task, scale="smoke", architecture="lstm", definition="", budget=2000, epochs=1,
        patience=1, batch_size=8, learning_rate=0.01, clip_norm=1.0, dropout=0.1, seed=0,
        data_sha256="",
    )  # fmt: skip
    found = tasks.find(task)
    return Trainer(found, found.load("smoke"), group)


def test_operations_are_those_of_every_product_of_a_step():
    """Twice forward and four times backward for each weight and place, embeddings for none."""
    trainer = own("labelling")
    batch = next(trainer.batches.in_order()).arrays
    places = np.prod(next(iter(batch["inputs"].values())).shape)
    layer, readout = trainer.model.recurrence, trainer.model.readout
    counted = layer.count_params() + readout.count_params()
    assert costs.operations(trainer, batch) == 6 * places * counted


def test_operations_of_a_film_count_its_encoder():
    trainer = own("video")
    batch = next(trainer.batches.in_order()).arrays
    (frames,) = batch["inputs"].values()
    model = trainer.model
    (encoder,) = model.front.parts.values()
    counted = model.recurrence.count_params() + model.readout.count_params()
    per_frame = counted + encoder.multiplications
    assert costs.operations(trainer, batch) == 6 * frames.shape[0] * frames.shape[1] * per_frame


def test_a_study_costs_what_its_trainings_did_times_what_one_costs_now(tmp_path):
    """Two trainings of lstm took 30 s without compiling where one takes 10 now: 2/3 of 45 s."""
    pd.DataFrame(
        {
            "task": "video",
            "architecture": ["lstm", "lstm", "gru", "gru"],
            "phase": ["final", "final", "tuning", "final"],
            "match": "parameters",
            "batch_size": 32,
            "cpu_seconds": [15.0, 17.0, 10.0, 10.0],
            "compile_seconds": [1.0, 1.0, 2.5, 2.5],
        }
    ).to_csv(tmp_path / "runs.csv", index=False)
    (found,) = costs.study_costs(tmp_path, [COST, replace(COST, task="sentiment")])
    assert (found.task, found.trainings) == ("video", 4)
    assert found.recorded == pytest.approx(52 / 3600)
    assert found.today == pytest.approx((45 * 10 / 15 + 2 * 2) / 3600)


def test_costs_come_back_from_their_table(tmp_path):
    pd.DataFrame([asdict(COST)]).to_csv(tmp_path / "tasks.csv", index=False)
    assert costs.read(tmp_path / "tasks.csv") == {"video": COST}
    (tmp_path / "other.csv").write_text("task\nvideo\n")
    for path in (tmp_path / "other.csv", tmp_path / "none.csv"):
        with pytest.raises(UnreadableCosts, match=r"allowed is a tasks\.csv"):
            costs.read(path)


@pytest.mark.skipif(not COMMITTED.exists(), reason="not measured yet: make docs/tasks.csv")
def test_the_committed_table_adds_up():
    for cost in costs.read(COMMITTED).values():
        assert sum(getattr(cost, part) for part in PARTS) == pytest.approx(cost.seconds, rel=5e-3)
        assert 0 < cost.peak_share < 1


def test_a_training_is_compared_with_an_earlier_one():
    now = [replace(COST, seconds=6.0), replace(COST, task="sentiment", seconds=48.0)]
    assert costs.ratio(now[0], {"video": COST}) == 0.5
    assert np.isnan(costs.ratio(now[1], {"video": COST}))
    assert costs.compared(now, {}) == ""
    assert costs.compared(now, {"video": COST}) == "0.50 times the earlier seconds, over 1 tasks"
    before = {"video": COST, "sentiment": replace(COST, task="sentiment", seconds=6.0)}
    assert costs.compared(now, before) == "2.00 times the earlier seconds, over 2 tasks"
    faster = [replace(cost, peak=250.0) for cost in now]
    assert costs.compared(faster, before).endswith("; of machines too: 200 GFLOP/s there, 250 here")


def test_parts_are_parts_of_the_whole():
    assert set(PARTS) < {field.name for field in fields(Cost)}
    assert sum(getattr(COST, part) for part in PARTS) == COST.seconds


@pytest.mark.slow
def test_command_takes_a_training_apart(tmp_path):
    """What it says adds up; how fast it is, no test says."""
    done = subprocess.run(
        [
            str(GATEWISE), "speed", "--trainings", "--tasks", "sentiment", "--rounds", "3",
            "--seconds", "0.01", "--output", str(tmp_path),
        ],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    with (tmp_path / "tasks.csv").open(newline="") as file:
        (row,) = csv.DictReader(file)
    assert sum(float(row[part]) for part in PARTS) == pytest.approx(float(row["seconds"]), rel=5e-3)
    assert 0 < float(row["peak_share"]) < 1
