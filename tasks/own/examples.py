"""From the rows of a file to examples: what is read, and the answer to it."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import pairwise
from typing import Any

import numpy as np

from gatewise.tasks.own.packed import Example, Packed, sampled
from gatewise.tasks.own.reading import Reading
from gatewise.tasks.own.rows import rows, told
from gatewise.tasks.task import Array
from gatewise.tasks.text import words

MOST = 200_000
"""Examples that are kept of a file: of more, those whose hashes are the lowest, a random sample."""
MOST_ROWS = 1_000_000
"""Rows of sequences and series, which are in memory before the first of them is whole."""
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
    """All that is known of a file: its examples in order, and of how many they are a sample."""

    examples: Packed
    found: int
    by: str
    """What a token is, ``word`` or ``character``; empty of numbers."""


def material(reading: Reading) -> Material:
    """The examples of a file.

    Raises:
        InvalidData: see :func:`.rows.rows`; an empty text, no number, a step twice, or too few.
    """
    by, examples = SHAPES[reading.form](reading)
    kept, found = sampled(examples, MOST)
    if kept is None or found < LEAST:
        raise told(reading.file, f"{found} examples; allowed are {LEAST} or more")
    return Material(kept, found, by)


def unlabelled(reading: Reading) -> Iterator[Example]:
    """What is to be answered, in order; of a series its last window alone.

    Answers are empty, and the window of a series has its values as they are.

    Raises:
        InvalidData: see :func:`material`.
    """
    yield from SHAPES[reading.form](replace(reading, labelled=False))[1]


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


def _texts(reading: Reading) -> tuple[str, Iterator[Example]]:
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

    return by, examples()


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


# --- Tokens with tags ------------------------------------------------------------------------


def _tagged(reading: Reading) -> tuple[str, Iterator[Example]]:
    gather = _by_sequence if reading.sequence else _by_blank_rows

    def examples() -> Iterator[Example]:
        for sentence in gather(reading):
            row, first = sentence[0]
            tokens = tuple(
                _plain(reading, r, reading.tokens, values[reading.tokens]) for r, values in sentence
            )
            tags = tuple(_answer(reading, r, reading.tags, values) for r, values in sentence)
            places = _places(reading, row, first)
            yield Example(tokens, tags, tuple(r for r, _ in sentence), **places)

    return "word", examples()


Gathered = list[tuple[int, dict[str, Any]]]


def _by_blank_rows(reading: Reading) -> Iterator[Gathered]:
    sentence: Gathered = []
    for row, values in _named(reading):
        if values:
            sentence.append((row, values))
        elif sentence:
            yield sentence
            sentence = []
    if sentence:
        yield sentence


def _by_sequence(reading: Reading) -> Iterator[Gathered]:
    """The rows of each sequence, wherever in the file they are."""
    sequences: dict[str, Gathered] = {}
    for kept, (row, values) in enumerate(_named(reading)):
        if kept == MOST_ROWS:
            raise told(reading.file, f"allowed are {MOST_ROWS:,} rows of sequences", row)
        if values:
            name = _plain(reading, row, reading.sequence, values[reading.sequence])
            sequences.setdefault(name, []).append((row, values))
    yield from sequences.values()


# --- Windows of numbers ----------------------------------------------------------------------


def _sequences(reading: Reading) -> tuple[str, Iterator[Example]]:
    """Sequences of numbers; of one label each, or of one a step where one of them has several."""

    def examples() -> Iterator[Example]:
        ordered = [_ordered(reading, sequence) for sequence in _by_sequence(reading)]
        labels = [
            tuple(_answer(reading, row, reading.label, v) for row, v in sequence)
            for sequence in ordered
        ]
        every_step = any(len(set(of)) > 1 for of in labels)
        for sequence, of in zip(ordered, labels, strict=True):
            row, first = sequence[0]
            read = np.array(
                [[number(reading, r, c, v[c]) for c in reading.features] for r, v in sequence],
                np.float32,
            )
            at, places = tuple(r for r, _ in sequence), _places(reading, row, first)
            yield Example(read, of if every_step else of[0], at, **places)

    return "", examples()


def _ordered(reading: Reading, sequence: Gathered) -> Gathered:
    """Rows in the order of their steps, of which none is there twice."""
    steps = [_moment(reading, row, reading.step, values[reading.step]) for row, values in sequence]
    order = np.argsort(steps, kind="stable").tolist()
    for before, after in pairwise(order):
        if steps[before] == steps[after]:
            which = f" of sequence {sequence[after][1][reading.sequence]!r}" * bool(
                reading.sequence
            )
            value = sequence[after][1][reading.step]
            raise told(
                reading.file,
                f"step {value!r}{which} is in row {sequence[before][0]} too; allowed is once",
                sequence[after][0],
                reading.step,
            )
    return [sequence[place] for place in order]


def _forecasts(reading: Reading) -> tuple[str, Iterator[Example]]:
    """Windows of a series, each with what becomes of it in ``horizon`` steps.

    The series is read as it differs from the last value of its window, and the answer is the change
    from there: a series that rises is not to leave the range that was trained on.
    """

    def examples() -> Iterator[Example]:
        series: dict[str, Gathered] = {}
        for kept, (row, values) in enumerate(_named(reading)):
            if kept == MOST_ROWS:
                raise told(reading.file, f"allowed are {MOST_ROWS:,} rows of a series", row)
            if values:
                name = str(values[reading.group]) if reading.group else ""
                series.setdefault(name, []).append((row, values))
        for of in series.values():
            yield from _windows(reading, _ordered(reading, of) if reading.step else of)

    return "", examples()


def _windows(reading: Reading, series: Gathered) -> Iterator[Example]:
    """Those whose every step, and the answer too, is in one split."""
    columns = (reading.series, *(c for c in reading.features if c != reading.series))
    read = np.array(
        [[number(reading, row, c, values[c]) for c in columns] for row, values in series],
        np.float64,
    )
    length, begin = reading.length or WINDOW, 0
    if not reading.labelled:
        yield Example(read[-length:].astype(np.float32), "", (series[-1][0],))
        return
    for part, share in PARTS.items():
        end = int(share * len(series))
        for start in range(begin, end - length - reading.horizon + 1):
            asked = start + length - 1 + reading.horizon
            window = read[start : start + length].copy()
            last = relative(window)
            change = float(read[asked, 0] - last)
            yield Example(window.astype(np.float32), change, (series[asked][0],), part=part)
        begin = end


def relative(window: Array) -> float:
    """Take the last value of a window's first feature off all of it, and give it."""
    last = float(window[-1, 0])
    window[:, 0] -= last
    return last


SHAPES: Mapping[str, Callable[[Reading], tuple[str, Iterator[Example]]]] = {
    "text": _texts,
    "tokens": _tagged,
    "features": _sequences,
    "series": _forecasts,
}
"""By form: what a token is, and the examples."""
