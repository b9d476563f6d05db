from __future__ import annotations

import shutil

import pytest

from gatewise.tasks import vendored


@pytest.mark.parametrize("name", vendored.CHECKSUMS)
def test_every_vendored_file_is_the_recorded_one(name):
    rows = vendored.read_rows(name)
    assert len(rows) > 10_000
    assert len({len(row) for row in rows}) == 1


def test_one_flipped_bit_is_noticed(tmp_path):
    name = "movie_snippets.tsv.gz"
    data = bytearray((vendored.FOLDER / name).read_bytes())
    data[1000] ^= 1
    (tmp_path / name).write_bytes(data)
    with pytest.raises(vendored.DamagedData, match=r"SHA-256 is [0-9a-f]{64}, allowed is d431d4c2"):
        vendored.read_rows(name, tmp_path)


def test_a_truncated_and_a_missing_file_are_noticed(tmp_path):
    name = "brown.tsv.gz"
    shutil.copy(vendored.FOLDER / name, tmp_path / name)
    with (tmp_path / name).open("r+b") as file:
        file.truncate(1000)
    with pytest.raises(vendored.DamagedData, match="SHA-256"):
        vendored.read_rows(name, tmp_path)
    (tmp_path / name).unlink()
    with pytest.raises(vendored.DamagedData, match=r"No such file.*git checkout"):
        vendored.read_rows(name, tmp_path)
