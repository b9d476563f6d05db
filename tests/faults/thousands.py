"""A store with thousands of runs: ``python -m tests.faults.thousands FOLDER [RUNS]``.

Made-up results go through the real writer into a store of a new FOLDER. Prints ``docs/writer.csv``;
CPU seconds too, because other work on the machine stretches those on the clock.
"""

from __future__ import annotations

import itertools
import math
import random
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from benchmark import tracking
from benchmark.architectures import catalogue
from benchmark.experiment import Epoch, Experiment, Result
from benchmark.ledger import Ledger
from benchmark.study import Study, measure, misfit, recipe
from benchmark.writer import Ending, Writer

TASKS, EPOCHS, START = ("adding", "copying"), 30, datetime(2026, 1, 1, tzinfo=UTC)


def made_up(number: int) -> Result:
    """A result that looks like one, and is none."""
    drawn = random.Random(number)
    end, rate = drawn.uniform(0.01, 0.15), drawn.uniform(0.1, 0.4)
    losses = [end + math.exp(-rate * epoch) / 6 for epoch in range(1, EPOCHS + 1)]
    return Result(
        status="finished", diverged_step=None, test_score=end, validation_score=losses[-1],
        validation_loss=losses[-1], best_epoch=EPOCHS, epochs_run=EPOCHS, steps=EPOCHS * 40,
        units=60 + number % 40, parameters=40_000, parameters_other=300, budget_note="",
        padded_share=0.0, wall_seconds=6.0, cpu_seconds=6.0, compile_seconds=1.0,
        finished_at=(START + timedelta(seconds=4 * number)).isoformat(),
        curve=tuple(
            Epoch(epoch, 40 * epoch, loss, loss, loss, 0.2 * epoch)
            for epoch, loss in enumerate(losses, 1)
        ),
    )  # fmt: skip


def fill(folder: Path, runs: int) -> dict[str, float]:
    """A study of so many runs in the ledger and then in the store; what the second took."""
    fitting = [n for n in catalogue.CATALOGUE if not any(misfit(task, n) for task in TASKS)]
    study = Study("thousands", "smoke", TASKS, tuple(fitting), seeds=1)
    path = folder / study.name
    templates = [
        recipe(study, facts, name)
        for facts in (measure(task, "smoke", path) for task in TASKS)
        for name in study.architectures
    ]
    ledger, seeds = Ledger(path), itertools.count()
    planned: Iterator[Experiment] = (replace(t, seed=s) for s in seeds for t in templates)
    for number, experiment in enumerate(itertools.islice(planned, runs)):
        ledger.add(experiment, made_up(number))
    uri = tracking.default_uri(folder)

    def connect() -> tracking.Tracker:
        return tracking.Tracker(uri, folder / "artifacts", study.name, "key", "made up", {})

    connect()
    wall, cpu = time.perf_counter(), time.process_time()
    writer = Writer(uri, "key", study.name, path, connect)
    writer.start()
    kept = len(writer.flush().runs)
    cost = {"seconds": time.perf_counter() - wall, "cpu": time.process_time() - cpu}
    writer.finish(Ending({"experiments": float(kept)}, [], whole=True))
    if kept != runs:
        raise RuntimeError(f"{kept} of {runs} runs are in the store")
    return cost


def main(folder: Path, runs: int) -> None:
    """Fill a store and print what it took."""
    folder.mkdir(parents=True)
    found = fill(folder, runs)
    print("runs,seconds,cpu", f"{runs},{found['seconds']:.1f},{found['cpu']:.1f}", sep="\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 2000)
