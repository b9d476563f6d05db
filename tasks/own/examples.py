"""From the rows of a file to examples: what is read, and the answer to it."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import groupby, pairwise
from operator import attrgetter
from typing import Any

import numpy as np

from gatewise.tasks.own.gathering import Line, Rows, TooLong, gathered
from gatewise.tasks.own.packed import Example, Packed, sampled
from gatewise.tasks.own.reading import Reading
from gatewise.tasks.own.rows import rows, told
from gatewise.tasks.task import Array
from gatewise.tasks.text import words

MOST = 200_000
"""Examples that are kept of a file: of more, those whose hashes are the lowest, a random sample."""
MOST_ROWS = 1_000_000
"""Rows of sequences and series that are kept, for they are in memory before the first is whole."""
LEAST = 100
WINDOW = 64
"""Steps of a series that are read for a forecast, where nothing else is said."""
PARTS = {"train": 0.7, "validation": 0.8, "test": 1.0}
"""Where each split of what is ordered in time ends."""
BY_CHARACTER = 0.3
"""From this share of Chinese or Japanese characters on a file's texts are read by character."""
SAMPLED = 1000
"""Texts that say so."""


@dataclass(frozen=True)
class Material:
    """All that is known of a file: its examples in order, and of how many they are a sample.

    Attributes:
        by: what a token is, ``word`` or ``character``; empty of numbers.
        passed_over: rows of the sequences that are not kept.
    """

    examples: Packed
    found: int
    by: str
    passed_over: int


@dataclass(frozen=True)
class Shaped:
    """The examples that the rows of a file are; see :class:`Material`."""

    by: str
    examples: Iterator[Example]
    passed_over: int = 0


def material(reading: Reading) -> Material:
    """The examples of a file.

    Raises:
        InvalidData: see :func:`.rows.rows`; an empty text, no number, a step twice, or too few.
    """
    shaped = SHAPES[reading.form](reading)
    kept, found = sampled(shaped.examples, MOST)
    if kept is None or found < LEAST:
        raise told(reading.file, f"{found} examples; allowed are {LEAST} or more")
    return Material(kept, found, shaped.by, shaped.passed_over)


def unlabelled(reading: Reading) -> Iterator[Example]:
    """What is to be answered, in order; of a series its last window alone.

    Answers are empty, and the window of a series has its values as they are.

    Raises:
        InvalidData: see :func:`material`.
    """
    yield from SHAPES[reading.form](replace(reading, labelled=False)).examples


# --- Values ----------------------------------------------------------------------------------


def _plain(reading: Reading, row: int, column: str, value: Any) -> str:
    """A value that has to be there, as text."""
    if value is None or value != value or not str(value).strip():
        raise told(reading.file, "is empty; allowed is a value", row, column)
    return str(value).strip()


def _spoken(reading: Reading, row: int, column: str, value: Any) -> str:
    """A value that has to be a text."""
    spoken = _plain(reading, row, column, value)
    if not isinstance(value, str):
        kind = type(value).__name__
        raise told(reading.file, f"{value!r} is of type {kind}; allowed is text", row, column)
    return spoken


def number(reading: Reading, row: int, column: str, value: Any) -> float:
    """A value that has to be a finite number."""
    plain = _plain(reading, row, column, value)
    try:
        found = float(plain)
    except ValueError:
        found = math.nan
    if not math.isfinite(found):
        raise told(reading.file, f"{value!r}; allowed are finite numbers", row, column)
    return found


def _moment(reading: Reading, row: int, column: str, value: Any) -> float:
    """A number, or a date as seconds."""
    if isinstance(value, datetime):
        return value.timestamp()
    plain = _plain(reading, row, column, value)
    try:
        return float(plain)
    except ValueError:
        pass
    try:
        return datetime.fromisoformat(plain).timestamp()
    except ValueError:
        raise told(
            reading.file, f"{value!r}; allowed are numbers, and dates as 2026-11-26", row, column
        ) from None


def _answer(reading: Reading, row: int, column: str, values: Mapping[str, Any]) -> str:
    """The label of a row, if labels are read."""
    return _plain(reading, row, column, values[column]) if reading.labelled else ""


