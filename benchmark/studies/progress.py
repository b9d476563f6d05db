"""Where the user sees how far a study has come."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import rich.progress
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn

from gatewise.benchmark.records.experiment import Experiment, Result
from gatewise.benchmark.records.failures import Failure

Run = tuple[Experiment, Result]


class Progress(ABC):
    """How many trainings there are in all, how many are done, and how long the rest takes.

    Args:
        total: trainings in all, as far as that is known at the start.
        left: seconds that are left of a budget; None where there is none.
    """

    def __init__(self, total: int, left: Callable[[], float] | None = None) -> None:
        self.total, self.done, self._expected, self._new = total, 0, 0, 0
        self._budget, self._began = left, time.monotonic()

    def expect(self, planned: int, done: int) -> None:
        """So many trainings more are known of, of which so many are done already."""
        self._expected += planned
        self.done += done
        self.total = max(self.total, self._expected)
        self.show_start(done, planned)

    def advance(self, runs: Sequence[Run]) -> None:
        """These have finished."""
        for run in runs:
            self.done += 1
            self._new += 1
            self.show(*run)

    def fail(self, failures: Sequence[Failure]) -> None:
        """These gave no result."""
        for failure in failures:
            self.done += 1
            self.say(f"failed: {failure.experiment.title}: {failure.reason}")

    @property
    def left(self) -> str:
        """The time left in words: of the budget, or at the pace so far; empty if unknown."""
        seconds = float("inf")
        if self._budget is not None:
            seconds = self._budget()
        elif self._new:
            seconds = (self.total - self.done) * (time.monotonic() - self._began) / self._new
        if seconds == float("inf"):
            return ""
        return f"{seconds / 60:.0f} min left" if seconds >= 120 else f"{max(seconds, 0):.0f} s left"

    @abstractmethod
    def show_start(self, done: int, planned: int) -> None:
        """Tell that trainings begin."""

    @abstractmethod
    def show(self, experiment: Experiment, result: Result) -> None:
        """Tell that one has finished."""

    @abstractmethod
    def say(self, line: str) -> None:
        """Tell the user a line."""


class _Lines(Progress):
    """A line for each training, for log files."""

    def __init__(self, console: Console, *known: Any) -> None:
        super().__init__(*known)
        self._console = console

    def show_start(self, done: int, planned: int) -> None:
        if done:
            line = f"{done} of {planned} experiments are done already"
            self._console.print(line, highlight=False)

    def show(self, experiment: Experiment, result: Result) -> None:
        score = result.validation_score if result.test_score is None else result.test_score
        said = "diverged" if result.status == "diverged" else f"{score:.4g}"
        parts = [f"{said} in {result.wall_seconds:.0f} s", *filter(None, [self.left])]
        self.say(f"[{self.done}/{self.total}] {experiment.title}: {', '.join(parts)}")

    def say(self, line: str) -> None:
        self._console.print(line, markup=False, highlight=False, soft_wrap=True)


class _Bar(Progress):
    """A bar with the time left, for terminals."""

    def __init__(self, display: rich.progress.Progress, *known: Any) -> None:
        super().__init__(*known)
        self._display = display
        self._task = display.add_task("training", total=self.total, left="")

    def show_start(self, done: int, planned: int) -> None:
        self._display.update(self._task, total=self.total, completed=self.done)

    def show(self, experiment: Experiment, result: Result) -> None:
        self._display.update(
            self._task, completed=self.done, description=experiment.title, left=self.left
        )

    def say(self, line: str) -> None:
        self._display.console.print(line, markup=False, highlight=False, soft_wrap=True)


@contextmanager
def progress_on(
    console: Console, total: int, left: Callable[[], float] | None = None
) -> Iterator[Progress]:
    """A bar on a terminal, else a line a training; see :class:`Progress`."""
    if not console.is_terminal:
        yield _Lines(console, total, left)
        return
    columns: list[Any] = [
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.fields[left]}"),
    ]
    with rich.progress.Progress(*columns, console=console) as display:
        yield _Bar(display, total, left)
