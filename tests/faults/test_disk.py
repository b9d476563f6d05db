"""What disks do: they fill up, are read-only, and give back other bytes than were written."""

from __future__ import annotations

import os
import shutil
import subprocess
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from tests.faults.kit import GATEWISE, RUNS, rows, run

pytestmark = pytest.mark.slow
needs_mount = pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root may mount a file system"
)


@contextmanager
def tmpfs(folder: Path, options: str):
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", options, "tmpfs", folder], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip(f"cannot mount a file system here: {mounted.stderr.decode().strip()}")
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", folder], check=True)


def fill(folder: Path, leave: int) -> Path:
    """Write a file until the disk has but so many bytes left."""
    filler = folder / "filler"
    handle = os.open(filler, os.O_WRONLY | os.O_CREAT)
    with suppress(OSError):
        while os.write(handle, b"x" * 4096):
            pass
    os.truncate(handle, os.fstat(handle).st_size - leave)
    os.close(handle)
    return filler


@needs_mount
def test_full_disk_stops_the_study_and_space_lets_it_go_on(tmp_path, undisturbed):
    results = tmp_path / "results"
    with tmpfs(results, "size=20m"):
        filler = fill(results, leave=48 << 10)
        full = run(results)
        assert full.returncode == 2, full.stderr
        assert "No space left on device" in full.stderr
        assert full.stderr.count("\n") == 1, full.stderr
        filler.unlink()
        again = run(results)
        assert again.returncode == 0, again.stderr
        assert rows(results) == undisturbed


@needs_mount
def test_read_only_results_are_refused_before_anything_is_computed(tmp_path):
    results = tmp_path / "results"
    with tmpfs(results, "ro"):
        done = run(results)
    assert done.returncode == 2
    assert "Read-only file system; allowed is a folder that you may write in" in done.stderr


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def truncate(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    results = tmp_path_factory.mktemp("finished")
    done = run(results)
    assert done.returncode == 0, done.stderr
    return results


@pytest.mark.parametrize("damage", [flip, truncate])
def test_damaged_tables_are_written_anew(finished, damage, undisturbed):
    """They are made from the ledger; the report refuses a table that was cut short."""
    damage(finished / "smoke" / "runs.csv")
    damage(finished / "smoke" / "curves.csv")
    again = run(finished)
    assert again.returncode == 0, again.stderr
    assert f"{RUNS} of {RUNS} experiments are done already" in again.stdout
    assert rows(finished) == undisturbed


@pytest.mark.parametrize("damage", [flip, truncate])
def test_damaged_record_is_set_aside_and_taken_up_from_the_tables(finished, damage, undisturbed):
    records = sorted((finished / "smoke" / "ledger").glob("*.json"))
    damage(records[0])
    again = run(finished)
    assert again.returncode == 0, again.stderr
    aside = finished / "smoke" / "ledger" / f".{records[0].stem}.damaged"
    assert f"damaged, set aside and made again: {aside}" in again.stdout
    assert "1 run taken up from runs.csv" in again.stdout
    assert f"{RUNS} of {RUNS} experiments are done already" in again.stdout
    assert sorted((finished / "smoke" / "ledger").glob("*.json")) == records
    assert rows(finished) == undisturbed


@pytest.mark.parametrize("damage", [flip, truncate])
def test_damaged_scores_are_set_aside_and_their_experiment_repeated(finished, damage, undisturbed):
    scores = sorted((finished / "smoke" / "examples").glob("*.npz"))
    damage(scores[0])
    again = run(finished)
    assert again.returncode == 0, again.stderr
    aside = finished / "smoke" / "examples" / f".{scores[0].stem}.damaged"
    assert f"damaged, set aside and made again: {aside}" in again.stdout
    assert f"{RUNS - 1} of {RUNS} experiments are done already" in again.stdout
    assert sorted((finished / "smoke" / "examples").glob("*.npz")) == scores
    assert rows(finished) == undisturbed


def contents(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*.*")}


@needs_mount
@pytest.mark.parametrize("leave", [0, 32 << 10])
def test_a_disk_that_fills_up_under_the_report_leaves_whole_files(finished, tmp_path, leave):
    results = tmp_path / "results"
    with tmpfs(results, "size=20m"):
        study = shutil.copytree(finished / "smoke", results / "smoke")
        report = [str(GATEWISE), "report", "--study", str(study)]
        before = contents(study)
        # Each file is written anew, so a full disk meets every one of them.
        (study / "report.md").write_text("of yesterday")
        filler = fill(results, leave)
        full = subprocess.run(report, capture_output=True, text=True, check=False)
        assert full.returncode == 2, full.stdout
        assert "No space left on device" in full.stderr
        assert full.stderr.count("\n") == 1, full.stderr
        filler.unlink()
        left = contents(study)
        assert left.keys() == before.keys()
        assert {name for name in left if left[name] != before[name]} <= {"report.md"}
        again = subprocess.run(report, capture_output=True, text=True, check=False)
        assert again.returncode == 0, again.stderr
        assert contents(study) == before
