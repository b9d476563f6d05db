"""Recorded runs, trained again."""

from __future__ import annotations

import csv
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from gatewise import plugins
from gatewise.benchmark.execution.worker import train_group
from gatewise.benchmark.inspection import verification
from gatewise.benchmark.inspection.verification import (
    PassedOver,
    Unverifiable,
    verify,
)
from gatewise.benchmark.records import editions
from gatewise.benchmark.records.facts import measure
from gatewise.benchmark.records.ledger import Ledger
from gatewise.benchmark.records.rows import ChangedMeaning, experiment
from gatewise.benchmark.records.tables import write_tables
from gatewise.benchmark.studies.plan import plan, recipe
from gatewise.benchmark.studies.study import Study
from gatewise.plugins import Plugin

GATEWISE = Path(sys.executable).parent / "gatewise"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A study of four short runs."""
    results = tmp_path_factory.mktemp("verified")
    study = Study("s", "smoke", ("adding",), ("lstm", "vanilla"), seeds=2)
    facts = measure("adding", "smoke", results)
    templates = [recipe(study, facts, name) for name in study.architectures]
    for group in plan(study, templates):
        train_group(group, results, keep_weights=False)
    assert len(Ledger(results).finished()) == 4
    write_tables("s", results, {})
    return results


def rows(folder: Path) -> list[dict[str, str]]:
    with (folder / "runs.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def changed(folder: Path, to: Path, column: str, value: object) -> Path:
    """The study's table with one column overwritten."""
    pd.DataFrame([{**row, column: value} for row in rows(folder)]).to_csv(
        to / "runs.csv", index=False
    )
    return to


def test_numbers_come_back_to_the_last_bit(folder):
    told = []
    found = verify(folder, 4, 0, told.append)
    checks = found.checks
    assert (tuple(told), ()) == (checks, found.passed_over)
    assert {(c.architecture, c.seed) for c in checks} == {
        (name, seed) for name in ("lstm", "vanilla") for seed in (0, 1)
    }
    assert all(check.equal and check.within for check in checks)


def test_a_run_is_verified_by_what_it_was_trained_with(folder, tmp_path, monkeypatch):
    """And not by the recipe that its task has by now; only what an old table leaves unsaid is."""
    row = rows(folder)[0]
    assert (row["epochs"], row["schedule"], row["least_gain"]) == ("1", "constant", "0.0")
    other = changed(folder, tmp_path, "epochs", 3)
    with pytest.raises(ChangedMeaning, match="is not what it was then"):
        verify(other, 1, 0, lambda check: None)
    old = {n: v for n, v in row.items() if n not in ("epochs", "patience", "schedule")}
    assert experiment(old).id == row["experiment"] == experiment(row).id
    monkeypatch.setitem(editions.SINCE_CHANGED, ("adding", "smoke"), (7, 2))
    assert experiment(row).epochs == 1
    with pytest.raises(ChangedMeaning, match="is not what it was then"):
        experiment(old)


