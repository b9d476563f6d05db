"""A run as its rows in the tables tell it: the inverse of :mod:`.tables`, to the last bit.

A number is written as Python spells it, and what has no point and no exponent was an ``int``, which
counts in an identity.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import MISSING, Field, fields
from typing import Any, TypeAlias

from gatewise.benchmark.records import columns
from gatewise.benchmark.records.column import INT, TEXT, Column
from gatewise.benchmark.records.editions import unsaid
from gatewise.benchmark.records.experiment import Epoch, Experiment, Result
from gatewise.benchmark.records.facts import TaskFacts
from gatewise.benchmark.records.meaning import meaning
from gatewise.benchmark.records.provenance import PROVENANCE
from gatewise.tasks.task import Baseline

Row: TypeAlias = Mapping[str, str]
"""A row of a table, as text by column."""


class ChangedMeaning(ValueError):
    """A row of ``runs.csv`` that is not what its identity says, or not any more."""


class UnreadableRow(ValueError):
    """A row with a cell that its column does not allow."""


def experiment(row: Row) -> Experiment:
    """The experiment of a row of ``runs.csv``, if it still means what it meant.

    Raises:
        ChangedMeaning: it does not.
        UnreadableRow: a cell is not of its column's kind.
        UnknownTask, UnknownArchitecture: a name that is not there any more.
    """
    task, architecture = str(row["task"]), str(row["architecture"])
    said = {**unsaid(task, str(row["scale"])), **{n: v for n, v in row.items() if v != ""}}
    meant = meaning(task, architecture)
    named = {
        field.name: _field(field, said.get(field.name, ""))
        for field in fields(Experiment)
        if field.name not in meant and (field.name in said or field.default is MISSING)
    }
    again = Experiment(**{**named, **meant})
    if again.id != row["experiment"]:
        raise ChangedMeaning(
            f"run {row['experiment']!r}: task {again.task!r} or architecture "
            f"{again.architecture!r} is not what it was then; allowed is the code of commit "
            f"{row['commit']}"
        )
    return again


def _field(field: Field[Any], cell: Any) -> Any:
    """What a cell says of a field of an experiment."""
    read: dict[str, Callable[[Any], Any]] = {"int": int, "float": _number, "str": str}
    try:
        return read[str(field.type)](cell)
    except ValueError:
        kind = "a whole number" if field.type == "int" else "a number"
        raise UnreadableRow(f"{field.name}={cell!r}: allowed is {kind}") from None


def result(row: Row, epochs: Sequence[Row]) -> Result:
    """What a run gave, but for its scores by example.

    Args:
        row: its row of ``runs.csv``.
        epochs: its rows of ``curves.csv``.

    Raises:
        UnreadableRow: a cell is not of its column's kind, a score is not finite, or the curve is
            not that of the run.
    """
    curve = tuple(
        Epoch(**{field.name: _value(e, columns.CURVES[field.name]) for field in fields(Epoch)})
        for e in epochs
    )
    numbers = [epoch.epoch for epoch in curve]
    if numbers != list(range(1, 1 + _value(row, columns.RUNS["epochs_run"]))):
        raise UnreadableRow(
            f"epochs_run={row['epochs_run']!r}, and {len(numbers)} epochs in curves.csv; allowed "
            "is each of them once, in their order"
        )
    plain = (f.name for f in fields(Result) if f.name in columns.RUNS)
    said = {name: _value(row, columns.RUNS[name]) for name in plain}
    test = {name: _number(cell) for name, cell in _further(row, "test")}
    scores = {name: said[name] for name in ("test_score", "validation_score")}
    _require_finite({name: n for name, n in (scores | test).items() if n is not None})
    return Result(
        **said,
        curve=curve,
        test=test,
        made={name: row[name] for name in PROVENANCE if name in row},
    )


def facts(row: Row) -> TaskFacts:
    """What was measured on the data of a row of ``runs.csv``.

    Raises:
        UnreadableRow: a cell is not of its column's kind.
    """
    measured = TaskFacts(
        task=row["task"],
        scale=row["scale"],
        data_sha256=row["data_sha256"],
        baselines=tuple(_baseline(name, cell) for name, cell in _further(row, "baseline")),
        **{
            name: _value(row, columns.RUNS[name])
            for name in ("chance", "train_examples", "test_examples")
        },
    )
    _require_finite({"chance": measured.chance} | {b.name: b.score for b in measured.baselines})
    return measured


def _require_finite(numbers: Mapping[str, float]) -> None:
    for name, number in numbers.items():
        if not math.isfinite(number):
            raise UnreadableRow(f"{name}={number!r}: allowed is a finite number")


def _baseline(name: str, cell: str) -> Baseline:
    said, _, metric = name.removesuffix("]").rpartition(" [")
    return Baseline(said, _number(cell), metric)


def _further(row: Row, kind: str) -> list[tuple[str, str]]:
    """Name and cell of the columns ``KIND.NAME`` in which a row has anything."""
    prefix = f"{kind}."
    return [(n.removeprefix(prefix), c) for n, c in row.items() if n.startswith(prefix) and c]


def _value(row: Row, column: Column) -> Any:
    """A cell as what its column holds; an empty one as None where that is allowed."""
    cell = row.get(column.name, "")
    if column.kind == TEXT:
        fine = cell in column.allowed if column.allowed else bool(cell) or column.may_be_empty
        if fine:
            return cell
        allowed = " or ".join(map(repr, column.allowed)) or "a text that is not empty"
        raise UnreadableRow(f"{column.name}={cell!r}: allowed is {allowed}")
    if not cell and column.may_be_empty:
        return None
    try:
        return int(cell) if column.kind == INT else _number(cell)
    except ValueError:
        kind = "a whole number" if column.kind == INT else "a number"
        raise UnreadableRow(f"{column.name}={cell!r}: allowed is {kind}") from None


def _number(cell: str) -> float:
    with suppress(ValueError):
        return int(cell)
    return float(cell)
