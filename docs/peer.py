"""The sweep of docs/weekend.py and the same one through gatewise, side by side.

    python -m docs.peer --trials 4 --epochs 2

The script runs first and says which points it tried; the same points, epochs, batches and width are
then trained by two worker processes, from nothing and again with the programs that they kept.
CPU and wall time are those of the script's process and of the workers, from start to end, imports
and all.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from gatewise import tasks
from gatewise.benchmark.execution.local import LocalEngine
from gatewise.benchmark.records.experiment import FIRST_TRIAL_SEED, Experiment
from gatewise.benchmark.records.ledger import Ledger
from gatewise.benchmark.records.meaning import meaning
from gatewise.benchmark.training import programs

TASK, SCALE, CELLS = "sentiment", "quick", ("lstm", "NFG")
BATCH, WORKERS = 32, 2
SETTINGS = ("learning_rate", "clip_norm", "dropout")


@dataclass(frozen=True)
class Sweep:
    """The best validation score of each architecture, and what it took to find them."""

    scores: dict[str, float]
    cpu_seconds: float
    wall_seconds: float


def main() -> None:
    """Run both sides in turn, and print what each round took and found."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--trials", type=int, default=4)
    parser.add_argument("--epochs", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--output", type=Path, help="A table of the same, as CSV.")
    given = parser.parse_args()
    print("round  side                CPU s  wall s  ratios        best validation scores")
    rows: list[dict[str, Any]] = []
    for number in range(given.rounds):
        with tempfile.TemporaryDirectory() as folder:
            found, trials = _script(given.trials, given.epochs, Path(folder))
            rows.append(_said(number, "script", found, found))
            os.environ[programs.VARIABLE] = f"{folder}/programs"
            for side in ("gatewise, first", "gatewise, second"):
                again = _ours(trials, given.epochs, Path(folder) / side)
                rows.append(_said(number, side, again, found))
    if given.output:
        pd.DataFrame(rows).to_csv(given.output, index=False)


def _said(number: int, side: str, sweep: Sweep, script: Sweep) -> dict[str, Any]:
    """A row of the table, once it is printed."""
    cpu, wall = script.cpu_seconds / sweep.cpu_seconds, script.wall_seconds / sweep.wall_seconds
    scores = " ".join(f"{name} {score:.3f}" for name, score in sweep.scores.items())
    took = f"{sweep.cpu_seconds:8.1f}{sweep.wall_seconds:8.1f}  {cpu:5.1f} {wall:5.1f}"
    print(f"{number:5}  {side:17}{took}   {scores}", flush=True)
    measured = {"cpu_seconds": sweep.cpu_seconds, "wall_seconds": sweep.wall_seconds}
    return {"round": number, "side": side, **measured, **sweep.scores}


def _cpu_of_children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _script(trials: int, epochs: int, folder: Path) -> tuple[Sweep, list[dict[str, Any]]]:
    """The weekend script's sweep, and every point that it tried."""
    command = [sys.executable, str(Path(__file__).with_name("weekend.py"))]
    command += ["--trials", str(trials), "--epochs", str(epochs), "--folder", str(folder)]
    before, start = _cpu_of_children(), time.perf_counter()
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    wall = time.perf_counter() - start
    tried = json.loads(done.stdout.splitlines()[-1])["trials"]
    scores = {name: max(t["score"] for t in tried if t["architecture"] == name) for name in CELLS}
    return Sweep(scores, _cpu_of_children() - before, wall), tried


def _ours(tried: list[dict[str, Any]], epochs: int, folder: Path) -> Sweep:
    """The same points through the local engine."""
    folder.mkdir()
    checksum = tasks.find(TASK).load(SCALE).checksum()
    groups = [
        [_experiment(point, seed, epochs, checksum) for seed, point in enumerate(points)]
        for points in ([t for t in tried if t["architecture"] == name] for name in CELLS)
    ]
    before, start = _cpu_of_children(), time.perf_counter()
    LocalEngine(WORKERS).run(groups, folder, lambda new: None)
    wall = time.perf_counter() - start
    scores = dict.fromkeys(CELLS, 0.0)
    for experiment, result in Ledger(folder):
        name = experiment.architecture
        scores[name] = max(scores[name], result.validation_score)
    return Sweep(scores, _cpu_of_children() - before, wall)


def _experiment(point: dict[str, Any], seed: int, epochs: int, checksum: str) -> Experiment:
    recipe, name = tasks.find(TASK).scale(SCALE).recipe, point["architecture"]
    known = {setting: point[setting] for setting in SETTINGS} | meaning(TASK, name)
    return Experiment(
        task=TASK,
        scale=SCALE,
        architecture=name,
        budget=recipe.parameters,
        epochs=epochs,
        patience=epochs,
        batch_size=BATCH,
        seed=FIRST_TRIAL_SEED + seed,
        match="width",
        phase="tuning",
        data_sha256=checksum,
        **known,
    )


if __name__ == "__main__":
    main()
