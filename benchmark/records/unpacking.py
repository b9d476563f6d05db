"""The ledger from the tables: how a study goes on where its ledger is not, as on a clone.

What is committed of a study are its tables. Every run that they have and the ledger lacks is put
back into it, just as it was, before anything is trained; else tables that are written from the
ledger would lose it. Where the ledger has a run of the same place that ended later, that one stands
in the tables, and nothing is lacking.

So is a record that was damaged and set aside: what it held stands in the tables to the last bit,
and a training on another machine would be another draw. One whose scores by example or samples were
damaged is trained again, because only a training makes those.
"""

from __future__ import annotations

import csv
import io
import re
from collections import defaultdict
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from gatewise.benchmark.architectures.catalogue import UnknownArchitecture
from gatewise.benchmark.records import columns, rows
from gatewise.benchmark.records.column import Columns
from gatewise.benchmark.records.experiment import Experiment, Result
from gatewise.benchmark.records.facts import TaskFacts, keep
from gatewise.benchmark.records.ledger import DamagedLedger, Ledger
from gatewise.benchmark.records.rows import Row
from gatewise.benchmark.records.tables import PLACE, latest_runs, place
from gatewise.tasks import UnknownTask
from gatewise.tasks.names import plain

IDENTITY = re.compile(r"[0-9a-f]{16}")


class NotTakenUp(ValueError):
    """Tables with a run that the ledger lacks and that cannot be put back into it."""


@dataclass(frozen=True)
class Unpacked:
    """A run that the tables have and the ledger lacks, with what was measured of its data."""

    experiment: Experiment
    result: Result
    facts: TaskFacts


@dataclass(frozen=True)
class Table:
    """The rows of a table, and what in it is no row, in words; empty where all is well."""

    rows: Sequence[Row]
    fault: str = ""


def take_up(folder: Path) -> Iterator[str]:
    """Put what :func:`lacking` finds into the ledger; a line that says so, if there is anything.

    A file after the other, each whole or not at all: killed in between, the next call goes on.

    Raises:
        NotTakenUp: see :func:`lacking`; nothing is written then.
        UnwritableFolder: the folder or its disk does not take it.
    """
    ledger, runs = Ledger(folder), lacking(folder)
    for run in runs:
        # First, so that whoever finds the record finds them too.
        keep(folder, run.facts)
        ledger.add(run.experiment, run.result)
    if runs:
        many = "1 run" if len(runs) == 1 else f"{len(runs)} runs"
        yield f"{many} taken up from runs.csv, which the ledger did not have"


def known_runs(folder: Path) -> list[tuple[Experiment, Result]]:
    """The study's finished runs, in the order of its tables: of the ledger and of the tables.

    On a clone a study is its tables; where the ledger has all that they have, it is its ledger.

    Raises:
        NotTakenUp: see :func:`lacking`.
    """
    found = {place(e): (e, r) for e, r in latest_runs(folder)}
    found |= {place(run.experiment): (run.experiment, run.result) for run in lacking(folder)}
    return [found[where] for where in sorted(found)]


def lacking(folder: Path) -> list[Unpacked]:
    """The runs of a study's tables that its ledger lacks.

    Raises:
        NotTakenUp: the code, or a plugin that is not given, makes something else of a run than it
            was; or a table is damaged, or the tables do not fit each other.
    """
    runs_path, curves_path = folder / "runs.csv", folder / "curves.csv"
    # The tables first: whatever another command adds to them is in the ledger before.
    runs, curves = _table(runs_path, columns.RUNS), _table(curves_path, columns.CURVES)
    ledger = Ledger(folder)
    finished = ledger.finished()
    left = [
        row
        for row in runs.rows
        if row["experiment"] not in finished and not ledger.is_to_be_trained(row["experiment"])
    ]
    left = list(_standing(left, ledger)) if left else []
    if left or not finished:
        # Where the ledger lacks nothing, both are written anew from it.
        _require_whole(runs, runs_path)
    if not left:
        return []
    _require_whole(curves, curves_path)
    known = finished | {row["experiment"] for row in runs.rows}
    epochs = _by_run(curves.rows, known, curves_path)
    found = [_unpacked(row, epochs.get(row["experiment"], ()), runs_path) for row in left]
    _require_one_measure(found, runs_path)
    return found


