"""A study goes on from its tables alone, as if its ledger were there."""

from __future__ import annotations

import csv
import io
import json
import os
import shutil
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from gatewise.benchmark.records import packed, tables, unpacking
from gatewise.benchmark.records.column import Columns
from gatewise.benchmark.records.experiment import Epoch, Examples, Experiment, Result
from gatewise.benchmark.records.facts import TaskFacts, keep, measure, read_facts
from gatewise.benchmark.records.failures import Failures
from gatewise.benchmark.records.ledger import Ledger
from gatewise.benchmark.records.mending import mend
from gatewise.benchmark.records.provenance import provenance
from gatewise.benchmark.records.rows import Row
from gatewise.benchmark.records.tables import write_tables
from gatewise.benchmark.records.unpacking import NotTakenUp, known_runs, lacking, take_up
from gatewise.tasks.task import Baseline
from tests.benchmark.records.test_rows import FIRST, of

TRIAL = replace(FIRST, phase="tuning", seed=1_000_000)
FACTS = TaskFacts(
    "adding", "smoke", FIRST.data_sha256, 1 / 6, 9, 3, (Baseline("mean", 0.1, "squared error"),)
)
EXAMPLES = 21
COMMITTED = ("runs.csv", "curves.csv", "failures.csv", "scores")


def trained(seed: int, ended: str = "00", final: bool = True) -> Result:
    """What a run gave: numbers of its seed, and scores by example where the test split was read."""
    generator = np.random.default_rng(seed)
    curve = tuple(
        Epoch(k, 10 * k, *generator.random(3).tolist(), generator.random()) for k in (1, 2)
    )
    scores = generator.exponential(size=EXAMPLES).astype(np.float32)
    return Result(
        "finished", None, generator.random() if final else None, curve[0].validation_score,
        curve[0].validation_loss, 1, 2, 20, 5, 499, 9, "", 0.0, 1.0, 1.0, 0.1,
        f"2026-01-01T00:00:{ended}+00:00", curve,
        test={"at 80": generator.random()} if final else {}, made=provenance(),
        examples=Examples(scores, np.ones(EXAMPLES, np.float32)) if final else None,
    )  # fmt: skip


DIVERGED = replace(
    trained(9), status="diverged", diverged_step=3, test_score=1 / 6, validation_score=1 / 6,
    validation_loss=float("nan"), best_epoch=0, epochs_run=0, curve=(), test={}, examples=None,
)  # fmt: skip


@pytest.fixture
def study(tmp_path):
    """A study's folder: three seeds, one of which diverged in its first epoch, and a trial."""
    folder = tmp_path / "study"
    ledger = Ledger(folder)
    keep(folder, FACTS)
    for seed in range(2):
        ledger.add(replace(FIRST, seed=seed), trained(seed))
    ledger.add(replace(FIRST, seed=2), DIVERGED)
    ledger.add(TRIAL, trained(7, final=False))
    write_tables("s", folder, {})
    return folder


def clone(study: Path) -> Path:
    """A copy of what is committed of a study."""
    to = study.parent / "clone"
    to.mkdir()
    for name in filter(lambda name: (study / name).exists(), COMMITTED):
        copy = shutil.copytree if (study / name).is_dir() else shutil.copy
        copy(study / name, to / name)
    return to


def records(folder: Path) -> dict[str, str]:
    return {e.id: json.dumps(r.to_json(), sort_keys=True) for e, r in Ledger(folder)}


def written(folder: Path) -> dict[str, bytes]:
    """The tables and packed scores, as they are written from the ledger now."""
    write_tables("s", folder, {})
    paths = [p for p in folder.rglob("*") if p.suffix in (".csv", ".npz")]
    return {
        p.relative_to(folder).as_posix(): p.read_bytes()
        for p in paths
        if p.parent.name != "examples"
    }


def test_every_run_comes_back_and_the_tables_are_the_same_bytes(study):
    there = clone(study)
    assert list(take_up(there)) == ["4 runs taken up from runs.csv, which the ledger did not have"]
    assert list(take_up(there)) == []
    assert records(there) == records(study)
    assert read_facts(there, "adding", FIRST.data_sha256) == FACTS
    assert written(there) == written(study)


def test_a_clones_runs_are_known_without_its_ledger(study):
    """And nothing is written to know them, so that it may be where nothing can be."""
    there, whole = clone(study), study
    before = sorted(there.rglob("*"))

    def said(folder):
        return {e.id: json.dumps(r.to_json(), sort_keys=True) for e, r in known_runs(folder)}

    assert said(there) == said(whole) == records(study)
    assert sorted(there.rglob("*")) == before


