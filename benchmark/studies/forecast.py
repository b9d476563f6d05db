"""How long trainings will take: by what earlier ones of the results folder took."""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from statistics import fmean

from gatewise.benchmark.records.experiment import Experiment

RECENT = 10
"""So many of the latest trainings of a kind tell how long the next one takes."""

Kind = tuple[str, str]
"""A task and an architecture."""
NEEDED = ("task", "architecture", "test_score", "margin", "wall_seconds", "finished_at", "machine")
"""The columns of ``runs.csv`` that are read here, beside those that rows are chosen by."""


@dataclass(frozen=True)
class Times:
    """How long trainings take.

    Attributes:
        seconds: wall time of one training, by task and architecture.
        at_once: how many trainings go on at a time.
    """

    seconds: Mapping[Kind, float] = field(default_factory=dict)
    at_once: float = 1.0

    def of(self, task: str, architecture: str) -> float | None:
        """Seconds of one training, by others of the task where there are none; None if unknown."""
        known = [s for (mine, _), s in self.seconds.items() if mine == task]
        return self.seconds.get((task, architecture), fmean(known) if known else None)

    def total(self, experiments: Iterable[Experiment]) -> float:
        """Seconds of all of them one after the other; what is unknown counts nothing."""
        return sum(self.of(e.task, e.architecture) or 0.0 for e in experiments)


def remembered(results: Path, scale: str, machine: str) -> dict[Kind, float]:
    """Seconds of one full training, by the latest of all studies in a results folder.

    Those of this ``machine`` count where there are any.
    """
    found: dict[Kind, list[tuple[bool, str, float]]] = defaultdict(list)
    for row in final_rows(results, scale):
        here = row["machine"] == machine
        kind = row["task"], row["architecture"]
        found[kind].append((here, row["finished_at"], float(row["wall_seconds"])))
    return {kind: _recent(rows) for kind, rows in found.items()}


def _recent(rows: list[tuple[bool, str, float]]) -> float:
    latest = sorted(rows, reverse=True)[:RECENT]
    return fmean(seconds for here, _, seconds in latest if here == latest[0][0])


def final_rows(results: Path, scale: str) -> Iterator[Mapping[str, str]]:
    """Rows of all ``runs.csv`` in a results folder: finished final runs at a scale.

    A table that is not ours is passed over: it is for whoever asks for that study to complain.
    """
    wanted = {"scale": scale, "phase": "final", "status": "finished"}
    for path in sorted(results.glob("*/runs.csv")):
        with path.open(newline="", encoding="utf-8", errors="replace") as file:
            table = csv.DictReader(file)
            if set(NEEDED) <= set(table.fieldnames or ()):
                yield from (row for row in table if wanted.items() <= row.items())
