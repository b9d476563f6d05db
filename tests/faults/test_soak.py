"""Kills without end, and between them what people do to a study: nothing is lost, nothing doubled.

First a few of them, then so many as ``GATEWISE_KILLS`` says, 50 by default.
"""

from __future__ import annotations

import os
import random
import signal
import time
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.faults.kit import RUNS, command, logged, rows, run, running
from tests.faults.test_disk import flip
from tests.faults.test_kills import workers

pytestmark = [
    pytest.mark.soak,
    pytest.mark.skipif(not Path("/proc").is_dir(), reason="finds workers through /proc"),
]
LONGEST = 20.0
"""Seconds within which a kill comes, about what a command takes."""


class Study:
    """A study that is disturbed; ``chance`` says when and how.

    Args:
        results: its results folder, which may be moved.
    """

    def __init__(self, results: Path, chance: random.Random) -> None:
        self.results, self.chance = results, chance
        self.happened: Counter[str] = Counter()

    @property
    def ledger(self) -> list[Path]:
        """The records of what is finished."""
        return sorted((self.results / "smoke" / "ledger").glob("*.json"))

    def kill(self) -> None:
        """Start one command or two, and kill one of them, or a worker."""
        together = self.chance.choice((1, 2))
        if len(self.ledger) == RUNS:
            # Something is to be broken; the runs' numbers are the same when they come again.
            for path in self.ledger[::2]:
                path.unlink()
        with ExitStack() as stack:
            started = [stack.enter_context(running(command(self.results))) for _ in range(together)]
            victim = self.chance.choice(started)
            time.sleep(self.chance.uniform(0, LONGEST))
            hands = workers(victim.pid)
            if hands and self.chance.random() < 0.5:
                os.kill(self.chance.choice(hands), signal.SIGKILL)
                self.happened["workers killed"] += 1
            elif victim.poll() is None:
                victim.kill()
                self.happened["commands killed"] += 1
            else:
                self.happened["commands that were done before"] += 1
            self.happened["with another command beside"] += together == 2
            for process in started:
                process.communicate(timeout=300)

    def move(self) -> None:
        """The results folder gets another name."""
        if self.results.exists():
            self.results = self.results.rename(self.results.with_name(f"{self.results.name}-moved"))

    def delete(self) -> None:
        """Somebody deletes the experiment on MLflow's page."""
        from mlflow import MlflowClient

        from gatewise.benchmark.tracking.store import EXPERIMENT

        if (self.results / "mlflow.db").exists():
            client = MlflowClient(f"sqlite:///{self.results / 'mlflow.db'}")
            found = client.get_experiment_by_name(EXPERIMENT)
            if found is not None and found.lifecycle_stage == "active":
                client.delete_experiment(found.experiment_id)

    def mix(self) -> None:
        """Somebody asks for another plan under the same name: it is refused and changes nothing."""
        if (self.results / "smoke" / "study.json").exists():
            before = self.ledger
            done = run(self.results, "--budget", 4000)
            assert done.returncode == 2, done.stdout
            assert "allowed are the plan that its runs were made by" in done.stderr
            assert self.ledger == before

    def damage(self) -> None:
        """A byte of a record, or of scores by example, is another one."""
        if found := [*self.ledger, *(self.results / "smoke" / "examples").glob("*.npz")]:
            flip(self.chance.choice(found))

    def soak(self, kills: int) -> None:
        """So many kills, and between them each of the others in turn."""
        between: list[Callable[[], None]] = [self.move, self.delete, self.mix, self.damage]
        for number in range(kills):
            self.kill()
            disturb = between[number % len(between)]
            disturb()
            self.happened[disturb.__name__] += 1


def soaked(folder: Path, kills: int, seed: int, undisturbed: dict[str, dict[str, str]]) -> str:
    """What happened to a study, which in the end is as if nothing had."""
    study = Study(folder / "results", random.Random(seed))
    study.soak(kills)
    done = run(study.results)
    assert done.returncode == 0, done.stderr
    assert rows(study.results) == undisturbed
    found = logged(f"sqlite:///{study.results / 'mlflow.db'}")
    assert sorted(undisturbed) in found
    assert all(len(set(children)) == len(children) for children in found)
    return ", ".join(f"{count} {what}" for what, count in study.happened.items())


@pytest.mark.timeout(900)
def test_a_few_kills_and_what_people_do_between_them(tmp_path, undisturbed):
    soaked(tmp_path, 4, 0, undisturbed)


@pytest.mark.timeout(7200)
def test_soak(tmp_path, undisturbed, capsys):
    said = soaked(tmp_path, int(os.environ.get("GATEWISE_KILLS", "50")), 1, undisturbed)
    with capsys.disabled():
        print(f"\nsoak: {said}; {RUNS} of {RUNS} experiments there, each once, as if undisturbed")
