"""The grid of the first screen: by task, what changes when a gate is taken out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from gatewise.report.names import GATELESS, GATES, LATTICES, REFERENCE, ordered
from gatewise.report.statistics.families import BETTER, CERTAIN, SMALL, UNKNOWN, WORSE
from gatewise.report.tables.verdicts import CONFIRMATORY, NO_WITNESS

MOST_ROWS = 8
"""Of a study that takes out no gate, so many architectures are shown."""
GLYPHS = {
    (WORSE, True): "▼",
    (WORSE, False): "▽",
    (BETTER, True): "▲",
    (BETTER, False): "△",
    (SMALL, True): "■",
    (SMALL, False): "□",
    (UNKNOWN, False): "○",
}
"""By statement, and whether it is certain."""


@dataclass(frozen=True)
class Row:
    """A row of the grid: an architecture, the gate that it lacks, and what the row is called.

    ``gate`` is empty where it is no single gate.
    """

    architecture: str
    label: str
    gate: str = ""


@dataclass(frozen=True)
class Grid:
    """What changes against the reference, row by row and task by task.

    table:
        A row a field: the columns of :func:`.verdicts.verdicts`, and ``change``, ``change_low``,
        ``change_high`` in share of the way from chance to perfect, below 0 is worse, and
        ``matters``, the smallest change that does; ``glyph``;
        ``label`` and ``gate`` of its row.
    """

    tasks: Sequence[str]
    rows: Sequence[Row]
    table: pd.DataFrame

    @property
    def fields(self) -> dict[tuple[str, str], dict[str, Any]]:
        """By task and architecture; what did not run is not there."""
        rows = self.table.to_dict("records")
        return {(str(r["task"]), str(r["architecture"])): {**r} for r in rows}

    def matters(self, task: str) -> float:
        """The smallest difference that matters on a task, as a share of the way."""
        mine = self.table[self.table["task"] == task].iloc[0]
        return float(mine["matters"])

    @property
    def undecided(self) -> pd.DataFrame:
        """The fields of which nothing can be told, the nearest to a decision first."""
        open_ = self.table[self.table["statement"] == UNKNOWN]
        return open_.sort_values("seeds_needed", kind="stable", na_position="last")

    @property
    def gates(self) -> list[str]:
        """The single gates that are taken out, in the papers' words."""
        return [row.gate for row in self.rows if row.gate]

    def said(self, gate: str, statement: str, certain: bool) -> list[str]:
        """The tasks on which a gate's field states this, certainly or at least probably."""
        mine = self.table[(self.table["gate"] == gate) & (self.table["statement"] == statement)]
        if certain:
            mine = mine[mine["verdict"].isin(CERTAIN)]
        return [task for task in self.tasks if task in set(mine["task"])]

    def spared(self, certain: bool) -> list[str]:
        """The tasks on which any one gate can be left out: no field of the three is worse or open,
        and the task could have shown it."""
        found = []
        for task in self.tasks:
            mine = self.table[(self.table["task"] == task) & (self.table["gate"] != "")]
            sure = mine["verdict"].isin(CERTAIN) if certain else ~mine["blind"]
            free = mine["statement"].isin((SMALL, BETTER)) & sure
            if len(mine) == len(self.gates) > 1 and free.all():
                found.append(task)
        return found

    def together(self, certain: bool) -> list[str]:
        """The tasks on which gates stand in for each other: without all of them at least as much is
        lost, by its interval, as without each alone by theirs and added up; and then more. Certain
        is that where every field is."""
        found = []
        for task in self.tasks:
            mine = self.table[self.table["task"] == task]
            if certain and not mine["verdict"].isin(CERTAIN).all():
                continue
            single, bare = mine[mine["gate"] != ""], mine[mine["gate"] == ""]
            if len(single) == len(self.gates) > 1 and (bare["statement"] == WORSE).any():
                alone = single["change_low"].clip(upper=0).sum()
                found += [task] * bool(bare["change_high"].iloc[0] < alone)
        return found

    @property
    def held(self) -> str:
        """How often the intervals hold, in words."""
        asked = self.table["family"] == CONFIRMATORY
        if asked.all():
            return "The intervals hold all together, 19 times in 20."
        each = "that say something, 19 in 20 hold"
        if not asked.any():
            return f"Of the intervals {each}."
        return (
            "The intervals of what published findings ask for hold all together, 19 times in 20; "
            f"of the others {each}."
        )

    @property
    def blind(self) -> list[str]:
        """The tasks that are no test of gates: nothing matters there, and nothing could have."""
        mine = self.table[self.table["gate"] != ""].groupby("task", sort=False)["blind"].all()
        return [task for task in self.tasks if bool(mine.get(task, False))]


def grid(against: pd.DataFrame, gaps: Mapping[str, float], tasks: Sequence[str]) -> Grid:
    """The grid of a study.

    Args:
        against: :func:`.verdicts.against_lstm`.
        gaps: each task's distance from chance to perfect, in its unit.
        tasks: those that it shows.
    """
    led = against[against["task"].isin(tasks)]
    rows = _rows(list(led["architecture"].unique()))
    places = {row.architecture: k for k, row in enumerate(rows)}
    table = led[led["architecture"].isin(places)]
    gap = table["task"].map(gaps).astype(float)
    certain = table["verdict"].isin(CERTAIN)
    keys = zip(table["statement"], certain, strict=True)
    at = table["architecture"].map(places)
    table = table.assign(
        change=table["difference"] / gap,
        change_low=table["low"] / gap,
        change_high=table["high"] / gap,
        matters=table["margin"] / gap,
        blind=(table["statement"] == SMALL) & table["doubt"].str.contains(NO_WITNESS),
        glyph=[GLYPHS[key] for key in keys],
        label=[rows[k].label for k in at],
        gate=[rows[k].gate for k in at],
    )
    order = np.lexsort((at, table["task"].map(list(tasks).index)))
    shown = [task for task in tasks if task in set(table["task"])]
    return Grid(shown, rows, table.iloc[order].reset_index(drop=True))


def _rows(names: Sequence[str]) -> list[Row]:
    """Each gate of the LSTM that was taken out alone, then all of them; else what there is."""
    (lstm, *_), called = LATTICES, [gate.removesuffix(" gate") for gate in GATES.values()]
    single = [lstm.without(removed) for removed in lstm.gates]
    rows = [
        Row(name, f"no {word} gate", f"{word} gate")
        for name, word in zip(single, called, strict=True)
        if name in names
    ]
    if not rows:
        return [Row(name, name) for name in ordered(names) if name != REFERENCE][:MOST_ROWS]
    bare = [Row(name, "no gate at all") for name in GATELESS if name in names]
    return [*rows, *bare[:1]]
