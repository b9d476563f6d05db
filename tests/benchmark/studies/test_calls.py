"""What a study records of the calls that it was made by, and that they are of one plan."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from gatewise.benchmark.records.ledger import Ledger
from gatewise.benchmark.studies import calls as module
from gatewise.benchmark.studies.calls import (
    AnotherPlan,
    UnreadableStudy,
    record_call,
    require_one_plan,
    require_same_trainings,
    restore,
)
from gatewise.benchmark.studies.plan import asked
from gatewise.benchmark.studies.settings import Setting
from gatewise.benchmark.studies.study import Study
from gatewise.files import UnwritableFolder

STUDY = Study("mine", "smoke", ("sentiment",), ("lstm", "NFG"), seeds=2)
SETTINGS = tuple(Setting("sentiment", name, 0.01, 0.5, 0.25, 64) for name in STUDY.architectures)


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


@pytest.mark.parametrize("name", ["study.json", ".study.json"])
@pytest.mark.parametrize("damaged", ["", "[]", '{"calls": 3}', None])
def test_a_damaged_or_lost_record_is_made_again_from_its_copy(tmp_path, name, damaged):
    key = record_call(STUDY, tmp_path, "gatewise run")
    before = (tmp_path / "study.json").read_bytes()
    path = tmp_path / name
    path.unlink() if damaged is None else path.write_text(damaged)
    with pytest.raises(AnotherPlan, match="budget=4000, and None before"):
        require_one_plan(replace(STUDY, budget=4000), tmp_path)
    lines = list(restore(tmp_path))
    assert len(lines) == (damaged is not None or name == "study.json")
    assert all("restored from" in line for line in lines)
    assert record_call(STUDY, tmp_path, "gatewise run") == key
    assert {(tmp_path / other).read_bytes() for other in ("study.json", ".study.json")} == {before}
    assert not list(restore(tmp_path))


def test_without_a_record_the_ledger_tells_the_plan(tmp_path):
    from gatewise.benchmark.studies.plan import asked
    from tests.benchmark.records.test_ledger import RESULT

    require_one_plan(STUDY, tmp_path)
    Ledger(tmp_path).add(asked(STUDY, "sentiment", "lstm"), RESULT)
    require_one_plan(replace(STUDY, seeds=9), tmp_path)
    for more in ({"budget": 4000}, {"scale": "quick"}, {"learning": "tbptt-5"}):
        with pytest.raises(AnotherPlan, match=f"{next(iter(more))}="):
            require_one_plan(replace(STUDY, **more), tmp_path)


def test_without_a_record_runs_that_the_tables_alone_have_tell_the_plan(tmp_path):
    untaken = [asked(STUDY, "sentiment", "lstm")]
    require_one_plan(replace(STUDY, seeds=9), tmp_path, untaken)
    with pytest.raises(AnotherPlan, match="budget="):
        require_one_plan(replace(STUDY, budget=4000), tmp_path, untaken)


def test_a_full_disk_is_not_mistaken_for_damage(tmp_path, monkeypatch):
    def full(path, content):
        raise UnwritableFolder("no space left")

    monkeypatch.setattr(module, "write_atomically", full)
    with pytest.raises(UnwritableFolder, match="no space left"):
        record_call(STUDY, tmp_path, "gatewise run")


def test_a_study_grows_by_what_all_its_tables_can_hold(tmp_path):
    record_call(STUDY, tmp_path, "gatewise run")
    grown = replace(
        STUDY,
        tasks=("video",),
        architectures=("lstm", "gru"),
        seeds=9,
        matches=("parameters", "all"),
    )
    require_one_plan(grown, tmp_path)
    require_one_plan(replace(STUDY, seeds=50, raced=True), tmp_path)
    require_one_plan(replace(STUDY, budget=500), tmp_path / "another")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"epochs": 40}, "task 'sentiment' has epochs=1 now, and 40 in its runs"),
        ({"schedule": "halving"}, "task 'sentiment' has schedule='constant' now, and 'halving'"),
        ({"data_sha256": "b" * 64}, "task 'sentiment' has data_sha256='a+' now, and 'b+' in"),
    ],
)
def test_what_was_trained_by_another_recipe_is_not_gone_on_with(tmp_path, change, message):
    """As after an update that trains a task longer: lstm new, its contestants old."""
    from tests.benchmark.records.test_ledger import RESULT

    data = {"sentiment": "a" * 64}
    mine = asked(STUDY, "sentiment", "NFG", data["sentiment"])
    ledger = Ledger(tmp_path)
    ledger.add(mine, RESULT)
    require_same_trainings(STUDY, tmp_path, data)
    ledger.add(replace(mine, **change, phase="tuning"), RESULT)
    require_same_trainings(STUDY, tmp_path, data)
    for path in ledger.folder.glob("*.json"):
        path.unlink()
    ledger.add(replace(mine, **change), RESULT)
    with pytest.raises(AnotherPlan, match=message):
        require_same_trainings(STUDY, tmp_path, data)
    require_same_trainings(replace(STUDY, tasks=("video",)), tmp_path, {"video": "c"})


def test_a_race_keeps_the_looks_that_it_was_planned_with(tmp_path):
    """Each look spends a part of the error; later ones that nobody planned have none to spend."""
    record_call(replace(STUDY, seeds=8, raced=True), tmp_path, "gatewise run --within 1m --seeds 8")
    require_one_plan(replace(STUDY, seeds=9), tmp_path)
    with pytest.raises(AnotherPlan, match="seeds=12, and 8 before"):
        require_one_plan(replace(STUDY, seeds=12, raced=True), tmp_path)


def test_a_race_goes_on_with_all_that_it_began_with(tmp_path):
    """Its next look would wait for the seeds of the one that is left out."""
    both = replace(STUDY, architectures=("lstm", "NFG", "gru"), raced=True, seeds=8)
    record_call(both, tmp_path, "gatewise run --within 1m --seeds 8")
    require_one_plan(replace(both, architectures=("lstm", "NFG", "gru", "NIG")), tmp_path)
    require_one_plan(replace(both, tasks=("video",), architectures=("lstm", "NIG")), tmp_path)
    with pytest.raises(AnotherPlan, match="its race has begun with gru too; allowed are all"):
        require_one_plan(replace(both, architectures=("lstm", "NFG")), tmp_path)


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"budget": 4000}, "'mine': budget=4000, and None before; allowed are the plan"),
        ({"scale": "quick"}, "scale='quick', and 'smoke' before"),
        ({"trials": 4}, "trials=4, and 0 before"),
        ({"learning": "rtrl", "architectures": ("vanilla",)}, "learning='rtrl', and 'bptt' before"),
        ({"matches": ("width", "parameters")}, "match='width', and 'parameters' before"),
        ({"settings": SETTINGS}, "settings; allowed are the plan"),
    ],
)
def test_two_plans_are_not_mixed_in_one_study(tmp_path, more, message):
    """What was trained at another budget differs from lstm whether a gate matters or not."""
    record_call(STUDY, tmp_path, "gatewise run")
    before = (tmp_path / "study.json").read_bytes()
    with pytest.raises(AnotherPlan, match=message):
        require_one_plan(replace(STUDY, **more), tmp_path)
    assert (tmp_path / "study.json").read_bytes() == before
