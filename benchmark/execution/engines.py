"""Where the work is done: processes of this machine, or the workers of a Dask cluster.

The unit of work is a group of experiments that share a compiled step, on workers that stay alive.
Workers write each result into the study's ledger themselves, before they say that they are done,
and claim a group while they train it. So whatever dies, and however many commands work on one
study, every experiment is trained to its end once, and at most those in training are repeated.
"""

from __future__ import annotations

import itertools
import multiprocessing
import os
import signal
import threading
import time
import uuid
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

from gatewise.benchmark.execution import worker
from gatewise.benchmark.records.experiment import Experiment
from gatewise.benchmark.records.ledger import Ledger
from gatewise.files import require_writable

if TYPE_CHECKING:
    import distributed

POLL_SECONDS = 0.5
TRIES = 3

Group = Sequence[Experiment]


class WorkersKeepDying(RuntimeError):
    """Workers died again and again without finishing anything."""


class InvalidEngine(ValueError):
    """A description of an engine that has no meaning."""


class ClusterUnusable(ValueError):
    """A Dask cluster that does not answer, or whose workers cannot do our work."""


class WorkersLost(Exception):
    """A pass ended early because workers died; what is left is to be given out again."""


class Engine(ABC):
    """What all engines share: groups are given out until the ledger holds every experiment."""

    def run(
        self,
        groups: Sequence[Group],
        folder: Path,
        progress: Callable[[set[str]], None],
    ) -> None:
        """Train every experiment and leave its result in the study's ledger.

        ``progress`` is called twice a second or so with the ids that were finished since, by
        whichever command. A worker that dies (killed, out of memory) is replaced, and what it had
        not finished is done again. On an interrupt from the keyboard workers end after the epoch in
        hand.

        Raises:
            KeyboardInterrupt: the user asked to stop.
            WorkersKeepDying: three times in a row workers died before anything was finished.
        """
        ledger, failures = Ledger(folder), 0
        known = ledger.finished()

        def report() -> None:
            new = ledger.finished() - known
            known.update(new)
            progress(new)

        with interruptible() as interrupted:
            while left := [g for g in ([e for e in g if e.id not in known] for g in groups) if g]:
                free = [group for group in left if ledger.is_free(group[0])]
                if not free:
                    # Another command is training all that is left.
                    time.sleep(POLL_SECONDS)
                    report()
                    if interrupted():
                        raise KeyboardInterrupt
                    continue
                before = len(known)
                try:
                    self._work(free, folder, report, interrupted)
                except WorkersLost as lost:
                    report()
                    failures = 0 if len(known) > before else failures + 1
                    if failures == TRIES:
                        raise WorkersKeepDying(
                            f"{lost} {TRIES} times in a row without finishing an experiment; "
                            "is there enough memory for that many workers?"
                        ) from None

    @abstractmethod
    def _work(
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


@dataclass(frozen=True)
class LocalEngine(Engine):
    """One process a core, one thread each.

    Attributes:
        workers: number of processes.
        keep_weights: save each run's trained weights in the study's folder.
    """

    workers: int
    keep_weights: bool = False

    def _work(
        self,
        groups: Sequence[Group],
        folder: Path,
        report: Callable[[], None],
        interrupted: Callable[[], bool],
    ) -> None:
        # Workers read these before they import anything of ours.
        os.environ.update(worker.ENVIRONMENT)
        stop = folder / "claims" / f"stop-{uuid.uuid4().hex}"
        queue = deque(groups)
        idle = [_Process(stop) for _ in range(min(self.workers, len(groups)))]
        busy: dict[Future[bool], _Process] = {}
        died = 0
        try:
            while queue or busy:
                while queue and idle:
                    process = idle.pop()
                    busy[process.train(queue.popleft(), folder, self.keep_weights)] = process
                done, _ = wait(busy, POLL_SECONDS, FIRST_COMPLETED)
                report()
                for future in done:
                    process = busy.pop(future)
                    try:
                        future.result()
                    except BrokenProcessPool:
                        died += 1
                        process.renew()
                    idle.append(process)
                if interrupted():
                    raise KeyboardInterrupt
            report()
        finally:
            stop.touch()
            for process in (*idle, *busy.values()):
                process.end()
            stop.unlink()
        if died:
            raise WorkersLost("workers died")


class _Process:
    """A worker process, taken up anew when it has compiled enough.

    TensorFlow keeps every program that it compiled until its process ends (its compilation cache
    evicts nothing): some 60 MB a group.
    """

    def __init__(self, stop: Path) -> None:
        self._stop = stop
        self.renew()

    def renew(self) -> None:
        """Another process, from the next group on; it is started with that."""
        context = multiprocessing.get_context("spawn")
        self._pool = ProcessPoolExecutor(1, context, worker.start, (self._stop,))
        self._groups = 0

    def train(self, group: Group, folder: Path, keep_weights: bool) -> Future[bool]:
        """Begin with a group."""
        if self._groups == worker.GROUPS_A_PROCESS:
            self._pool.shutdown(wait=False)
            self.renew()
        self._groups += 1
        return self._pool.submit(worker.run_group, group, folder, keep_weights, self._stop)

    def end(self) -> None:
        """Wait until the process is gone."""
        self._pool.shutdown(cancel_futures=True)


@dataclass(frozen=True)
class DaskEngine(Engine):
    """The workers of a Dask cluster, which share the results folder with this command.

    Scheduling, back-pressure and retries after lost workers are Dask's. Start workers with one
    thread each, one a core (``dask worker tcp://… --nworkers 16 --nthreads 1``), or through
    ``dask-jobqueue`` on SLURM and PBS.

    Attributes:
        address: of the scheduler, ``tcp://host:port``.
        keep_weights: save each run's trained weights in the study's folder.
        resources: what a group needs of a worker, as in ``dask worker --resources GPU=1``.
    """

    address: str
    keep_weights: bool = False
    resources: Mapping[str, float] = field(default_factory=dict)

    def check(self, folder: Path) -> None:
        """Make sure that the cluster can do our work.

        Raises:
            ClusterUnusable: it cannot.
        """
        with _client(self.address) as client:
            _require_usable(client, folder.resolve(), self.address)

    def _work(
        self,
        groups: Sequence[Group],
        folder: Path,
        report: Callable[[], None],
        interrupted: Callable[[], bool],
    ) -> None:
        import distributed

        folder = folder.resolve()
        call = uuid.uuid4().hex
        stop = folder / "claims" / f"stop-{call}"
        try:
            connected = _client(self.address)
        except ClusterUnusable as error:
            raise WorkersLost(str(error)) from None
        with connected as client:
            pending = {
                client.submit(
                    train_on_cluster,
                    list(group),
                    folder,
                    self.keep_weights,
                    stop,
                    key=f"{group[0].task}-{group[0].architecture}-{call}-{number}",
                    pure=False,
                    retries=TRIES,
                    resources=dict(self.resources),
                )
                for number, group in enumerate(groups)
            }
            try:
                while pending:
                    time.sleep(POLL_SECONDS)
                    report()
                    done = {future for future in pending if future.done()}
                    pending -= done
                    for future in done:
                        future.result()
                    if interrupted():
                        raise KeyboardInterrupt
                report()
            except (distributed.KilledWorker, distributed.CancelledError, OSError) as error:
                raise WorkersLost(f"Dask lost workers ({type(error).__name__})") from None
            finally:
                # Whatever still runs ends by itself; the file stays for those out of reach.
                stop.touch()
                if client.status == "running":
                    client.cancel(list(pending), force=True)


_compiled = itertools.count(1)
"""Groups that this process, a worker of a cluster, compiled for."""


def train_on_cluster(group: Group, folder: Path, keep_weights: bool, stop: Path) -> None:
    """:func:`.worker.run_group` on a Dask worker, which its nanny starts anew at times.

    For the reason that :class:`_Process` is; a worker without a nanny only grows.
    """
    import distributed

    # Whether a worker that goes away still says that it is done is chance. If not, its group is
    # given out again, nothing of it is left, and no worker is replaced for that.
    compiled = worker.run_group(group, folder, keep_weights, stop)
    here = distributed.get_worker()
    if compiled and next(_compiled) % worker.GROUPS_A_PROCESS == 0 and here.nanny:
        here.loop.add_callback(here.close_gracefully, restart=True)


def make_engine(
    name: str,
    workers: int | None,
    address: str | None,
    resources: Mapping[str, float],
    keep_weights: bool,
    results: Path,
) -> Engine:
    """The engine that the command's options ask for, ready to work on studies in ``results``.

    Raises:
        InvalidEngine: no engine of that name, no worker, or a cluster without an address.
        ClusterUnusable: the cluster cannot do our work.
    """

    def local() -> Engine:
        if workers is not None and workers < 1:
            raise InvalidEngine(f"workers={workers!r}: allowed are whole numbers from 1")
        return LocalEngine(cores() if workers is None else workers, keep_weights)

    def dask() -> Engine:
        if address is None:
            raise InvalidEngine("address None: engine 'dask' needs tcp://HOST:PORT of a scheduler")
        engine = DaskEngine(address, keep_weights, resources)
        require_writable(results)
        engine.check(results)
        return engine

    engines: Mapping[str, Callable[[], Engine]] = {"local": local, "dask": dask}
    if name not in engines:
        raise InvalidEngine(f"engine {name!r}: allowed are {', '.join(engines)}")
    return engines[name]()


def _client(address: str) -> distributed.Client:
    try:
        import distributed
    except ImportError:
        raise ClusterUnusable(
            "engine 'dask': Dask is not installed; pip install 'gatewise[dask]'"
        ) from None
    try:
        return distributed.Client(address, timeout=10, set_as_default=False)
    except (OSError, ValueError) as error:
        raise ClusterUnusable(
            f"address {address!r}: {error}; allowed is that of a running Dask scheduler, such as "
            "tcp://127.0.0.1:8786"
        ) from None


def _require_usable(client: distributed.Client, folder: Path, address: str) -> None:
    """Make sure that every worker sees the results folder, has one thread and our version."""
    workers = client.scheduler_info(n_workers=-1)["workers"]
    if not workers:
        raise ClusterUnusable(f"address {address!r}: the cluster has no worker yet")
    if wide := [w for w, facts in workers.items() if facts["nthreads"] != 1]:
        raise ClusterUnusable(
            f"worker {wide[0]!r} has {workers[wide[0]]['nthreads']} threads; allowed is 1 "
            "(dask worker … --nthreads 1)"
        )
    token = folder / f".seen-{uuid.uuid4().hex}"
    token.touch()
    try:
        blind = [w for w, sees in client.run(os.path.exists, str(token)).items() if not sees]
    finally:
        token.unlink()
    if blind:
        raise ClusterUnusable(
            f"worker {blind[0]!r} does not see {str(folder)!r}; allowed are workers that share the "
            "results folder"
        )


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


def cores() -> int:
    """Number of processors that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
