from __future__ import annotations

import json
import os
from dataclasses import replace

import numpy as np
import pytest

from gatewise.benchmark.records.experiment import Examples, Experiment, Result
from gatewise.benchmark.records.ledger import DamagedLedger, Ledger
from gatewise.files import UnwritableFolder, require_writable, write_atomically

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
    with pytest.raises(DamagedLedger, match="run the study again: it is set aside"):
        ledger.read(EXPERIMENT.id)


@pytest.mark.parametrize(("part", "name"), [("experiment", "seed"), ("result", "test_score")])
def test_a_flipped_value_is_noticed_and_set_aside(tmp_path, part, name):
    ledger = Ledger(tmp_path)
    ledger.add(EXPERIMENT, RESULT)
    path = ledger.folder / f"{EXPERIMENT.id}.json"
    record = json.loads(path.read_text())
    record[part][name] = 1
    path.write_text(json.dumps(record))
    with pytest.raises(DamagedLedger, match="its checksum is another one"):
        ledger.read(EXPERIMENT.id)
    (aside,) = ledger.set_damaged_aside()
    assert aside.read_text() == json.dumps(record)
    assert ledger.finished() == set()
    assert ledger.set_damaged_aside() == []


def test_a_record_under_another_name_is_noticed(tmp_path):
    ledger = Ledger(tmp_path)
    ledger.add(EXPERIMENT, RESULT)
    (ledger.folder / f"{EXPERIMENT.id}.json").rename(ledger.folder / "0123456789abcdef.json")
    with pytest.raises(DamagedLedger, match="it holds experiment"):
        ledger.read("0123456789abcdef")


def test_a_group_is_claimed_by_one_process_at_a_time(tmp_path):
    ledger = Ledger(tmp_path)
    with ledger.claim(EXPERIMENT.group) as mine:
        assert mine
        assert not ledger.is_free(replace(EXPERIMENT, seed=5))
        assert ledger.is_free(replace(EXPERIMENT, batch_size=9))
        with ledger.claim(EXPERIMENT.group) as also_mine:
            assert not also_mine
    assert ledger.is_free(EXPERIMENT)


def test_an_interrupted_write_leaves_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / "file"
    write_atomically(path, "old")

    def fail(handle):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(UnwritableFolder, match="No space left on device; what is finished is kept"):
        write_atomically(path, "new")
    assert path.read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["file"]


def test_unwritable_folder_is_refused(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(UnwritableFolder, match=r"results folder .*file/x.*--results"):
        require_writable(tmp_path / "file" / "x")


def test_scores_by_example_are_read_back_and_damage_is_named_with_its_cure(tmp_path):
    scores = Examples(np.array([2.0, 0.5], np.float32), np.array([3.0, 1.0], np.float32))
    ledger = Ledger(tmp_path)
    assert ledger.read_examples(EXPERIMENT.id) is None
    ledger.add(EXPERIMENT, replace(RESULT, examples=scores))
    found = ledger.read_examples(EXPERIMENT.id)
    assert (found.score == scores.score).all()
    assert (found.weight == scores.weight).all()
    (ledger.examples / f"{EXPERIMENT.id}.npz").write_bytes(b"PK")
    with pytest.raises(DamagedLedger, match="they are set aside"):
        ledger.read_examples(EXPERIMENT.id)
