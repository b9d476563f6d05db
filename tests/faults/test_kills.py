"""SIGKILL at random moments, of workers and of the command itself."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import time
from pathlib import Path

import pytest

from tests.faults.kit import RUNS, command, logged, rows, run, running

PAGE = os.sysconf("SC_PAGE_SIZE")

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not Path("/proc").is_dir(), reason="finds workers through /proc"),
]


def workers(driver: int) -> list[int]:
    """Worker processes of a command."""
    found = []
    for path in Path("/proc").glob("[0-9]*"):
        try:
            parent = int((path / "stat").read_text().rsplit(")", 1)[1].split()[1])
            if parent == driver and "spawn_main" in (path / "cmdline").read_text():
                found.append(int(path.name))
        except (OSError, ValueError):
            continue
    return found


def disturb(results: Path, kills: int, chance: random.Random) -> dict[str, int]:
    """Run the study to its end while it is killed so often, at moments drawn by ``chance``."""
    done = {"worker": 0, "command": 0}
    while sum(done.values()) < kills:
        with running(command(results)) as process:
            while process.poll() is None and sum(done.values()) < kills:
                time.sleep(chance.uniform(0, 12))
                victims = workers(process.pid)
                if process.poll() is not None:
                    break
                if victims and chance.random() < 0.5:
                    os.kill(chance.choice(victims), signal.SIGKILL)
                    done["worker"] += 1
                else:
                    os.kill(process.pid, signal.SIGKILL)
                    done["command"] += 1
                    process.wait()
            if process.poll() is None:
                process.wait(300)
        finished = results / "smoke" / "ledger"
        if finished.is_dir() and len(list(finished.glob("*.json"))) == RUNS:
            # All is trained: begin again, so that the next kill has something to break.
            assert_whole(results)
            if sum(done.values()) < kills:
                subprocess.run(["rm", "-rf", str(results / "smoke")], check=True)
    return done


def assert_whole(results: Path) -> None:
    """After one more run everything is there, once."""
    done = run(results)
    assert done.returncode == 0, done.stderr
    assert len(rows(results)) == RUNS


def assert_logged_once(results: Path, undisturbed) -> None:
    """Every start of the study logged each experiment at most once, the last one all of them."""
    found = logged(f"sqlite:///{results / 'mlflow.db'}")
    assert all(len(set(children)) == len(children) for children in found)
    assert sorted(undisturbed) in found


def test_three_kills_lose_and_double_nothing(tmp_path, undisturbed):
    done = disturb(tmp_path, 3, random.Random(0))
    assert sum(done.values()) == 3
    assert_whole(tmp_path)
    assert rows(tmp_path) == undisturbed
    assert_logged_once(tmp_path, undisturbed)


def test_two_commands_share_a_study(tmp_path, undisturbed):
    """Started together they train every experiment once, and log it once."""
    ledger = tmp_path / "smoke" / "ledger"
    written: set[tuple[str, int]] = set()
    with running(command(tmp_path)) as first, running(command(tmp_path)) as second:
        while first.poll() is None or second.poll() is None:
            if ledger.is_dir():
                # A file written a second time would be another inode of the same name.
                written |= {(e.name, e.inode()) for e in os.scandir(ledger) if e.name[0] != "."}
            time.sleep(0.005)
        said = [process.communicate() for process in (first, second)]
        assert first.returncode == 0, said
        assert second.returncode == 0, said
    assert len(written) == RUNS
    assert rows(tmp_path) == undisturbed
    assert logged(f"sqlite:///{tmp_path / 'mlflow.db'}") == [sorted(undisturbed)]


def test_two_interrupts_end_at_once_and_lose_nothing(tmp_path, undisturbed):
    ledger = tmp_path / "smoke" / "ledger"
    with running(command(tmp_path, "--workers", 1)) as process:
        while not (ledger.is_dir() and list(ledger.glob("*.json"))):
            assert process.poll() is None
            time.sleep(0.02)
        process.send_signal(signal.SIGINT)
        time.sleep(0.3)
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=60)
    assert process.returncode == 130, said
    assert "the same command goes on from here" in said
    assert_whole(tmp_path)
    assert rows(tmp_path) == undisturbed


def test_worker_out_of_memory_is_replaced(tmp_path, undisturbed):
    """The kernel's answer to a process that asks for too much is to refuse or to kill it."""
    import resource

    ledger, starved = tmp_path / "smoke" / "ledger", []
    with running(command(tmp_path, "--workers", 1)) as process:
        while process.poll() is None:
            if not starved and ledger.is_dir() and list(ledger.glob("*.json")):
                (victim,) = workers(process.pid)
                used = int(Path(f"/proc/{victim}/statm").read_text().split()[0]) * PAGE
                resource.prlimit(victim, resource.RLIMIT_AS, (used, used))
                starved.append(victim)
            starved_alive = set(starved) & set(workers(process.pid))
            time.sleep(0.02)
        _, said = process.communicate()
    assert starved
    assert not starved_alive
    assert process.returncode == 0, said
    assert rows(tmp_path) == undisturbed
