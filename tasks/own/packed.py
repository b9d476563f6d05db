"""Examples as arrays: what is kept of a file takes a few bytes a step, however it was written."""

from __future__ import annotations

import json
from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import blake2b
from itertools import compress
from typing import Any, overload

import numpy as np

from gatewise.tasks.task import Array

DIGEST = 16
"""Bytes of a content's hash."""
SPARE = 4
"""What is gathered is cut back once it has more than is kept by one part of so many."""


@dataclass(frozen=True, eq=False, slots=True)
class Example:
    """One example.

    Attributes:
        reads: tokens, or ``float32 [steps, features]``.
        answer: what the label column has, a text or a number; a tuple of one a step.
        rows: of the file, one a step where each has an answer.
        group, time: what keeps examples together or in order, if the reading says so.
        part: the split that it has to be in; empty where that is free.
        text: what tokens were cut from, of what is to be answered.
    """

    reads: tuple[str, ...] | Array
    answer: Any
    rows: tuple[int, ...]
    group: str = ""
    time: float = 0.0
    part: str = ""
    text: str = ""

    @property
    def content(self) -> bytes:
        """Equal where equal things are read."""
        read = self.reads
        plain = "\0".join(read).encode() if isinstance(read, tuple) else read.tobytes()
        return blake2b(plain, digest_size=DIGEST).digest()


@dataclass(frozen=True, eq=False)
class Packed(Sequence[Example]):
    """Examples as columns, each made again when it is asked for; without their ``text``.

    Attributes:
        known: every text that is in a column, once. Columns have its place in here, and they alone
            are ``int32``.
        columns: of one value an example: ``begins`` and ``lengths``, where in the columns of steps
            it begins and how many it has; ``groups``, ``times``, ``parts``; ``contents``
            ``uint8 [examples, 16]``; and ``answers`` and ``rows`` where they are not below.
        steps: of one value a step: ``reads``, tokens or ``float32 [steps, features]``; and
            ``answers``, texts or ``float64``, and ``rows``, where each step has an answer.
    """

    known: tuple[str, ...]
    columns: Mapping[str, Array]
    steps: Mapping[str, Array]

    def __len__(self) -> int:
        return len(self.columns["begins"])

    @overload
    def __getitem__(self, at: int) -> Example: ...

    @overload
    def __getitem__(self, at: slice) -> Packed: ...

    def __getitem__(self, at: int | slice) -> Example | Packed:
        places = range(len(self))[at]
        if isinstance(places, range):
            return self.take(places)
        answers = self._values("answers", places)
        return Example(
            self._values("reads", places),
            answers if self.every_step else answers[0],
            self._values("rows", places),
            self.text("groups", places),
            float(self.columns["times"][places]),
            self.text("parts", places),
        )

    @property
    def every_step(self) -> bool:
        """Whether each step has an answer."""
        return "answers" in self.steps

    @property
    def lengths(self) -> Array:
        """Steps of each example, ``[examples]``."""
        return self.columns["lengths"]

    def content(self, at: int) -> bytes:
        """As :attr:`Example.content`."""
        return self.columns["contents"][at].tobytes()

    def text(self, name: str, at: int) -> str:
        """An example's group or part."""
        return self.known[self.columns[name][at]]

    def take(self, rows: Sequence[int]) -> Packed:
        """Those examples, in that order; what they read is not copied."""
        at = np.array(rows, np.int64)
        return replace(self, columns={name: of[at] for name, of in self.columns.items()})

    def each(self, name: str, length: int | None = None) -> Iterator[Array]:
        """Of every example its values of a column, of its first ``length`` steps, as they are."""
        if name in self.columns:
            yield from self.columns[name][:, None]
            return
        begins, lengths = self.columns["begins"], self.lengths
        ends = begins + (lengths if length is None else np.minimum(lengths, length))
        for begin, end in zip(begins.tolist(), ends.tolist(), strict=True):
            yield self.steps[name][begin:end]

    def labels(self) -> Iterator[tuple[int, Any]]:
        """The row and the label of every answer, of every step."""
        for at in range(len(self)):
            yield from zip(self._values("rows", at), self._values("answers", at), strict=True)

    def _values(self, name: str, at: int) -> Any:
        """One example's: numbers, or the texts whose places they are."""
        if name in self.columns:
            found = self.columns[name][at : at + 1]
        else:
            begin = int(self.columns["begins"][at])
            found = self.steps[name][begin : begin + int(self.lengths[at])]
        if found.ndim > 1:
            return found
        plain = found.tolist()
        return tuple(map(self.known.__getitem__, plain) if _named(found) else plain)

    def lowest(self, most: int) -> Packed:
        """At most so many examples, in their order: those of the lowest hashes.

        Of one content those that come last go first.
        """
        if len(self) <= most:
            return self
        upper, lower = self.columns["contents"].view(">u8").T
        order = np.lexsort((-np.arange(len(self)), lower, upper))
        return self.take(np.sort(order[:most]).tolist()).compacted()

    def compacted(self) -> Packed:
        """The same, with no step and no text that is none of these examples'."""
        steps = {name: np.concatenate([*self.each(name)]) for name in self.steps}
        columns = {**self.columns, "begins": np.cumsum(self.lengths) - self.lengths}
        used = np.zeros(len(self.known), bool)
        for of in filter(_named, (*columns.values(), *steps.values())):
            used[of] = True
        anew = np.cumsum(used, dtype=np.int32) - np.int32(1)

        def moved(of: Mapping[str, Array]) -> dict[str, Array]:
            return {name: anew[a] if _named(a) else a for name, a in of.items()}

        return Packed(tuple(compress(self.known, used)), moved(columns), moved(steps))

    def arrays(self) -> dict[str, Array]:
        """All of it as arrays alone, as a file keeps them."""
        known = np.frombuffer(json.dumps(self.known).encode(), np.uint8)
        return {"known": known, **self.columns, **{f"of/{n}": a for n, a in self.steps.items()}}

    @classmethod
    def restored(cls, arrays: Mapping[str, Array]) -> Packed:
        """The inverse of :meth:`arrays`."""
        known = tuple(json.loads(arrays["known"].tobytes()))
        steps = {n.removeprefix("of/"): a for n, a in arrays.items() if n.startswith("of/")}
        columns = {n: a for n, a in arrays.items() if n != "known" and not n.startswith("of/")}
        return cls(known, columns, steps)


