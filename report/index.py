"""What studies asked and found, a row a study, and whether two that asked the same say the same.

Every number is read from tables as they were written; nothing is judged anew.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path, PurePosixPath
from typing import TypeAlias

import pandas as pd

from gatewise.files import write_atomically
from gatewise.report import answer
from gatewise.report.document import render
from gatewise.report.reading.results import Results, read
from gatewise.report.statistics.families import BETTER, UNKNOWN, WORSE
from gatewise.report.tables import grid, verdicts
from gatewise.report.tables.verdicts import CONFIRMATORY
from gatewise.tasks.names import plain

PAGE = "index.md"
TABLES = ("runs.csv", "curves.csv", "verdicts.csv")
"""What a study must have to stand in it."""
REPORTS = ("report.md", "answer.md", "")
"""Where a study's name leads: the first that is there; else to its folder."""
MOST_COMMITS = 3
AGREE, CONTRADICT, OPEN, APART = "yes", "no", "one cannot tell", "other sizes"
OPPOSITE = {WORSE: BETTER, BETTER: WORSE}
Place: TypeAlias = tuple[str, str, str, str]
"""A task whatever its size, how widths are matched, and a pair in alphabetical order."""
Size: TypeAlias = tuple[int, str]
"""Recurrent parameters asked for, and the scale."""


@dataclass(frozen=True)
class Entry:
    """A study.

    said:
        By place and size the statement about the first of the pair, seen from the second.
    """

    name: str
    link: str
    results: Results
    verdicts: pd.DataFrame

    @property
    def asked(self) -> str:
        """Tasks, cells and seeds."""
        final = self.results.final
        seeds = final.groupby(["task", "architecture", "match"])["seed"].nunique()
        span = " to ".join(map(str, dict.fromkeys([seeds.min(), seeds.max()])))
        tasks, families = len(self.results.tasks), len(set(self.results.families.values()))
        kinds = "" if families == tasks else f" (settings of {families})"
        cells = len(self.results.architectures)
        return f"{tasks} tasks{kinds} × {cells} cells × {span} seeds"

    @property
    def scale(self) -> str:
        """How large its data and trainings are."""
        return ", ".join(self.results.runs["scale"].unique())

    @property
    def trainings(self) -> int:
        """Trials of the search with them."""
        return len(self.results.runs)

    @property
    def core_hours(self) -> float:
        """Of all trainings."""
        return float(self.results.runs["cpu_seconds"].sum()) / 3600

    def decided(self, confirmatory: bool) -> str:
        """How many of a family's comparisons state something."""
        mine = self.verdicts[(self.verdicts["family"] == CONFIRMATORY) == confirmatory]
        return f"{(mine['statement'] != UNKNOWN).sum()} of {len(mine)}" if len(mine) else "–"

    @property
    def found(self) -> str:
        """The report's title."""
        against = verdicts.against_lstm(self.verdicts, self.results)
        return answer.title(grid.grid(against, self.results.gaps, self.results.leading))

    @property
    def commits(self) -> str:
        """Of the code that trained it."""
        every = list(self.results.runs.sort_values("finished_at")["commit"].unique())
        more = len(every) - MOST_COMMITS
        return ", ".join(every[:MOST_COMMITS]) + (f" and {more} more" if more > 0 else "")

    @property
    def said(self) -> dict[Place, dict[Size, str]]:
        """By place and size the statement about the first of the pair, seen from the second."""
        firsts = self.results.final.groupby("task")[["budget", "scale"]].first()
        sizes = {str(task): (int(row.budget), str(row.scale)) for task, row in firsts.iterrows()}
        found: dict[Place, dict[Size, str]] = {}
        for row in self.verdicts.itertuples():
            first, second = sorted((str(row.architecture), str(row.reference)))
            said = str(row.statement)
            turned = said if first == row.architecture else OPPOSITE.get(said, said)
            place = (plain(str(row.task)), str(row.match), first, second)
            found.setdefault(place, {})[sizes[str(row.task)]] = turned
        return found


@dataclass(frozen=True)
class Shared:
    """What two studies say of one pair on one task, and whether it is the same."""

    task: str
    pair: str
    studies: tuple[str, str]
    statements: tuple[str, str]
    agree: str


def write(results: Path, files: Collection[str]) -> Path:
    """Write the page of the studies in a folder.

    Args:
        results: the folder.
        files: what counts of it, as paths within; a study is a folder with :data:`TABLES`.

    Raises:
        UnreadableResults: a study's table is not ours.
    """
    entries = studies(results, files)
    write_atomically(results / PAGE, page(entries))
    return results / PAGE


def page(entries: Sequence[Entry]) -> str:
    """The page of these studies, as Markdown."""
    return render("index.md.j2", {"entries": entries, "shared": list(shared(entries))})


def studies(results: Path, files: Collection[str]) -> list[Entry]:
    """The studies in a folder, by name; see :func:`write`."""
    names = sorted({PurePosixPath(file).parts[0] for file in files})
    return [
        Entry(
            name,
            _link(name, files),
            read(results / name),
            verdicts.written(results / name / "verdicts.csv"),
        )
        for name in names
        if all(f"{name}/{table}" in files for table in TABLES)
    ]


def _link(name: str, files: Collection[str]) -> str:
    return next(
        f"{name}/{report}" for report in REPORTS if not report or f"{name}/{report}" in files
    )


def shared(entries: Sequence[Entry]) -> Iterator[Shared]:
    """What each two studies both asked, whatever its size."""
    said = {entry.name: entry.said for entry in entries}
    for one, other in combinations(said, 2):
        for place in sorted(said[one].keys() & said[other].keys()):
            task, _, first, second = place
            sides = said[one][place], said[other][place]
            statements = _listed(sides[0]), _listed(sides[1])
            agree = agreement(*sides)
            yield Shared(task, f"{first} seen from {second}", (one, other), statements, agree)


def agreement(one: dict[Size, str], other: dict[Size, str]) -> str:
    """Whether two studies say the same of a pair where both asked it at one size and scale."""
    both = [{one[size], other[size]} for size in one.keys() & other.keys()]
    if not both:
        return APART
    if any(len(said - {UNKNOWN}) == 2 for said in both):
        return CONTRADICT
    return OPEN if any(UNKNOWN in said for said in both) else AGREE


def _listed(sizes: dict[Size, str]) -> str:
    return "; ".join(f"{size:,}: {said}" for (size, _), said in sorted(sizes.items()))