def _places(reading: Reading, row: int, values: Mapping[str, Any]) -> dict[str, Any]:
    """Group and time of a row, as far as they are asked for."""
    found: dict[str, Any] = {}
    if not reading.labelled:
        return found
    if reading.group:
        found["group"] = _plain(reading, row, reading.group, values[reading.group])
    if reading.time:
        found["time"] = _moment(reading, row, reading.time, values[reading.time])
    return found


def _named(reading: Reading) -> Iterator[tuple[int, dict[str, Any]]]:
    """Every row with its values by column; none of a blank row."""
    columns = reading.columns
    for row, values in rows(reading.file, columns):
        yield row, dict(zip(columns, values, strict=True)) if values else {}


# --- Texts -----------------------------------------------------------------------------------


def _texts(reading: Reading) -> Shaped:
    by = _unit(reading)
    split = TOKENS[by]

    def examples() -> Iterator[Example]:
        for row, values in _named(reading):
            if values:
                spoken = _spoken(reading, row, reading.text, values[reading.text])
                tokens = tuple(split(spoken))
                if not tokens:
                    raise told(reading.file, f"{spoken!r} has no {by}", row, reading.text)
                answer = _answer(reading, row, reading.label, values)
                places = _places(reading, row, values)
                text = "" if reading.labelled else spoken
                yield Example(tokens, answer, (row,), **places, text=text)

    return Shaped(by, examples())


def characters(text: str) -> list[str]:
    """The characters of a text, lower-cased, without white space."""
    return list("".join(text.lower().split()))


TOKENS: Mapping[str, Callable[[str], list[str]]] = {"word": words, "character": characters}
"""How a text is cut, by what a token is."""


def _unit(reading: Reading) -> str:
    """What a token of the file's texts is, by the first of them."""
    letters = written = 0
    for number, (_, values) in enumerate(_named(reading)):
        if number == SAMPLED:
            break
        found = [c for c in str(values.get(reading.text) or "") if c.isalpha()]
        letters += len(found)
        written += sum(_without_spaces(c) for c in found)
    return "character" if written > BY_CHARACTER * max(letters, 1) else "word"


def _without_spaces(character: str) -> bool:
    """Whether it is of a script that puts none between words: Han, Hiragana, Katakana."""
    return "\u3040" <= character <= "\u30ff" or "\u3400" <= character <= "\u9fff"


# --- Gathered rows ---------------------------------------------------------------------------

Read = Callable[[int, Mapping[str, Any]], tuple[tuple[float, ...], tuple[str, ...]]]
"""Of a row's number and values the numbers and the texts that are kept of it."""


def _lines(reading: Reading, by: str, read: Read) -> Iterator[Line]:
    """What is kept of every row of the sequences in column ``by``: time and group first.

    Without a column the blank rows part them, and names are numbers.
    """
    block = 0
    for row, values in _named(reading):
        if values:
            name = _plain(reading, row, by, values[by]) if by else str(block)
            places = _places(reading, row, values)
            numbers, texts = read(row, values)
            time, group = places.get("time", 0.0), places.get("group", "")
            yield Line(row, name, (time, *numbers), (group, *texts))
        elif reading.tokens:
            block += 1


def _whole(reading: Reading, lines: Iterator[Line]) -> tuple[Mapping[str, Rows], int]:
    """Sequences by name, and how many rows of others are not kept; to be answered are all."""
    most = MOST_ROWS if reading.labelled else sys.maxsize
    try:
        return gathered(lines, most)
    except TooLong as error:
        name, row = error.args
        named = f" {name!r}" * bool(reading.sequence or reading.group)
        what = f"{'series' if reading.series else 'sequence'}{named}"
        raise told(reading.file, f"{what} goes on; allowed are {most:,} rows of one", row) from None


def _in_blocks(lines: Iterator[Line]) -> Iterator[Rows]:
    for _, block in groupby(lines, key=attrgetter("name")):
        rows = Rows()
        for line in block:
            rows.add(line)
        yield rows


def _ordered(reading: Reading, name: str, of: Rows) -> Rows:
    """A sequence's rows in the order of their steps, of which none is there twice."""
    steps = of.numbers[:, 1]
    order = np.argsort(steps, kind="stable").tolist()
    for before, after in pairwise(order):
        if steps[before] == steps[after]:
            row = of.rows[after]
            (step,) = next(
                values for at, values in rows(reading.file, (reading.step,)) if at == row
            )
            which = f" of sequence {name!r}" * bool(reading.sequence)
            raise told(
                reading.file,
                f"step {step!r}{which} is in row {of.rows[before]} too; allowed is once",
                row,
                reading.step,
            )
    return of.ordered(order)


