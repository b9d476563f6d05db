"""The MLflow server over a store, as one command that ends whole."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from types import FrameType

QUIET = {"MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false", "MLFLOW_DISABLE_TELEMETRY": "true"}
ENDS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


def serve_store(
    uri: str, host: str, port: int, artifacts: Path | None = None, names: Iterable[str] = ()
) -> int:
    """Serve a store until a signal ends it; then none of its processes is left.

    Args:
        uri: the store.
        host, port: where to listen.
        artifacts: the folder of the runs' files, if clients are to send them to the server.
        names: what others call this machine, besides its own names and addresses of its network.

    Returns:
        The server's exit status.
    """
    command = [sys.executable, "-m", "mlflow", "server", "--host", host, "--port", str(port)]
    command += ["--backend-store-uri", uri, "--allowed-hosts", ",".join(_hosts(names, port))]
    if artifacts is not None:
        command += ["--artifacts-destination", str(artifacts)]
    # All of the server's processes are one group.
    server = subprocess.Popen(command, env={**os.environ, **QUIET}, start_new_session=True)

    def end(number: int, frame: FrameType | None) -> None:
        os.killpg(server.pid, signal.SIGTERM)

    for number in ENDS:
        signal.signal(number, end)
    status = server.wait()
    with suppress(ProcessLookupError):
        os.killpg(server.pid, signal.SIGKILL)
    return max(status, 0)


def _hosts(names: Iterable[str], port: int) -> list[str]:
    """What the server may be called in a request; by no other name can a page reach it."""
    from mlflow.server.security_utils import get_default_allowed_hosts

    called = {socket.gethostname(), socket.getfqdn(), *names}
    return [*get_default_allowed_hosts(), *sorted(called | {f"{name}:{port}" for name in called})]
