"""What each gate is worth: the lattices of the LSTM and of the GRU."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd

from gatewise.benchmark.records import columns
from gatewise.report.names import GATES, GRU_GATES, REFERENCE, ablated
from gatewise.report.reading.results import Results
from gatewise.report.statistics.effects import interval
from gatewise.report.statistics.lattice import interactions as pairwise
from gatewise.report.statistics.lattice import shapley
from gatewise.report.tables.runs import TaskRuns


def corners(runs: pd.DataFrame) -> pd.DataFrame:
    """The corners of the two gate lattices among the architectures of ``runs``.

    The gate columns say which gates a cell has learned. Cells that differ otherwise (two layers,
    another activation) have the same gates, so that a corner must also carry the name that follows
    from its gates: ``lstm`` without its input and output gate is ``NIG-NOG``.

    Returns:
        Columns lattice (lstm or gru), corner (bit k set: gate k is learned) and architecture.
    """
    roles = [f"gate.{gate}" for gate in columns.GATES]
    if not set(roles) <= set(runs.columns):
        return pd.DataFrame(columns=["lattice", "corner", "architecture"])
    rows = []
    for run in runs.drop_duplicates("architecture").to_dict("records"):
        name, values = run["architecture"], {gate: run[f"gate.{gate}"] for gate in columns.GATES}
        mine = [values[gate] for gate in GATES]
        opened = [gate for gate in GATES if values[gate] == "open"]
        if set(mine) <= {"learned", "open"} and name == ablated(opened):
            rows.append((REFERENCE, _bits(value == "learned" for value in mine), name))
        update, resets = (values[gate] == "learned" for gate in GRU_GATES)
        called = "gru" + "-no-reset" * (not resets) + "-no-update" * (not update)
        if name == called:
            rows.append(("gru", _bits((update, resets)), name))
    return pd.DataFrame(rows, columns=["lattice", "corner", "architecture"])


def _bits(flags: Iterable[bool]) -> int:
    return sum(1 << k for k, flag in enumerate(flags) if flag)


def importance(results: Results, generator: np.random.Generator) -> pd.DataFrame:
    """What each gate is worth on each task, in share of the skill between chance and perfect.

    Where a task has all corners of a lattice at the same seeds, ``shapley`` is the gate's Shapley
    value over them, with interval (``low``, ``high``) and bootstrap interval, and ``add_one_in``
    stands beside ``leave_one_out``; else ``leave_one_out`` alone is known, with its interval. Both
    run over seeds and, where example scores are known, test examples; at least 2 seeds are needed.
    """
    rows = []
    for (lattice, task), names, runs, gap in _lattices(results, generator):
        gates = GATES if lattice == REFERENCE else GRU_GATES
        everything = 2 ** len(gates) - 1
        whole = _whole(names, len(gates), runs)
        for k, (gate, called) in enumerate(gates.items()):
            row: dict[str, Any] = {"task": task, "lattice": lattice, "gate": called, "role": gate}
            if not {everything, everything ^ 1 << k} <= set(names):
                continue
            left_out = {names[everything]: 1 / gap, names[everything ^ 1 << k]: -1 / gap}
            effect = runs.effect(left_out)
            row |= {"leave_one_out": effect.mean, "shapley": np.nan, "add_one_in": np.nan}
            row |= {"bootstrap_low": np.nan, "bootstrap_high": np.nan}
            if whole:
                weights = shapley(np.eye(len(names)))[:, k]
                contrast = {names[c]: weights[c] / gap for c in range(len(names))}
                effect = runs.effect(contrast)
                drawn = runs.bootstrap(contrast, effect.mean)
                added = {names[1 << k]: 1 / gap, names[0]: -1 / gap}
                row |= {"shapley": effect.mean, "add_one_in": runs.effect(added).mean}
                row |= {"bootstrap_low": drawn.low, "bootstrap_high": drawn.high}
            known = interval(effect)
            rows.append(row | {"seeds": effect.seeds, "low": known.low, "high": known.high})
    fields = "task lattice gate role seeds shapley low high bootstrap_low bootstrap_high"
    return pd.DataFrame(rows, columns=[*fields.split(), "leave_one_out", "add_one_in"])


def interactions(results: Results, generator: np.random.Generator) -> pd.DataFrame:
    """Shapley interaction index of each pair of gates, with its interval.

    Columns: task, lattice, gates, interaction, low, high, in share of skill; below 0 the two gates
    stand in for each other. Only where the whole lattice ran.
    """
    rows = []
    for (lattice, task), names, runs, gap in _lattices(results, generator):
        gates = list((GATES if lattice == REFERENCE else GRU_GATES).values())
        if not _whole(names, len(gates), runs):
            continue
        for (g, h), weights in pairwise(np.eye(len(names))).items():
            contrast = {names[c]: weights[c] / gap for c in range(len(names))}
            found = interval(runs.effect(contrast))
            bounds = (found.estimate, found.low, found.high)
            rows.append((task, lattice, f"{gates[g]} and {gates[h]}", *bounds))
    return pd.DataFrame(rows, columns=["task", "lattice", "gates", "interaction", "low", "high"])


def _lattices(
    results: Results, generator: np.random.Generator
) -> Iterator[tuple[tuple[str, str], dict[int, str], TaskRuns, float]]:
    """For each lattice and task: the corners' names, the runs, and perfect - chance."""
    joined = results.main.merge(corners(results.main), on="architecture")
    for (lattice, task), group in joined.groupby(["lattice", "task"], sort=False):
        names = dict(zip(group["corner"], group["architecture"], strict=True))
        gap = float(group["perfect"].iloc[0] - group["chance"].iloc[0])
        runs = TaskRuns(group, results.examples.get(str(task)), generator)
        yield (str(lattice), str(task)), names, runs, gap


def _whole(names: Mapping[int, str], gates: int, runs: TaskRuns) -> bool:
    """Whether every corner ran, on a seed that all share."""
    return len(names) == 2**gates and bool(runs.seeds(names.values()).any())
