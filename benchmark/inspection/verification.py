"""Do recorded numbers come back? What ``gatewise verify`` does.

A sample of a study's final runs is trained again from what ``runs.csv`` says of them; one that
diverged scored chance. On the same machine with the same versions a training gives the same bits.
Elsewhere other instructions round otherwise, which a training makes much of: there a run is another
draw of the same training, so that it counts as come back if it lies as near the recorded score as
seeds lie to each other.

A task may have other data, or another encoding of it, than when a run was recorded. Only the code
of that time repeats such a run; it is passed over, and its task named. So is one whose task's data
has not been fetched here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
import pandas as pd

from gatewise import tasks
from gatewise.benchmark.architectures import catalogue
from gatewise.benchmark.execution import worker
from gatewise.benchmark.records import columns
from gatewise.benchmark.records.experiment import Experiment
from gatewise.benchmark.records.rows import Row, UnreadableRow, experiment, facts, result
from gatewise.benchmark.records.tables import run_row
from gatewise.identity import LATER
from gatewise.registry import HERE
from gatewise.tasks import extras

DEVIATIONS = 3.0
"""How many standard deviations over seeds a score may be off, on another machine."""
PLACE = ["task", "architecture", "match"]


class Unverifiable(ValueError):
    """A folder whose runs cannot be trained again."""


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

    def __str__(self) -> str:
        how = "equal" if self.equal else "within" if self.within else "OUTSIDE"
        return (
            f"{how:8}{self.task} · {self.architecture} · seed {self.seed}: recorded "
            f"{self.recorded:.6g}, found {self.found:.6g}, tolerance {self.tolerance:.3g}"
        )


@dataclass(frozen=True)
class PassedOver:
    """Runs on data that a task of that name has not any more; ``commits`` repeat them.

    Or on data that has not been fetched; ``command`` brings it.
    """

    task: str
    runs: int
    commits: tuple[str, ...]
    command: str = ""


@dataclass(frozen=True)
class Verification:
    """The runs that were trained again, and those that could not be, a task an entry."""

    checks: tuple[Check, ...]
    passed_over: tuple[PassedOver, ...]


def verify(folder: Path, sample: int, seed: int, progress: Callable[[Check], None]) -> Verification:
    """Train a random sample of a study's final runs again, of those whose data is still there.

    Args:
        folder: holds ``runs.csv``; nothing is written there.
        sample: how many runs.
        seed: of the choice.
        progress: told of each run as it ends.

    Raises:
        Unverifiable: no table, or no such number of runs that can be repeated.
        ChangedMeaning, UnknownTask, UnknownArchitecture: a run that is not what its identity says,
            or whose architecture is another one by now.
    """
    runs = _final_runs(folder)
    # What is only said to have diverged must not make the tolerance wide.
    finished = runs["test_score"].where(runs["status"] == "finished")
    spread = finished.groupby([runs[name] for name in PLACE]).transform("std").fillna(0.0)
    runs["tolerance"] = np.maximum(runs["margin"], DEVIATIONS * spread)
    worker.single_thread()
    there = _data_is_there(runs)
    passed_over = _passed_over(runs[~there])
    runs = runs[there]
    if not 1 <= sample <= len(runs):
        reason = "".join(f"; {said(task)}" for task in passed_over)
        raise Unverifiable(
            f"sample={sample!r}: allowed are whole numbers from 1 to {len(runs)}{reason}"
        )
    chosen = np.random.default_rng(seed).choice(len(runs), sample, replace=False)
    # Those that share a compiled step one after another.
    order = runs.iloc[chosen].sort_values([*PLACE, "batch_size"], kind="stable")
    rows = order.to_dict("records")
    checks = []
    for row, again in zip(rows, [experiment(row) for row in rows], strict=True):
        checks.append(_trained_again(again, row["test_score"], row["tolerance"]))
        progress(checks[-1])
    return Verification(tuple(checks), passed_over)


def said(passed_over: PassedOver) -> str:
    """One line about runs that could not be repeated."""
    if passed_over.command:
        return (
            f"{passed_over.runs} runs of {passed_over.task!r} cannot be repeated: its data is "
            f"absent; bring it with: {passed_over.command}"
        )
    return (
        f"{passed_over.runs} runs of {passed_over.task!r} cannot be repeated: its data or their "
        f"encoding is another one by now; allowed is the code of {', '.join(passed_over.commits)}"
    )


def _data_is_there(runs: pd.DataFrame) -> pd.Series:
    """Of each run whether its task's data is what it was trained on."""
    kinds = runs[["task", "scale"]].drop_duplicates().itertuples(index=False)
    here = {(task, scale): _checksum(task, scale) for task, scale in kinds}
    now = [here[kind] for kind in zip(runs["task"], runs["scale"], strict=True)]
    there: pd.Series = runs["data_sha256"] == now
    return there


