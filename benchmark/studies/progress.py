"""Where the user sees how far a study has come."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Protocol

import rich.progress
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from gatewise.benchmark.records.experiment import Experiment


class Progress(Protocol):
    """Where the user sees how far the study has come."""

    def expect(self, planned: int, done: int) -> None:
        """So many more experiments are planned, of which so many are done already."""

    def advance(self, experiments: Sequence[Experiment]) -> None:
        """These have finished."""


class _Lines:
    """A line for each experiment, for log files."""

    def __init__(self, console: Console) -> None:
        self.console, self.done, self.planned = console, 0, 0

    def expect(self, planned: int, done: int) -> None:
        self.planned += planned
        self.done += done
        if done:
            self.console.print(f"{done} of {planned} experiments are done already", highlight=False)

    def advance(self, experiments: Sequence[Experiment]) -> None:
        for experiment in experiments:
            self.done += 1
            line = f"[{self.done}/{self.planned}] {experiment.title}"
            self.console.print(line, markup=False, highlight=False)


class _Bar:
    """A bar with the time left, for terminals."""

    def __init__(self, display: rich.progress.Progress) -> None:
        self.display, self.task, self.planned = display, display.add_task("training", total=0), 0

    def expect(self, planned: int, done: int) -> None:
        self.planned += planned - done
        self.display.update(self.task, total=self.planned)

    def advance(self, experiments: Sequence[Experiment]) -> None:
        if experiments:
            shown = experiments[-1].title
            self.display.update(self.task, advance=len(experiments), description=shown)


@contextmanager
def progress_on(console: Console) -> Iterator[Progress]:
    """A bar on a terminal, else a line an experiment."""
    if not console.is_terminal:
        yield _Lines(console)
        return
    columns: list[Any] = [
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
    ]
    with rich.progress.Progress(*columns, console=console, speed_estimate_period=600) as display:
        yield _Bar(display)
