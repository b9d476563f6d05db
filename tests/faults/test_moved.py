"""A study that is gone on with on another machine, from what is committed of it alone.

What comes of it is what comes of the same study where it always was.
"""

from __future__ import annotations

import csv
import shutil
import subprocess
from pathlib import Path

import pytest

from gatewise.benchmark.records import columns
from tests.faults.kit import GATEWISE, logged

pytestmark = pytest.mark.slow

COMMITTED = ("figures", "cells", "scores", "samples", "diagnostics")
"""The folders of a study that .gitignore lets in; its hidden files and locks are not."""
IDS = ("mlflow_run", "mlflow_experiment")
SMOKE = ("--preset", "smoke", "--tasks", "adding", "--study", "s")
LONG = pytest.mark.soak
KINDS = {
    "fixed": (
        (*SMOKE, "--architectures", "lstm,NFG", "--seeds", 2),
        (*SMOKE, "--architectures", "lstm,NFG,gru", "--seeds", 3),
    ),
    "tuned": (
        (*SMOKE, "--architectures", "lstm,NFG", "--seeds", 1, "--trials", 2),
        (*SMOKE, "--architectures", "lstm,NFG", "--seeds", 2, "--trials", 2),
    ),
    "raced": (
        (*SMOKE, "--architectures", "lstm,vanilla", "--seeds", 4, "--until-decided"),
        ("--preset", "smoke", "--tasks", "adding,copying-5", "--study", "s", "--architectures",
         "lstm,vanilla", "--seeds", 4, "--until-decided"),
    ),
}  # fmt: skip
"""Two calls of a study: how it was begun, and how it is gone on with."""


def run(results: Path, *options: object) -> str:
    command = [str(GATEWISE), "run", "--results", str(results), *map(str, options)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def cloned(results: Path, to: Path) -> None:
    for path in (results / "s").iterdir():
        if path.is_dir() and path.name in COMMITTED:
            shutil.copytree(path, to / "s" / path.name)
        elif path.is_file() and path.name[0] != "." and path.suffix != ".lock":
            (to / "s").mkdir(parents=True, exist_ok=True)
            shutil.copy(path, to / "s")


def table(results: Path, name: str, without: tuple[str, ...]) -> list[dict[str, str]]:
    """A table's rows, as text."""
    with (results / "s" / name).open(newline="") as file:
        rows = list(csv.DictReader(file))
    return [{n: cell for n, cell in row.items() if n not in without} for row in rows]


def ids(results: Path) -> set[str]:
    return {row["experiment"] for row in table(results, "runs.csv", ())}


@pytest.mark.parametrize(
    # All kinds are gone through in seconds, without trainings, beside `run_study`.
    "kind",
    ["fixed", pytest.param("tuned", marks=LONG), pytest.param("raced", marks=LONG)],
)
def test_a_study_that_was_moved_grows_as_one_that_was_not(kind, tmp_path):
    begun, gone_on_with = KINDS[kind]
    stayed, moved = tmp_path / "stayed", tmp_path / "moved"
    run(stayed, *begun)
    earlier = ids(stayed)
    cloned(stayed, moved)
    assert not (moved / "s" / "ledger").exists()
    run(stayed, *gone_on_with)
    said = run(moved, *gone_on_with)
    assert f"{len(earlier)} runs taken up from runs.csv" in said
    assert earlier < ids(stayed) == ids(moved)
    for name, without in (("runs.csv", IDS), ("curves.csv", ())):
        there, here = (table(results, name, without) for results in (stayed, moved))
        assert [row for row in there if row["experiment"] in earlier] == [
            row for row in here if row["experiment"] in earlier
        ]
        lasting = [
            [{n: c for n, c in row.items() if n not in columns.VOLATILE} for row in rows]
            for rows in (there, here)
        ]
        assert lasting[0] == lasting[1]
    packs = [sorted((results / "s" / "scores").iterdir()) for results in (stayed, moved)]
    assert [p.name for p in packs[0]] == [p.name for p in packs[1]]
    assert [p.read_bytes() for p in packs[0]] == [p.read_bytes() for p in packs[1]]
    verdicts = [(results / "s" / "verdicts.csv").read_bytes() for results in (stayed, moved)]
    assert verdicts[0] == verdicts[1]
    assert logged(f"sqlite:///{moved / 'mlflow.db'}") == [sorted(ids(moved))]
    assert "taken up" not in run(moved, *gone_on_with)
