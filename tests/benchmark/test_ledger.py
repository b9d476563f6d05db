from __future__ import annotations

import json
import os
from dataclasses import replace

import numpy as np
import pytest

from benchmark.experiment import Examples, Experiment, Result
from benchmark.ledger import (
    DamagedLedger,
    Ledger,
    UnwritableFolder,
    require_writable,
    write_atomically,
)

EXPERIMENT = Experiment("labelling", "smoke", "lstm", "{}", 9, 1, 1, 8, 0.1, 1.0, 0.0, 0, "00")
RESULT = Result(
    "finished", None, 0.5, 0.5, 0.7, 1, 1, 10, 5, 9, 9, "", 0.0, 1.0, 1.0, 0.1,
    "2026-01-01T00:00:00+00:00", (),
)  # fmt: skip


def test_what_is_added_is_read_back(tmp_path):
    ledger = Ledger(tmp_path)
    assert ledger.finished() == set()
    ledger.add(EXPERIMENT, RESULT)
    assert ledger.finished() == {EXPERIMENT.id}
    assert list(ledger) == [(EXPERIMENT, RESULT)]


def test_scores_by_example_lie_beside_and_need_no_pickle(tmp_path):
    scores = Examples(np.array([2.0, 0.5], np.float32), np.array([3.0, 1.0], np.float32))
    ledger = Ledger(tmp_path)
    ledger.add(EXPERIMENT, replace(RESULT, examples=scores))
    with np.load(tmp_path / "examples" / f"{EXPERIMENT.id}.npz", allow_pickle=False) as found:
        assert (found["score"] == scores.score).all()
        assert (found["weight"] == scores.weight).all()
    assert ledger.read(EXPERIMENT.id) == (EXPERIMENT, RESULT)


@pytest.mark.parametrize("damage", ["{", "[]", '{"experiment": {}}', "\0"])
def test_damage_is_named_with_its_cure(tmp_path, damage):
    ledger = Ledger(tmp_path)
    ledger.add(EXPERIMENT, RESULT)
    (ledger.folder / f"{EXPERIMENT.id}.json").write_text(damage)
    with pytest.raises(DamagedLedger, match="remove it and run the study again"):
        ledger.read(EXPERIMENT.id)


def test_a_flipped_value_is_noticed(tmp_path):
    ledger = Ledger(tmp_path)
    ledger.add(EXPERIMENT, RESULT)
    path = ledger.folder / f"{EXPERIMENT.id}.json"
    record = json.loads(path.read_text())
    record["experiment"]["seed"] = 1
    path.write_text(json.dumps(record))
    with pytest.raises(DamagedLedger, match="holds experiment"):
        ledger.read(EXPERIMENT.id)


def test_an_interrupted_write_leaves_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / "file"
    write_atomically(path, "old")

    def fail(handle):
        raise OSError("disk full")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(OSError, match="disk full"):
        write_atomically(path, "new")
    assert path.read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["file"]


def test_unwritable_folder_is_refused(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(UnwritableFolder, match=r"results folder .*file/x.*--results"):
        require_writable(tmp_path / "file" / "x")
