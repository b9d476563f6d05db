"""A real Dask scheduler with two workers as processes of their own."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from tests.faults.kit import GATEWISE, RUNS, command, logged, rows, run, running

pytest.importorskip("distributed", reason="Dask is not installed: pip install 'gatewise[dask]'")
pytestmark = pytest.mark.slow
SCHEDULER = [sys.executable, "-m", "distributed.cli.dask_scheduler"]
WORKER = [sys.executable, "-m", "distributed.cli.dask_worker"]


@contextmanager
def cluster(
    folder: Path, workers: int = 2, threads: int = 1, options: Sequence[str] = ()
) -> Iterator[tuple[str, list]]:
    """The address of a scheduler on loopback, and its worker processes (nannies)."""
    file = folder / "scheduler.json"
    shared = ["--scheduler-file", str(file)]
    with ExitStack() as stack:
        scheduler = [*SCHEDULER, *shared, "--host", "127.0.0.1", "--port", "0", "--no-dashboard"]
        stack.enter_context(running(scheduler))
        while not file.exists():
            time.sleep(0.05)
        nannies = [
            stack.enter_context(
                running(
                    [
                        *WORKER, *shared, "--nthreads", str(threads), "--no-dashboard",
                        "--local-directory", str(folder), "--name", str(number), *options,
                    ],
                    env={**os.environ, "DASK_DISTRIBUTED__COMM__TIMEOUTS__CONNECT": "10s"},
                )
            )
            for number in range(workers)
        ]  # fmt: skip
        (address,) = re.findall(r"tcp://[0-9.:]+", file.read_text())[:1]
        if workers:
            wait_for(address, workers)
        yield address, nannies


def wait_for(address: str, workers: int) -> None:
    import distributed

    with distributed.Client(address, set_as_default=False) as client:
        client.wait_for_workers(workers, timeout=600)


def test_same_study_same_rows_and_a_killed_worker_loses_nothing(tmp_path, undisturbed):
    """A worker dies with its nanny while it trains; the other one does its work."""
    results = tmp_path / "results"
    with cluster(tmp_path) as (address, nannies):
        with running(command(results, "--engine", "dask", "--address", address)) as process:
            wait_for_a_result(results, process)
            os.killpg(nannies[0].pid, signal.SIGKILL)
            said = process.communicate(timeout=300)
        assert process.returncode == 0, said
    assert len(rows(results)) == RUNS
    assert rows(results) == undisturbed
    assert logged(f"sqlite:///{results / 'mlflow.db'}") == [sorted(undisturbed)]


def test_nannies_replace_workers_that_compiled_enough(tmp_path, undisturbed):
    import distributed

    after_one = tmp_path / "after_one.py"
    after_one.write_text(
        "from gatewise.benchmark.execution import worker\nworker.GROUPS_A_PROCESS = 1\n"
    )
    with (
        cluster(tmp_path, options=("--preload", str(after_one))) as (address, _nannies),
        distributed.Client(address, set_as_default=False) as client,
    ):
        before = set(client.run(os.getpid).values())
        done = run(tmp_path / "results", "--engine", "dask", "--address", address)
        assert done.returncode == 0, done.stderr
        end = time.monotonic() + 60
        while before & set(client.run(os.getpid, on_error="ignore").values()):
            assert time.monotonic() < end, "a worker that trained is still there"
            time.sleep(0.2)
    assert rows(tmp_path / "results") == undisturbed


def test_killed_scheduler_costs_nothing(tmp_path, undisturbed):
    """Workers end what they have in hand, so whether anything is left to do is chance."""
    results = tmp_path / "results"
    with (
        cluster(tmp_path) as (address, _nannies),
        running(command(results, "--engine", "dask", "--address", address)) as process,
    ):
        wait_for_a_result(results, process)
        kill_scheduler(tmp_path)
        _, said = process.communicate(timeout=300)
    if process.returncode == 0:
        assert rows(results) == undisturbed
    else:
        assert "Dask" in said or "address" in said
        resumed = run(results)
        assert resumed.returncode == 0, resumed.stderr
        assert rows(results) == undisturbed


def test_killed_cluster_is_told_and_the_study_goes_on(tmp_path, undisturbed):
    results = tmp_path / "results"
    with cluster(tmp_path) as (address, nannies):
        with running(command(results, "--engine", "dask", "--address", address)) as process:
            wait_for_a_result(results, process)
            for nanny in nannies:
                os.killpg(nanny.pid, signal.SIGKILL)
            kill_scheduler(tmp_path)
            _, said = process.communicate(timeout=300)
        assert process.returncode != 0
        assert "Dask" in said or "address" in said
    resumed = run(results)
    assert resumed.returncode == 0, resumed.stderr
    assert rows(results) == undisturbed


def test_data_of_a_users_own_on_a_cluster_is_what_it_is_here(tmp_path):
    """Also where it was kept on disk, and not where a worker finds another file."""
    data, runs = tmp_path / "r.csv", {}
    good, bad = ("fine", "great", "moving"), ("dull", "poor", "tepid")
    rows = [f"film {k} was {(good, bad)[k % 2][k % 3]},{'yn'[k % 2]}" for k in range(300)]
    data.write_text("\n".join(["text,label", *rows]))
    options = ["--data", str(data), "--text", "text", "--label", "label", "--preset", "smoke"]
    own = [*options, "--architectures", "gru", "--seeds", "2"]
    with cluster(tmp_path) as (address, _):
        for name, where in (("here", []), ("there", ["--engine", "dask", "--address", address])):
            study = [str(GATEWISE), "run", *own, *where, "--results", str(tmp_path / name)]
            done = subprocess.run(study, capture_output=True, text=True, check=False)
            assert done.returncode == 0, done.stderr
            table = (tmp_path / name / "own-r" / "runs.csv").read_text().splitlines()
            names = table[0].split(",")
            runs[name] = sorted(
                (row["seed"], row["test_score"], row["parameters"])
                for row in (dict(zip(names, line.split(","), strict=False)) for line in table[1:])
            )
    assert runs["here"] == runs["there"]
    assert len(runs["here"]) == 2


PROPOSED = """
from dataclasses import replace
from gatewise import LSTM, OPEN, Architecture, Not

