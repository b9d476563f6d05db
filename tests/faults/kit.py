"""Real studies, small enough to be broken many times."""

from __future__ import annotations

import csv
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from gatewise.benchmark.records import columns

GATEWISE = Path(sys.executable).parent / "gatewise"
RUNS = 6


def command(results: Path, *options: object) -> list[str]:
    """A study of six short trainings in two groups."""
    return [
        str(GATEWISE), "run", "--preset", "smoke", "--tasks", "adding", "--architectures",
        "lstm,vanilla", "--seeds", "3", "--results", str(results), *map(str, options),
    ]  # fmt: skip


def run(results: Path, *options: object) -> subprocess.CompletedProcess:
    return subprocess.run(command(results, *options), capture_output=True, text=True, check=False)


@contextmanager
def running(arguments: list[str], **options) -> Iterator[subprocess.Popen]:
    """A process in a group of its own; at the end the whole group is gone.

    What it prints waits in pipes of 64 kB for ``communicate``; who prints more needs others.
    """
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    process = subprocess.Popen(arguments, text=True, start_new_session=True, **(pipes | options))
    try:
        yield process
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


def rows(results: Path, study: str = "smoke") -> dict[str, dict[str, str]]:
    """``runs.csv`` by experiment, without what differs between two runs of one experiment."""
    with (results / study / "runs.csv").open(newline="") as file:
        found = list(csv.DictReader(file))
    by_id = {
        row["experiment"]: {k: v for k, v in row.items() if k not in columns.VOLATILE}
        for row in found
    }
    assert len(by_id) == len(found)
    return by_id


def logged(uri: str) -> list[list[str]]:
    """Identities of the finished child runs in a tracking store, those of each parent together."""
    from mlflow import MlflowClient
    from mlflow.utils.mlflow_tags import MLFLOW_PARENT_RUN_ID

    from gatewise.benchmark.tracking.store import EXPERIMENT, IDENTITY

    client = MlflowClient(uri)
    experiment = client.get_experiment_by_name(EXPERIMENT)
    found = client.search_runs([experiment.experiment_id], max_results=1000)
    children: dict[str, list[str]] = {}
    for run in found:
        if IDENTITY in run.data.tags:
            children.setdefault(run.data.tags[MLFLOW_PARENT_RUN_ID], []).append(
                run.data.tags[IDENTITY]
            )
    return [sorted(identities) for identities in children.values()]