# --- Tokens with tags ------------------------------------------------------------------------


def _tagged(reading: Reading) -> Shaped:
    def read(row: int, values: Mapping[str, Any]) -> tuple[tuple[float, ...], tuple[str, ...]]:
        token = _plain(reading, row, reading.tokens, values[reading.tokens])
        return (), (token, _answer(reading, row, reading.tags, values))

    lines, passed_over = _lines(reading, reading.sequence, read), 0
    sentences: Iterable[Rows] = _in_blocks(lines)
    if reading.sequence:
        by_name, passed_over = _whole(reading, lines)
        sentences = by_name.values()

    def examples() -> Iterator[Example]:
        for sentence in sentences:
            groups, tokens, tags = (tuple(sentence.said(place)) for place in range(3))
            yield Example(tokens, tags, tuple(sentence.rows), groups[0])

    return Shaped("word", examples(), passed_over)


# --- Windows of numbers ----------------------------------------------------------------------


def _sequences(reading: Reading) -> Shaped:
    """Sequences of numbers; of one label each, or of one a step where one of them has several."""

    def read(row: int, values: Mapping[str, Any]) -> tuple[tuple[float, ...], tuple[str, ...]]:
        step = _moment(reading, row, reading.step, values[reading.step])
        features = (number(reading, row, of, values[of]) for of in reading.features)
        return (step, *features), (_answer(reading, row, reading.label, values),)

    sequences, passed_over = _whole(reading, _lines(reading, reading.sequence, read))
    every_step = any(len(set(of.said(1))) > 1 for of in sequences.values())

    def examples() -> Iterator[Example]:
        for name, found in sequences.items():
            of = _ordered(reading, name, found)
            labels, features = tuple(of.said(1)), of.numbers[:, 2:].astype(np.float32)
            answer = labels if every_step else labels[0]
            places = of.said(0)[0], float(of.numbers[0, 0])
            yield Example(features, answer, tuple(of.rows), *places)

    return Shaped("", examples(), passed_over)


def _forecasts(reading: Reading) -> Shaped:
    """Windows of a series, each with what becomes of it in ``horizon`` steps.

    The series is read as it differs from the last value of its window, and the answer is the change
    from there: a series that rises is not to leave the range that was trained on.
    """
    columns = (reading.series, *(c for c in reading.features if c != reading.series))

    def read(row: int, values: Mapping[str, Any]) -> tuple[tuple[float, ...], tuple[str, ...]]:
        step = float(row)
        if reading.step:
            step = _moment(reading, row, reading.step, values[reading.step])
        return (step, *(number(reading, row, of, values[of]) for of in columns)), ()

    series, passed_over = _whole(reading, _lines(reading, reading.group, read))

    def examples() -> Iterator[Example]:
        for name, found in series.items():
            of = _ordered(reading, name, found)
            yield from _windows(reading, of.numbers[:, 2:], of.rows)

    return Shaped("", examples(), passed_over)


def _windows(reading: Reading, read: Array, rows: Sequence[int]) -> Iterator[Example]:
    """Those of a series whose every step, and the answer too, is in one split."""
    length, begin = reading.length or WINDOW, 0
    if not reading.labelled:
        yield Example(read[-length:].astype(np.float32), "", (rows[-1],))
        return
    for part, share in PARTS.items():
        end = int(share * len(read))
        for start in range(begin, end - length - reading.horizon + 1):
            asked = start + length - 1 + reading.horizon
            window = read[start : start + length].copy()
            last = relative(window)
            change = float(read[asked, 0] - last)
            yield Example(window.astype(np.float32), change, (rows[asked],), part=part)
        begin = end


def relative(window: Array) -> float:
    """Take the last value of a window's first feature off all of it, and give it."""
    last = float(window[-1, 0])
    window[:, 0] -= last
    return last


SHAPES: Mapping[str, Callable[[Reading], Shaped]] = {
    "text": _texts,
    "tokens": _tagged,
    "features": _sequences,
    "series": _forecasts,
}
"""By form: what of a file its examples are."""
