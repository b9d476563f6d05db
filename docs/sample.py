"""Trainings of a study again, with the code that is on the path: a side of docs/targets.py.

    PYTHONPATH=TREE python docs/sample.py rows.csv FOLDER WORKERS

Rows are those of a ``runs.csv``. Each is trained on the same task and scale, with the same cell,
settings, seed and epochs, by what these names mean in this code: data or an encoder may be others
than when the row was recorded. It knows no more of the code than an earlier one has too.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

import pandas as pd

from gatewise import tasks
from gatewise.benchmark.execution.local import LocalEngine
from gatewise.benchmark.records.editions import unsaid
from gatewise.benchmark.records.experiment import Experiment
from gatewise.benchmark.records.ledger import Ledger
from gatewise.benchmark.records.meaning import meaning

READ = {"int": int, "float": float, "str": str}


def main() -> None:
    """Train the rows, and print what each took and scored, as JSON."""
    rows, folder, workers = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
    recorded = pd.read_csv(rows, dtype=str, keep_default_na=False).to_dict("records")
    named = {str(row["experiment"]): experiment_of(row) for row in recorded}
    groups: dict[str, list[Experiment]] = {}
    for experiment in named.values():
        groups.setdefault(experiment.group.id, []).append(experiment)
    folder.mkdir(parents=True)
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    LocalEngine(workers).run(list(groups.values()), folder, lambda new: None)
    wall, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    results = {experiment.id: result for experiment, result in Ledger(folder)}
    told = [
        {
            "experiment": row,
            "cpu_seconds": results[experiment.id].cpu_seconds,
            "compile_seconds": results[experiment.id].compile_seconds,
            "epochs": results[experiment.id].epochs_run,
            "validation_score": results[experiment.id].validation_score,
            "test_score": results[experiment.id].test_score,
        }
        for row, experiment in named.items()
    ]
    print(json.dumps({"cpu": cpu, "wall": wall, "trainings": told}))


def experiment_of(row: Mapping[str, Any]) -> Experiment:
    """A recorded run as an experiment of this code."""
    task, scale = str(row["task"]), str(row["scale"])
    said = {**unsaid(task, scale), **{name: value for name, value in row.items() if value != ""}}
    kinds = {field.name: str(field.type) for field in fields(Experiment)}
    named = {name: READ[kind](said[name]) for name, kind in kinds.items() if name in said}
    named["data_sha256"] = tasks.find(task).load(scale).checksum()
    return Experiment(**{**named, **meaning(task, str(row["architecture"]))})


if __name__ == "__main__":
    main()
