"""What ``gatewise diagnose`` found, as tables.

Everything comes from ``diagnostics/EXPERIMENT.json`` of a study's folder, whose fields
:data:`.fields.DIAGNOSTICS` describes.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import pandas as pd

from gatewise.benchmark.records import fields
from gatewise.report.reading.checks import UnreadableResults, record
from gatewise.report.statistics.effects import mean_interval

Data: TypeAlias = dict[str, Any]


@dataclass(frozen=True)
class Diagnoses:
    """Diagnosed runs as tables; each has the columns task and architecture, and its own.

    runs:
        experiment, seed, match, score, recorded, examples, steps, horizon (NaN: none), furthest
        (the last lag measured), radius and norm (predicted rates a step; NaN: none).
    gates:
        gate, mean, left, right.
    units, bins, steps:
        Of each gate left and right by unit; share by bin (``middle`` of the bin); mean by step.
    gradients, rates:
        Of each state (h, c) norm and examples by lag; rate and the examples' slopes, ``low`` and
        ``high`` of the rate's 95% interval over examples, the run's seed, and ``start``, the rate
        at initialisation, weights from a Gaussian (NaN where it was not measured).
    changes:
        lag, change (share of that at the first lag).
    lesions:
        gate, at, score.
    """

    runs: pd.DataFrame
    gates: pd.DataFrame
    units: pd.DataFrame
    bins: pd.DataFrame
    steps: pd.DataFrame
    gradients: pd.DataFrame
    rates: pd.DataFrame
    changes: pd.DataFrame
    lesions: pd.DataFrame

    def of_task(self, task: str) -> Diagnoses:
        """The part about one task."""
        tables = {name: table[table["task"] == task] for name, table in vars(self).items()}
        return Diagnoses(**tables)


def every(folder: Path, runs: pd.DataFrame) -> Diagnoses:
    """What the study's folder holds of its ``runs``.

    Raises:
        UnreadableResults: a file is damaged or not ours.
    """
    paths = [folder / "diagnostics" / f"{name}.json" for name in runs["experiment"]]
    return of(path for path in paths if path.is_file())


def read(folder: Path, runs: pd.DataFrame) -> Diagnoses:
    """What the study's folder holds of its ``runs``; of each pair the lowest seed.

    Raises:
        UnreadableResults: a file is damaged or not ours.
    """
    found = every(folder, runs)
    chosen = found.runs.sort_values("seed").drop_duplicates(["task", "architecture"])
    return found if len(chosen) == len(found.runs) else every(folder, chosen)


def of(paths: Iterable[Path]) -> Diagnoses:
    """The tables of these files.

    Raises:
        UnreadableResults: one is damaged or not ours.
    """
    remedy = "; write it again with `gatewise diagnose --anew`"
    return _tables([record(path, fields.DIAGNOSTICS, "diagnosis", remedy) for path in paths])


def _tables(records: Sequence[Data]) -> Diagnoses:
    rows: dict[str, list[Data]] = {name: [] for name in _COLUMNS}
    for r in records:
        key = {"task": r["task"], "architecture": r["architecture"]}
        rows["runs"].append(key | _run(r))
        rows["changes"] += [key | change for change in _changes(r["horizon"])]
        for gate, use in r["gates"].items():
            for name, found in _use(use).items():
                rows[name] += [key | {"gate": gate} | row for row in found]
        started = r.get("start") or {}
        for state, flow in r["gradient"].items():
            began = {"seed": r["seed"], "start": _number(started.get(state, {}).get("rate"))}
            for name, found in _flow(flow).items():
                rows[name] += [key | {"state": state} | began | row for row in found]
        rows["lesions"] += [key | held for held in r["lesions"]]
    return Diagnoses(**{name: pd.DataFrame(rows[name], columns=_COLUMNS[name]) for name in rows})


def _run(record: Data) -> Data:
    plain = ("experiment", "seed", "match", "score", "recorded", "examples")
    horizon, predicted = record["horizon"], record["predicted"] or {}
    lags = _aligned(horizon, "lags", "change")
    return {
        **{name: record[name] for name in plain},
        "horizon": _number(horizon["horizon"]),
        "furthest": max((lag for lag, change in lags if change is not None), default=0),
        **{name: _number(predicted.get(name)) for name in ("radius", "norm")},
    }


def _changes(horizon: Data) -> list[Data]:
    changes = _aligned(horizon, "lags", "change")
    first = next((change for _, change in changes if change), math.nan)
    return [{"lag": lag, "change": _number(change) / first} for lag, change in changes]


def _use(gate: Data) -> dict[str, list[Data]]:
    """A gate's rows, by table."""
    width = 1 / max(len(gate["histogram"]), 1)
    units = _aligned(gate, "left_by_unit", "right_by_unit")
    return {
        "gates": [{name: gate[name] for name in ("mean", "left", "right")}],
        "units": [{"unit": k, "left": one, "right": other} for k, (one, other) in enumerate(units)],
        "bins": [
            {"middle": (k + 0.5) * width, "share": share}
            for k, share in enumerate(gate["histogram"])
        ],
        "steps": [{"step": t, "mean": mean} for t, mean in enumerate(gate["by_step"])],
    }


def _flow(flow: Data) -> dict[str, list[Data]]:
    """A state's rows, by table."""
    slopes = np.array([_number(slope) for slope in flow["slopes"]])
    known = mean_interval(slopes[np.isfinite(slopes)])
    with np.errstate(over="ignore"):
        bounds = {"low": float(np.exp(known.low)), "high": float(np.exp(known.high))}
    return {
        "gradients": [
            {"lag": lag, "norm": _number(norm), "examples": count}
            for lag, (norm, count) in enumerate(_aligned(flow, "norms", "examples"))
        ],
        "rates": [{"rate": _number(flow["rate"]), **bounds, "slopes": slopes}],
    }


_OF_GATE = ["task", "architecture", "gate"]
_OF_STATE = ["task", "architecture", "state"]
_COLUMNS = {
    "runs": [
        *("task", "architecture", "experiment", "seed", "match", "score", "recorded", "examples"),
        *("horizon", "furthest", "radius", "norm"),
    ],
    "gates": [*_OF_GATE, "mean", "left", "right"],
    "units": [*_OF_GATE, "unit", "left", "right"],
    "bins": [*_OF_GATE, "middle", "share"],
    "steps": [*_OF_GATE, "step", "mean"],
    "gradients": [*_OF_STATE, "lag", "norm", "examples"],
    "rates": [*_OF_STATE, "seed", "start", "rate", "low", "high", "slopes"],
    "changes": ["task", "architecture", "lag", "change"],
    "lesions": [*_OF_GATE, "at", "score"],
}


def _number(value: float | None) -> float:
    return math.nan if value is None else float(value)


def _aligned(record: Data, first: str, second: str) -> list[tuple[Any, Any]]:
    a, b = record[first], record[second]
    if len(a) != len(b):
        raise UnreadableResults(
            f"diagnosis with {len(a)} numbers in {first!r} and {len(b)} in {second!r}; "
            "allowed are as many"
        )
    return list(zip(a, b, strict=True))
