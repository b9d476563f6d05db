from __future__ import annotations

import csv
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from gatewise.benchmark.inspection import speed
from gatewise.benchmark.inspection.contestants import InvalidShape

GATEWISE = Path(sys.executable).parent / "gatewise"


@pytest.mark.slow
def test_command_times_every_contestant_and_writes_table_and_figure(tmp_path):
    """What is timed runs; how fast it is, no test says."""
    done = subprocess.run(
        [
            str(GATEWISE), "speed", "--shape", "5,2,3,4", "--architectures", "lstm,gru,bi-lstm",
            "--rounds", "3", "--seconds", "0.01", "--output", str(tmp_path),
        ],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    with (tmp_path / "speed.csv").open(newline="") as file:
        rows = {row["contestant"]: row for row in csv.DictReader(file)}
    assert {"gatewise lstm", "gatewise gru", "gatewise bi-lstm", "keras LSTM, jit"} <= set(rows)
    assert float(rows["gatewise lstm"]["ratio"]) == 1
    assert all(float(row["milliseconds"]) > 0 for row in rows.values())
    assert "<svg" in (tmp_path / "speed.svg").read_text()
    assert "vanishing gradients" in done.stdout


def test_contestants_take_turns():
    calls = []
    steps = {"a": lambda: calls.append("a"), "b": lambda: calls.append("b")}
    rounds = list(speed.measure(steps, rounds=3, seconds=0.0))
    assert [(r, name) for r, name, _ in rounds] == [
        (0, "a"), (0, "b"), (1, "a"), (1, "b"), (2, "a"), (2, "b"),
    ]  # fmt: skip
    assert calls[-6:] == ["a", "b"] * 3


@pytest.mark.slow
def test_command_compares_learning_algorithms(tmp_path):
    """Rows for every algorithm and length."""
    done = subprocess.run(
        [
            str(GATEWISE), "speed", "--learning", "--lengths", "4,60", "--rounds", "3",
            "--seconds", "0.01", "--output", str(tmp_path),
        ],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    with (tmp_path / "learning.csv").open(newline="") as file:
        rows = {(row["learning"], row["steps"]): row for row in csv.DictReader(file)}
    assert set(rows) == {(a, t) for a in speed.ALGORITHMS for t in ("4", "60")}
    assert all(float(row["milliseconds"]) > 0 for row in rows.values())
    assert "<svg" in (tmp_path / "learning.svg").read_text()


def test_memory_of_a_step_is_what_it_touches():
    """A step that fills 64 MiB and gives them back."""
    if not Path("/proc/self/clear_refs").exists():
        pytest.skip("no peak of resident memory here")
    assert 60 < speed._megabytes(lambda: np.ones(64 * 2**20, np.uint8).sum()) < 70
    assert speed._megabytes(lambda: None) < 4


@pytest.mark.parametrize("text", ["", "0", "x", "-3", "1.5"])
def test_lengths_that_are_none_are_refused(text):
    with pytest.raises(InvalidShape, match="allowed are whole numbers from 1"):
        speed.lengths([text] if text else [])