def _named(column: Array) -> bool:
    """Whether it has places of texts."""
    return column.dtype == np.int32


# --- From many to so many --------------------------------------------------------------------


def sampled(examples: Iterable[Example], most: int) -> tuple[Packed | None, int]:
    """At most so many examples in their order, and how many came; None of none.

    Those whose contents' hashes are the lowest: a random sample, the same wherever it is drawn.
    """
    gathered: _Gathered | None = None
    highest, found = b"\xff" * DIGEST, 0
    for example in examples:
        found += 1
        content = example.content
        if content > highest:
            continue
        gathered = gathered or _Gathered.like(example)
        gathered.add(example, content)
        if len(gathered) > most + most // SPARE:
            kept = gathered.packed().lowest(most)
            highest = max(map(kept.content, range(most)))
            gathered = gathered.anew(kept)
    return (gathered.packed().lowest(most) if gathered else None), found


KINDS = {
    **{"begins": "q", "lengths": "q", "rows": "q", "times": "d", "contents": "B"},
    **{"groups": "i", "parts": "i"},
}
"""Type codes of columns; of ``i`` are the places of texts."""


@dataclass
class _Gathered:
    """Columns of a :class:`Packed` that grow."""

    known: dict[str, int]
    columns: dict[str, array[Any]]
    every_step: bool
    width: int

    @classmethod
    def like(cls, example: Example) -> _Gathered:
        """Without examples yet, for such as this one."""
        every_step = isinstance(example.answer, tuple)
        answer = example.answer[0] if every_step else example.answer
        width = 0 if isinstance(example.reads, tuple) else example.reads.shape[1]
        kinds = {"reads": "f" if width else "i", "answers": "i" if answer == str(answer) else "d"}
        columns = {name: array(kind) for name, kind in {**KINDS, **kinds}.items()}
        return cls({}, columns, every_step, width)

    def __len__(self) -> int:
        return len(self.columns["begins"])

    def add(self, example: Example, content: bytes) -> None:
        begins, lengths = self.columns["begins"], self.columns["lengths"]
        begins.append(begins[-1] + lengths[-1] if begins else 0)
        lengths.append(len(example.reads))
        answers, rows = example.answer, example.rows
        if not self.every_step:
            answers, rows = (answers,), rows[:1]
        self._put("reads", example.reads)
        self._put("answers", answers)
        self._put("rows", rows)
        self._put("groups", (example.group,))
        self._put("times", (example.time,))
        self._put("parts", (example.part,))
        self._put("contents", content)

    def _put(self, name: str, values: Any) -> None:
        column, known = self.columns[name], self.known
        if column.typecode == "i":
            column.extend([known.setdefault(value, len(known)) for value in values])
        elif isinstance(values, np.ndarray):
            column.frombytes(values.tobytes())
        else:
            column.extend(values)

    def packed(self) -> Packed:
        columns = {n: np.frombuffer(of, of.typecode) for n, of in self.columns.items()}
        columns["contents"] = columns["contents"].reshape(-1, DIGEST)
        if self.width:
            columns["reads"] = columns["reads"].reshape(-1, self.width)
        beside = ("reads", "answers", "rows") if self.every_step else ("reads",)
        steps = {name: columns.pop(name) for name in beside}
        return Packed(tuple(self.known), columns, steps)

    def anew(self, kept: Packed) -> _Gathered:
        """With what was kept alone."""
        known = {text: place for place, text in enumerate(kept.known)}
        columns = {}
        for name, of in {**kept.columns, **kept.steps}.items():
            columns[name] = array(self.columns[name].typecode)
            columns[name].frombytes(np.ascontiguousarray(of).data.cast("B"))
        return replace(self, known=known, columns=columns)
