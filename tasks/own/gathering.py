"""The rows of sequences, gathered from wherever in a file they are, in little memory."""

from __future__ import annotations

import sys
from array import array
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import NamedTuple

import numpy as np

from gatewise.tasks.own.packed import DIGEST, SPARE
from gatewise.tasks.task import Array


class Line(NamedTuple):
    """What is kept of a row of the sequence ``name``: of each row as many numbers and texts."""

    row: int
    name: str
    numbers: tuple[float, ...]
    texts: tuple[str, ...]


class TooLong(ValueError):
    """A sequence that alone has more rows than are kept; ``args`` are its name and the row."""


@dataclass(eq=False)
class Rows:
    """The rows of one sequence as they came, as columns that grow."""

    rows: array[int] = field(default_factory=lambda: array("q"))
    flat: array[float] = field(default_factory=lambda: array("d"))
    texts: list[str] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.rows)

    def add(self, line: Line) -> None:
        """One more."""
        self.rows.append(line.row)
        self.flat.extend(line.numbers)
        # Groups and labels come again and again, and each text of a file is one of its own.
        self.texts.extend(map(sys.intern, line.texts))

    @property
    def numbers(self) -> Array:
        """``float64 [rows, numbers]``."""
        return np.frombuffer(self.flat).reshape(len(self), -1)

    def ordered(self, order: Sequence[int]) -> Rows:
        """The same rows in another order."""
        width = len(self.texts) // len(self)
        texts = [self.texts[row * width + place] for row in order for place in range(width)]
        rows, flat = np.array(self.rows)[order], self.numbers[order]
        return Rows(array("q", rows.tobytes()), array("d", flat.tobytes()), texts)

    def said(self, place: int) -> list[str]:
        """Of each row the text at that place of the line."""
        return self.texts[place :: len(self.texts) // len(self)]


def gathered(lines: Iterable[Line], most: int) -> tuple[Mapping[str, Rows], int]:
    """At most so many rows, of whole sequences, by name; and how many rows are not kept.

    The names whose hashes are the lowest are kept: a random sample, the same wherever it is drawn.

    Raises:
        TooLong: one of them has more.
    """
    sequences: dict[str, Rows] = {}
    highest, kept, seen = b"\xff" * DIGEST, 0, 0
    for line in lines:
        seen += 1
        if (rows := sequences.get(line.name)) is None:
            if _digest(line.name) > highest:
                continue
            rows = sequences[line.name] = Rows()
        rows.add(line)
        kept += 1
        if len(rows) > most:
            raise TooLong(line.name, line.row)
        if kept > most + most // SPARE:
            highest, kept = _thinned(sequences, most)
    if kept > most:
        _, kept = _thinned(sequences, most)
    return sequences, seen - kept


def _thinned(sequences: dict[str, Rows], most: int) -> tuple[bytes, int]:
    """Take away those of the highest hashes; the highest that is left, and how many rows are."""
    by_hash = sorted(sequences, key=_digest)
    ends = np.cumsum([len(sequences[name]) for name in by_hash])
    left = int(np.searchsorted(ends, most, side="right"))
    for name in by_hash[left:]:
        del sequences[name]
    return _digest(by_hash[left - 1]), int(ends[left - 1])


def _digest(name: str) -> bytes:
    return blake2b(name.encode(), digest_size=DIGEST).digest()
