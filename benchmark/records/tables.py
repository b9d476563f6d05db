"""``runs.csv``, ``curves.csv`` and the packed scores by example, made from a study's ledger."""

from __future__ import annotations

import csv
import io
import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from gatewise import tasks
from gatewise.benchmark.architectures.cell import Cell
from gatewise.benchmark.architectures.notation import GATES
from gatewise.benchmark.records import columns, packed
from gatewise.benchmark.records.column import Columns
from gatewise.benchmark.records.experiment import Experiment, Result
from gatewise.benchmark.records.facts import TaskFacts, read_facts
from gatewise.benchmark.records.failures import Failure, Failures
from gatewise.benchmark.records.ledger import Ledger
from gatewise.benchmark.records.provenance import PROVENANCE, UNKNOWN
from gatewise.files import write_atomically, write_together


def run_row(
    study: str,
    facts: TaskFacts,
    experiment: Experiment,
    result: Result,
    mlflow_run: str = "",
    mlflow_experiment: str = "",
) -> dict[str, Any]:
    """One row of ``runs.csv``; see :mod:`.columns`."""
    task = tasks.find(experiment.task)
    dial = task.dial
    known: dict[str, Any] = {
        **asdict(experiment),
        **asdict(result),
        **dict.fromkeys(PROVENANCE, UNKNOWN),
        **result.made,
        "experiment": experiment.id,
        "study": study,
        "task_summary": task.summary,
        "pattern": str(task.pattern),
        "dial": dial.family if dial else "",
        "dial_value": dial.value if dial else "",
        "dial_unit": dial.unit if dial else "",
        "metric": task.metric.kind,
        "unit": task.metric.unit,
        "higher_is_better": task.metric.higher_is_better,
        "perfect": task.metric.perfect,
        "chance": facts.chance,
        "margin": task.margin,
        "still_gaining": result.still_gaining(task.metric, task.margin),
        "solved": task.solved,
        "solved_step": None
        if task.solved is None
        else result.solved_step(task.metric, task.solved),
        "train_examples": facts.train_examples,
        "test_examples": facts.test_examples,
        "source": task.source.citation,
        "mlflow_run": mlflow_run,
        "mlflow_experiment": mlflow_experiment,
    }
    row = {name: known[name] for name in columns.RUNS}
    row |= {f"gate.{gate}": value for gate, value in gate_values(experiment).items()}
    row |= {f"test.{name}": score for name, score in result.test.items()}
    row |= {f"baseline.{b.name} [{b.metric}]": b.score for b in facts.baselines}
    row |= {f"published.{p.model} ({p.source}) [{p.metric}]": p.score for p in task.context}
    return row


def gate_values(experiment: Experiment) -> dict[str, str]:
    """The gates of an experiment's cell, as it was defined when it ran."""
    described = json.loads(experiment.definition)["cell"]
    if "kind" not in described:
        # The first edition's notation had a field a gate.
        return {gate: described[gate] for gate in GATES}
    cell: Cell = Cell.restore(described)
    return cell.settings


def curve_rows(experiment: Experiment, result: Result) -> list[dict[str, Any]]:
    """The rows of ``curves.csv`` of one run."""
    known = {**asdict(experiment), "experiment": experiment.id}
    return [
        {name: {**known, **asdict(epoch)}[name] for name in columns.CURVES}
        for epoch in result.curve
    ]


def latest_runs(folder: Path) -> list[tuple[Experiment, Result]]:
    """The study's finished runs, in the order of its tables.

    Where an architecture ran twice on a task at one seed under different settings, the later run
    counts.
    """
    newest: dict[tuple[Any, ...], tuple[Experiment, Result]] = {}
    for experiment, result in sorted(Ledger(folder), key=lambda run: run[1].finished_at):
        newest[place(experiment)] = experiment, result
    return [newest[where] for where in sorted(newest)]


