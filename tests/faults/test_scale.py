"""What the command and Dask's scheduler cost as work grows; workers sleep."""

from __future__ import annotations

import os
import re
import resource
import subprocess
import sys
import time
from contextlib import ExitStack
from pathlib import Path

import pytest

pytest.importorskip("distributed", reason="Dask is not installed: pip install 'gatewise[dask]'")
from gatewise.benchmark.execution.dask import DaskEngine
from gatewise.benchmark.records.experiment import Experiment
from gatewise.benchmark.records.ledger import Ledger
from tests.faults.kit import running
from tests.faults.test_cluster import SCHEDULER, wait_for

pytestmark = pytest.mark.soak
TICK = os.sysconf("SC_CLK_TCK")
TOGETHER = 25
"""Workers that share a process."""
QUIET = {
    "DASK_DISTRIBUTED__WORKER__PROFILE__ENABLED": "False",
    "DASK_DISTRIBUTED__ADMIN__TICK__INTERVAL": "2s",
    "DASK_DISTRIBUTED__ADMIN__SYSTEM_MONITOR__INTERVAL": "10s",
}
"""Otherwise each of two hundred workers on one machine looks at itself a hundred times a second."""
UNREAD = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
"""Two hundred workers that come and go are told of in more than a pipe holds."""


def experiments(count: int) -> list[list[Experiment]]:
    """So many groups of one experiment each, the most that there is to schedule."""
    return [
        [
            Experiment(
                task="adding", scale="smoke", architecture="lstm", definition="{}", budget=n + 1,
                epochs=1, patience=1, batch_size=32, learning_rate=1e-3, clip_norm=1.0,
                dropout=0.0, seed=0, data_sha256="0" * 64,
            )
        ]
        for n in range(count)
    ]  # fmt: skip


def cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICK


def megabytes(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text().splitlines()
    return int(next(line for line in status if line.startswith("VmRSS")).split()[1]) / 1024


@pytest.mark.timeout(3600)
@pytest.mark.parametrize("workers", [25, 200])
@pytest.mark.parametrize("trials", [2_000, 10_000, 50_000])
def test_sleeping_trials(workers, trials, tmp_path, capsys):
    """Two hundred trials end a second, if the machine keeps up; all are there at the end."""
    seconds = workers / 200
    file = tmp_path / "scheduler.json"
    with ExitStack() as stack:
        arguments = [*SCHEDULER, "--scheduler-file", str(file), "--host", "127.0.0.1"]
        scheduler = stack.enter_context(
            running([*arguments, "--port", "0", "--no-dashboard"], **UNREAD)
        )
        while not file.exists():
            time.sleep(0.05)
        (address,) = re.findall(r"tcp://[0-9.:]+", file.read_text())[:1]
        for _ in range(workers // TOGETHER):
            sleepers = [sys.executable, "-m", "tests.faults.sleepers", address, str(TOGETHER)]
            stack.enter_context(
                running([*sleepers, str(seconds)], env=os.environ | QUIET, **UNREAD)
            )
        wait_for(address, workers)
        groups, own = experiments(trials), os.getpid()
        at_first = cpu_seconds(scheduler.pid), megabytes(scheduler.pid), megabytes(own)
        before, start = resource.getrusage(resource.RUSAGE_SELF), time.monotonic()
        DaskEngine(address).run(groups, tmp_path, lambda new: None)
        wall, after = time.monotonic() - start, resource.getrusage(resource.RUSAGE_SELF)
        driver = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        scheduling = cpu_seconds(scheduler.pid) - at_first[0]
        grown = megabytes(scheduler.pid) - at_first[1], megabytes(own) - at_first[2]
    assert Ledger(tmp_path).finished() == {group[0].id for group in groups}
    with capsys.disabled():
        print(
            f"\n{workers:4d} workers, {trials:6d} trials of {seconds:g} s: {wall:5.0f} s, "
            f"{trials / wall:4.0f} a second; CPU a trial: command {1000 * driver / trials:.2f} ms, "
            f"scheduler {1000 * scheduling / trials:.2f} ms; memory: command {grown[1]:+.0f} MB, "
            f"scheduler {grown[0]:+.0f} MB"
        )
