"""A race that is killed, shared by two commands or given more time later ends as if it were not."""

from __future__ import annotations

import json
import subprocess
import time
from pathlib import Path

import pandas as pd
import pytest

from tests.faults.kit import GATEWISE, rows, running

pytestmark = pytest.mark.slow


def command(results: Path, *options: object) -> list[str]:
    """A race of one pair of short trainings."""
    return [
        str(GATEWISE), "run", "--preset", "smoke", "--tasks", "adding", "--architectures",
        "lstm,vanilla", "--workers", "1", "--results", str(results), *map(str, options),
    ]  # fmt: skip


def run(results: Path, *options: object) -> subprocess.CompletedProcess:
    done = subprocess.run(command(results, *options), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done


def standing(results: Path) -> list[list[object]]:
    """How the race ended: the state, the seeds and the verdict of its pair."""
    table = pd.read_csv(results / "smoke" / "verdicts.csv")
    return table[["race", "seeds", "reference_seeds", "verdict"]].to_numpy().tolist()


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory) -> Path:
    results = tmp_path_factory.mktemp("race")
    done = run(results, "--until-decided")
    assert "race: decided 0 of 1; next looks, in seeds: adding at 3" in done.stdout
    assert "next: gatewise" in done.stdout
    return results


def same(results: Path, undisturbed: Path) -> None:
    assert standing(results) == standing(undisturbed)
    assert rows(results) == rows(undisturbed)


def test_the_race_was_asked_before_it_ran(undisturbed):
    (call,) = json.loads((undisturbed / "smoke" / "study.json").read_text())["calls"]
    assert call["raced"] is True
    assert call["questions"] == [["adding", "vanilla"]]
    ((state, seeds, shared, _),) = standing(undisturbed)
    assert state != "running"
    assert len(rows(undisturbed)) == seeds + shared


def test_cut_off_killed_and_gone_on_with(tmp_path, undisturbed):
    """What a budget cut off, and then a kill, is gone on with; nothing is trained twice."""
    ledger = tmp_path / "smoke" / "ledger"
    # A budget may be over before the first run is, which is then said.
    subprocess.run(command(tmp_path, "--within", "25s"), capture_output=True, check=False)
    early = {path.name: path.stat().st_mtime_ns for path in ledger.glob("*.json")}
    assert len(early) < len(rows(undisturbed))
    with running(command(tmp_path, "--until-decided")) as process:
        while process.poll() is None and len(list(ledger.glob("*.json"))) < len(early) + 3:
            time.sleep(0.1)
        process.kill()
    run(tmp_path, "--until-decided")
    same(tmp_path, undisturbed)
    assert early.items() <= {p.name: p.stat().st_mtime_ns for p in ledger.glob("*.json")}.items()


def test_two_commands_race_together(tmp_path, undisturbed):
    with running(command(tmp_path, "--until-decided")) as process:
        run(tmp_path, "--until-decided")
        assert process.wait(300) == 0
    same(tmp_path, undisturbed)
