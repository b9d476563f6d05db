"""Where the work is done, whatever does it: processes of this machine, or workers of a cluster.

The unit of work is a group of experiments that share a compiled step, on workers that stay alive.
Workers write each result into the study's ledger themselves, before they say that they are done,
and claim a group while they train it. So whatever dies, and however many commands work on one
study, every experiment is trained to its end once, and at most those in training are repeated.

An engine from outside is an :class:`Engine` whose :meth:`~Engine.work` has every group given to
:func:`.worker.run_group` somewhere, and an :class:`EngineKind` by which the command makes it, named
by an entry point of the group ``gatewise.engines``.
"""

from __future__ import annotations

import signal
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import NamedTuple

from gatewise.benchmark.records.experiment import Experiment
from gatewise.benchmark.records.failures import Failures
from gatewise.benchmark.records.ledger import Ledger

POLL_SECONDS = 0.5
TRIES = 3

Group = Sequence[Experiment]


class WorkersKeepDying(RuntimeError):
    """Workers died again and again without finishing anything."""


class InvalidEngine(ValueError):
    """A description of an engine that has no meaning."""


class WorkersLost(Exception):
    """A pass ended early because workers died; what is left is to be given out again.

    Args:
        reason: what is known of it.
        groups: those that were in training where workers died, if that is known.
        advice: what to look at.
    """

    def __init__(
        self,
        reason: str,
        groups: Sequence[Group] = (),
        advice: str = "is there enough memory for that many workers?",
    ) -> None:
        super().__init__(reason)
        self.groups, self.advice = groups, advice


class Engine(ABC):
    """What all engines share: groups are given out until the ledger holds every experiment."""

    def at_once(self) -> int:
        """How many groups are trained at a time, as far as that is known."""
        return 1

    def run(
        self,
        groups: Sequence[Group],
        folder: Path,
        progress: Callable[[set[str]], None],
        say: Callable[[str], None] = lambda line: None,
    ) -> None:
        """Train every experiment and leave its result in the study's ledger, or why it failed.

        ``progress`` is called twice a second or so with the ids that were finished or failed since,
        by whichever command; what it raises ends the work and comes out of here. A worker that dies
        (killed, out of memory) is replaced, and what it had not finished is done again; an
        experiment whose worker dies three times, while others are finished, has failed. On an
        interrupt from the keyboard workers end after the epoch in hand. ``say`` is told a line
        where another command is waited for.

        Raises:
            KeyboardInterrupt: the user asked to stop.
            WorkersKeepDying: three times in a row workers died, or said that they were done, before
                anything was finished.
        """
        ledger, failed, gainless, waiting = Ledger(folder), Failures(folder), 0, False
        at_first = ledger.finished() | failed.ids()
        known = set(at_first)

        def report() -> None:
            new = (ledger.finished() | failed.ids()) - known
            known.update(new)
            progress(new)

        with interruptible() as interrupted:
            while left := [g for g in ([e for e in g if e.id not in known] for g in groups) if g]:
                free = [group for group in left if ledger.is_free(group[0])]
                if not free:
                    if not waiting:
                        say("another command trains all that is left here; waiting for it")
                    waiting = True
                    time.sleep(POLL_SECONDS)
                    report()
                    if interrupted():
                        raise KeyboardInterrupt
                    continue
                before = len(known)
                lost = WorkersLost(
                    "workers said that they were done", advice="do they write into this folder?"
                )
                try:
                    self.work(free, folder, report, interrupted)
                except WorkersLost as error:
                    lost = error
                report()
                gainless = 0 if len(known) > before else gainless + 1
                if gainless == TRIES:
                    _give_up(lost, known, failed, may=known != at_first)
                    report()
                    gainless = 0

    @abstractmethod
    def work(
        self,
        groups: Sequence[Group],
        folder: Path,
        report: Callable[[], None],
        interrupted: Callable[[], bool],
    ) -> None:
        """Give every group to a worker once; ``report`` and ``interrupted`` are asked often.

        Raises:
            WorkersLost, KeyboardInterrupt
        """


def _give_up(lost: WorkersLost, known: set[str], failed: Failures, may: bool) -> None:
    """Record as failed what workers died of, if that is known and workers ``may`` be sound.

    Raises:
        WorkersKeepDying: it is not, or nothing was finished that says that they are.
    """
    if not lost.groups or not may:
        raise WorkersKeepDying(
            f"{lost} {TRIES} times in a row without finishing an experiment; {lost.advice}"
        ) from None
    for group in lost.groups:
        for experiment in [e for e in group if e.id not in known][:1]:
            failed.add(experiment, f"its worker died {TRIES} times; is there enough memory for it?")


class Certificate(NamedTuple):
    """What a cluster behind TLS knows us by: PEM files of the authority, of ours and of our key."""

    authority: Path
    certificate: Path
    key: Path


@dataclass(frozen=True)
class EngineOptions:
    """What the command's options say of where to train.

    Attributes:
        results: the results folder, which every worker must see.
        workers: number of processes; None is for the engine to choose.
        address: of a cluster.
        resources: what a group needs of a worker, as ``{"GPU": 1}``.
        keep_weights: save each run's trained weights in the study's folder.
        tls: what the cluster knows us by; None is what Dask's own settings say.
    """

    results: Path
    workers: int | None = None
    address: str | None = None
    resources: Mapping[str, float] = field(default_factory=dict)
    keep_weights: bool = False
    tls: Certificate | None = None


@dataclass(frozen=True)
class EngineKind:
    """A name for ``--engine``, and how its engine is made, ready to work.

    ``make`` may raise InvalidEngine, and whatever else says that it cannot work.
    """

    name: str
    make: Callable[[EngineOptions], Engine]


@contextmanager
def interruptible() -> Iterator[Callable[[], bool]]:
    """Turn a first interrupt from the keyboard into a flag that is asked for; a second one raises.

    An exception thrown into whatever library call happens to run may be swallowed there, or leave
    its data half written.
    """
    if threading.current_thread() is not threading.main_thread():
        yield lambda: False
        return
    interrupted = False

    def note(number: int, frame: FrameType | None) -> None:
        nonlocal interrupted
        if interrupted:
            raise KeyboardInterrupt
        interrupted = True

    before = signal.signal(signal.SIGINT, note)
    try:
        yield lambda: interrupted
    finally:
        signal.signal(signal.SIGINT, before)
