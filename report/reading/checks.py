"""Tables and records of a study's folder, held against the columns that they should have."""

from __future__ import annotations

import io
import json
import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from gatewise.benchmark.records.column import BOOL, FLOAT, INT, TEXT, Column, Columns, Kind
from gatewise.benchmark.records.columns import FURTHER
from gatewise.benchmark.records.fields import NAMED

ALLOWED: Mapping[Kind, str] = {
    TEXT: "a text that is not empty",
    INT: "a whole number",
    FLOAT: "a number",
    BOOL: "True or False",
}


MOST_READINGS = 100
"""Of tables that are written meanwhile."""


class UnreadableResults(ValueError):
    """A results folder without tables, or with a file that is not one of ours."""


class TablesApart(UnreadableResults):
    """Two tables that do not agree; as while one is replaced and the other is not yet."""


def require(
    fine: pd.Series,
    values: pd.Series,
    path: Path,
    allowed: str,
    error: type[UnreadableResults] = UnreadableResults,
) -> None:
    """Hold a table's column to what is allowed.

    Raises:
        UnreadableResults: an ``error`` of this kind with the first value that is not fine.
    """
    if not fine.all():
        row = int(np.flatnonzero(~fine.to_numpy())[0])
        found = "" if pd.isna(values.iloc[row]) else str(values.iloc[row])
        raise error(
            f"{path}: column {str(values.name)!r} has {found!r} in line {row + 2}; "
            f"allowed is {allowed}"
        )


# --- Tables ----------------------------------------------------------------------------------


def texts(*paths: Path) -> list[str]:
    """What stands in files, of one moment: they are read again where one was replaced meanwhile.

    Raises:
        UnreadableResults: a file is missing, cut short or no text.
    """
    for _ in range(MOST_READINGS):
        before = state(*paths)
        found = [_text(path) for path in paths]
        if before == state(*paths):
            break
    return found


def state(*paths: Path) -> list[tuple[int, int] | None]:
    """What is another one once a file was replaced; None where there is no file."""
    found: list[tuple[int, int] | None] = []
    for path in paths:
        try:
            facts = path.stat()
            found.append((facts.st_ino, facts.st_mtime_ns))
        except OSError:
            found.append(None)
    return found


def table(
    path: Path, columns: Columns, may_be_empty: bool = False, text: str | None = None
) -> pd.DataFrame:
    """A CSV file with these columns, and further ones of the kinds in :data:`.columns.FURTHER`.

    A column that came after the first edition may be missing; then it is empty. ``text`` is what
    stands in the file, where that was read already.

    Raises:
        UnreadableResults: the file is missing, empty or cut short, a column is missing, or a value
            is not of its kind.
    """
    found = _parsed(_text(path) if text is None else text, path, columns)
    lacking = [name for name in columns if name not in found.columns]
    if needed := [name for name in lacking if columns[name].since == 1]:
        raise UnreadableResults(f"{path}: column {needed[0]!r} is missing")
    if found.empty and not may_be_empty:
        raise UnreadableResults(f"{path}: no rows; allowed is one or more")
    for name, column in _expected(found, columns):
        if name in lacking:
            found[name] = "" if column.kind == TEXT else np.nan
        else:
            found[name] = _checked(found[name], column, path)
    return found


def _expected(found: pd.DataFrame, columns: Columns) -> Iterator[tuple[str, Column]]:
    """By name what each column should be, the fixed ones first."""
    yield from columns.items()
    for name in map(str, found.columns):
        kind, dot, _ = name.partition(".")
        if dot and kind in FURTHER:
            yield name, FURTHER[kind]


