"""Files are old or new, several of them together, and as readable as the user's others."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from gatewise import files
from gatewise.files import (
    UnwritableFolder,
    place_folder,
    set_aside,
    write_atomically,
    write_together,
)


def test_none_of_several_is_replaced_unless_all_can_be(tmp_path, monkeypatch):
    one, other = tmp_path / "one", tmp_path / "other"
    write_together({one: "old", other: b"old"})
    synced = []

    def full(handle):
        synced.append(handle)
        if len(synced) == 2:
            raise OSError(28, "No space left on device")

    monkeypatch.setattr(files.os, "fsync", full)
    with pytest.raises(UnwritableFolder, match="No space left on device"):
        write_together({one: "new", other: "new"})
    assert one.read_text() == other.read_text() == "old"
    assert sorted(tmp_path.iterdir()) == [one, other]


def test_a_folder_is_placed_whole_and_never_over_another(tmp_path, monkeypatch):
    place = tmp_path / "studies" / "one"
    place_folder(place, {"a": b"1", "below/b": b"2"})
    assert ((place / "a").read_bytes(), (place / "below" / "b").read_bytes()) == (b"1", b"2")
    with pytest.raises(UnwritableFolder, match=r"not empty; it is as before"):
        place_folder(place, {"a": b"3"})
    assert (place / "a").read_bytes() == b"1"

    def full(handle):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(files.os, "fsync", full)
    with pytest.raises(UnwritableFolder, match="No space left on device"):
        place_folder(place.with_name("two"), {"a": b"1"})
    assert list(place.parent.iterdir()) == [place]


def test_what_is_set_aside_is_hidden_and_whole(tmp_path):
    path = tmp_path / "calibration.csv"
    write_atomically(path, "x")
    assert set_aside(path) == tmp_path / ".calibration.damaged"
    assert [p.name for p in tmp_path.iterdir()] == [".calibration.damaged"]
    with pytest.raises(UnwritableFolder, match="No such file"):
        set_aside(path)


@pytest.mark.parametrize("umask", [0o022, 0o077, 0o002])
def test_a_file_has_the_permissions_that_the_umask_leaves(tmp_path, umask):
    """In a process of its own, as the umask is asked for once."""
    code = "from gatewise.files import write_atomically; from pathlib import Path; import sys; "
    code += "write_atomically(Path(sys.argv[1]), 'x')"
    path = tmp_path / "file"
    before = os.umask(umask)
    try:
        subprocess.run([sys.executable, "-c", code, str(path)], check=True)
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.stat().st_mode) == 0o666 & ~umask


GROWING = """
import sys, time
from pathlib import Path
import numpy as np
from gatewise.files import write_together
from tests.report.conftest import simulate
folder = Path(sys.argv[1])
both = []
for seeds in (2, 3):
    runs, curves = simulate(np.random.default_rng(0), seeds=seeds, epochs=2, tasks=("labelling",))
    both.append((runs.to_csv(index=False), curves.to_csv(index=False)))
end = time.monotonic() + 4
while time.monotonic() < end:
    for runs, curves in both:
        write_together({folder / "curves.csv": curves, folder / "runs.csv": runs})
"""


def test_tables_that_are_written_all_the_time_are_read_of_one_moment(tmp_path):
    from gatewise.report.reading.results import read

    root = Path(__file__).parents[2]
    seen = set()
    with subprocess.Popen([sys.executable, "-c", GROWING, str(tmp_path)], cwd=root) as writer:
        while not (tmp_path / "runs.csv").exists():
            assert writer.poll() is None
        while writer.poll() is None:
            found = read(tmp_path)
            assert set(found.runs["experiment"]) == set(found.curves["experiment"])
            seen.add(len(found.runs))
    assert len(seen) == 2
