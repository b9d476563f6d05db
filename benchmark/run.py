"""The main job: run what a study still lacks, log it, and write its tables and report."""

from __future__ import annotations

import json
import uuid
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import fmean
from typing import TYPE_CHECKING, Any, Protocol

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from benchmark.experiment import Experiment
from benchmark.ledger import Ledger, require_writable, write_atomically
from benchmark.provenance import provenance
from benchmark.study import (
    Study,
    latest_runs,
    measure,
    plan,
    read_facts,
    run_row,
    write_tables,
)
from benchmark.worker import weights_path

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmark.tracking import Tracker


class Engine(Protocol):
    """Where experiments are trained; see :mod:`benchmark.engines`."""

    def run(
        self,
        groups: Sequence[Sequence[Experiment]],
        folder: Path,
        progress: Callable[[set[str]], None],
    ) -> None: ...


@dataclass(frozen=True)
class Outcome:
    """What a call of :func:`run_study` left behind."""

    folder: Path
    finished: int
    diverged: int
    repeated: int
    """Experiments trained by this very call; the others were there already."""


def run_study(
    study: Study, results: Path, engine: Engine, uri: str | None, command: str, console: Console
) -> Outcome:
    """Train what the study lacks, then write ``runs.csv``, ``curves.csv`` and the tracking store.

    Args:
        study: what to run.
        results: the results folder; the study gets a folder of its name in it.
        engine: where to train.
        uri: the tracking store; None is the SQLite store in ``results``.
        command: the command line, for the record.
        console: where progress is shown.

    Raises:
        UnwritableFolder, TrackingUnreachable, UnsupportedLearning, UnsupportedInput: found before
            anything is computed.
        KeyboardInterrupt: after everything finished so far is written; the same call goes on.
    """
    from benchmark import tracking

    folder = results / study.name
    if uri is not None:
        tracking.check(uri)
    require_writable(folder)
    study.require_widths()
    with console.status("reading data, measuring chance and baselines"):
        facts = {task: measure(task, study.scale, folder) for task in study.tasks}
    groups = plan(study, facts)
    planned = {e.id: e for group in groups for e in group}
    before = Ledger(folder).finished()
    todo = [e for e in planned if e not in before]
    console.print(
        f"study [bold]{study.name}[/]: {len(planned)} experiments, "
        f"{len(planned) - len(todo)} of them done already"
    )
    with console.status("opening the tracking store"):
        tracker = tracking.Tracker(
            uri or tracking.default_uri(results),
            results / "mlflow-artifacts",
            study,
            _key(study, folder, command),
            _note(study, command),
            {"preset_scale": study.scale, "gatewise.command": command, **provenance()},
        )
    whole = False
    try:
        with _progress(console, len(todo), planned) as shown:

            def progress(new: set[str]) -> None:
                shown(new)
                _log(tracker, folder, study.name, new & set(planned))

            _log(tracker, folder, study.name, before & set(planned))
            engine.run(groups, folder, progress)
        whole = True
    finally:
        write_tables(study.name, folder, tracker.logged)
        summary = _summary(folder)
        tables = [folder / "runs.csv", folder / "curves.csv"]
        tracker.finish(summary, tables, whole)
    return Outcome(folder, len(planned), int(summary["experiments_diverged"]), repeated=len(todo))


def _key(study: Study, folder: Path, command: str) -> str:
    """The identity of the study in this very folder, made at its first run."""
    path = folder / "study.json"
    if path.exists():
        return json.loads(path.read_text(encoding="utf-8"))["key"]
    key = uuid.uuid4().hex
    started = datetime.now(UTC).isoformat(timespec="seconds")
    record = {"key": key, "command": command, "started_at": started, **asdict(study)}
    write_atomically(path, json.dumps({**record, **provenance()}, indent=1))
    return key


def _note(study: Study, command: str) -> str:
    return (
        f"**What is each gate worth?** Study *{study.name}*: "
        f"{len(study.tasks)} tasks × {len(study.architectures)} architectures × "
        f"{study.seeds} seeds, at scale *{study.scale}*.\n\n"
        f"- tasks: {', '.join(study.tasks)}\n"
        f"- architectures: {', '.join(study.architectures)}\n"
        f"- command: `{command}`\n\n"
        "Each child run is one training. `test_score` is the task's primary score (its unit is the "
        "tag `unit`), read once, at the best validation epoch. Runs with equal seeds are paired."
    )


def _log(tracker: Tracker, folder: Path, study: str, ids: set[str]) -> None:
    ledger = Ledger(folder)
    for id in sorted(ids - tracker.logged.keys()):
        experiment, result = ledger.read(id)
        facts = read_facts(folder, experiment.task, experiment.data_sha256)
        row = run_row(study, facts, experiment, result)
        tracker.log(experiment, result, row, weights_path(folder, experiment))


def _summary(folder: Path) -> dict[str, float]:
    """Mean test score of every cell of the table, and how many runs there are."""
    runs = latest_runs(folder)
    scores: dict[str, list[float]] = defaultdict(list)
    for experiment, result in runs:
        if result.test_score is not None:
            scores[f"{experiment.task}.{experiment.architecture}"].append(result.test_score)
    counts = {
        "experiments": float(len(runs)),
        "experiments_diverged": float(sum(r.status == "diverged" for _, r in runs)),
        "cpu_hours": sum(r.cpu_seconds for _, r in runs) / 3600,
    }
    return counts | {name: fmean(values) for name, values in scores.items()}


@contextmanager
def _progress(
    console: Console, total: int, planned: Mapping[str, Experiment]
) -> Iterator[Callable[[set[str]], None]]:
    """A bar with the time left on a terminal, a line for each experiment in a log file."""
    done = 0

    def line(id: str) -> str:
        e = planned[id]
        return f"{e.task} · {e.architecture} · seed {e.seed}"

    if not console.is_terminal:

        def log(new: set[str]) -> None:
            nonlocal done
            for id in sorted(new & planned.keys()):
                done += 1
                console.print(f"[{done}/{total}] {line(id)}", markup=False, highlight=False)

        yield log
        return
    bar: list[Any] = [
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
    ]
    with Progress(*bar, console=console, speed_estimate_period=600) as display:
        task = display.add_task("training", total=total)

        def show(new: set[str]) -> None:
            mine = sorted(new & planned.keys())
            if mine:
                display.update(task, advance=len(mine), description=line(mine[-1]))

        yield show
