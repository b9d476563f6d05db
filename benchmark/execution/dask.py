"""The workers of a Dask cluster. The only file with Dask."""

from __future__ import annotations

import itertools
import os
import sys
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gatewise.benchmark.execution import worker
from gatewise.benchmark.execution.agreement import Agreement
from gatewise.benchmark.execution.engine import (
    POLL_SECONDS,
    TRIES,
    Certificate,
    Engine,
    EngineOptions,
    Group,
    InvalidEngine,
    WorkersLost,
)
from gatewise.files import require_writable

if TYPE_CHECKING:
    import distributed


NOTICED_SECONDS = 30
"""How long a shared file system may take to show a new file elsewhere."""


class ClusterUnusable(ValueError):
    """A Dask cluster that does not answer, or whose workers cannot do our work."""


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
        tls: what the scheduler knows the command by, where it is behind TLS.
    """

    address: str
    keep_weights: bool = False
    resources: Mapping[str, float] = field(default_factory=dict)
    tls: Certificate | None = None

    @classmethod
    def of(cls, options: EngineOptions) -> DaskEngine:
        """The engine that the options ask for, on a cluster that can do our work.

        Raises:
            InvalidEngine: no address.
            ClusterUnusable: the cluster cannot do our work.
            UnwritableFolder: the results folder cannot be written.
        """
        if options.address is None:
            raise InvalidEngine("address None: engine 'dask' needs tcp://HOST:PORT of a scheduler")
        engine = cls(options.address, options.keep_weights, options.resources, options.tls)
        require_writable(options.results)
        engine.check(options.results)
        return engine

    def at_once(self) -> int:
        """The number of the cluster's workers.

        Raises:
            ClusterUnusable: it does not answer.
        """
        with _client(self.address, self.tls) as client:
            return max(1, len(client.scheduler_info(n_workers=-1)["workers"]))

    def check(self, folder: Path) -> None:
        """Make sure that the cluster can do our work.

        Raises:
            ClusterUnusable: it cannot.
        """
        with _client(self.address, self.tls) as client:
            _require_usable(client, folder.resolve(), self.address)

    def work(
        self,
        groups: Sequence[Group],
        folder: Path,
        report: Callable[[], None],
        interrupted: Callable[[], bool],
    ) -> None:
        import distributed

        folder = folder.resolve()
        call, agreement = uuid.uuid4().hex, Agreement.here()
        stop, token = folder / "claims" / f"stop-{call}", folder / "claims" / f"call-{call}"
        died: list[Group] = []
        try:
            connected = _client(self.address, self.tls)
        except ClusterUnusable as error:
            raise WorkersLost(str(error)) from None
        token.parent.mkdir(exist_ok=True)
        token.touch()
        with connected as client:
            pending: dict[distributed.Future, Group] = {
                client.submit(
                    train_on_cluster,
                    list(group),
                    folder,
                    self.keep_weights,
                    agreement,
                    stop,
                    token,
                    key=f"{group[0].task}-{group[0].architecture}-{call}-{number}",
                    pure=False,
                    retries=TRIES,
                    resources=dict(self.resources),
                ): group
                for number, group in enumerate(groups)
            }
            try:
                while pending:
                    time.sleep(POLL_SECONDS)
                    report()
                    for future in [future for future in pending if future.done()]:
                        group = pending.pop(future)
                        try:
                            future.result()
                        except distributed.KilledWorker:
                            died.append(group)
                    if interrupted():
                        raise KeyboardInterrupt
                report()
            except (distributed.CancelledError, OSError) as error:
                raise WorkersLost(f"Dask lost workers ({type(error).__name__})") from None
            finally:
                # Whatever still runs ends by itself; the file stays for those out of reach.
                stop.touch()
                token.unlink(missing_ok=True)
                if client.status == "running":
                    client.cancel(list(pending), force=True)
        if died:
            raise WorkersLost("workers of the cluster died", died)


_compiled = itertools.count(1)
"""Groups that this process, a worker of a cluster, compiled for."""


def train_on_cluster(
    group: Group, folder: Path, keep_weights: bool, agreement: Agreement, stop: Path, token: Path
) -> None:
    """:func:`.worker.run_group` on a Dask worker, which its nanny starts anew at times.

    For the reason that a process of the local engine is; a worker without a nanny only grows. One
    that joined after the command had looked at them all is looked at here.

    Raises:
        ClusterUnusable: the worker does not see the ``token`` in the study's folder, or has more
            threads than one.
    """
    import distributed

    here = distributed.get_worker()
    for _ in range(NOTICED_SECONDS):
        if token.exists() or stop.exists():
            break
        time.sleep(1)
    else:
        raise ClusterUnusable(_blind(here.address, folder))
    if here.state.nthreads != 1:
        raise ClusterUnusable(_wide(here.address, here.state.nthreads))
    # Whether a worker that goes away still says that it is done is chance. If not, its group is
    # given out again, nothing of it is left, and no worker is replaced for that.
    compiled = worker.run_group(group, folder, keep_weights, agreement, stop)
    if compiled and next(_compiled) % worker.GROUPS_A_PROCESS == 0 and here.nanny:
        here.loop.add_callback(here.close_gracefully, restart=True)


def _client(address: str, tls: Certificate | None) -> distributed.Client:
    try:
        import distributed
    except ImportError:
        raise ClusterUnusable(
            "engine 'dask': Dask is not installed; pip install 'gatewise[dask]'"
        ) from None
    try:
        security = distributed.Security(**_named(tls))
        known = security.get_connection_args("client").get("ssl_context")
        if address.startswith("tls://") and known is None:
            raise ValueError(
                "needs a certificate, by --tls-ca-file, --tls-cert and --tls-key or by Dask's "
                "settings (distributed.comm.tls)"
            )
        return distributed.Client(address, timeout=10, set_as_default=False, security=security)
    except (OSError, ValueError) as error:
        raise ClusterUnusable(
            f"address {address!r}: {error}; allowed is that of a running Dask scheduler, such as "
            "tcp://127.0.0.1:8786"
        ) from None


def _named(tls: Certificate | None) -> dict[str, Any]:
    """A certificate as Dask takes it; without one its own settings hold."""
    if tls is None:
        return {}
    files = zip(("tls_ca_file", "tls_client_cert", "tls_client_key"), tls, strict=True)
    return {name: str(path) for name, path in files} | {"require_encryption": True}


def _require_usable(client: distributed.Client, folder: Path, address: str) -> None:
    """Make sure that every worker sees the results folder, has one thread and our version."""
    workers = client.scheduler_info(n_workers=-1)["workers"]
    if not workers:
        # As where they stand in the queue of SLURM or PBS.
        print(f"{address}: no worker yet; waiting for the first", file=sys.stderr, flush=True)
    while not workers:
        time.sleep(POLL_SECONDS)
        if client.status != "running":
            raise ClusterUnusable(f"address {address!r}: the scheduler is gone")
        workers = client.scheduler_info(n_workers=-1)["workers"]
    if wide := [w for w, facts in workers.items() if facts["nthreads"] != 1]:
        raise ClusterUnusable(_wide(wide[0], workers[wide[0]]["nthreads"]))
    _require_ours(client)
    token = folder / f".seen-{uuid.uuid4().hex}"
    token.touch()
    try:
        blind = [w for w, sees in client.run(os.path.exists, str(token)).items() if not sees]
    finally:
        token.unlink()
    if blind:
        raise ClusterUnusable(_blind(blind[0], folder))


def _wide(worker: str, threads: int) -> str:
    return f"worker {worker!r} has {threads} threads; allowed is 1 (dask worker … --nthreads 1)"


def _blind(worker: str, folder: Path) -> str:
    return (
        f"worker {worker!r} does not see {str(folder)!r}; allowed are workers that share the "
        "results folder"
    )


def _require_ours(client: distributed.Client) -> None:
    """Make sure that every worker has our code and can take up our plugins.

    One that joins later, or is changed later, refuses the first group that it is given; see
    :func:`train_on_cluster`.
    """
    said = client.run(Agreement.here().refusal, on_error="return")
    for address, reason in said.items():
        if reason:
            raise ClusterUnusable(f"worker {address!r}: {reason}")