def test_a_forged_number_is_found(folder, tmp_path):
    forged = changed(folder, tmp_path, "test_score", 0.5)
    (check,) = verify(forged, 1, 0, lambda check: None).checks
    assert check.recorded == 0.5
    assert not check.within
    done = subprocess.run(
        [GATEWISE, "verify", "--study", forged, "--sample", "1"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "OUTSIDE" in done.stdout
    assert "1 runs: 0 equal to the last bit, 0 within the tolerance" in done.stdout


@pytest.mark.parametrize(
    ("column", "value", "message"),
    [
        ("data_sha256", "0" * 64, "is not what it was then; allowed is the code of commit"),
        ("budget", 17, "is not what it was then"),
        ("experiment", "0" * 16, "run '0000000000000000'"),
    ],
)
def test_what_means_another_thing_by_now_is_refused(folder, tmp_path, column, value, message):
    with pytest.raises(ChangedMeaning, match=message):
        verify(changed(folder, tmp_path, column, value), 1, 0, lambda check: None)


def test_runs_on_other_data_are_passed_over_and_named(folder, tmp_path):
    """As they would stand in the table: with an identity that goes with their data."""
    table = pd.DataFrame(rows(folder))
    for i in (0, 1):
        told = {n: v for n, v in table.loc[i].to_dict().items() if v != ""}
        of = replace(experiment(told), data_sha256="0" * 64)
        table.loc[i, ["data_sha256", "experiment", "commit"]] = [of.data_sha256, of.id, f"then{i}"]
    table.to_csv(tmp_path / "runs.csv", index=False)
    found = verify(tmp_path, 2, 0, lambda check: None)
    assert {check.experiment for check in found.checks} == set(table["experiment"][2:])
    assert found.passed_over == (PassedOver("adding", 2, ("then0", "then1")),)
    with pytest.raises(
        Unverifiable, match=r"whole numbers from 1 to 2; 2 runs of 'adding' cannot .* then0, then1"
    ):
        verify(tmp_path, 3, 0, lambda check: None)


def test_runs_whose_data_is_absent_are_passed_over_and_named(folder, monkeypatch):
    monkeypatch.setattr(verification, "_bringing", lambda task: f"gatewise data fetch {task}")
    with pytest.raises(
        Unverifiable,
        match=r"from 1 to 0; 4 runs of 'adding' .* absent; bring it with: gatewise data fetch",
    ):
        verify(folder, 1, 0, lambda check: None)


def test_what_a_study_misstates_is_said(folder, tmp_path):
    assert verification.misstated(folder) == ()
    table = pd.DataFrame(rows(folder))
    table.loc[0, "seed"], table.loc[1, "margin"], table.loc[2:, "architecture"] = "9", "9", "other"
    table.to_csv(tmp_path / "runs.csv", index=False)
    shutil.copy(folder / "curves.csv", tmp_path)
    identity, margin, stranger = verification.misstated(tmp_path)
    assert identity.startswith(f"run {table['experiment'][0]!r}: task 'adding' or architecture")
    assert margin.startswith("task 'adding': margin='9' in runs.csv; allowed is 0.0")
    assert stranger == (
        "architecture 'other': not of this package, in 2 runs; allowed is --plugin with the "
        "source that has it"
    )


@pytest.mark.parametrize(
    ("column", "value", "message"),
    [
        ("still_gaining", "False", "still_gaining='False' in runs.csv; allowed is True"),
        ("solved_step", "1", "solved_step='1' in runs.csv; allowed is None"),
        ("epochs_run", "2", "epochs_run='2', and 1 epochs in curves.csv"),
    ],
)
def test_what_a_run_misstates_of_its_curve_is_said(folder, tmp_path, column, value, message):
    """A training of a single epoch was best in its last."""
    shutil.copy(folder / "curves.csv", changed(folder, tmp_path, column, value))
    faults = verification.misstated(tmp_path)
    assert len(faults) == 4
    for row, fault in zip(rows(folder), faults, strict=True):
        assert fault.startswith(f"run {row['experiment']!r}: {message}")


def test_what_is_said_to_have_diverged_is_trained_again_too(folder, tmp_path):
    """And makes the tolerance of the others no wider."""
    table = pd.DataFrame(rows(folder))
    table.loc[0, ["status", "test_score"]] = ["diverged", "nothing"]
    table["margin"] = "1e-9"
    table["chance"] = "9.0"
    table.to_csv(tmp_path / "runs.csv", index=False)
    checks = {
        check.experiment: check for check in verify(tmp_path, 4, 0, lambda check: None).checks
    }
    said = checks.pop(table["experiment"][0])
    assert said.recorded == 9.0
    assert not said.within
    assert all(check.equal for check in checks.values())
    assert max(check.tolerance for check in checks.values()) < 1


def test_what_is_needed_to_have_a_cell_from_outside_is_said(folder, tmp_path, monkeypatch):
    source = tmp_path / "mine.py"
    source.write_text("from gatewise import *\nARCHITECTURE = Architecture('mine', GRU, 'a GRU')\n")
    plugin = Plugin.read(str(source))
    monkeypatch.setattr(plugins, "_in_use", (plugin,))
    assert verification.outside(folder) == ()
    (needed,) = verification.outside(changed(folder, tmp_path, "architecture", "mine"))
    assert needed.startswith(f"architecture 'mine' is of plugin {str(source)!r}, whose source has ")
    assert plugin.sha256[:16] in needed


def test_what_cannot_be_read_is_refused(folder, tmp_path):
    with pytest.raises(Unverifiable, match=r"no readable runs\.csv"):
        verify(tmp_path, 1, 0, lambda check: None)
    with pytest.raises(Unverifiable, match="sample=5: allowed are whole numbers from 1 to 4"):
        verify(folder, 5, 0, lambda check: None)
    (tmp_path / "runs.csv").write_text("phase,status\nfinal,finished\n")
    with pytest.raises(Unverifiable, match="lacks columns architecture, batch_size"):
        verify(tmp_path, 1, 0, lambda check: None)
