"""Runs in MLflow: a study is a parent run, an experiment a child run.

The store is written from the ledger, never read for results: what is missing in it is logged when
the study is run again, and nothing twice. See :mod:`.writer` for when.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

from gatewise.benchmark.records.columns import GATES
from gatewise.benchmark.records.experiment import Experiment, Result
from gatewise.benchmark.records.tables import gate_values
from gatewise.benchmark.tracking import page
from gatewise.benchmark.tracking.address import EXPERIMENT, create_store, is_made

NOTE = "mlflow.note.content"
LONGEST_NOTE = 5000
PICTURE = re.compile(r"(!\[[^\]]*\])\((figures/[\w.-]+)\)")
"""In Markdown, a picture that lies in a folder of the artifacts."""
STUDY, IDENTITY = "gatewise.study", "gatewise.experiment"
PARENT = "mlflow.parentRunId"


class Refused(Exception):
    """A run that the store does not take as it is; asking again would not help."""


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
        local = uri.startswith("sqlite")
        self.experiment_id = self._experiment(artifacts.resolve().as_uri() if local else None)
        table = page.path(self.experiment_id, page.TABLE)
        self.note = f"{note}\n\n[Table of all runs, those of the search with them]({table})"
        self.parent = self._parent(key, {NOTE: self.note, "phase": "study", **tags})
        self.logged = {}
        """MLflow run id of every experiment that is in the store."""
        for run in _children(self.client, self.experiment_id, self.parent):
            if run.info.status == "RUNNING":
                # Whoever wrote it was cut off in the middle.
                self.client.delete_run(run.info.run_id)
            else:
                self.logged[run.data.tags[IDENTITY]] = run.info.run_id

    def _experiment(self, location: str | None) -> str:
        """Id of our MLflow experiment, made or, if someone deleted it on the page, restored."""
        found = self.client.get_experiment_by_name(EXPERIMENT)
        id = found.experiment_id if found else self.client.create_experiment(EXPERIMENT, location)
        if found is not None and found.lifecycle_stage == "deleted":
            self.client.restore_experiment(id)
        known = found.tags if found is not None else {}
        self.charted = page.charted(known)
        """By task the metric of its chart on the page."""
        self._show(str(id), known)
        return str(id)

    def _show(self, id: str, known: Mapping[str, str]) -> None:
        """Leave the page's views with the experiment, as far as they are not there."""
        for name, state in page.views(self.charted).items():
            tag, value = page.TAG + name, json.dumps(state, ensure_ascii=False)
            if known.get(tag) != value:
                self.client.set_experiment_tag(id, tag, value)

    def _chart(self, facts: Mapping[str, Any]) -> None:
        """A chart for the task of a run, unless the page has it."""
        task = str(facts["task"])
        if task not in self.charted:
            # Another study may have added its own since.
            known = self.client.get_experiment(self.experiment_id).tags
            self.charted = page.charted(known) | {task: _score_name(facts)}
            self._show(self.experiment_id, known)

    def _parent(self, key: str, tags: Mapping[str, str]) -> str:
        run = _find_parent(self.client, self.experiment_id, key)
        if run is not None:
            if self.client.get_run(run).info.lifecycle_stage == "deleted":
                self.client.restore_run(run)
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

        Two writers, as of two copies of a study's folder, may log one experiment at the same time;
        both then keep the same run.

        Args:
            experiment, result: what ran and what came out.
            facts: the run's row of ``runs.csv``, for tags and the data set.
            weights: file of the trained weights; an artifact of the run if it exists.

        Raises:
            Refused: the store does not take it; nothing of it is left there.
        """
        from mlflow.exceptions import MlflowException

        if experiment.id in self.logged:
            return
        if not (known := self._whole(experiment)):
            run = self._begin(experiment, result, facts)
            try:
                self._fill(run, experiment, result, facts, weights)
            except MlflowException as error:
                if error.error_code != "INVALID_PARAMETER_VALUE":
                    raise
                self.client.delete_run(run)
                raise Refused(f"{experiment.title}: {error.message}") from None
            self._chart(facts)
            known = self._whole(experiment)
            for other in known[1:]:
                self.client.delete_run(other)
        self.logged[experiment.id] = known[0]

    def _whole(self, experiment: Experiment) -> list[str]:
        """Ids of the whole runs of an experiment, in an order that all writers see alike."""
        found = self.client.search_runs(
            [self.experiment_id],
            f"tags.`{PARENT}` = '{self.parent}' AND tags.`{IDENTITY}` = '{experiment.id}' "
            "AND attributes.status = 'FINISHED'",
        )
        return sorted(run.info.run_id for run in found)

    def _begin(self, experiment: Experiment, result: Result, facts: Mapping[str, Any]) -> str:
        gates = gate_values(experiment)
        created = self.client.create_run(
            self.experiment_id,
            start_time=_milliseconds(result)[0],
            run_name=_run_name(experiment, gates),
            tags={
                PARENT: self.parent,
                "mlflow.source.git.commit": facts["commit"],
                IDENTITY: experiment.id,
                "task": experiment.task,
                "architecture": experiment.architecture,
                "phase": experiment.phase,
                "match": experiment.match,
                "status": result.status,
                "removed_gates": " ".join(_removed(gates, ("open", "shut"))) or "none",
                "data_sha256": experiment.data_sha256,
                **{f"gate.{gate}": value for gate, value in gates.items()},
            },
        )
        return str(created.info.run_id)

    def _fill(
        self,
        run: str,
        experiment: Experiment,
        result: Result,
        facts: Mapping[str, Any],
        weights: Path,
    ) -> None:
        from mlflow.entities import Param, RunTag

        self.client.log_batch(
            run,
            metrics=[*_metrics(result), *_score(result, facts)],
            params=[Param(name, str(value)) for name, value in experiment.recorded.items()],
            tags=[RunTag("unit", facts["unit"])],
        )
        self.client.log_inputs(run, [_dataset(experiment, facts)])
        if weights.exists():
            self.client.log_artifact(run, str(weights))
        self.client.set_terminated(run, "FINISHED", _milliseconds(result)[1])

    def finish(
        self, summary: Mapping[str, float], artifacts: Iterable[Path], whole: bool, answer: str
    ) -> None:
        """End the parent run with the study's summary metrics, its files and what it found.

        Args:
            summary: metrics of the parent run.
            artifacts: files, and folders with all that is in them.
            whole: whether the study was not interrupted.
            answer: Markdown that goes before the parent run's note, its pictures with it.
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
            # A note is shown at the server's root.
            answer = PICTURE.sub(rf"\1(get-artifact?path=\2&run_uuid={self.parent})", answer)
            self.client.set_tag(self.parent, NOTE, f"{answer}\n\n{self.note}"[:LONGEST_NOTE])
        self.client.set_terminated(self.parent, "FINISHED" if whole else "KILLED")


