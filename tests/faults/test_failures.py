"""An experiment that goes wrong: the others finish, and it is in the report with its reason."""

from __future__ import annotations

import csv
import subprocess
from pathlib import Path

import pytest

from tests.faults.kit import GATEWISE

pytestmark = pytest.mark.slow
CELLS = '''
"""Cells that go wrong once they are trained."""
import os
from dataclasses import dataclass, fields
from pathlib import Path

from gatewise import LSTM, Architecture


@dataclass(frozen=True)
class Raising(type(LSTM)):
    def step(self, *given):
        if Path("mended").exists():
            return super().step(*given)
        raise RuntimeError("this cell is broken")


@dataclass(frozen=True)
class Dying(type(LSTM)):
    def step(self, *given):
        os._exit(1)


def of(kind):
    return kind(**{field.name: getattr(LSTM, field.name) for field in fields(LSTM)})


ARCHITECTURES = [Architecture("raising", of(Raising), "x"), Architecture("dying", of(Dying), "x")]
'''


def run(folder: Path, *options: str) -> subprocess.CompletedProcess:
    command = [str(GATEWISE), "run", "--preset", "smoke", "--tasks", "adding-25", "--workers", "1"]
    return subprocess.run(
        [*command, *options], capture_output=True, text=True, cwd=folder, check=False
    )


def table(folder: Path, name: str) -> list[dict[str, str]]:
    path = folder / "results" / "smoke" / name
    return list(csv.DictReader(path.read_text().splitlines())) if path.exists() else []


def test_the_others_finish_and_what_failed_is_told_and_tried_again(tmp_path):
    (tmp_path / "cells.py").write_text(CELLS)
    options = ["--plugin", "cells.py", "--architectures", "lstm,raising", "--seeds", "2"]
    done = run(tmp_path, *options)
    assert done.returncode == 1, done.stderr
    assert "Traceback" not in done.stderr
    assert "2 experiments failed; the same command tries them again" in done.stdout
    assert len(table(tmp_path, "runs.csv")) == 2
    failed = table(tmp_path, "failures.csv")
    assert {row["architecture"] for row in failed} == {"raising"}
    assert all("this cell is broken" in row["reason"] for row in failed)
    for name in ("report.html", "report.md"):
        assert "this cell is broken" in (tmp_path / "results" / "smoke" / name).read_text()
    (tmp_path / "mended").touch()
    again = run(tmp_path, *options)
    assert again.returncode == 0, again.stderr
    assert "2 of 4 experiments are done already" in again.stdout
    assert len(table(tmp_path, "runs.csv")) == 4
    assert not table(tmp_path, "failures.csv")


def test_what_its_workers_die_of_has_failed(tmp_path):
    (tmp_path / "cells.py").write_text(CELLS)
    options = ["--plugin", "cells.py", "--architectures", "lstm,dying", "--seeds", "1"]
    done = run(tmp_path, *options)
    assert done.returncode == 1, done.stderr
    assert [row["architecture"] for row in table(tmp_path, "runs.csv")] == ["lstm"]
    (row,) = table(tmp_path, "failures.csv")
    assert row["reason"].startswith("its worker died 3 times")


def test_where_all_fail_one_line_says_why(tmp_path):
    (tmp_path / "cells.py").write_text(CELLS)
    done = run(tmp_path, "--plugin", "cells.py", "--architectures", "raising", "--seeds", "2")
    assert done.returncode == 2
    (line,) = done.stderr.splitlines()
    assert line.startswith("gatewise: 2 experiments failed and no final run is finished")
    assert "this cell is broken" in line


def test_runs_that_all_diverged_have_a_report(tmp_path):
    (tmp_path / "settings.csv").write_text(
        "task,architecture,learning_rate,clip_norm,dropout,batch_size\n"
        "adding-25,lstm,1e30,1e30,0,32\nadding-25,vanilla,1e12,1e30,0,32\n"
    )
    options = ["--settings", "settings.csv", "--architectures", "lstm,vanilla", "--seeds", "2"]
    done = run(tmp_path, *options)
    assert done.returncode == 0, done.stderr
    rows = table(tmp_path, "runs.csv")
    assert {row["status"] for row in rows} == {"diverged"}
    assert {row["test_score"] for row in rows} == {rows[0]["chance"]}
    assert "4 runs diverged and count as chance level" in done.stdout
    assert (tmp_path / "results" / "smoke" / "report.html").stat().st_size
