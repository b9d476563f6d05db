"""Processes of this machine."""

from __future__ import annotations

import multiprocessing
import os
import uuid
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from pathlib import Path

from gatewise.benchmark.execution import worker
from gatewise.benchmark.execution.agreement import Agreement
from gatewise.benchmark.execution.engine import (
    POLL_SECONDS,
    Engine,
    EngineOptions,
    Group,
    InvalidEngine,
    WorkersLost,
)


@dataclass(frozen=True)
class LocalEngine(Engine):
    """One process a core, one thread each.

    Attributes:
        workers: number of processes.
        keep_weights: save each run's trained weights in the study's folder.
    """

    workers: int
    keep_weights: bool = False

    @classmethod
    def of(cls, options: EngineOptions) -> LocalEngine:
        """The engine that the options ask for.

        Raises:
            InvalidEngine: fewer workers than one.
        """
        workers = cores() if options.workers is None else options.workers
        if workers < 1:
            raise InvalidEngine(f"workers={workers!r}: allowed are whole numbers from 1")
        return cls(workers, options.keep_weights)

    def at_once(self) -> int:
        """The number of processes."""
        return self.workers

    def work(
        self,
        groups: Sequence[Group],
        folder: Path,
        report: Callable[[], None],
        interrupted: Callable[[], bool],
    ) -> None:
        # Workers read these before they import anything of ours.
        os.environ.update(worker.ENVIRONMENT)
        agreement = Agreement.here()
        stop = folder / "claims" / f"stop-{uuid.uuid4().hex}"
        queue = deque(groups)
        idle = [_Process(stop) for _ in range(min(self.workers, len(groups)))]
        busy: dict[Future[bool], tuple[_Process, Group]] = {}
        died: list[Group] = []
        try:
            while queue or busy:
                while queue and idle:
                    process, group = idle.pop(), queue.popleft()
                    future = process.train(group, folder, self.keep_weights, agreement)
                    busy[future] = process, group
                done, _ = wait(busy, POLL_SECONDS, FIRST_COMPLETED)
                report()
                for future in done:
                    process, group = busy.pop(future)
                    try:
                        future.result()
                    except BrokenProcessPool:
                        died.append(group)
                        process.renew()
                    idle.append(process)
                if interrupted():
                    raise KeyboardInterrupt
            report()
        finally:
            stop.touch()
            for process in (*idle, *(process for process, _ in busy.values())):
                process.end()
            stop.unlink()
        if died:
            if not any(process.began for process in idle):
                raise WorkersLost(
                    "workers ended before they could train",
                    died,
                    "what they said stands above; `gatewise doctor` tells what is installed",
                )
            raise WorkersLost("workers died", died)


class _Process:
    """A worker process, taken up anew when it has compiled enough.

    TensorFlow keeps every program that it compiled until its process ends (its compilation cache
    evicts nothing): some 60 MB a group.
    """

    def __init__(self, stop: Path) -> None:
        self._stop = stop
        self._began = multiprocessing.get_context("spawn").Value("b", 0, lock=False)
        self.renew()

    @property
    def began(self) -> bool:
        """Whether one of the processes ever got so far that it could train."""
        return bool(self._began.value)

    def renew(self) -> None:
        """Another process, from the next group on; it is started with that."""
        context = multiprocessing.get_context("spawn")
        self._pool = ProcessPoolExecutor(1, context, worker.start, (self._stop, self._began))
        self._groups = 0

    def train(
        self, group: Group, folder: Path, keep_weights: bool, agreement: Agreement
    ) -> Future[bool]:
        """Begin with a group."""
        if self._groups == worker.GROUPS_A_PROCESS:
            self._pool.shutdown(wait=False)
            self.renew()
        self._groups += 1
        return self._pool.submit(
            worker.run_group, group, folder, keep_weights, agreement, self._stop
        )

    def end(self) -> None:
        """Wait until the process is gone."""
        self._pool.shutdown(cancel_futures=True)


def cores() -> int:
    """Number of processors that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
