"""Do recorded numbers come back? What ``gatewise verify`` does.

A sample of a study's final runs is trained again from what ``runs.csv`` says of them. On the same
machine with the same versions a training gives the same bits. Elsewhere other instructions round
otherwise, which a training makes much of: there a run is another draw of the same training, so that
it counts as come back if it lies as near the recorded score as seeds lie to each other.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from gatewise.benchmark.execution import worker
from gatewise.benchmark.records.editions import unsaid
from gatewise.benchmark.records.experiment import Experiment
from gatewise.benchmark.records.meaning import meaning
from gatewise.identity import LATER

DEVIATIONS = 3.0
"""How many standard deviations over seeds a score may be off, on another machine."""
PLACE = ["task", "architecture", "match"]


class Unverifiable(ValueError):
    """A folder or a run that cannot be trained again."""


@dataclass(frozen=True)
class Check:
    """One run, trained again.

    ``tolerance`` is the larger of the task's margin and three standard deviations over the study's
    seeds of that task and architecture, in the unit of the score.
    """

    experiment: str
    task: str
    architecture: str
    seed: int
    recorded: float
    found: float
    tolerance: float

    @property
    def equal(self) -> bool:
        """Whether the number came back to the last bit."""
        return self.found == self.recorded

    @property
    def within(self) -> bool:
        """Whether it came back within the tolerance."""
        return abs(self.found - self.recorded) <= self.tolerance


def verify(folder: Path, sample: int, seed: int, progress: Callable[[Check], None]) -> list[Check]:
    """Train a random sample of a study's final runs again.

    Args:
        folder: holds ``runs.csv``; nothing is written there.
        sample: how many runs.
        seed: of the choice.
        progress: told of each run as it ends.

    Raises:
        Unverifiable: no table, no such number of runs, or a run whose data or architecture is
            another one by now.
    """
    runs = _final_runs(folder)
    if not 1 <= sample <= len(runs):
        raise Unverifiable(f"sample={sample!r}: allowed are whole numbers from 1 to {len(runs)}")
    chosen = np.random.default_rng(seed).choice(len(runs), sample, replace=False)
    spread = runs.groupby(PLACE)["test_score"].transform("std").fillna(0.0)
    tolerance = np.maximum(runs["margin"], DEVIATIONS * spread)
    # Those that share a compiled step one after another.
    order = sorted(chosen, key=lambda i: tuple(runs.iloc[i][[*PLACE, "batch_size"]]))
    experiments = [experiment(dict(runs.iloc[i])) for i in order]
    checks = []
    worker.single_thread()
    for i, again in zip(order, experiments, strict=True):
        result = worker.trainer(again.group).train(again)
        assert result is not None
        assert result.test_score is not None
        checks.append(
            Check(
                again.id,
                again.task,
                again.architecture,
                again.seed,
                float(runs["test_score"].iloc[i]),
                result.test_score,
                float(tolerance.iloc[i]),
            )
        )
        progress(checks[-1])
    return checks


def experiment(row: Mapping[str, str]) -> Experiment:
    """The experiment of a row of ``runs.csv``, if it still means what it meant.

    Raises:
        Unverifiable: it does not.
        UnknownTask, UnknownArchitecture: a name that is not there any more.
    """
    task, architecture = str(row["task"]), str(row["architecture"])
    said = {**unsaid(task, str(row["scale"])), **{n: v for n, v in row.items() if v != ""}}
    kinds = {field.name: str(field.type) for field in fields(Experiment)}
    read: dict[str, Callable[[Any], Any]] = {"int": int, "float": float, "str": str}
    named = {n: read[kind](said[n]) for n, kind in kinds.items() if n in said}
    again = Experiment(**{**named, **meaning(task, architecture)})
    if again.id != row["experiment"]:
        raise Unverifiable(
            f"run {row['experiment']!r}: task {again.task!r} or architecture "
            f"{again.architecture!r} is not what it was then; allowed is the code of commit "
            f"{row['commit']}"
        )
    return again


def _final_runs(folder: Path) -> pd.DataFrame:
    path = folder / "runs.csv"
    try:
        # Text as it is: an experiment's hash may look like a number.
        runs = pd.read_csv(path, dtype=str, keep_default_na=False)
    except (OSError, ValueError) as error:
        raise Unverifiable(f"folder {str(folder)!r}: no readable runs.csv ({error})") from None
    first = {f.name for f in fields(Experiment) if LATER not in f.metadata}
    needed = {"status", "test_score", "margin", *first} - {"definition", "epochs", "patience"}
    if missing := needed - set(runs.columns):
        raise Unverifiable(f"{str(path)!r}: lacks columns {', '.join(sorted(missing))}")
    final = runs[(runs["phase"] == "final") & (runs["status"] == "finished")]
    return final.reset_index(drop=True).astype({"test_score": float, "margin": float})
