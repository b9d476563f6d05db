"""What a column of a table is, or a field of a JSON record."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

Kind: TypeAlias = Literal["text", "int", "float", "bool", "record"]
TEXT: Kind = "text"
INT: Kind = "int"
FLOAT: Kind = "float"
BOOL: Kind = "bool"
RECORD: Kind = "record"


@dataclass(frozen=True)
class Column:
    """A column of a table, or a field of a JSON record.

    name:
        Of a field, dots are nesting; a part in capitals stands for each name that
        :data:`.fields.NAMED` gives.
    kind:
        What a value is; a record's fields are columns of their own.
    meaning:
        In words, with the unit.
    may_be_empty:
        Whether there may be nothing to say: an empty cell, or null.
    since:
        The edition of the tables that brought it. What an earlier edition wrote lacks it and can
        still be read; it is empty there.
    allowed:
        The values that it may have, where they are few.
    depth:
        Of a field: 0 is a value, 1 a list of them, 2 a list of such lists.
    volatile:
        Whether it differs between two runs of one experiment; all others are equal to the last bit.
    """

    name: str
    kind: Kind
    meaning: str
    may_be_empty: bool = False
    since: int = 1
    allowed: tuple[str, ...] = ()
    depth: int = 0
    volatile: bool = False


Columns: TypeAlias = Mapping[str, Column]


def by_name(*columns: Column) -> Columns:
    """The columns by their names."""
    return {column.name: column for column in columns}
