"""Data files that live in this repository, verified each time they are read."""

from __future__ import annotations

import gzip
import hashlib
from pathlib import Path

FOLDER = Path(__file__).parent / "data"

CHECKSUMS = {
    "movie_snippets.tsv.gz": "d431d4c22d9712f6cd5fbb3b13a55680e1458767e7cff73dca58710e221597ec",
    "brown.tsv.gz": "dd557fb2604a95d0b26136ab92de90926ea1464eae161a120e08057aaeca758b",
    "tatoeba_eng_spa.tsv.gz": "e6ba0019f8a7cbca1fa936a99ff4ff9673beaeeb77a72eae5db65260afda8826",
}


class DamagedData(ValueError):
    """A data file that is missing or is not the one that belongs here."""


def read_rows(name: str, folder: Path = FOLDER) -> list[list[str]]:
    """The rows of a vendored table, each a list of its tab-separated fields.

    Raises:
        DamagedData: the file is missing, or its SHA-256 is not the recorded one.
    """
    path, expected = folder / name, CHECKSUMS[name]
    mend = f"restore it with: git checkout -- tasks/data/{name}"
    try:
        packed = path.read_bytes()
    except OSError as error:
        raise DamagedData(f"data file {str(path)!r}: {error.strerror}; {mend}") from None
    found = hashlib.sha256(packed).hexdigest()
    if found != expected:
        raise DamagedData(
            f"data file {str(path)!r}: SHA-256 is {found}, allowed is {expected}; {mend}"
        )
    text = gzip.decompress(packed).decode("utf-8")
    return [line.split("\t") for line in text.rstrip("\n").split("\n")]
