"""Where the work is done: processes of this machine."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path

from benchmark import worker
from benchmark.experiment import Experiment
from benchmark.ledger import Ledger

POLL_SECONDS = 0.5
TRIES = 3


class WorkersKeepDying(RuntimeError):
    """Workers died again and again without finishing anything."""


class LocalEngine:
    """One process a core, one thread each; a group of experiments is the unit of work.

    Args:
        workers: number of processes.
        keep_weights: save each run's trained weights in the study's folder.
    """

    def __init__(self, workers: int, keep_weights: bool = False) -> None:
        self.workers = workers
        self.keep_weights = keep_weights

    def run(
        self,
        groups: Sequence[Sequence[Experiment]],
        folder: Path,
        progress: Callable[[set[str]], None],
    ) -> None:
        """Train every experiment and leave its result in the study's ledger.

        ``progress`` is called twice a second or so with the ids that were finished since. A worker
        that dies (killed, out of memory) is replaced, and what it had not finished is done again.
        On KeyboardInterrupt workers end after the experiment in hand.

        Raises:
            WorkersKeepDying: three times in a row a worker died before anything was finished.
        """
        ledger, failures = Ledger(folder), 0
        known = ledger.finished()
        while left := [[e for e in group if e.id not in known] for group in groups]:
            left = [group for group in left if group]
            if not left:
                return
            before = len(known)
            try:
                self._pass(left, folder, lambda: self._report(ledger, known, progress))
            except BrokenProcessPool:
                self._report(ledger, known, progress)
                failures = 0 if len(known) > before else failures + 1
                if failures == TRIES:
                    raise WorkersKeepDying(
                        f"workers died {TRIES} times in a row without finishing an experiment; "
                        "is there enough memory for --workers " + str(self.workers) + "?"
                    ) from None

    @staticmethod
    def _report(ledger: Ledger, known: set[str], progress: Callable[[set[str]], None]) -> None:
        new = ledger.finished() - known
        known |= new
        progress(new)

    def _pass(
        self, groups: Sequence[Sequence[Experiment]], folder: Path, poll: Callable[[], None]
    ) -> None:
        context = multiprocessing.get_context("spawn")
        stop = context.Event()
        # Workers read these before they import anything of ours.
        os.environ.update(worker.ENVIRONMENT)
        pool = ProcessPoolExecutor(min(self.workers, len(groups)), context, worker.start, (stop,))
        try:
            pending: set[Future[None]] = {
                pool.submit(worker.run_group, group, folder, self.keep_weights) for group in groups
            }
            while pending:
                done, pending = wait(pending, POLL_SECONDS, FIRST_COMPLETED)
                poll()
                for future in done:
                    future.result()
            poll()
        except KeyboardInterrupt:
            stop.set()
            raise
        finally:
            pool.shutdown(cancel_futures=True)


def cores() -> int:
    """Number of processors that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
