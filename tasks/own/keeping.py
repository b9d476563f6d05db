"""What is read of a large file, kept on disk, so that not every process reads all of it."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from gatewise.tasks import kept, text
from gatewise.tasks.own import examples, gathering, packed, rows
from gatewise.tasks.own.examples import Material, material
from gatewise.tasks.own.packed import Packed
from gatewise.tasks.own.reading import Reading
from gatewise.tasks.task import Array

LARGE = 50_000_000
"""Bytes of a file from which on what is read of it is kept: ten million take over a second."""
MAKERS = (rows, examples, gathering, packed, text)
"""The files that decide what is read."""
BESIDE = ("found", "by", "passed_over")
"""What is kept beside the examples."""


def found_in(reading: Reading, sha256: str) -> Material:
    """The examples of a file that has this checksum, kept where it is large; see :mod:`..kept`.

    Raises:
        InvalidData: see :func:`.examples.material`.
    """
    if reading.file.stat().st_size < LARGE:
        return material(reading)
    sources = (Path(str(maker.__file__)).read_text(encoding="utf-8") for maker in MAKERS)
    made_by = "\n".join((*sources, np.__version__))
    stored = kept.kept("own", made_by, {"sha256": sha256}, lambda: _arrays(material(reading)))
    found, by, passed_over = (stored.pop(name) for name in BESIDE)
    return Material(Packed.restored(stored), int(found), str(by), int(passed_over))


def _arrays(read: Material) -> dict[str, Array]:
    return {**read.examples.arrays(), **{n: np.array(getattr(read, n)) for n in BESIDE}}