def _table(path: Path, columns: Columns) -> Table:
    """What stands in a table, as far as it can be read; nothing where there is none."""
    try:
        text = path.read_bytes().decode("utf-8")
    except (FileNotFoundError, NotADirectoryError):
        return Table(())
    except (OSError, UnicodeDecodeError) as error:
        return Table((), f"no table ({error})")
    whole, _, rest = text.rpartition("\n")
    reader = csv.reader(io.StringIO(whole))
    fault, found = "its last line has no end" if rest else "", dict[object, Row]()
    try:
        header = next(reader, [])
        if missing := [n for n, c in columns.items() if c.since == 1 and n not in header]:
            return Table((), f"column {missing[0]!r} is missing")
        for cells in reader:
            row = dict(zip(header, cells, strict=False))
            id, epoch = row.get("experiment", ""), row.get("epoch")
            if len(cells) != len(header) or not IDENTITY.fullmatch(id) or (id, epoch) in found:
                fault = fault or f"line {reader.line_num} is no row, or one that is there already"
            else:
                found[id, epoch] = row
    except csv.Error as error:
        fault = fault or f"line {reader.line_num} is no row ({error})"
    return Table(tuple(found.values()), fault)


def _require_whole(table: Table, path: Path) -> None:
    if table.fault:
        raise NotTakenUp(
            f"{str(path)!r}: {table.fault}; the ledger lacks runs of it: allowed is the table as "
            "it was written, and another --study"
        )


def _standing(left: Iterable[Row], ledger: Ledger) -> Iterator[Row]:
    """Those in whose place the ledger has no run that ended as late."""
    ended: dict[tuple[str, ...], str] = {}
    for id in ledger.finished():
        with suppress(DamagedLedger):  # it is set aside before anything is trained
            experiment, result = ledger.read(id)
            mine = tuple(map(str, place(experiment)))
            ended[mine] = max(result.finished_at, ended.get(mine, ""))
    for row in left:
        where = tuple(row[name] for name in PLACE)
        if where not in ended or row["finished_at"] > ended[where]:
            yield row


def _by_run(epochs: Iterable[Row], known: Container[str], path: Path) -> Mapping[str, list[Row]]:
    """The epochs of each run."""
    found = defaultdict[str, list[Row]](list)
    for epoch in epochs:
        if (id := epoch["experiment"]) not in known:
            raise NotTakenUp(
                f"{str(path)!r}: epochs of run {id!r}, which runs.csv has not; allowed are tables "
                "that were written together, and another --study"
            )
        found[id].append(epoch)
    return found


def _unpacked(row: Row, epochs: Sequence[Row], path: Path) -> Unpacked:
    try:
        return Unpacked(rows.experiment(row), rows.result(row, epochs), rows.facts(row))
    except (UnknownTask, UnknownArchitecture) as error:
        unknown = str(error).partition(": ")[0]
        reason = f"{unknown} is not known; allowed is --plugin with the source that has it"
    except ValueError as error:
        reason = str(error)
    run = f"run of {row['architecture']!r} on {row['task']!r} at seed {row['seed']!r}"
    raise NotTakenUp(f"{str(path)!r}: {run} cannot be gone on from: {reason}, and another --study")


def _require_one_measure(runs: Iterable[Unpacked], path: Path) -> None:
    """Chance and baselines belong to a task's data, whatever its size."""
    measured: dict[tuple[str, str], TaskFacts] = {}
    for run in runs:
        mine = replace(run.facts, task=plain(run.facts.task), scale="")
        if measured.setdefault((mine.task, mine.data_sha256), mine) != mine:
            raise NotTakenUp(
                f"{str(path)!r}: task {mine.task!r} has several chances, baselines or numbers of "
                "examples on the same data; allowed is one of each, and another --study"
            )
