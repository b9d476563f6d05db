"""A tracking server on PostgreSQL, for teams; and what happens when it dies."""

from __future__ import annotations

import json
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from tests.faults.kit import GATEWISE, command, logged, rows, run, running

pytest.importorskip("psycopg2", reason="no driver: pip install 'gatewise[postgresql]'")
BINARIES = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not BINARIES, reason="PostgreSQL is not installed: apt install postgresql"),
]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def postgresql(folder: Path) -> Iterator[str]:
    """A database server of our own on loopback; its URI."""
    home, data, port = BINARIES[-1].parent, folder / "data", free_port()
    # PostgreSQL does not run as root.
    user = pwd.getpwuid(os.geteuid()).pw_name if os.geteuid() else "nobody"
    folder.mkdir()
    if os.geteuid() == 0:
        for above in [folder, *folder.parents[:-2]]:
            above.chmod(0o755)
        shutil.chown(folder, user)

    def as_user(*words: object, **options) -> list[str]:
        asked = [str(w) for w in words]
        return asked if os.geteuid() else ["setpriv", f"--reuid={user}", "--clear-groups", *asked]

    made = as_user(home / "initdb", "-D", data, "-U", "gatewise", "--auth=trust")
    subprocess.run(made, check=True, capture_output=True, cwd=folder)
    server = as_user(home / "postgres", "-D", data, "-p", port, "-h", "127.0.0.1", "-k", folder)
    with running(server, cwd=folder):
        ask = [str(home / "createdb"), "-h", "127.0.0.1", "-p", str(port), "-U", "gatewise", "runs"]
        end = time.monotonic() + 60
        while subprocess.run(ask, capture_output=True, check=False).returncode:
            assert time.monotonic() < end
            time.sleep(0.2)
        yield f"postgresql+psycopg2://gatewise@127.0.0.1:{port}/runs"


@contextmanager
def mlflow_server(store: str, artifacts: Path, port: int) -> Iterator[subprocess.Popen]:
    """What ``gatewise serve`` starts, once it answers."""
    serve = [str(Path(sys.executable).parent / "gatewise"), "serve", "--tracking-uri", store]
    with running([*serve, "--artifacts", str(artifacts), "--port", str(port)]) as process:
        wait_for(port)
        yield process
        process.terminate()
        process.wait(timeout=60)


def served_by(process: subprocess.Popen) -> int:
    """The group of processes of the server that ``gatewise serve`` started."""
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text()
    return int(children.split()[0])


def at_work(group: int) -> list[int]:
    """The processes of a group, without the dead that nobody has asked about yet."""
    found = []
    for process in Path("/proc").glob("[0-9]*/stat"):
        with suppress(FileNotFoundError, ProcessLookupError):
            # Past the name, which may hold blanks and brackets: the state, the parent, the group.
            state, _, its = process.read_text().rpartition(")")[2].split()[:3]
            if int(its) == group and state != "Z":
                found.append(int(process.parent.name))
    return found


def wait_for(port: int) -> None:
    end = time.monotonic() + 180
    while time.monotonic() < end:
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=5)
            return
        except OSError:
            time.sleep(0.3)
    raise TimeoutError("the tracking server does not answer")


def test_server_that_dies_and_comes_back_has_every_run_once(tmp_path, undisturbed):
    """SIGKILL in the middle; the study goes on, and what is missing is logged when it is back."""
    results, port, artifacts = tmp_path / "results", free_port(), tmp_path / "artifacts"
    uri = f"http://127.0.0.1:{port}"
    ledger = results / "smoke" / "ledger"
    with postgresql(tmp_path / "database") as store:
        study = command(results, "--tracking-uri", uri, "--workers", 1)
        with mlflow_server(store, artifacts, port) as server, running(study) as process:
            while not (ledger.is_dir() and list(ledger.glob("*.json"))):
                assert process.poll() is None, process.communicate()
                time.sleep(0.02)
            os.killpg(served_by(server), signal.SIGKILL)
            said, wrong = process.communicate(timeout=300)
        assert process.returncode == 0, wrong
        assert "runs are not in the tracking store" in said
        assert rows(results) == undisturbed
        with mlflow_server(store, artifacts, port):
            again = run(results, "--tracking-uri", uri)
            assert again.returncode == 0, again.stderr
            assert "are not in the tracking store" not in again.stdout
            assert logged(uri) == [sorted(undisturbed)]
            assert list(artifacts.rglob("runs.csv"))


def asked(port: int, host: str) -> int:
    """The status of an answer to a question that is put to a server by this name."""
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}/api/2.0/mlflow/experiments/search",
        json.dumps({"max_results": 1}).encode(),
        {"Host": host, "Content-Type": "application/json"},
    )
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code


def test_a_server_answers_to_its_names_alone_and_ends_whole(tmp_path):
    port = free_port()
    serve = [str(GATEWISE), "serve", "--tracking-uri", f"sqlite:///{tmp_path / 'runs.db'}"]
    serve += ["--artifacts", str(tmp_path / "files"), "--port", str(port)]
    with running([*serve, "--called-as", "runs.example"]) as process:
        wait_for(port)
        names = ["runs.example", f"runs.example:{port}", f"{socket.gethostname()}:{port}"]
        assert [asked(port, name) for name in names] == [200, 200, 200]
        assert asked(port, "evil.example") == 403
        group = served_by(process)
        assert group in at_work(group)
        process.terminate()
        process.wait(timeout=60)
    # A signal is heard a moment after it is sent.
    end = time.monotonic() + 10
    while at_work(group):
        assert time.monotonic() < end
        time.sleep(0.05)
    with socket.socket() as free:
        # Past the connections that the answers above left waiting to be forgotten.
        free.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        free.bind(("127.0.0.1", port))
