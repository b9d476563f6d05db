"""What each gate is worth: lattices of cells with every combination of their gates."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd

from gatewise.naming import COUPLED
from gatewise.report.names import GRU, LATTICES, Lattice, lattices
from gatewise.report.reading.results import Results
from gatewise.report.reading.runs import Contrast, TaskRuns
from gatewise.report.statistics.effects import Array
from gatewise.report.statistics.lattice import interactions as pairwise
from gatewise.report.statistics.lattice import shapley, steps
from gatewise.report.tables.verdicts import Asked, Pair

STEPS = ("first", "middle", "last")
_COLUMNS = (
    *("task", "lattice", "gate", "match", "seeds", "shapley", "low", "high", *STEPS),
    "still_gaining",
)


def importance(results: Results) -> pd.DataFrame:
    """What each gate is worth on each task, in share of the skill between chance and perfect.

    One row for each ``match``, the leading way of matching first: a gate has parameters of its own,
    and a cell without it is wider at equal parameters than at equal width.
    Where a task has all corners of a lattice, ``shapley`` is the gate's Shapley value over them.
    Beside it stand its steps: ``first`` is what the gate gives to a cell without any, ``last`` what
    the whole cell loses without it, ``middle`` the mean of what lies between (NaN of two gates).
    Else ``last`` alone is known. ``low`` and ``high`` are the interval of the Shapley value, or of
    ``last``; ``still_gaining`` is the largest share of final runs of a corner that had not ended.
    """
    rows = [
        row
        for match in results.matches
        for found in _lattices(results.matched(match), results)
        for row in _worth(match, *found)
    ]
    return pd.DataFrame(rows, columns=list(_COLUMNS))


def _worth(
    match: str,
    lattice: Lattice,
    task: str,
    runs: TaskRuns,
    gap: float,
    gaining: Mapping[Any, float],
) -> Iterator[dict[str, Any]]:
    """A row for each gate of a lattice on a task, as far as its cells ran."""
    names = lattice.corners
    for k, (ablation, called) in enumerate(lattice.gates.items()):
        without = lattice.without(ablation)
        if not {lattice.top, without} <= set(runs.sides):
            continue
        used = names if set(names) <= set(runs.sides) else [without, lattice.top]
        found = _whole(runs, names, k, gap) if used is names else _last(runs, used, gap)
        place = {"task": task, "lattice": lattice.name, "gate": called, "match": match}
        seeds = min(len(runs.sides[name].scores) for name in used)
        still = max(gaining[name] for name in used)
        yield place | found | {"seeds": seeds, "still_gaining": still}


def _whole(runs: TaskRuns, names: list[str], gate: int, gap: float) -> dict[str, float]:
    """Of a lattice whose every corner ran."""
    unit = np.eye(len(names)) / gap
    every = steps(unit)[:, gate].T
    parts = [every[0], every[1:-1].mean(axis=0) if len(every) > 2 else every[0] * np.nan, every[-1]]
    (value,) = runs.intervals([_contrast(names, shapley(unit)[:, gate])])
    found = {"shapley": value.estimate, "low": value.low, "high": value.high}
    by_step = runs.estimates([_contrast(names, part) for part in parts])
    return found | dict(zip(STEPS, map(float, by_step), strict=True))


def _last(runs: TaskRuns, names: list[str], gap: float) -> dict[str, float]:
    """Of a gate that was left out of the whole cell alone."""
    (last,) = runs.intervals([_contrast(names, np.array([-1, 1]) / gap)])
    return {"last": last.estimate, "low": last.low, "high": last.high}


def _contrast(names: list[str], weights: Array) -> Contrast:
    return dict(zip(names, map(float, weights), strict=True))


def asked(results: Results) -> list[Asked]:
    """On every task a user's own cell against gru, and what lacks one of its gates against it.

    What our catalogue's own cells are compared with, the published findings ask for.
    """
    own = lattices(results.architectures)[len(LATTICES) :]
    pairs = [pair for lattice in own for pair in _pairs(lattice)]
    return [(task, *pair) for task in results.tasks for pair in pairs]


def _pairs(lattice: Lattice) -> list[Pair]:
    lacking = [*map(lattice.without, lattice.gates), f"{lattice.top}-{COUPLED}"]
    return [(lattice.top, GRU), *((name, lattice.top) for name in lacking)]


def interactions(results: Results) -> pd.DataFrame:
    """Shapley interaction index of each pair of gates, with its interval.

    Columns: task, lattice, gates, interaction, low, high, in share of skill; below 0 the two gates
    stand in for each other; still_gaining as above. Only where the whole lattice ran.
    """
    rows = []
    for lattice, task, runs, gap, gaining in _lattices(results.main, results):
        names, called = lattice.corners, list(lattice.gates.values())
        if not set(names) <= set(runs.sides):
            continue
        indices = pairwise(np.eye(len(names)) / gap)
        known = runs.intervals([_contrast(names, weights) for weights in indices.values()])
        still = max(gaining[name] for name in names)
        for (g, h), found in zip(indices, known, strict=True):
            bounds = (found.estimate, found.low, found.high, still)
            rows.append((task, lattice.name, f"{called[g]} and {called[h]}", *bounds))
    columns = "task lattice gates interaction low high still_gaining"
    return pd.DataFrame(rows, columns=columns.split())


def _lattices(
    final: pd.DataFrame, results: Results
) -> Iterator[tuple[Lattice, str, TaskRuns, float, Mapping[Any, float]]]:
    """Each lattice with each task that has more than one of its corners: the runs, perfect minus
    chance, and by architecture the share of runs that still gained."""
    tasks = [
        (str(task), mine, results.sides(mine)) for task, mine in final.groupby("task", sort=False)
    ]
    for lattice in lattices(results.architectures):
        for task, mine, runs in tasks:
            if len(set(lattice.corners) & set(runs.sides)) > 1:
                gap = float(mine["perfect"].iloc[0] - mine["chance"].iloc[0])
                gaining = mine.groupby("architecture")["still_gaining"].mean()
                yield lattice, task, runs, gap, gaining.to_dict()
