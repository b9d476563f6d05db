"""Somebody else's study: two tasks of the committed one of lags, copied and tampered with."""

from __future__ import annotations

import filecmp
import hashlib
import json
import shutil
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner

from gatewise.benchmark.cli import app
from gatewise.benchmark.inspection import verification
from gatewise.files import write_atomically
from gatewise.report.reading.results import read
from gatewise.report.study import judged

LAGS = Path(__file__).parents[3] / "results" / "lags"
TASKS = ("copying-5@1000", "flipflop@1000")
SEEDS = 5
"""Of every architecture there, at least."""
SEALED = ("runs.csv", "curves.csv", "study.json", "verdicts.csv")


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A small study, whole: what the committed one has of two tasks, and its verdicts."""
    folder = tmp_path_factory.mktemp("whole") / "theirs"
    for name in ("runs", "curves"):
        table = pd.read_csv(LAGS / f"{name}.csv", dtype=str, keep_default_na=False)
        write_atomically(
            folder / f"{name}.csv", table[table["task"].isin(TASKS)].to_csv(index=False)
        )
    for task in TASKS:
        for path in (LAGS / "scores").glob(f"{task}-*"):
            write_atomically(folder / "scores" / path.name, path.read_bytes())
    call = json.loads((LAGS / "study.json").read_text())["calls"][0] | {
        "raced": False,
        "seeds": SEEDS,
    }
    del call["questions"]
    record = {"key": "0" * 32, "name": "theirs", "calls": [call | {"tasks": TASKS}]}
    write_atomically(folder / "study.json", json.dumps(record))
    _judge(folder)
    return folder


def _judge(folder: Path) -> None:
    results = read(folder)
    found = judged(results).to_csv(index=False)
    write_atomically(folder / "verdicts.csv", found)


@pytest.fixture
def theirs(whole, tmp_path):
    return Path(shutil.copytree(whole, tmp_path / "elsewhere"))


def submitted(folder: Path, *options: str) -> tuple[int, list[str]]:
    """The exit code, and what is refused."""
    results = folder.parent / "results"
    command = ["submit", str(folder), "--results", str(results), *options]
    done = CliRunner().invoke(app, command)
    return done.exit_code, [
        line.removeprefix("refused").strip()
        for line in done.stderr.splitlines()
        if line.startswith("refused")
    ]


def changed(path: Path, column: str, value: str, row: int = 0) -> str:
    """Overwrite a value of a table; what stood there."""
    table = pd.read_csv(path, dtype=str, keep_default_na=False)
    was = str(table.loc[row, column])
    table.loc[row, column] = value
    table.to_csv(path, index=False)
    return was


def test_a_changed_score_is_refused(theirs):
    runs = pd.read_csv(theirs / "runs.csv")
    at = int(runs.index[runs["task"] == TASKS[0]][0])
    changed(theirs / "runs.csv", "test_score", "0.123", at)
    code, refused = submitted(theirs)
    assert code == 1
    assert f"scores of {runs['experiment'][at]} of mean" in refused[0]
    assert not (theirs.parent / "results").exists()


def test_a_changed_validation_score_is_refused(theirs):
    changed(theirs / "runs.csv", "validation_score", "0.999")
    code, refused = submitted(theirs)
    assert (code, len(refused)) == (1, 1)
    assert "has validation_score 0.999; curves.csv has" in refused[0]


def test_a_changed_verdict_is_refused_with_its_row(theirs):
    table = pd.read_csv(theirs / "verdicts.csv")
    was = changed(theirs / "verdicts.csv", "verdict", "certainly worse", 3)
    code, refused = submitted(theirs)
    place = ", ".join(map(str, table.loc[3, ["task", "match", "architecture", "reference"]]))
    assert (code, refused) == (
        1,
        [
            f"{theirs / 'verdicts.csv'}: line 5 ({place}): verdict is 'certainly worse'; the runs "
            f"give {was!r}"
        ],
    )


@pytest.mark.parametrize("column", ["experiment", "seed", "learning_rate", "data_sha256"])
def test_a_changed_identity_is_refused(theirs, column):
    for name in ("runs.csv", "curves.csv"):
        table = pd.read_csv(theirs / name, dtype=str, keep_default_na=False)
        if column in table:
            mine = table["experiment"] == table["experiment"][0]
            values = {"experiment": "f" * 16, "seed": "77", "learning_rate": "0.5"}
            table.loc[mine, column] = values.get(column, "0" * 64)
            table.to_csv(theirs / name, index=False)
    code, refused = submitted(theirs)
    assert code == 1
    assert any("is not what it was then; allowed is the code of commit" in r for r in refused)


@pytest.mark.parametrize("seed", [0, 2, SEEDS - 1])
def test_a_seed_that_was_left_out_is_refused(theirs, seed):
    """Every table is made anew from the others."""
    table = pd.read_csv(theirs / "runs.csv", dtype=str, keep_default_na=False)
    place = (table["task"] == TASKS[0]) & (table["architecture"] == "NFG")
    gone = table[place & (table["seed"] == str(seed))]["experiment"].item()
    for name in ("runs.csv", "curves.csv"):
        table = pd.read_csv(theirs / name, dtype=str, keep_default_na=False)
        table[table["experiment"] != gone].to_csv(theirs / name, index=False)
    _judge(theirs)
    code, refused = submitted(theirs)
    assert (code, refused) == (
        1,
        [
            f"{theirs / 'runs.csv'}: NFG on {TASKS[0]}, matched by parameters, lacks seed {seed}; "
            "allowed are all from 0 on that study.json asked for, and those that failures.csv "
            "tells of"
        ],
    )


def test_a_changed_margin_is_refused(theirs):
    table = pd.read_csv(theirs / "runs.csv", dtype=str, keep_default_na=False)
    table["margin"] = table["margin"].where(table["task"] != TASKS[1], "0.0001")
    table.to_csv(theirs / "runs.csv", index=False)
    code, refused = submitted(theirs)
    assert code == 1
    assert any(f"task '{TASKS[1]}': margin='0.0001' in runs.csv; allowed is" in r for r in refused)


@pytest.mark.parametrize("name", SEALED)
def test_a_missing_file_is_refused(theirs, name):
    (theirs / name).unlink()
    assert submitted(theirs) == (1, [f"{theirs / name}: missing"])


def test_missing_scores_are_refused(theirs):
    path = next((theirs / "scores").glob(f"{TASKS[0]}-*"))
    path.unlink()
    code, refused = submitted(theirs)
    assert code == 1
    assert refused[0] == (f"{path}: not the scores of every final run; its verdicts are made of it")


def test_scores_of_nothing_are_refused(theirs):
    path = next((theirs / "scores").glob("*"))
    other = path.with_name(f"other-{'0' * 16}.npz")
    shutil.copy(path, other)
    assert submitted(theirs) == (1, [f"{other}: scores of no task and data of runs.csv"])


@pytest.mark.parametrize("name", ["runs.csv", "scores", "discussion.md"])
def test_a_link_is_refused(theirs, tmp_path, name):
    outside = tmp_path / "outside"
    if (theirs / name).exists():
        (theirs / name).rename(outside)
    else:
        outside.write_text("of somebody else")
    (theirs / name).symlink_to(outside)
    code, refused = submitted(theirs)
    assert code == 1
    assert refused[0] == (f"{theirs / name}: no plain file; allowed is a copy of what it leads to")


@pytest.mark.parametrize("name", ["../outside", "index.md"])
def test_a_name_that_leads_elsewhere_is_refused(theirs, name):
    record = json.loads((theirs / "study.json").read_text())
    (theirs / "study.json").write_text(json.dumps(record | {"name": name}))
    code, refused = submitted(theirs)
    assert (code, len(refused)) == (1, 1)
    assert f"name={name!r}; allowed are letters" in refused[0]


def test_no_code_of_the_folder_is_run(theirs):
    """A proposal names its source; here that waits for --plugin."""
    ran = theirs.parent / "ran"
    source = theirs / "evil.py"
    source.write_text(f"open({str(ran)!r}, 'w')\n")
    sha256 = hashlib.sha256(source.read_bytes()).hexdigest()
    proposal = {"plugin": str(source), "sha256": sha256, "architecture": "mine"}
    (theirs / "proposal.json").write_text(json.dumps(proposal))
    changed(theirs / "verdicts.csv", "verdict", "certainly worse", 3)
    assert submitted(theirs)[0] == 1
    assert not ran.exists()


@pytest.mark.parametrize(("command", "code"), [("", 1), ("gatewise fetch flipflop", 0)])
def test_data_that_no_code_here_makes_is_refused(theirs, monkeypatch, command, code):
    """Anything might stand in its runs; where data is only absent, that is said."""
    over = verification.PassedOver("flipflop@1000", 3, ("0123abc",), command)
    found = verification.Verification((), (over,))
    monkeypatch.setattr(verification, "verify", lambda *asked: found)
    assert submitted(theirs) == (code, [] if command else [verification.said(over)])


def test_a_cell_that_is_not_ours_is_named(theirs):
    for name in ("runs.csv", "curves.csv", "verdicts.csv"):
        text = (theirs / name).read_text()
        (theirs / name).write_text(text.replace(",NFG,", ",my-cell,"))
    code, refused = submitted(theirs)
    assert code == 1
    runs = pd.read_csv(theirs / "runs.csv")["architecture"].value_counts()
    assert refused[-1] == (
        f"architecture 'my-cell': not of this package, in {runs['my-cell']} runs; allowed is "
        "--plugin with the source that has it"
    )


def test_a_study_that_is_there_is_left_as_it_is(theirs):
    place = theirs.parent / "results" / "theirs"
    shutil.copytree(theirs, place)
    assert submitted(theirs) == (0, [])
    (place / "curves.csv").write_text("another")
    code, refused = submitted(theirs)
    assert code == 1
    assert refused[0].startswith(f"{place} is there and has another curves.csv; allowed is")
    assert (place / "curves.csv").read_text() == "another"


@pytest.mark.slow
def test_what_is_good_is_taken(tmp_path):
    """The committed study, as it is: what is taken of it is equal to the last byte."""
    theirs = Path(shutil.copytree(LAGS, tmp_path / "elsewhere"))
    assert submitted(theirs, "--sample", "2") == (0, [])
    place = tmp_path / "results" / "lags"
    taken = [str(p.relative_to(place)) for p in place.rglob("*") if p.is_file()]
    assert set(SEALED) < set(taken)
    assert not any(name.startswith("figures") for name in taken)
    assert filecmp.cmpfiles(LAGS, place, taken, shallow=False) == (taken, [], [])
    assert not [path for path in place.parent.iterdir() if path != place]


@pytest.mark.slow
def test_a_forged_training_is_refused(theirs):
    """Of which nothing in the folder tells."""
    shutil.rmtree(theirs / "scores")
    table = pd.read_csv(theirs / "runs.csv", dtype=str, keep_default_na=False)
    table.assign(test_score="0.77").to_csv(theirs / "runs.csv", index=False)
    _judge(theirs)
    code, refused = submitted(theirs, "--sample", "1")
    assert (code, len(refused)) == (1, 1)
    assert "trained again it has " in refused[0]
    assert "allowed is 0.77 within" in refused[0]
    assert not (theirs.parent / "results").exists()