CELL = replace(LSTM, keep=Not("write"), emit=OPEN)
ARCHITECTURE = Architecture("mine", CELL, "one gate is left")
"""


def test_a_cell_is_proposed_on_a_cluster(tmp_path):
    """Its workers know the cell and its ablation, which no registry has."""
    mine, results = tmp_path / "mine.py", tmp_path / "results"
    mine.write_text(PROPOSED)
    with cluster(tmp_path) as (address, _):
        study = [
            str(GATEWISE), "propose", str(mine), "--preset", "smoke", "--tasks", "adding",
            "--within", "5m", "--seeds", "3", "--engine", "dask", "--address", address,
            "--results", str(results),
        ]  # fmt: skip
        done = subprocess.run(study, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found = rows(results, "proposed-mine").values()
    assert {row["status"] for row in found} == {"finished"}
    ablation = "mine-no-write"
    assert {row["architecture"] for row in found} == {"lstm", "gru", "vanilla", "mine", ablation}
    paper = results / "proposed-mine" / "paper"
    assert ablation in (paper / "verdicts.tex").read_text()


def wait_for_a_result(results: Path, process: subprocess.Popen) -> None:
    ledger = results / "smoke" / "ledger"
    while not (ledger.is_dir() and list(ledger.glob("*.json"))):
        assert process.poll() is None, process.communicate()
        time.sleep(0.02)


def kill_scheduler(folder: Path) -> None:
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = path.read_text()
        except OSError:
            continue
        if "dask_scheduler" in words and str(folder) in words:
            os.kill(int(path.parent.name), signal.SIGKILL)


def test_a_cluster_that_cannot_do_the_work_is_refused(tmp_path):
    nobody = run(tmp_path / "a", "--engine", "dask", "--address", "tcp://127.0.0.1:9")
    assert nobody.returncode == 2
    assert "address 'tcp://127.0.0.1:9'" in nobody.stderr
    with cluster(tmp_path, workers=1, threads=2) as (address, _):
        wide = run(tmp_path / "b", "--engine", "dask", "--address", address)
    assert wide.returncode == 2
    assert "has 2 threads; allowed is 1" in wide.stderr
    other = tmp_path / "other.py"
    other.write_text(
        "from gatewise.benchmark.execution import agreement\n"
        "agreement.code = lambda: '0.0.1+0123456789ab'\n"
    )
    (tmp_path / "scheduler.json").unlink()
    with cluster(tmp_path, workers=1, options=("--preload", str(other))) as (address, _):
        mixed = run(tmp_path / "c", "--engine", "dask", "--address", address)
    assert mixed.returncode == 2
    assert "gatewise 0.0.1+0123456789ab; allowed is " in mixed.stderr
    for name in "abc":
        assert not (tmp_path / name / "smoke").exists()


def test_a_cluster_without_a_worker_is_waited_for_and_one_that_joins_is_looked_at(tmp_path):
    """The first worker comes late; one that sees another file system ends the command by a line."""
    results, blind = tmp_path / "results", tmp_path / "blind.py"
    # As on a machine that has another folder of that name; preloaded twice, here and in the nanny.
    blind.write_text(
        "import pathlib\nfrom gatewise.benchmark.execution import dask\n"
        "dask.NOTICED_SECONDS = 1\n"
        "def seen(path, exists=pathlib.Path.exists):\n"
        "    return 'call-' not in path.name and exists(path)\n"
        "pathlib.Path.exists = seen\n"
    )
    with cluster(tmp_path, workers=0) as (address, _):
        study = command(results, "--engine", "dask", "--address", address)
        with running(study) as process:
            assert "no worker yet; waiting for the first" in process.stderr.readline()
            shared = ["--scheduler-file", str(tmp_path / "scheduler.json"), "--nthreads", "1"]
            late = [*WORKER, *shared, "--no-dashboard", "--local-directory", str(tmp_path)]
            with running([*late, "--preload", str(blind)]):
                _, said = process.communicate(timeout=300)
        assert process.returncode == 2, said
        assert "does not see" in said.splitlines()[-1]
    assert not list((results / "smoke" / "ledger").glob("*.json"))