def _text(path: Path) -> str:
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise UnreadableResults(
            f"{path}: no such file; allowed is a folder that `gatewise run` wrote"
        ) from None
    except OSError as error:
        raise UnreadableResults(f"{path}: {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise UnreadableResults(f"{path}: not a table ({error})") from None
    if text and not text.endswith("\n"):
        raise UnreadableResults(f"{path}: cut short: its last line has no end")
    return text


def _parsed(text: str, path: Path, columns: Columns) -> pd.DataFrame:
    texts = {name for name, column in columns.items() if column.kind in (TEXT, BOOL)}
    # An architecture may be called "None" or "NA": only an empty cell is empty.
    empty = {name: [""] if name in texts else ["", "nan"] for name in columns}
    try:
        return pd.read_csv(
            io.StringIO(text),
            dtype=dict.fromkeys(texts, "str"),
            keep_default_na=False,
            na_values=empty,
            float_precision="round_trip",
        )
    except (pd.errors.ParserError, pd.errors.EmptyDataError) as error:
        # pandas ends some of its messages with the end of a line.
        raise UnreadableResults(f"{path}: not a table ({str(error).strip()})") from None


def _checked(values: pd.Series, column: Column, path: Path) -> pd.Series:
    """The values as those of their kind."""
    empty = values.isna() | (values.astype(str) == "")
    fine, typed = _typed(values, column.kind)
    allowed = ALLOWED[column.kind]
    if column.allowed:
        fine, allowed = fine & values.isin(column.allowed), " or ".join(column.allowed)
    require(fine | empty if column.may_be_empty else fine & ~empty, values, path, allowed)
    return typed


def _typed(values: pd.Series, kind: Kind) -> tuple[pd.Series, pd.Series]:
    """Which values are of a kind, and all of them as such."""
    if kind == TEXT:
        return values.notna(), values.fillna("")
    if kind == BOOL:
        words = values.astype(str).str.lower()
        return words.isin(("true", "false")), words == "true"
    numbers = pd.to_numeric(values.replace("", np.nan), errors="coerce")
    return (numbers % 1 == 0 if kind == INT else numbers.notna()), numbers


# --- Records ---------------------------------------------------------------------------------


def record(path: Path, columns: Columns, what: str, remedy: str = "") -> dict[str, Any]:
    """A JSON file with these fields, of the experiment that its name says.

    Args:
        what: what the file should hold, and ``remedy`` how to come by it, for the error.

    Raises:
        UnreadableResults: it cannot be read, or a field is missing or not of its kind.
    """
    try:
        data = json.loads(path.read_text(encoding="utf-8"), parse_constant=_refuse)
        _check(data, _nested(columns), "")
        if data["experiment"] != path.stem:
            raise ValueError(f"it is of experiment {data['experiment']!r}")
    except (OSError, ValueError, RecursionError) as error:
        raise UnreadableResults(f"{path}: no {what} ({error}){remedy}") from None
    assert isinstance(data, dict)
    return data


def _refuse(name: str) -> None:
    raise ValueError(f"{name} is no number")


def _nested(columns: Columns) -> dict[str, Any]:
    """The fields as a tree: by part of a name what is below it; ``""`` is the column itself."""
    tree: dict[str, Any] = {}
    for name, column in columns.items():
        below = tree
        for part in name.split("."):
            below = below.setdefault(part, {})
        below[""] = column
    return tree


def _check(value: Any, fields: Mapping[str, Any], where: str) -> None:
    """Raise ValueError where a record, or a field of one, is not what it should be."""
    column: Column | None = fields.get("")
    if value is None and column is not None and column.may_be_empty and not column.depth:
        return
    _check_part(value, column, fields, where, column.depth if column else 0)


def _check_part(
    value: Any, column: Column | None, fields: Mapping[str, Any], where: str, depth: int
) -> None:
    """The same of what lies ``depth`` lists above the single values."""
    if depth:
        _fits(isinstance(value, list), value, where)
        for k, part in enumerate(value):
            _check_part(part, column, fields, f"{where}[{k}]", depth - 1)
    elif column is None or column.kind == "record":
        _fits(isinstance(value, dict), value, where)
        _check_fields(value, fields, where)
    else:
        _fits(_is(value, column), value, where)


def _check_fields(value: dict[str, Any], fields: Mapping[str, Any], where: str) -> None:
    for name, below in fields.items():
        if name in NAMED:
            for key, part in value.items():
                _fits(key in NAMED[name], key, f"{where} name")
                _check(part, below, f"{where}.{key}")
        elif name:
            place = f"{where}.{name}".lstrip(".")
            column = below.get("")
            if name in value:
                _check(value[name], below, place)
            elif column is None or column.since == 1:
                raise ValueError(f"field {place!r} is missing")


def _fits(fits: bool, value: Any, where: str) -> None:
    if not fits:
        raise ValueError(f"field {where!r} has {str(value)[:40]!r}")


def _is(value: Any, column: Column) -> bool:
    """Whether a single value is of the column's kind."""
    if value is None:
        return column.may_be_empty
    if column.kind == TEXT:
        return isinstance(value, str) and (not column.allowed or value in column.allowed)
    if column.kind == BOOL or isinstance(value, bool):
        return column.kind == BOOL and isinstance(value, bool)
    whole = isinstance(value, int)
    return whole or (column.kind == FLOAT and isinstance(value, float) and math.isfinite(value))
