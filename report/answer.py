"""The study's answer: a title that its grades bear, and how sure it is.

Nothing here averages over tasks.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from gatewise.report import commands
from gatewise.report.names import GATES, REFERENCE
from gatewise.report.statistics.families import BETTER, CERTAIN, DIRECTIONS, SMALL, WORSE
from gatewise.report.statistics.race import ENDED, GIVEN_UP
from gatewise.report.study import Study
from gatewise.report.tables.grid import Grid
from gatewise.report.tables.verdicts import UNENDED

MOST_NAMED = 3
"""More tasks than these are counted and not named."""


def title(grid: Grid) -> str:
    """The finding in a sentence, made of what is certain; where nothing is, of what is probable.

    Of a gate it says on which tasks leaving it out is worse; of a task, that any one gate can be
    left out.
    """
    if grid.table.empty:
        return f"Nothing to compare: the study holds no pair with {REFERENCE}"
    if grid.table["low"].isna().all():
        return "One seed decides nothing: run it with --seeds 3 or more"
    certain = bool(grid.table["verdict"].isin(CERTAIN).any())
    of = _gates if grid.gates else _architectures
    if said := (certain and of(grid, True)) or [*_any_gate(grid), *of(grid, False)]:
        text = "; ".join(said)
        if not certain:
            # Of other comparisons, as of a cell without gates, some may be certain.
            what = "No gate's worth to" if grid.gates else "Nothing against"
            return f"{what} {REFERENCE} is certain: {text}"
        # What begins with an architecture keeps its name.
        return text[0].upper() + text[1:] if grid.gates else text
    return _open(grid)


def _open(grid: Grid) -> str:
    """What is said where no field gives a direction, and no task spares every gate."""
    open_, total = len(grid.undecided), len(grid.table)
    if not open_:
        return "Nothing that was taken out matters"
    what = "Which gate matters" if grid.gates else f"What differs from {REFERENCE}"
    small = int((grid.table["statement"] == SMALL).sum())
    rest = f", {small} are {SMALL}" if small else ""
    return f"{what} cannot be told yet: {open_} of {total} changes are undecided{rest}"


def _gates(grid: Grid, sure: bool) -> list[str]:
    """Which gate helps where and which one harms; and where any one can be spared."""
    probably = "" if sure else "probably "
    said = _leading(grid, WORSE, f"{probably}help", sure)
    said += _leading(grid, BETTER, f"{probably}harm", sure)
    if free := grid.spared(sure):
        said.append(f"any one gate can {probably}be left out {_on(free, grid)}")
    return said


def _any_gate(grid: Grid) -> list[str]:
    """Where nothing is certain of a single gate, but that the cell without any is worse."""
    bare = grid.table[(grid.table["gate"] == "") & (grid.table["statement"] == WORSE)]
    tasks = set(bare.loc[bare["verdict"].isin(CERTAIN), "task"]) if grid.gates else set()
    on = [task for task in grid.tasks if task in tasks]
    return [f"a gate is needed {_on(on, grid)}"] if on else []


def _leading(grid: Grid, statement: str, verb: str, sure: bool) -> list[str]:
    """The gates of which this is stated on most tasks, as one clause; none where it never is."""
    found = {gate: tuple(grid.said(gate, statement, sure)) for gate in grid.gates}
    most = max(map(len, found.values()))
    if not most:
        return []
    parts: list[str] = []
    for tasks in dict.fromkeys(tasks for tasks in found.values() if len(tasks) == most):
        gates = [gate.removesuffix(" gate") for gate, on in found.items() if on == tasks]
        every, one = len(gates) == len(GATES), len(gates) == 1
        subject = "each gate" if every else f"the {_listed(gates)} gate{'s' * (not one)}"
        says = f" {verb}{'s' * (one or every)}" * (not parts)
        parts.append(f"{subject}{says} {_on(tasks, grid)}")
    return [", ".join(parts)]


def _architectures(grid: Grid, sure: bool) -> list[str]:
    """Of a study that takes out no gate: the architecture that differs on most tasks."""
    probably = "" if sure else "probably "
    table = grid.table[grid.table["statement"].isin(DIRECTIONS)]
    if sure:
        table = table[table["verdict"].isin(CERTAIN)]
    if table.empty:
        return []
    (name, statement), tasks = max(
        table.groupby(["architecture", "statement"], sort=False)["task"], key=lambda g: len(g[1])
    )
    return [f"{name} is {probably}{statement} than {REFERENCE} {_on(list(tasks), grid)}"]


def further(grid: Grid) -> list[str]:
    """Below the title: where gates stand in for each other, and where no gate is tested."""
    sure = grid.together(True)
    likely = [task for task in grid.together(False) if task not in sure]
    said = [
        f"Gates {stand} in for each other {_on(tasks, grid)}: "
        "without all of them more is lost than without each alone, added up."
        for stand, tasks in (("stand", sure), ("probably stand", likely))
        if tasks
    ]
    if tasks := grid.blind:
        said.append(
            f"That no gate matters {_on(tasks, grid)} tells little: {REFERENCE} is not shown to "
            "beat every cell without gates there."
        )
    return said


def _on(tasks: Sequence[str], grid: Grid) -> str:
    if len(tasks) > MOST_NAMED:
        return f"on {len(tasks)} of {len(grid.tasks)} tasks"
    return f"on {_listed(tasks)}"


def _listed(parts: Sequence[str]) -> str:
    return " and ".join(filter(None, [", ".join(parts[:-1]), *parts[-1:]]))


@dataclass(frozen=True)
class Chip:
    """A short statement of how sure the study is, and a command that makes it surer."""

    text: str
    command: str = ""


def chips(study: Study) -> list[Chip]:
    """What it took, whether it had ended, and what is open."""
    return [
        spent(study.grid.table[["seeds", "reference_seeds"]].stack(), study.cpu_hours),
        improving(float(study.results.main["still_gaining"].mean())),
        undecided(study.grid, study.command),
    ]


def spent(seeds: Iterable[int], hours: float) -> Chip:
    known = sorted(set(map(int, seeds)))
    span = " to ".join(dict.fromkeys(map(str, known[:1] + known[-1:])))
    word = "seed" if known == [1] else "seeds"
    paid = f"{hours:.2g} core-hours"
    return Chip(f"{span} {word} a cell, {paid}" if known else paid)


def improving(share: float) -> Chip:
    """How many final runs had not ended; where it is too many, differences may be of speed."""
    late = ": differences may be of speed, and more seeds do not make them certain"
    more = late if share > UNENDED else ""
    return Chip(f"{share:.0%} of the final runs were still improving when they ended{more}")


def undecided(grid: Grid, command: str) -> Chip:
    """How many fields cannot be told, and the command that would decide the nearest of them.

    What a race still runs is decided by the same command; what it gave up is not.

    Args:
        command: the last that ran the study; empty where nothing says so.
    """
    open_, total = grid.undecided, len(grid.table)
    if open_.empty:
        return Chip(f"all {total} fields are told" if total else "nothing to tell")
    text, typed = f"{len(open_)} of {total} fields cannot be told yet", shlex.split(command)
    left = open_[~open_["race"].isin((GIVEN_UP, ENDED))]
    known = left[np.isfinite(left["seeds_needed"])]
    if known.empty:
        unknown = left["seeds_needed"].isna().any()
        return Chip(text if unknown else f"{text}, and more of the same seeds will not tell them")
    nearest = known.iloc[0]
    where = f"{nearest['label']} on {nearest['task']}, at {nearest['seeds_needed']:.0f} seeds"
    place = str(nearest["task"]), (REFERENCE, str(nearest["architecture"]))
    seeds = int(nearest["seeds_needed"])
    more = commands.longer(typed) if nearest["race"] else commands.deciding(typed, *place, seeds)
    return Chip(f"{text}; the nearest is {where}", more if command else "")


@dataclass(frozen=True)
class Use:
    """What to use on a task, and all that ran there, the best first.

    A row of :func:`.choice.choices`, of ``tried`` architectures, ``ranked`` by their mean score.
    """

    choice: Any
    tried: int
    ranked: Sequence[str]


def uses(choices: pd.DataFrame, scores: pd.DataFrame) -> list[Use]:
    """A row a task; the ranking is of what was measured, and says not what can be told apart."""
    found = []
    for row in choices.itertuples():
        mine = scores[scores["task"] == row.task].sort_values("skill", ascending=False)
        found.append(Use(row, len(mine), list(mine["architecture"])))
    return found
