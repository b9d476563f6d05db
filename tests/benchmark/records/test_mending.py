"""What is damaged in a study's folder is set aside and made again; what is not ours is left."""

from __future__ import annotations

import io
import json
import os
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from gatewise.benchmark.records.experiment import Examples
from gatewise.benchmark.records.facts import DamagedFacts, measure, read_facts
from gatewise.benchmark.records.ledger import DamagedLedger, Ledger
from gatewise.benchmark.records.mending import mend
from gatewise.benchmark.records.packed import DamagedScores, Scores, arrays, pack, unpack
from tests.benchmark.records.test_ledger import EXPERIMENT, RESULT

SCORES = np.ones(3, np.float32)
RECORDS = Path("ledger"), Path("examples"), Path("samples")


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def cut(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def empty(path: Path) -> None:
    path.write_bytes(b"")


def encrypt(path: Path) -> None:
    """Set the flag that says so in both headers of an archive's first file."""
    content = bytearray(path.read_bytes())
    for header, at in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
        content[content.index(header) + at] |= 1
    path.write_bytes(content)


@pytest.fixture
def folder(tmp_path):
    """A study's folder with two runs, a task's facts and its packed scores."""
    ledger = Ledger(tmp_path)
    for seed in range(2):
        ledger.add(
            replace(EXPERIMENT, seed=seed), replace(RESULT, examples=Examples(SCORES, SCORES))
        )
    (tmp_path / "samples").mkdir()
    sample = tmp_path / "samples" / f"{EXPERIMENT.id}.json"
    sample.write_text(json.dumps({"experiment": EXPERIMENT.id}))
    facts = measure("adding-25", "smoke", tmp_path)
    (tmp_path / "scores").mkdir()
    packed = pack(Scores([EXPERIMENT.id], SCORES[None], SCORES))
    (tmp_path / "scores" / f"adding-25-{facts.data_sha256[:16]}.npz").write_bytes(packed)
    return tmp_path


def files(folder: Path) -> set[Path]:
    return {path.relative_to(folder) for path in folder.rglob("*") if path.is_file()}


def test_a_sound_folder_and_what_is_somebodys_own_is_left_alone(folder):
    for name in ("ledger/notes.txt", "ledger/copy of 1.json", "tasks/notes.json", "scores/a.npz"):
        (folder / name).write_text("mine")
    (folder / "ledger" / "folder").mkdir()
    before = files(folder)
    assert list(mend(folder)) == []
    assert files(folder) == before
    assert len(list(Ledger(folder))) == 2


@pytest.mark.parametrize("damage", [flip, cut, empty])
@pytest.mark.parametrize("part", ["ledger", "examples", "samples", "tasks", "scores"])
def test_what_is_damaged_is_set_aside_with_what_is_made_with_it(folder, part, damage):
    (path,) = (
        (folder / part).glob(f"{EXPERIMENT.id}.*")
        if Path(part) in RECORDS
        else (folder / part).iterdir()
    )
    damage(path)
    (line,) = mend(folder)
    aside = path.with_name(f".{path.stem}.damaged")
    assert line.startswith("damaged, set aside and ")
    assert line.endswith(f" again: {aside}")
    assert aside.exists()
    assert not path.exists()
    repeated = Path(part) in RECORDS
    assert (EXPERIMENT.id in Ledger(folder).finished()) is not repeated
    assert not list(mend(folder))


def test_facts_that_were_set_aside_are_measured_again(folder):
    (path,) = (folder / "tasks").iterdir()
    before = path.read_bytes()
    cut(path)
    task, _, checksum = path.stem.rpartition("-")
    with pytest.raises(DamagedFacts, match="no facts of a task"):
        read_facts(folder, task, checksum)
    list(mend(folder))
    measure("adding-25", "smoke", folder)
    assert path.read_bytes() == before


@pytest.mark.parametrize("damage", [flip, cut, empty, encrypt])
def test_archives_are_refused_in_one_line(folder, damage):
    path = Ledger(folder).examples / f"{EXPERIMENT.id}.npz"
    damage(path)
    with pytest.raises(DamagedLedger, match="are damaged") as told:
        Ledger(folder).read_examples(EXPERIMENT.id)
    assert "\n" not in str(told.value)


def bomb(size: int) -> bytes:
    """An archive of a megabyte that says, and is, many of them."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        head = io.BytesIO()
        described = {"descr": "<f4", "fortran_order": False, "shape": (size // 4,)}
        np.lib.format.write_array_header_1_0(head, described)
        with archive.open("score.npy", "w", force_zip64=True) as file:
            file.write(head.getvalue())
            for _ in range(size >> 20):
                file.write(bytes(1 << 20))
    return packed.getvalue()


def test_a_bomb_takes_no_memory():
    import tracemalloc

    content = bomb(600 << 20)
    tracemalloc.start()
    with pytest.raises(DamagedScores, match="more than"):
        arrays(content, "score")
    assert tracemalloc.get_traced_memory()[1] < 10 << 20
    tracemalloc.stop()


def test_a_header_that_claims_more_than_there_is_is_refused():
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        head = io.BytesIO()
        described = {"descr": "<f4", "fortran_order": False, "shape": (1 << 60,)}
        np.lib.format.write_array_header_1_0(head, described)
        archive.writestr("score.npy", head.getvalue())
    with pytest.raises(DamagedScores):
        arrays(packed.getvalue(), "score")
    with pytest.raises(DamagedScores):
        unpack(packed.getvalue())
