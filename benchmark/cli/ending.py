"""What a study came to, on its last screen."""

from __future__ import annotations

import math
import shlex
import sys
from collections.abc import Container, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table

if TYPE_CHECKING:
    import pandas as pd

    from gatewise.benchmark.records.failures import Failure

MOST_FAILURES = 10
MOST_ROWS = 40
"""Longer tables are shown where something is stated, and whole in ``verdicts.csv``."""


def written(folder: Path) -> Path:
    """Write the report of a study's folder, and say what of it is damaged and was set aside.

    Returns:
        The page.
    """
    from gatewise.report import document
    from gatewise.report.reading.mending import mend

    for line in mend(folder):
        print(line, file=sys.stderr)
    return document.write(folder)


def show(folder: Path, command: Sequence[str], console: Console) -> None:
    """The table against lstm, what keeps it from certainty, what to use, the next command."""
    import pandas as pd

    from gatewise.report import commands

    verdicts = pd.read_csv(folder / "verdicts.csv", keep_default_na=False, na_values=[""])
    against = verdicts[verdicts["match"] == verdicts["match"].iloc[:1].squeeze()]
    against = against[against["reference"] == "lstm"] if len(against) else against
    if len(against):
        console.print(_table(against))
    choices = pd.read_csv(folder / "choices.csv")
    own = commands.value(command, "--data") is not None
    for line in (
        *_doubted(against),
        *_used(choices, frozenset(verdicts["task"])),
        *(_outdone(folder) if own else ()),
        *(_taken(choices, folder.name, command) if own else ()),
        f"next: {following(against, command)}",
    ):
        console.print(line, markup=False, highlight=False, soft_wrap=True)


def show_failed(failed: Sequence[Failure], console: Console) -> None:
    """What gave no result, the first of them each with its reason."""
    said = [f"  {one.experiment.title}: {one.reason}" for one in failed[:MOST_FAILURES]]
    more = f"  and {len(failed) - len(said)} more: failures.csv"
    for line in (
        f"{len(failed)} experiments failed; the same command tries them again",
        *said,
        *([more] if len(failed) > len(said) else []),
    ):
        console.print(line, markup=False, highlight=False, soft_wrap=True)


def _table(against: pd.DataFrame) -> Table:
    from gatewise.report.statistics.families import UNKNOWN
    from gatewise.report.words import needed, signed

    rows = against if len(against) <= MOST_ROWS else against[against["statement"] != UNKNOWN]
    left = len(against) - len(rows)
    table = Table(
        *("task", "architecture", "better than lstm by", "interval", "seeds", "verdict"),
        box=None,
        header_style="bold",
        caption=f"and {left} of which nothing can be told: verdicts.csv" if left else None,
    )
    # A name that is cut is none.
    table.columns[1].overflow = "fold"
    for row in rows.itertuples():
        more = needed(row.seeds_needed)
        verdict = str(row.verdict) + (" ‡" if isinstance(row.doubt, str) else "")
        verdict += f" ({more} seeds would tell)" if more else ""
        interval = f"{signed(row.low)} to {signed(row.high)}"
        cells = (row.task, row.architecture, signed(row.difference), interval, row.seeds, verdict)
        table.add_row(*map(str, cells))
    return table


def _doubted(against: pd.DataFrame) -> Iterator[str]:
    """What keeps comparisons from being certain, each reason once."""
    from gatewise.report.tables.verdicts import DOUBTS

    for doubt, reason in DOUBTS.items():
        rows = against[against["doubt"].fillna("").str.contains(doubt)]
        if len(rows):
            tasks = ", ".join(f"{n} on {task}" for task, n in rows["task"].value_counts().items())
            yield f"‡ {doubt}, {len(rows)} of {len(against)} comparisons ({tasks}): {reason}"


def _used(choices: pd.DataFrame, compared: Container[str]) -> Iterator[str]:
    """What to use on each task; on those that are not ``compared`` one architecture ran."""
    for row in choices.itertuples():
        if row.task not in compared:
            yield f"on {row.task} {row.best} alone ran: {row.score:.4g} {row.unit}"
            continue
        score = f"use on {row.task}: {row.best}, the best ({row.score:.4g} {row.unit})"
        if row.as_good == 1:
            yield f"{score}; every other is worse, at 95% for all tasks together"
            continue
        also = "and" if row.fastest == row.smallest else f"or {row.fastest}, the"
        yield (
            f"{score}, or of the {row.as_good} that cannot be told from it {row.smallest}, the "
            f"smallest ({row.parameters:,} parameters), {also} fastest ({row.cpu_seconds:.0f} s a "
            "run)"
        )


def _outdone(folder: Path) -> Iterator[str]:
    """The simple predictors that do the work about as well."""
    from gatewise.report.reading.results import read
    from gatewise.report.tables.standing import standings

    for task, found in standings(read(folder)).items():
        for name, metric, score in found.unbeaten:
            yield (
                f"lstm is not certainly better on {task} than {name} ({score:.3f} {metric}), "
                "which has no recurrence"
            )


def _taken(choices: pd.DataFrame, study: str, command: Sequence[str]) -> Iterator[str]:
    """The commands that take the best models away."""
    from gatewise.report import commands

    results = commands.value(command, "--results")
    for row in choices.itertuples():
        words = ["gatewise", "take", study, str(row.best), "--to", "model.keras"]
        words += ["--task", str(row.task)] if len(choices) > 1 else []
        words += ["--results", results] if results else []
        yield f"take it away: {shlex.join(words)}"


def following(against: pd.DataFrame, command: Sequence[str]) -> str:
    """The command that decides more; where nothing more can be decided, the one that says why."""
    from gatewise.report import commands
    from gatewise.report.statistics.families import UNKNOWN
    from gatewise.report.statistics.race import ENDED, GIVEN_UP

    study = commands.value(command, "--study") or commands.value(command, "--preset") or "quick"
    left = against["race"].isin((GIVEN_UP, ENDED)) | (against["seeds_needed"] == math.inf)
    if not ((against["statement"] == UNKNOWN) & ~left).any():
        results = commands.value(command, "--results")
        more = ["--results", results] if results else []
        return shlex.join(["gatewise", "diagnose", "--study", study, *more])
    return commands.longer(command)