def test_facts_that_were_taken_up_are_those_that_are_measured(tmp_path, study):
    measured = measure("adding", "smoke", tmp_path / "measured")
    experiment = replace(FIRST, data_sha256=measured.data_sha256)
    keep(study, measured)
    Ledger(study).add(experiment, trained(0))
    write_tables("s", study, {})
    there = clone(study)
    list(take_up(there))
    assert read_facts(there, "adding", measured.data_sha256) == measured
    assert measure("adding", "smoke", there) == measured


def test_what_runs_there_stands_beside_it_as_if_nothing_had_moved(study):
    there = clone(study)
    list(take_up(there))
    for folder in (study, there):
        Ledger(folder).add(replace(FIRST, seed=3), trained(3))
        Ledger(folder).add(replace(of("adding", "GRU"), seed=0), trained(4))
    assert written(there) == written(study)


@pytest.mark.parametrize("whole", [False, True])
def test_scores_are_packed_with_others_to_the_same_bytes(study, monkeypatch, whole):
    """Pooled with those that are not yet, rounded with those that are whole."""
    monkeypatch.setattr(packed, "MOST_EXAMPLES", 8)
    results = [trained(seed) for seed in range(6)]
    if whole:
        counted = [np.round(result.examples.score) for result in results]
        ones = results[0].examples.weight
        results = [
            replace(result, examples=Examples(count, ones))
            for result, count in zip(results, counted, strict=True)
        ]
    runs = list(zip([replace(FIRST, seed=seed) for seed in range(6)], results, strict=True))
    for run in (*runs[:2], *runs[2::2]):  # so that either all of its runs are counts or none is
        Ledger(study).add(*run)
    written(study)
    there = clone(study)
    list(take_up(there))
    for run in runs:
        Ledger(study).add(*run)
    for run in runs[1::2]:
        Ledger(there).add(*run)
    (path,) = (there / "scores").iterdir()
    before = packed.unpack(path.read_bytes())
    assert packed.pack(before) == path.read_bytes()
    assert written(there) == written(study)
    assert len(packed.unpack(path.read_bytes()).experiments) == 6 > len(before.experiments)


def test_a_call_that_was_killed_is_gone_on_with(study, monkeypatch):
    there, added = clone(study), []

    def dying(ledger: Ledger, experiment: Experiment, result: Result) -> None:
        if len(added) == 2:
            raise KeyboardInterrupt
        added.append(experiment)
        add(ledger, experiment, result)

    add = Ledger.add
    monkeypatch.setattr(Ledger, "add", dying)
    with pytest.raises(KeyboardInterrupt):
        list(take_up(there))
    monkeypatch.undo()
    (line,) = take_up(there)
    assert line.startswith("2 runs taken up")
    assert records(there) == records(study)


def test_a_run_that_ended_later_in_the_same_place_stands(study):
    there = clone(study)
    sooner, later = replace(FIRST, budget=501), replace(FIRST, budget=502)
    Ledger(there).add(replace(sooner, seed=0), trained(0, ended="59"))
    found = {run.experiment.seed for run in lacking(there)}
    assert found == {1, 2, TRIAL.seed}
    Ledger(there).add(replace(later, seed=1), replace(trained(1), finished_at="2025-01-01"))
    assert {run.experiment.seed for run in lacking(there)} == found
    known = known_runs(there)
    list(take_up(there))
    assert [e for e, _ in known] == [e for e, _ in tables.latest_runs(there)]
    budgets = {e.seed: e.budget for e, _ in tables.latest_runs(there) if e.phase == "final"}
    assert budgets == {0: 501, 1: 500, 2: 500}


def test_a_damaged_record_is_taken_up_from_the_tables(study):
    before, id = records(study), replace(FIRST, seed=1).id
    (study / "ledger" / f"{id}.json").write_text("{")
    assert lacking(study) == []
    assert len(list(mend(study))) == 1
    assert len(list(take_up(study))) == 1
    assert records(study) == before


@pytest.mark.parametrize("part", ["examples", "samples"])
def test_what_a_training_alone_makes_is_trained_again(study, part):
    path = study / part / f"{FIRST.id}.{'npz' if part == 'examples' else 'json'}"
    path.parent.mkdir(exist_ok=True)
    path.write_text("{")
    assert len(list(mend(study))) == 1
    assert list(take_up(study)) == []
    assert FIRST.id not in Ledger(study).finished()
    Ledger(study).add(FIRST, trained(0))
    assert list(take_up(study)) == []


def changed(row: int | None, **cells: str) -> Callable[[list[Row]], list[Row]]:
    """Rows of which one, or all, has other cells."""
    return lambda rows: [
        {**old, **cells} if row in (k, None) else old for k, old in enumerate(rows)
    ]


def edit(path: Path, change: Callable[[list[Row]], list[Row]]) -> None:
    rows = list(csv.DictReader(io.StringIO(path.read_text())))
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(change(rows))
    path.write_text(text.getvalue())