def write_tables(
    study: str, folder: Path, mlflow_runs: Mapping[str, str], mlflow_experiment: str = ""
) -> None:
    """Write ``runs.csv``, ``curves.csv`` and the folder of :mod:`.packed` from the ledger.

    And ``failures.csv``, of what is not in the ledger because it failed, if there is any.

    Raises:
        DamagedLedger: a file of the ledger is not readable.
    """
    runs = latest_runs(folder)
    facts = {
        sha: read_facts(folder, task, sha)
        for task, sha in {(e.task, e.data_sha256) for e, _ in runs}
    }
    rows = [
        run_row(study, facts[e.data_sha256], e, r, mlflow_runs.get(e.id, ""), mlflow_experiment)
        for e, r in runs
    ]
    curves = (row for run in runs for row in curve_rows(*run))
    tables: dict[Path, str | bytes] = {
        folder / "curves.csv": _csv(curves, columns.CURVES),
        folder / "runs.csv": _csv(rows, columns.RUNS),
    }
    write_together(tables | _scores(folder, [experiment for experiment, _ in runs]))
    _write_failures(folder, runs)


def latest_failures(folder: Path, runs: Iterable[tuple[Experiment, Result]]) -> list[Failure]:
    """What failed and has no run in its place since, the last failure in each place."""
    filled = {place(experiment) for experiment, _ in runs}
    newest = {
        place(failure.experiment): failure
        for failure in sorted(Failures(folder), key=lambda failure: failure.failed_at)
    }
    return [newest[where] for where in sorted(newest.keys() - filled)]


def _write_failures(folder: Path, runs: Iterable[tuple[Experiment, Result]]) -> None:
    path, rows = folder / "failures.csv", _told_failures(folder / "failures.csv")
    for failure in latest_failures(folder, runs):
        known = {**asdict(failure.experiment), **asdict(failure)}
        known["experiment"] = failure.experiment.id
        rows[place(failure.experiment)] = {name: known[name] for name in columns.FAILURES}
    left = rows.keys() - {place(experiment) for experiment, _ in runs}
    if left:
        write_atomically(path, _csv((rows[where] for where in sorted(left)), columns.FAILURES))
    else:
        path.unlink(missing_ok=True)


def _told_failures(path: Path) -> dict[tuple[Any, ...], Mapping[str, Any]]:
    """What the table has told of failures by their places: on a clone there is nothing else."""
    if not path.exists():
        return {}
    found: dict[tuple[Any, ...], Mapping[str, Any]] = {}
    with suppress(ValueError, csv.Error), path.open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            if row.keys() == columns.FAILURES.keys() and None not in row.values():
                found[(*(row[name] for name in PLACE[:-1]), int(row["seed"]))] = row
    return found


def _scores(folder: Path, runs: Iterable[Experiment]) -> dict[Path, bytes]:
    """One file for each task's data; those of data that no run is on any more go."""
    by_file = defaultdict(list)
    for run in runs:
        if run.phase == "final":
            by_file[folder / packed.file_name(run.task, run.data_sha256)].append(run.id)
    for path in set((folder / packed.FOLDER).glob(packed.ARCHIVES)) - by_file.keys():
        path.unlink()
    found = {path: _scores_of(ids, path, Ledger(folder)) for path, ids in by_file.items()}
    return {path: packed.pack(scores) for path, scores in found.items() if scores is not None}


def _scores_of(ids: Sequence[str], path: Path, ledger: Ledger) -> packed.Scores | None:
    """Scores of runs on the same data; what is packed of a run stays where its own are not here,
    as where it was taken up from the tables. None where there are none."""
    here = {id: found for id in ids if (found := ledger.read_examples(id)) is not None}
    parts = []
    if here:
        sums = np.stack([found.score for found in here.values()])
        weights = next(iter(here.values())).weight
        parts.append(packed.pooled(packed.Scores(list(here), sums, weights)))
    if len(here) < len(ids) and path.exists():
        parts.append(_packed(path))
    scores = packed.joined(parts, ids) if parts else None
    return scores if scores and scores.experiments else None


def _packed(path: Path) -> packed.Scores:
    try:
        return packed.unpack(path.read_bytes())
    except packed.DamagedScores as error:
        raise packed.DamagedScores(
            f"{str(path)!r}: {error}; run the study again: it is set aside"
        ) from None


PLACE = ("task", "architecture", "match", "phase", "seed")
"""What can be there only once in a study's tables."""


def place(experiment: Experiment) -> tuple[Any, ...]:
    """An experiment's :data:`PLACE`."""
    return tuple(getattr(experiment, name) for name in PLACE)


def _csv(rows: Iterable[Mapping[str, Any]], fixed: Columns) -> str:
    rows = list(rows)
    names = list(dict.fromkeys([*fixed, *(name for row in rows for name in row)]))
    text = io.StringIO()
    writer = csv.DictWriter(text, names, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()