def _checksum(task: str, scale: str) -> str:
    return "" if _bringing(task) else tasks.find(task).load(scale).checksum()


def _bringing(task: str) -> str:
    """The command that brings a task's data, where it is not here."""
    extra = tasks.find(task).extra
    return extras.command(extra) if extra and not extras.is_present(extra) else ""


def _passed_over(runs: pd.DataFrame) -> tuple[PassedOver, ...]:
    """Runs by task, once they have been seen to be what their identities say."""
    for row in runs.to_dict("records"):
        experiment(row)
    return tuple(
        PassedOver(str(task), len(rows), tuple(rows["commit"].unique()), _bringing(str(task)))
        for task, rows in runs.groupby("task")
    )


def _trained_again(again: Experiment, recorded: float, tolerance: float) -> Check:
    found = worker.trainer(again.group).train(again)
    assert found is not None
    assert found.test_score is not None
    return Check(
        again.id,
        again.task,
        again.architecture,
        again.seed,
        float(recorded),
        found.test_score,
        float(tolerance),
    )


OF_TASK = ("metric", "unit", "higher_is_better", "perfect", "margin", "solved")
OF_RUN = ("still_gaining", "solved_step")
"""The columns of ``runs.csv`` that follow from a task, and from a run and its curve."""


def misstated(folder: Path) -> tuple[str, ...]:
    """What of a study's runs, trials too, is not what it says; a line each.

    A run has the identity of its settings, is scored as its task is, and ended as its curve tells.

    Raises:
        Unverifiable: no table.
    """
    faults: dict[str, None] = {}
    unknown: Counter[str] = Counter()
    curves = _table(folder / "curves.csv", set(columns.CURVES))
    epochs = {id: mine.to_dict("records") for id, mine in curves.groupby("experiment")}
    for row in _runs(folder).to_dict("records"):
        try:
            faults |= dict.fromkeys(_otherwise(row, epochs.get(row["experiment"], ())))
        except (tasks.UnknownTask, catalogue.UnknownArchitecture) as error:
            unknown[str(error).partition(": ")[0]] += 1
        except UnreadableRow as error:
            faults[f"run {row['experiment']!r}: {error}"] = None
        except ValueError as error:
            faults[str(error)] = None
    strangers = (
        f"{what}: not of this package, in {runs} runs; allowed is --plugin with the source that "
        "has it"
        for what, runs in unknown.items()
    )
    return (*faults, *strangers)


def _otherwise(row: Row, epochs: Sequence[Row]) -> Iterator[str]:
    """What a row says otherwise than its task and its curve do."""
    again = experiment(row)
    made = run_row("", facts(row), again, result(row, epochs))
    of_task = dict.fromkeys(OF_TASK, f"task {row['task']!r}")
    of_run = dict.fromkeys(OF_RUN, f"run {row['experiment']!r}")
    for name, whose in {**of_task, **of_run}.items():
        now = "" if made[name] is None else str(made[name])
        if row.get(name, now) != now:
            yield f"{whose}: {name}={row[name]!r} in runs.csv; allowed is {made[name]!r}"


def outside(folder: Path) -> tuple[str, ...]:
    """The tasks and architectures of a study that come from outside, with what brings them.

    Raises:
        Unverifiable: no table.
    """
    runs = _runs(folder)
    origins = {f"task {name!r}": tasks.origin(name) for name in runs["task"].unique()}
    for name in runs["architecture"].unique():
        entry = catalogue.find(name).name
        origins[f"architecture {name!r}"] = catalogue.CATALOGUE.origin(entry)
    return tuple(
        f"{what} is of {origin}, whose source has SHA-256 {origin.sha256[:16]}: with it and "
        "--plugin its runs can be trained again"
        for what, origin in origins.items()
        if origin is not HERE
    )


def _final_runs(folder: Path) -> pd.DataFrame:
    runs = _runs(folder)
    final = runs[runs["phase"] == "final"].reset_index(drop=True)
    diverged = final["status"] == "diverged"
    final["test_score"] = final["test_score"].where(~diverged, final["chance"])
    return final.astype({"test_score": float, "margin": float})


def _runs(folder: Path) -> pd.DataFrame:
    first = {f.name for f in fields(Experiment) if LATER not in f.metadata}
    needed = {"status", "test_score", "margin", "chance", *first}
    return _table(folder / "runs.csv", needed - {"definition", "epochs", "patience"})


def _table(path: Path, needed: set[str]) -> pd.DataFrame:
    try:
        # Text as it is: an experiment's hash may look like a number.
        found = pd.read_csv(path, dtype=str, keep_default_na=False)
    except (OSError, ValueError) as error:
        raise Unverifiable(
            f"folder {str(path.parent)!r}: no readable {path.name} ({error})"
        ) from None
    if missing := needed - set(found.columns):
        raise Unverifiable(f"{str(path)!r}: lacks columns {', '.join(sorted(missing))}")
    return found
