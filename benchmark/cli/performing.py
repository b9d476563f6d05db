"""A study from what it will cost to its last screen, for the commands that train one."""

from __future__ import annotations

import shlex
import signal
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import typer
from rich.console import Console

from gatewise.benchmark.cli import ending
from gatewise.benchmark.cli.options import FAILURE, INTERRUPTED
from gatewise.benchmark.cli.planning import foresee, require_assent

if TYPE_CHECKING:
    from gatewise.benchmark.execution.engine import Engine
    from gatewise.benchmark.studies.racing import Race
    from gatewise.benchmark.studies.run import Outcome
    from gatewise.benchmark.studies.study import Study


@dataclass(frozen=True)
class Performance:
    """A study that is asked for, and where it is trained.

    Attributes:
        race: how it is raced; None trains all of its seeds.
        uri: the tracking store; None is that of the results folder.
    """

    study: Study
    results: Path
    engine: Engine
    race: Race | None
    uri: str | None = None
    console: Console = field(default_factory=Console)

    def agreed(self, understood: Iterable[str], dry_run: bool, yes: bool) -> bool:
        """Say what it is and what it will cost; whether to begin.

        Raises:
            InvalidOption: it takes long, and there is nobody to ask.
        """
        plan = foresee(self.study, self.results, self.engine.at_once(), self.race)
        self.say((*understood, *plan.lines))
        bounded = self.race is not None and self.race.deadline.seconds is not None
        return not dry_run and require_assent(plan, yes, bounded)

    def carried_out(self, command: Sequence[str]) -> Outcome:
        """Train what is lacking, and show what came of it.

        Raises:
            Exit: it was interrupted.
        """
        from gatewise.benchmark.studies.run import run_study

        asked = (self.study, self.results, self.engine, ending.written, self.uri)
        try:
            outcome = run_study(*asked, shlex.join(command), self.console, self.race)
        except KeyboardInterrupt:
            # An impatient second one would else kill the interpreter while it closes.
            signal.signal(signal.SIGINT, signal.SIG_IGN)
            print("interrupted; the same command goes on from here", file=sys.stderr)
            raise typer.Exit(INTERRUPTED) from None
        ending.show(outcome.folder, command, self.console)
        self._show_where(outcome)
        return outcome

    def end(self, outcome: Outcome) -> None:
        """What gave no result, at the very end.

        Raises:
            Exit: something did.
        """
        if outcome.failed:
            ending.show_failed(outcome.failed, self.console)
            raise typer.Exit(FAILURE)

    def say(self, lines: Iterable[str]) -> None:
        """Lines as they are."""
        for line in lines:
            self.console.print(line, highlight=False, markup=False, soft_wrap=True)

    def _show_where(self, outcome: Outcome) -> None:
        from gatewise.benchmark.tracking.address import public

        if outcome.diverged:
            self.console.print(f"{outcome.diverged} runs diverged and count as chance level")
        self.console.print(f"report   {outcome.page.resolve()}", soft_wrap=True)
        local = f"{(self.results / 'mlflow.db').resolve()}  (open it with: gatewise ui)"
        self.console.print(f"MLflow   {public(self.uri) if self.uri else local}", soft_wrap=True)
