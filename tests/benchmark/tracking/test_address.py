"""Where a store is: what is refused, how soon, and what a moved folder needs."""

from __future__ import annotations

import http.server
import threading
import time
from contextlib import contextmanager

import pytest

from gatewise.benchmark.tracking import address
from gatewise.benchmark.tracking.address import TrackingUnreachable
from gatewise.benchmark.tracking.store import Logged, logged


@contextmanager
def server(status: int, kind: str, body: bytes = b"{}"):
    """A server that answers everything so, and keeps the headers of what it was asked."""
    asked = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            asked.append(self.headers)
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *arguments):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as served:
        threading.Thread(target=served.serve_forever, daemon=True).start()
        yield f"127.0.0.1:{served.server_address[1]}", asked
        served.shutdown()


@pytest.mark.parametrize(
    ("shown", "hidden"),
    [
        ("postgresql+psycopg2://me:s3c/r@db/runs", "postgresql+psycopg2://me:***@db/runs"),
        ("run --tracking-uri=http://u:p@x --to 3", "run --tracking-uri=http://u:***@x --to 3"),
        ("postgresql://db/r?user=me&password=x&a=1", "postgresql://db/r?user=me&password=***&a=1"),
        ("sqlite:////home/a@b/mlflow.db", "sqlite:////home/a@b/mlflow.db"),
        ("http://host:5000/a", "http://host:5000/a"),
    ],
)  # fmt: skip
def test_a_password_is_not_shown(shown, hidden):
    assert address.public(shown) == hidden


@pytest.mark.parametrize(
    ("uri", "reason"),
    [
        ("http://[::1", "Invalid IPv6 URL"),
        ("ftp://x", "unknown kind of store"),
        ("nonsense", "unknown kind of store"),
        ("http://127.0.0.1:9", "refused"),
        ("http://u:secret@127.0.0.1:9", r"u:\*\*\*@"),
        ("postgresql+psycopg2://u:secret@127.0.0.1:9/runs", r"u:\*\*\*@.* refused"),
        ("postgresql+nodriver://h/runs", "nodriver"),
        ("sqlite:////no/such/folder/mlflow.db", "no folder"),
    ],
)
def test_what_is_no_store_is_said_in_a_line_and_soon(uri, reason):
    begin = time.monotonic()
    with pytest.raises(TrackingUnreachable, match=reason) as caught:
        address.check(uri)
    assert time.monotonic() - begin < 20
    said = str(caught.value)
    assert said.startswith("tracking-uri ")
    assert said.endswith(address.ADVICE)
    assert "\n" not in said
    assert "secret" not in said


@pytest.mark.parametrize(
    ("status", "kind", "reason"),
    [
        (200, "text/html", "no MLflow server"),
        (401, "text/plain", "401 Unauthorized: the server wants another user"),
        (403, "text/plain", "403 Forbidden: the server does not listen to this name"),
        (500, "text/plain", "500"),
    ],
)
def test_a_server_that_answers_otherwise_is_named(status, kind, reason):
    with server(status, kind) as (host, _), pytest.raises(TrackingUnreachable, match=reason):
        address.check(f"http://{host}")


def test_credentials_reach_the_server_as_mlflow_sends_them(monkeypatch):
    with server(200, "application/json") as (host, asked):
        address.check(f"http://me:secret@{host}")
        monkeypatch.setenv("MLFLOW_TRACKING_USERNAME", "me")
        monkeypatch.setenv("MLFLOW_TRACKING_PASSWORD", "secret")
        address.check(f"http://{host}")
    assert [headers["Authorization"] for headers in asked] == 2 * ["Basic bWU6c2VjcmV0"]


@pytest.mark.parametrize("name", ["a?b", "a#b", "a%41"])
def test_a_folder_that_no_address_can_name_is_refused(tmp_path, name):
    with pytest.raises(TrackingUnreachable, match=rf"cannot hold \{name[1]}; allowed are another"):
        address.default_uri(tmp_path / name)


def test_an_sqlite_store_is_made_whole(tmp_path):
    """A file is there only once MLflow has made all its tables in it."""
    uri = address.default_uri(tmp_path)
    address.create_store(uri)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["mlflow.db", "mlflow.db.lock"]
    made = (tmp_path / "mlflow.db").stat().st_mtime_ns
    address.create_store(uri)
    assert (tmp_path / "mlflow.db").stat().st_mtime_ns == made


def test_a_store_that_a_full_disk_left_empty_is_made_anew(tmp_path):
    uri, path = address.default_uri(tmp_path), tmp_path / address.STORE
    assert logged(uri, "key") == Logged()
    assert not path.exists(), "to look is not to make"
    path.touch()
    address.follow(tmp_path)
    assert logged(uri, "key") == Logged()
    address.create_store(uri)
    assert path.stat().st_size > 0


def test_what_is_no_store_is_left_alone(tmp_path):
    path = tmp_path / address.STORE
    path.write_bytes(b"not a database, but long enough to be looked at" * 30)
    before = path.read_bytes()
    with pytest.raises(TrackingUnreachable, match="not a database"):
        address.follow(tmp_path)
    assert path.read_bytes() == before


def test_a_moved_folder_takes_its_files_with_it(tmp_path):
    from mlflow import MlflowClient
    from mlflow.tracking._tracking_service import utils

    from gatewise.benchmark.tracking.store import Tracker

    def opened(results) -> Tracker:
        uri = address.default_uri(results)
        return Tracker(uri, results / address.ARTIFACTS, "s", "key", "note", {})

    before, after, note = tmp_path / "before", tmp_path / "after", tmp_path / "note.txt"
    before.mkdir()
    note.write_text("first")
    opened(before).finish({}, [note], whole=True, answer="")
    before.rename(after)
    address.follow(after)
    note.write_text("second")
    # As in another process: MLflow keeps in mind where a run's files were.
    utils._artifact_repos_cache.clear()
    tracker = opened(after)
    client = MlflowClient(address.default_uri(after))
    assert [file.path for file in client.list_artifacts(tracker.parent)] == ["note.txt"]
    tracker.finish({}, [note], whole=True, answer="")
    assert not before.exists()
    (kept,) = (after / address.ARTIFACTS).rglob("note.txt")
    assert kept.read_text() == "second"
