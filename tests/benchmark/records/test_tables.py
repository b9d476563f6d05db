"""The tables are made from the ledger, and so is what a clone needs beside them."""

from __future__ import annotations

import csv
import json
from dataclasses import asdict, replace

import numpy as np
import pytest

from gatewise.benchmark.records import columns, packed
from gatewise.benchmark.records.experiment import Epoch, Examples, Experiment, Result
from gatewise.benchmark.records.facts import TaskFacts
from gatewise.benchmark.records.failures import Failures
from gatewise.benchmark.records.ledger import Ledger
from gatewise.benchmark.records.tables import write_tables
from gatewise.report.reading import results

CELL = json.dumps({"cell": dict.fromkeys(("write", "keep", "emit", "reset"), "learned")})
DATA = "5ca1ab1e" * 8
FINAL = Experiment("labelling", "smoke", "lstm", CELL, 9, 1, 1, 8, 0.1, 1.0, 0.0, 0, DATA)
WEIGHT = np.array([2, 1, 1], np.float32)


def result(score: list[int] | None) -> Result:
    found = np.array(score, np.float32) if score else None
    return Result(
        "finished", None, None if found is None else float(found.sum() / WEIGHT.sum()), 0.5, 0.7,
        1, 1, 10, 5, 9, 9, "", 0.0, 1.0, 1.0, 0.1, "2026-01-01T00:00:00+00:00",
        (Epoch(1, 10, 1.0, 0.7, 0.5, 1.0),),
        examples=None if found is None else Examples(found, WEIGHT),
    )  # fmt: skip


@pytest.fixture
def folder(tmp_path):
    """A study's ledger: two seeds and a trial."""
    ledger = Ledger(tmp_path)
    ledger.add(FINAL, result([2, 0, 1]))
    ledger.add(replace(FINAL, seed=1), result([1, 1, 0]))
    ledger.add(replace(FINAL, seed=1_000_000, phase="tuning"), result(None))
    facts = TaskFacts("labelling", "smoke", DATA, 0.2, 9, 3, ())
    (tmp_path / "tasks").mkdir()
    (tmp_path / "tasks" / f"labelling-{DATA[:16]}.json").write_text(json.dumps(asdict(facts)))
    return tmp_path


def test_the_scores_of_final_runs_are_packed_beside_the_tables(folder):
    write_tables("s", folder, {})
    (path,) = (folder / "scores").iterdir()
    assert path.name == f"labelling-{DATA[:16]}.npz"
    found = packed.unpack(path.read_bytes())
    by_run = dict(zip(found.experiments, found.sums.tolist(), strict=True))
    assert by_run == {FINAL.id: [2, 0, 1], replace(FINAL, seed=1).id: [1, 1, 0]}
    assert results.read(folder).examples["labelling"].weights.tolist() == WEIGHT.tolist()


def test_scores_of_data_that_no_run_is_on_go_and_equal_ledgers_give_equal_bytes(folder):
    write_tables("s", folder, {})
    (path,) = (folder / "scores").iterdir()
    before = path.read_bytes()
    (folder / "scores" / "labelling-0000000000000000.npz").write_bytes(before)
    write_tables("s", folder, {})
    assert list((folder / "scores").iterdir()) == [path]
    assert path.read_bytes() == before


def test_a_run_without_scores_by_example_is_not_made_up(folder):
    (folder / "examples" / f"{FINAL.id}.npz").unlink()
    write_tables("s", folder, {})
    (path,) = (folder / "scores").iterdir()
    assert packed.unpack(path.read_bytes()).experiments == [replace(FINAL, seed=1).id]
    assert not results.read(folder).examples


def failed(folder):
    """The rows of ``failures.csv``."""
    path = folder / "failures.csv"
    if not path.exists():
        return None
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def test_a_failure_is_in_the_tables_until_a_run_takes_its_place(folder):
    lost = replace(FINAL, seed=2)
    write_tables("s", folder, {})
    assert failed(folder) is None
    Failures(folder).add(lost, "it is broken, once")
    # The same place, with a changed source: the last failure counts.
    Failures(folder).add(replace(lost, plugin_sha256="1" * 64), "it is broken, twice")
    write_tables("s", folder, {})
    (row,) = failed(folder)
    assert list(row) == list(columns.FAILURES)
    assert (row["seed"], row["reason"]) in {
        ("2", "it is broken, once"),
        ("2", "it is broken, twice"),
    }
    assert results.read(folder).failures["reason"].tolist() == [row["reason"]]
    Ledger(folder).add(lost, result([1, 1, 1]))
    write_tables("s", folder, {})
    assert failed(folder) is None
    assert results.read(folder).failures.empty