def _milliseconds(result: Result) -> tuple[int, int]:
    """When a run began and ended, since 1970."""
    end = int(datetime.fromisoformat(result.finished_at).timestamp() * 1000)
    return end - int(result.wall_seconds * 1000), end


def _metrics(result: Result) -> Iterator[Any]:
    """The curves epoch by epoch, then what came out."""
    from mlflow.entities import Metric

    start, end = _milliseconds(result)
    for epoch in result.curve:
        for name, value in asdict(epoch).items():
            if name.startswith(("train_", "validation_")):
                yield Metric(name, value, start + int(epoch.seconds * 1000), epoch.epoch)
    final = {
        "test_score": result.test_score,
        **{
            page.KEY.sub("_", f"test_{name}".replace(" ", "_")): v
            for name, v in result.test.items()
        },
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
    # The best epoch's values come last, because the table of runs shows the last value.
    last = result.epochs_run + 1
    yield from (Metric(n, float(v), end, last) for n, v in final.items() if v is not None)


def _score(result: Result, facts: Mapping[str, Any]) -> Iterator[Any]:
    """The test score once more, as that of its task."""
    from mlflow.entities import Metric

    if result.test_score is not None:
        at, score = _milliseconds(result)[1], float(result.test_score)
        yield Metric(_score_name(facts), score, at, result.epochs_run + 1)


def _score_name(facts: Mapping[str, Any]) -> str:
    return page.score_of(*(facts[name] for name in ("task", "metric", "higher_is_better")))


def _run_name(experiment: Experiment, gates: Mapping[str, str]) -> str:
    """What is compared first, gates in words: ``NFG (no forget gate) · video · 1``."""
    name = experiment.architecture
    if {gates.get(gate) for gate in GATES} <= {"learned", "open"}:
        removed = [GATES[gate].removesuffix(" gate") for gate in _removed(gates, ("open",))]
        name += f" (no {' or '.join(removed)} gate)" * bool(removed)
    which = experiment.title.removeprefix(f"{experiment.task} · {experiment.architecture} · ")
    return f"{name} · {experiment.task} · {which.removeprefix('seed ')}"


def _removed(gates: Mapping[str, str], values: Sequence[str]) -> list[str]:
    # A cell of another kind need not have all of them.
    return [gate for gate in GATES if gates.get(gate) in values]


def _find_parent(client: Any, experiment_id: str, key: str) -> str | None:
    from mlflow.entities import ViewType

    query = f"tags.`{STUDY}` = '{key}'"
    found = client.search_runs([experiment_id], query, ViewType.ALL, max_results=1)
    return found[0].info.run_id if found else None


def _children(client: Any, experiment_id: str, parent: str) -> Iterator[Any]:
    """The runs of a study; what a person put beside them is none."""
    token = None
    while True:
        found = client.search_runs(
            [experiment_id],
            f"tags.`{PARENT}` = '{parent}'",
            max_results=1000,
            page_token=token,
        )
        yield from (run for run in found if IDENTITY in run.data.tags)
        token = found.token
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

    if not is_made(uri):
        return Logged()
    client = MlflowClient(uri)
    found = client.get_experiment_by_name(EXPERIMENT)
    if found is None or not (parent := _find_parent(client, found.experiment_id, key)):
        return Logged()
    runs = _children(client, found.experiment_id, parent)
    whole = {r.data.tags[IDENTITY]: r.info.run_id for r in runs if r.info.status != "RUNNING"}
    return Logged(whole, found.experiment_id)


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
