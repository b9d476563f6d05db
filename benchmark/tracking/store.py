"""Runs in MLflow: a study is a parent run, an experiment a child run. The only file with mlflow.

The store is written from the ledger, never read for results: what is missing in it is logged when
the study is run again, and nothing twice. See :mod:`.writer` for when.
"""

from __future__ import annotations

import json
import logging
import os
import tempfile
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

from filelock import FileLock

from gatewise.benchmark.records.experiment import Experiment, Result
from gatewise.benchmark.records.tables import gate_values

# Creating the store's tables is no news to the user.
logging.getLogger("mlflow").setLevel(logging.WARNING)
logging.getLogger("alembic").setLevel(logging.WARNING)
os.environ.setdefault("MLFLOW_LOGGING_LEVEL", "WARNING")
os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
os.environ.setdefault("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "2")
os.environ.setdefault("MLFLOW_HTTP_REQUEST_TIMEOUT", "20")

EXPERIMENT = "gatewise"
VIEW_TAG, VIEW, CHARTS = "mlflow.sharedViewState.", "gatewise", "architectures"
VIEWS: Mapping[str, Mapping[str, Any]] = {
    VIEW: {
        "orderByKey": "attributes.start_time",
        "orderByAsc": False,
        "selectedColumns": [
            *("metrics.`test_score`", "metrics.`validation_score`"),
            *("params.`architecture`", "params.`seed`", "params.`task`"),
            *("tags.`phase`", "tags.`status`", "tags.`unit`"),
        ],
    },
    CHARTS: {
        "searchFilter": "tags.phase = 'final'",
        "groupBy": {
            "aggregateFunction": "average",
            "groupByKeys": [
                {"mode": "tag", "groupByData": "task"},
                {"mode": "tag", "groupByData": "architecture"},
            ],
        },
    },
}
"""Views of the runs by name, in the form in which MLflow's page keeps a view that is shared: the
columns that matter first, and charts of final runs, averaged over seeds."""
NOTE = "mlflow.note.content"
LONGEST_NOTE = 5000
STUDY, IDENTITY = "gatewise.study", "gatewise.experiment"
LSTM_GATES = ("write", "keep", "emit")
SQLITE = "sqlite:///"
HEALTH_SECONDS = 5.0


class TrackingUnreachable(ValueError):
    """A tracking store that cannot be reached or opened."""


def default_uri(results: Path) -> str:
    """The SQLite store inside a results folder."""
    return f"{SQLITE}{(results / 'mlflow.db').resolve()}"


def check(uri: str) -> None:
    """Make sure, in seconds, that a tracking store can be used.

    Raises:
        TrackingUnreachable: the server does not answer, or the URI names no store.
    """
    parts = urllib.parse.urlsplit(uri)
    advice = (
        "allowed are sqlite:///FILE, postgresql+psycopg2://… and a running server's http(s)://…"
    )
    if parts.scheme in ("http", "https"):
        try:
            with urllib.request.urlopen(f"{uri.rstrip('/')}/health", timeout=HEALTH_SECONDS):
                return
        except (urllib.error.URLError, OSError) as error:
            reason = getattr(error, "reason", error)
            raise TrackingUnreachable(f"tracking-uri {uri!r}: {reason}; {advice}") from None
    if parts.scheme == "sqlite":
        folder = Path(uri.removeprefix(SQLITE)).parent
        if not folder.is_dir():
            raise TrackingUnreachable(f"tracking-uri {uri!r}: no folder {str(folder)!r}; {advice}")
        return
    if not parts.scheme.startswith("postgresql"):
        raise TrackingUnreachable(f"tracking-uri {uri!r}: unknown kind of store; {advice}")


def create_store(uri: str) -> None:
    """Make an SQLite store that is not there yet, whole or not at all.

    MLflow makes its tables one by one; a store that was cut off in the middle never opens again.
    """
    from mlflow import MlflowClient

    if not uri.startswith(SQLITE):
        return
    path = Path(uri.removeprefix(SQLITE))
    with FileLock(path.with_name(f"{path.name}.lock")):
        if path.exists():
            return
        with tempfile.TemporaryDirectory(dir=path.parent, prefix=f".{path.name}.") as folder:
            made = Path(folder) / path.name
            MlflowClient(f"{SQLITE}{made}").search_experiments()
            made.replace(path)


class Tracker:
    """One study's runs in an MLflow store.

    Args:
        uri: the store.
        artifacts: where a new MLflow experiment of a local store keeps its artifacts.
        name: name of the study.
        key: identity of this very study; the same name run anew elsewhere is another one.
        note: Markdown shown on the parent run's page.
        tags: tags of the parent run.
    """

    def __init__(
        self,
        uri: str,
        artifacts: Path,
        name: str,
        key: str,
        note: str,
        tags: Mapping[str, str],
    ) -> None:
        from mlflow import MlflowClient

        self.name = name
        create_store(uri)
        self.client = MlflowClient(uri)
        found = self.client.get_experiment_by_name(EXPERIMENT)
        if found is None:
            local = uri.startswith("sqlite")
            location = artifacts.resolve().as_uri() if local else None
            self.experiment_id = self.client.create_experiment(EXPERIMENT, location)
        else:
            self.experiment_id = found.experiment_id
        known = found.tags if found is not None else {}
        views = {VIEW_TAG + name: json.dumps(state) for name, state in VIEWS.items()}
        for name, value in views.items():
            if known.get(name) != value:
                self.client.set_experiment_tag(self.experiment_id, name, value)
        charts = _path(self.experiment_id, CHARTS)
        self.note = f"{note}\n\n[Charts of the final runs by architecture]({charts})"
        self.parent = self._parent(key, {NOTE: self.note, "phase": "study", **tags})
        self.logged = {}
        """MLflow run id of every experiment that is in the store."""
        for run in _children(self.client, self.experiment_id, self.parent):
            if run.info.status == "RUNNING":
                # Whoever wrote it was cut off in the middle.
                self.client.delete_run(run.info.run_id)
            else:
                self.logged[run.data.tags[IDENTITY]] = run.info.run_id

    def _parent(self, key: str, tags: Mapping[str, str]) -> str:
        run = _find_parent(self.client, self.experiment_id, key)
        if run is not None:
            for name, value in tags.items():
                self.client.set_tag(run, name, value)
            self.client.set_terminated(run, "RUNNING")
            return run
        created = self.client.create_run(
            self.experiment_id, run_name=f"study {self.name}", tags={STUDY: key, **tags}
        )
        return created.info.run_id

    def log(
        self, experiment: Experiment, result: Result, facts: Mapping[str, Any], weights: Path
    ) -> None:
        """Log one finished experiment, unless the store has it.

        Args:
            experiment, result: what ran and what came out.
            facts: the run's row of ``runs.csv``, for tags and the data set.
            weights: file of the trained weights; an artifact of the run if it exists.
        """
        from mlflow.entities import Metric, Param, RunTag

        if experiment.id in self.logged:
            return
        end = int(datetime.fromisoformat(result.finished_at).timestamp() * 1000)
        start = end - int(result.wall_seconds * 1000)
        gates = gate_values(experiment)
        removed = _removed(gates, ("open", "shut"))
        run = self.client.create_run(
            self.experiment_id,
            start_time=start,
            run_name=_run_name(experiment, gates),
            tags={
                "mlflow.parentRunId": self.parent,
                "mlflow.source.git.commit": facts["commit"],
                IDENTITY: experiment.id,
                "task": experiment.task,
                "architecture": experiment.architecture,
                "phase": experiment.phase,
                "match": experiment.match,
                "status": result.status,
                "removed_gates": " ".join(removed) or "none",
                "data_sha256": experiment.data_sha256,
                **{f"gate.{gate}": value for gate, value in gates.items()},
            },
        ).info.run_id
        metrics = [
            Metric(name, value, start + int(epoch.seconds * 1000), epoch.epoch)
            for epoch in result.curve
            for name, value in asdict(epoch).items()
            if name.startswith(("train_", "validation_"))
        ]
        # The best epoch's values come last, because the table of runs shows the last value.
        last = result.epochs_run + 1
        final = {
            "test_score": result.test_score,
            **{f"test_{name}".replace(" ", "_"): value for name, value in result.test.items()},
            "validation_score": result.validation_score,
            "validation_loss": result.validation_loss,
            "best_epoch": result.best_epoch,
            "steps": result.steps,
            "units": result.units,
            "parameters": result.parameters,
            "parameters_other": result.parameters_other,
            "wall_seconds": result.wall_seconds,
            "cpu_seconds": result.cpu_seconds,
            "compile_seconds": result.compile_seconds,
        }
        metrics += [Metric(n, float(v), end, last) for n, v in final.items() if v is not None]
        params = [Param(name, str(value)) for name, value in experiment.recorded.items()]
        self.client.log_batch(
            run, metrics=metrics, params=params, tags=[RunTag("unit", facts["unit"])]
        )
        self.client.log_inputs(run, [_dataset(experiment, facts)])
        if weights.exists():
            self.client.log_artifact(run, str(weights))
        self.client.set_terminated(run, "FINISHED", end)
        self.logged[experiment.id] = run

    def finish(
        self, summary: Mapping[str, float], artifacts: Iterable[Path], whole: bool, answer: str
    ) -> None:
        """End the parent run with the study's summary metrics, its files and what it found.

        Args:
            summary: metrics of the parent run.
            artifacts: files, and folders with all that is in them.
            whole: whether the study was not interrupted.
            answer: Markdown that goes before the parent run's note.
        """
        from mlflow.entities import Metric

        now = int(datetime.now().timestamp() * 1000)
        self.client.log_batch(
            self.parent, metrics=[Metric(name, value, now, 0) for name, value in summary.items()]
        )
        for path in artifacts:
            if path.is_dir():
                self.client.log_artifacts(self.parent, str(path), path.name)
            elif path.exists():
                self.client.log_artifact(self.parent, str(path))
        if answer:
            self.client.set_tag(self.parent, NOTE, f"{answer}\n\n{self.note}"[:LONGEST_NOTE])
        self.client.set_terminated(self.parent, "FINISHED" if whole else "KILLED")


def _run_name(experiment: Experiment, gates: Mapping[str, str]) -> str:
    """The experiment's title, an ablation's gates in words: ``video · NFG (no keep) · seed 1``."""
    if not {gates[gate] for gate in LSTM_GATES} <= {"learned", "open"}:
        return experiment.title
    removed = _removed(gates, ("open",))
    spelled = f"{experiment.architecture} (no {', '.join(removed)})"
    name = spelled if removed else experiment.architecture
    return experiment.title.replace(f" {experiment.architecture} ", f" {name} ", 1)


def _removed(gates: Mapping[str, str], values: Sequence[str]) -> list[str]:
    return [gate for gate in LSTM_GATES if gates[gate] in values]


def _find_parent(client: Any, experiment_id: str, key: str) -> str | None:
    found = client.search_runs([experiment_id], f"tags.`{STUDY}` = '{key}'", max_results=1)
    return found[0].info.run_id if found else None


def _children(client: Any, experiment_id: str, parent: str) -> Iterator[Any]:
    token = None
    while True:
        page = client.search_runs(
            [experiment_id],
            f"tags.`mlflow.parentRunId` = '{parent}'",
            max_results=1000,
            page_token=token,
        )
        yield from page
        token = page.token
        if not token:
            return


class Logged(NamedTuple):
    """What a store holds of a study."""

    runs: Mapping[str, str] = MappingProxyType({})
    """MLflow run id of every experiment."""
    experiment: str = ""
    """Id of the MLflow experiment they are in."""


def logged(uri: str, key: str) -> Logged:
    """What the store holds of a study; reads alone."""
    from mlflow import MlflowClient

    client = MlflowClient(uri)
    found = client.get_experiment_by_name(EXPERIMENT)
    if found is None or not (parent := _find_parent(client, found.experiment_id, key)):
        return Logged()
    runs = _children(client, found.experiment_id, parent)
    whole = {r.data.tags[IDENTITY]: r.info.run_id for r in runs if r.info.status != "RUNNING"}
    return Logged(whole, found.experiment_id)


def page(uri: str) -> str:
    """Path of our runs on the MLflow page.

    Raises:
        TrackingUnreachable: the store holds no study.
    """
    from mlflow import MlflowClient

    found = MlflowClient(uri).get_experiment_by_name(EXPERIMENT)
    if found is None:
        raise TrackingUnreachable(f"tracking-uri {uri!r}: holds no study; run one first")
    # A store of an earlier version may lack the view, and the page then complains.
    return _path(found.experiment_id, VIEW if VIEW_TAG + VIEW in found.tags else "")


def _path(experiment_id: str, view: str) -> str:
    """Path of an experiment's runs on the page, in one of :data:`VIEWS` if one is named."""
    shown = f"&viewStateShareKey={view}" if view else ""
    shown += "&compareRunsMode=CHART" if view == CHARTS else ""
    return f"#/experiments/{experiment_id}/runs?workflowType=machine_learning{shown}"


def studies(uri: str) -> list[str]:
    """Names of the studies in a store, the latest first; at most a hundred."""
    from mlflow import MlflowClient

    client = MlflowClient(uri)
    found = client.get_experiment_by_name(EXPERIMENT)
    if found is None:
        return []
    runs = client.search_runs([found.experiment_id], f"tags.`{STUDY}` != ''", max_results=100)
    return [run.info.run_name.removeprefix("study ") for run in runs]


def _dataset(experiment: Experiment, facts: Mapping[str, Any]) -> Any:
    from mlflow.entities import Dataset, DatasetInput, InputTag

    profile = {"train": facts["train_examples"], "test": facts["test_examples"]}
    return DatasetInput(
        Dataset(
            name=f"{experiment.task} ({experiment.scale})",
            digest=experiment.data_sha256[:36],
            source_type="code",
            source=json.dumps({"tags": {"citation": facts["source"]}}),
            profile=json.dumps(profile),
        ),
        [InputTag("mlflow.data.context", "training")],
    )
