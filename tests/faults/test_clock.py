"""A system clock that jumps: wall-clock time goes back two days, then forward three."""

from __future__ import annotations

import csv
import os
import time
from pathlib import Path

import pytest

from tests.faults.kit import command, logged, rows, running

FAKETIME = sorted(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"))
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not FAKETIME, reason="no clock to turn: apt install faketime"),
]


def all_columns(results: Path) -> list[dict[str, str]]:
    with (results / "smoke" / "runs.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def test_a_clock_that_jumps_changes_no_result(tmp_path, undisturbed):
    clock, ledger = tmp_path / "clock", tmp_path / "smoke" / "ledger"
    clock.write_text("+0d")
    turned = {
        "LD_PRELOAD": str(FAKETIME[-1]),
        "FAKETIME_TIMESTAMP_FILE": str(clock),
        "FAKETIME_NO_CACHE": "1",
        # What waits and measures durations runs on, as it does when a real clock is set.
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
    }
    jumps = {1: "-2d", 3: "+3d"}
    with running(command(tmp_path, "--workers", 1), env={**os.environ, **turned}) as process:
        while process.poll() is None:
            done = len(list(ledger.glob("*.json"))) if ledger.is_dir() else 0
            for count in [c for c in jumps if c <= done]:
                clock.write_text(jumps.pop(count))
            time.sleep(0.01)
        said, errors = process.communicate()
    assert process.returncode == 0, errors
    assert not jumps, said
    assert rows(tmp_path) == undisturbed
    assert logged(f"sqlite:///{tmp_path / 'mlflow.db'}") == [sorted(undisturbed)]
    days = {row["finished_at"][:10] for row in all_columns(tmp_path)}
    assert len(days) > 1, "the clock did not jump"
