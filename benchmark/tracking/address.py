"""Where a tracking store is: its address, whether it can be used, the store of a results folder."""

from __future__ import annotations

import re
import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit

from filelock import FileLock

EXPERIMENT = "gatewise"
"""Name of the MLflow experiment that our runs are in."""
SQLITE, STORE, ARTIFACTS = "sqlite:///", "mlflow.db", "mlflow-artifacts"
SECONDS = 5
"""That a store has to answer."""
PASSWORDS = (
    (re.compile(r"(://[^:/@\s]*:)\S*@"), r"\1***@"),
    (re.compile(r"([?&]\w*(?:password|token)=)[^&\s]*"), r"\1***"),
)
ADVICE = "allowed are sqlite:///FILE, postgresql+psycopg2://… and a running server's http(s)://…"
MEANT = {
    401: "the server wants another user or password (MLFLOW_TRACKING_USERNAME, …_PASSWORD)",
    403: "the server does not listen to this name of its host, or not to this user",
}


class TrackingUnreachable(ValueError):
    """A tracking store that cannot be reached or opened."""


def public(text: str) -> str:
    """A text that addresses stand in, without their passwords: it can be shown and recorded."""
    for password, hidden in PASSWORDS:
        text = password.sub(hidden, text)
    return text


def unreachable(uri: str, reason: object) -> TrackingUnreachable:
    """The error of a store that is not there, for this reason."""
    return TrackingUnreachable(public(f"tracking-uri {uri!r}: {reason}; {ADVICE}"))


# --- Of any kind ------------------------------------------------------------------------------


def check(uri: str) -> None:
    """Make sure, in seconds, that a tracking store can be used.

    Raises:
        TrackingUnreachable: it does not answer as a store does, or the URI names none.
    """
    try:
        scheme = urlsplit(uri).scheme
    except ValueError as error:
        raise unreachable(uri, error) from None
    if scheme in ("http", "https"):
        _ask(uri)
    elif scheme == "sqlite":
        folder = Path(uri.removeprefix(SQLITE)).parent
        if not folder.is_dir():
            raise unreachable(uri, f"no folder {str(folder)!r}")
    elif scheme.startswith("postgresql"):
        _connect(uri)
    else:
        raise unreachable(uri, "unknown kind of store")


def _ask(uri: str) -> None:
    """Ask a server for an experiment, with all that MLflow is told of credentials and TLS."""
    from mlflow.exceptions import MlflowException
    from mlflow.utils.credentials import get_default_host_creds
    from mlflow.utils.rest_utils import http_request

    try:
        answer = http_request(
            get_default_host_creds(uri),
            "/api/2.0/mlflow/experiments/search",
            "POST",
            max_retries=0,
            timeout=SECONDS,
            json={"max_results": 1},
        )
    except (MlflowException, OSError, ValueError) as error:
        raise unreachable(uri, _innermost(error)) from None
    if not answer.ok:
        said = f"{answer.status_code} {answer.reason}"
        meant = MEANT.get(answer.status_code)
        raise unreachable(uri, f"{said}: {meant}" if meant else said)
    if not answer.headers.get("content-type", "").startswith("application/json"):
        raise unreachable(uri, "what answers there is no MLflow server")


def _innermost(error: BaseException) -> str:
    """What went wrong first, in a line: libraries wrap it, and name themselves."""
    while error.__context__ is not None:
        error = error.__context__
    return str(getattr(error, "reason", None) or error).strip().splitlines()[0].rstrip(".")


def _connect(uri: str) -> None:
    import sqlalchemy

    try:
        engine = sqlalchemy.create_engine(uri, connect_args={"connect_timeout": SECONDS})
        with closing(engine.connect()):
            pass
        engine.dispose()
    except (sqlalchemy.exc.SQLAlchemyError, ImportError, ValueError) as error:
        reason = getattr(error, "orig", None) or error
        raise unreachable(uri, str(reason).strip().splitlines()[0]) from None


# --- The store of a results folder ------------------------------------------------------------


def default_uri(results: Path) -> str:
    """The SQLite store inside a results folder.

    Raises:
        TrackingUnreachable: the folder's path has a letter that ends an address.
    """
    path = (results / STORE).resolve()
    if ends := [letter for letter in "?#%" if letter in str(path)]:
        raise TrackingUnreachable(
            f"results {str(path.parent)!r}: a store's address cannot hold {' '.join(ends)}; "
            "allowed are another folder and a --tracking-uri"
        )
    return f"{SQLITE}{path}"


def create_store(uri: str) -> None:
    """Make an SQLite store that is not there yet, whole or not at all.

    MLflow makes its tables one by one; a store that was cut off in the middle never opens again.
    """
    from mlflow import MlflowClient

    if not uri.startswith(SQLITE):
        return
    path = Path(uri.removeprefix(SQLITE))
    with _alone(path):
        if is_made(uri):
            return
        with tempfile.TemporaryDirectory(dir=path.parent, prefix=f".{path.name}.") as folder:
            made = Path(folder) / path.name
            MlflowClient(f"{SQLITE}{made}").search_experiments()
            made.replace(path)


def is_made(uri: str) -> bool:
    """Whether there is anything in a store that is a file; others are asked themselves.

    MLflow makes the file when it is asked for anything, and a full disk leaves an empty one.
    """
    if not uri.startswith(SQLITE):
        return True
    path = Path(uri.removeprefix(SQLITE))
    return path.exists() and path.stat().st_size > 0


def follow(results: Path) -> None:
    """Tell the store of a results folder where its files are, should the folder have been moved.

    MLflow keeps the whole path of each run's files, and would go on to write to the old place.

    Raises:
        TrackingUnreachable: the file is no store of MLflow's.
    """
    path, here = results / STORE, (results / ARTIFACTS).resolve().as_uri()
    if not is_made(default_uri(results)):
        return
    try:
        with _alone(path), closing(sqlite3.connect(path)) as store, store:
            query = "SELECT artifact_location FROM experiments WHERE name = ?"
            for (before,) in store.execute(query, (EXPERIMENT,)).fetchall():
                if before != here:
                    _move(store, before, here)
    except sqlite3.Error as error:
        raise unreachable(default_uri(results), error) from None


def _move(store: sqlite3.Connection, before: str, here: str) -> None:
    for table, column in (("experiments", "artifact_location"), ("runs", "artifact_uri")):
        store.execute(
            f"UPDATE {table} SET {column} = ? || substr({column}, ?) "
            f"WHERE substr({column}, 1, ?) = ?",
            (here, len(before) + 1, len(before), before),
        )


def _alone(path: Path) -> FileLock:
    return FileLock(path.with_name(f"{path.name}.lock"))
