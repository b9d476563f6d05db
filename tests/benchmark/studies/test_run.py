"""What a study records of the calls that it was made by."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from gatewise.benchmark.studies import run
from gatewise.benchmark.studies.run import UnreadableStudy, record_call
from gatewise.benchmark.studies.study import Study
from gatewise.files import UnwritableFolder

STUDY = Study("mine", "smoke", ("sentiment",), ("lstm", "NFG"), seeds=2)


def calls(folder):
    return json.loads((folder / "study.json").read_text())["calls"]


def test_a_study_grows_by_calls_and_keeps_its_key(tmp_path):
    key = record_call(STUDY, tmp_path, "gatewise run --seeds 2")
    more = replace(STUDY, seeds=5, tasks=("sentiment", "video"))
    assert record_call(more, tmp_path, "gatewise run --seeds 5") == key
    # Gone on with after an interruption.
    assert record_call(STUDY, tmp_path, "gatewise run --seeds 2") == key
    first, second = calls(tmp_path)
    assert (first["command"], first["seeds"]) == ("gatewise run --seeds 2", 2)
    assert (second["command"], second["tasks"]) == (
        "gatewise run --seeds 5",
        ["sentiment", "video"],
    )
    assert {"started_at", "commit", "version", "machine"} <= set(first)


def test_another_folder_is_another_study(tmp_path):
    one, other = tmp_path / "one", tmp_path / "other"
    for folder in (one, other):
        folder.mkdir()
    assert record_call(STUDY, one, "gatewise run") != record_call(STUDY, other, "gatewise run")


@pytest.mark.parametrize("damaged", ["", "[]", "{}", '{"calls": 3}', '{"key": "k", "calls": [3]}'])
def test_a_damaged_record_is_named_and_left_alone(tmp_path, damaged):
    path = tmp_path / "study.json"
    path.write_text(damaged)
    with pytest.raises(UnreadableStudy, match=r"study\.json: allowed is"):
        record_call(STUDY, tmp_path, "gatewise run")
    assert path.read_text() == damaged


def test_a_full_disk_is_not_mistaken_for_damage(tmp_path, monkeypatch):
    def full(path, content):
        raise UnwritableFolder("no space left")

    monkeypatch.setattr(run, "write_atomically", full)
    with pytest.raises(UnwritableFolder, match="no space left"):
        record_call(STUDY, tmp_path, "gatewise run")
