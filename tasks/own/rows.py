"""The rows of a user's file, one at a time, whatever the file's size.

Rows are numbered as the file's lines are, the header being the first; those of Parquet, which has
no lines, from 1.
"""

from __future__ import annotations

import csv
import gzip
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO, Any, TypeAlias, cast

from gatewise.plugins import InvalidPlugin

COMMENT = "#"
"""What a line of a CoNLL file begins with that has no token."""


class InvalidData(InvalidPlugin):
    """A file of a user's own, or one of its rows, of which no task can be made."""


Row: TypeAlias = "tuple[int, tuple[Any, ...]]"
"""A row's number, and its values in the columns that are asked for; no values of a blank row."""


def told(path: Path, what: str, row: int | None = None, column: str | None = None) -> InvalidData:
    """The error at a place of a file."""
    places = [f"data {path.name!r}", *([f"row {row}"] if row is not None else [])]
    places += [f"column {column!r}"] if column is not None else []
    return InvalidData(f"{', '.join(places)}: {what}")


def rows(path: Path, columns: Sequence[str]) -> Iterator[Row]:
    """The rows of a file, as its name's ending says; ``.gz`` behind it where it is packed.

    Raises:
        InvalidData: no such file or column, no such ending, or a row that is no row of the kind.
    """
    if not path.is_file():
        raise told(path, f"no file {str(path)!r}; allowed is one of {', '.join(FORMATS)}")
    ending = path.with_suffix("").suffix if path.suffix == ".gz" else path.suffix
    if ending.lower() not in FORMATS:
        raise told(path, f"ending {ending!r}: allowed are {', '.join(FORMATS)}")
    try:
        yield from FORMATS[ending.lower()](path, columns)
    except (OSError, EOFError, UnicodeDecodeError) as error:
        raise told(path, f"{error}; allowed is text in UTF-8, as its ending says") from None


def _opened(path: Path) -> IO[str]:
    """A byte order mark at the beginning is no text; line ends are the reader's to tell."""
    if path.suffix == ".gz":
        return cast(IO[str], gzip.open(path, "rt", encoding="utf-8-sig", newline=""))
    return path.open(encoding="utf-8-sig", newline="")


def _comma_separated(path: Path, columns: Sequence[str]) -> Iterator[Row]:
    with _opened(path) as file:
        reader = csv.reader(file, strict=True)
        yield from _tabular(path, columns, _parsed(path, reader))


def _parsed(path: Path, reader: Any) -> Iterator[tuple[int, list[str]]]:
    """Lines as the ``csv`` module splits them; a value in quotes may have several."""
    while True:
        line = reader.line_num + 1
        try:
            values = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise told(path, f"{error}; allowed is CSV, quotes closed", line) from None
        yield line, values


def _separated(separator: str | None, path: Path, columns: Sequence[str]) -> Iterator[Row]:
    """Lines whose values stand between separators, with no quoting."""
    with _opened(path) as file:
        lines = ((number, line.rstrip("\r\n")) for number, line in enumerate(file, 1))
        if separator is None:
            lines = ((number, line) for number, line in lines if not line.startswith(COMMENT))
        split = ((n, line.split(separator) if line.strip() else []) for n, line in lines)
        yield from _tabular(path, columns, split)


def _tabular(
    path: Path, columns: Sequence[str], lines: Iterator[tuple[int, list[str]]]
) -> Iterator[Row]:
    """The columns of lines of equal width, by the names of the first one or by number."""
    first = next(lines, None)
    if first is None:
        raise told(path, "is empty; allowed is a header, or rows of values")
    number, header = first
    places = _places(path, columns, header)
    if places is None:
        places = [int(column) - 1 for column in columns]
        yield number, tuple(header[place] for place in places)
    for number, values in lines:
        if not any(values):
            yield number, ()
            continue
        if len(values) != len(header):
            raise told(
                path,
                f"{len(values)} values; allowed are {len(header)}, as in row {first[0]}",
                number,
            )
        yield number, tuple(values[place] for place in places)


def _places(path: Path, columns: Sequence[str], header: list[str]) -> list[int] | None:
    """Where the columns stand; None where they are numbers and the first line is no header."""
    if all(column.isdecimal() and 1 <= int(column) <= len(header) for column in columns) and not (
        set(columns) & set(header)
    ):
        return None
    for column in columns:
        if header.count(column) != 1:
            many = "twice or more" if column in header else "not there"
            raise told(
                path,
                f"is {many}; allowed are {', '.join(header)}, or, of a file without a header, "
                f"numbers from 1 to {len(header)}",
                column=column,
            )
    return [header.index(column) for column in columns]


def _json_lines(path: Path, columns: Sequence[str]) -> Iterator[Row]:
    with _opened(path) as file:
        for number, line in enumerate(file, 1):
            if not line.strip():
                yield number, ()
                continue
            try:
                record = json.loads(line)
            except ValueError as error:
                raise told(path, f"{error}; allowed is JSON, an object a line", number) from None
            if not isinstance(record, dict):
                raise told(path, f"{record!r}; allowed is an object of columns", number)
            for column in columns:
                if column not in record:
                    raise told(
                        path, f"is not there; allowed are {', '.join(record)}", number, column
                    )
            yield number, tuple(record[column] for column in columns)


def _parquet(path: Path, columns: Sequence[str]) -> Iterator[Row]:
    import pyarrow
    from pyarrow import parquet

    try:
        with parquet.ParquetFile(path) as file:
            known = file.schema_arrow.names
            for column in columns:
                if column not in known:
                    raise told(path, f"is not there; allowed are {', '.join(known)}", column=column)
            number = 0
            for batch in file.iter_batches(columns=list(columns)):
                values = [batch.column(column).to_pylist() for column in columns]
                for row in zip(*values, strict=True):
                    number += 1
                    yield number, row
    except pyarrow.ArrowException as error:
        raise told(path, f"{' '.join(str(error).split())}; allowed is Parquet") from None


def _tab_separated(path: Path, columns: Sequence[str]) -> Iterator[Row]:
    yield from _separated("\t", path, columns)


def _spaced(path: Path, columns: Sequence[str]) -> Iterator[Row]:
    yield from _separated(None, path, columns)


FORMATS: Mapping[str, Callable[[Path, Sequence[str]], Iterator[Row]]] = {
    ".csv": _comma_separated,
    ".tsv": _tab_separated,
    ".conll": _spaced,
    ".jsonl": _json_lines,
    ".ndjson": _json_lines,
    ".parquet": _parquet,
}
"""By the ending of a file's name: how its rows are read. TSV and CoNLL know no quotes."""
