"""The local engine under what machines do."""

from __future__ import annotations

import os
import signal
import threading
import time
from pathlib import Path

import pytest

from gatewise.benchmark.execution import local, worker
from gatewise.benchmark.execution.engine import WorkersKeepDying
from gatewise.benchmark.execution.local import LocalEngine
from gatewise.benchmark.records.facts import measure
from gatewise.benchmark.records.ledger import Ledger
from gatewise.benchmark.studies.plan import plan, recipe
from gatewise.benchmark.studies.study import Study


@pytest.fixture(scope="module")
def groups(tmp_path_factory):
    study = Study("s", "smoke", ("sentiment",), ("vanilla", "NFG"), seeds=3)
    folder = tmp_path_factory.mktemp("facts")
    facts = measure("sentiment", "smoke", folder)
    return plan(study, [recipe(study, facts, name) for name in study.architectures])


def children() -> set[int]:
    """Processes that this one started and that run our worker."""
    found = set()
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rsplit(")", 1)[1].split()
            command = (path.parent / "cmdline").read_text()
        except OSError:
            continue
        if int(fields[1]) == os.getpid() and "spawn_main" in command:
            found.add(int(path.parent.name))
    return found


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc").is_dir(), reason="finds workers through /proc")
def test_a_killed_worker_loses_nothing(groups, tmp_path):
    killed = []

    def kill_one(new: set[str]) -> None:
        if new and not killed:
            victim = next(iter(children()))
            os.kill(victim, signal.SIGKILL)
            killed.append(victim)

    reported: list[str] = []

    def progress(new: set[str]) -> None:
        reported.extend(new)
        kill_one(new)

    LocalEngine(1).run(groups, tmp_path, progress)
    expected = {e.id for group in groups for e in group}
    assert killed
    assert Ledger(tmp_path).finished() == expected
    assert sorted(reported) == sorted(expected)
    time.sleep(0.2)
    assert not children()


def test_workers_that_only_die_are_given_up(groups, tmp_path):
    stop = threading.Event()

    def killer() -> None:
        while not stop.is_set():
            for pid in children():
                os.kill(pid, signal.SIGKILL)
            time.sleep(0.05)

    thread = threading.Thread(target=killer)
    thread.start()
    try:
        with pytest.raises(WorkersKeepDying, match="without finishing an experiment"):
            LocalEngine(1).run(groups, tmp_path, lambda new: None)
    finally:
        stop.set()
        thread.join()
    assert not Ledger(tmp_path).finished()


@pytest.mark.slow
def test_workers_that_never_start_are_not_said_to_lack_memory(groups, tmp_path, monkeypatch):
    monkeypatch.setattr(worker, "start", ends_at_once)
    with pytest.raises(WorkersKeepDying, match="ended before they could train 3 times"):
        LocalEngine(1).run(groups[:1], tmp_path, lambda new: None)


def ends_at_once(stop, began):
    """In place of what prepares a worker."""
    raise SystemExit(1)


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc").is_dir(), reason="finds workers through /proc")
def test_a_process_that_compiled_enough_is_replaced(groups, tmp_path, monkeypatch):
    monkeypatch.setattr(worker, "GROUPS_A_PROCESS", 1)
    seen: set[int] = set()
    LocalEngine(1).run(groups, tmp_path, lambda new: seen.update(children()))
    assert len(seen) == len(groups) == 2
    assert Ledger(tmp_path).finished() == {e.id for group in groups for e in group}


def test_cores_are_counted():
    assert 1 <= local.cores() <= (os.cpu_count() or 1)