OTHERS: Mapping[str, tuple[str, Callable[[list[Row]], list[Row]], str]] = {
    "a changed cell": (
        "runs.csv",
        changed(1, architecture="GRU"),
        r"runs.csv': run of 'GRU' on 'adding' at seed '1' cannot be gone on from: run '.*': task "
        r"'adding' or architecture 'GRU' is not what it was then; allowed is the code of commit "
        r".*, and another --study",
    ),
    "a plugin that is not given": (
        "runs.csv",
        changed(0, architecture="mine"),
        r"run of 'mine' on 'adding' at seed '0' .*: architecture 'mine' is not known; allowed is "
        r"--plugin with the source that has it, and another --study",
    ),
    "a task that is not there": (
        "runs.csv",
        changed(0, task="chess"),
        r"task 'chess' is not known; allowed is --plugin",
    ),
    "no number": ("runs.csv", changed(2, steps="many"), r"steps='many': allowed is a whole number"),
    "a run twice": ("runs.csv", lambda rows: [*rows, rows[0]], r"line 6 is no row, or one that is"),
    "an epoch twice": ("curves.csv", lambda rows: [*rows, rows[0]], r"is no row, or one that is"),
    "an epoch less": (
        "curves.csv",
        lambda rows: rows[1:],
        r"seed '0' .*: epochs_run='2', and 1 epochs in curves.csv",
    ),
    "epochs of another run": (
        "curves.csv",
        changed(0, experiment="0" * 16),
        r"curves.csv': epochs of run '0000000000000000', which runs.csv has not",
    ),
    "two chances": (
        "runs.csv",
        changed(0, chance="0.5"),
        r"task 'adding' has several chances, baselines or numbers of examples",
    ),
}


@pytest.mark.parametrize("other", OTHERS)
def test_what_cannot_be_put_back_is_named_before_anything_is_written(study, other):
    name, change, message = OTHERS[other]
    there = clone(study)
    edit(there / name, change)
    with pytest.raises(NotTakenUp, match=message) as told:
        list(take_up(there))
    assert "another --study" in str(told.value)
    assert "\n" not in str(told.value)
    assert not (there / "ledger").exists()
    assert not (there / "tasks").exists()


def cut(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def conflict(path: Path) -> None:
    """As git leaves it where two have grown the study."""
    path.write_text(path.read_text() + "<<<<<<< HEAD\n")


def overwrite(path: Path) -> None:
    path.write_bytes(b"\xff\x00" * 99)


def behead(path: Path) -> None:
    path.write_text(path.read_text().replace("experiment", "experience", 1))


def empty(path: Path) -> None:
    path.write_text("")


@pytest.mark.parametrize("damage", [cut, conflict, overwrite, behead, empty])
@pytest.mark.parametrize("name", ["runs.csv", "curves.csv"])
def test_damaged_tables_are_refused_where_the_ledger_needs_them_and_else_written_anew(
    study, name, damage
):
    there, before = clone(study), records(study)
    for folder in (study, there):
        damage(folder / name)
    with pytest.raises(NotTakenUp, match=f"{name}': .*; the ledger lacks runs of it: allowed is"):
        list(take_up(there))
    assert not (there / "ledger").exists()
    assert list(take_up(study)) == []
    assert records(study) == before


def test_an_identity_that_was_damaged_is_no_other_run(study):
    edit(study / "runs.csv", changed(0, experiment="0" * 16))
    assert lacking(study) == []


def test_failures_that_the_table_alone_tells_of_stay_until_a_run_takes_their_place(study):
    for seed in (3, 4, 10):
        Failures(study).add(replace(FIRST, seed=seed), f"broken at {seed}")
    write_tables("s", study, {})
    there = clone(study)
    list(take_up(there))
    assert written(there) == written(study)
    Failures(there).add(replace(FIRST, seed=4), "broken again")
    Ledger(there).add(replace(FIRST, seed=3), trained(3))
    write_tables("s", there, {})
    with (there / "failures.csv").open(newline="") as file:
        told = {row["seed"]: row["reason"] for row in csv.DictReader(file)}
    assert told == {"4": "broken again", "10": "broken at 10"}
    for seed in (4, 10):
        Ledger(there).add(replace(FIRST, seed=seed), trained(seed))
    write_tables("s", there, {})
    assert not (there / "failures.csv").exists()


def test_a_folder_without_tables_lacks_nothing(tmp_path):
    assert lacking(tmp_path) == []
    assert list(take_up(tmp_path)) == []
    assert not list(tmp_path.iterdir())


def test_tables_are_read_before_the_ledger(study, monkeypatch):
    """So that what another command adds meanwhile, to the ledger first, is not taken for lost."""
    there, table = clone(study), unpacking._table

    def adding(path: Path, names: Columns) -> unpacking.Table:
        found = table(path, names)
        if path.name == "curves.csv":
            for run in Ledger(study):
                Ledger(there).add(*run)
        return found

    monkeypatch.setattr(unpacking, "_table", adding)
    assert lacking(there) == []
