"""The writer against a real store that comes and goes."""

from __future__ import annotations

import shutil
from dataclasses import replace

import pytest
from mlflow.entities import Param

from gatewise.benchmark.architectures import catalogue
from gatewise.benchmark.records.facts import measure
from gatewise.benchmark.records.ledger import Ledger
from gatewise.benchmark.studies.plan import recipe
from gatewise.benchmark.studies.study import Study, misfit
from gatewise.benchmark.tracking import address
from gatewise.benchmark.tracking import store as tracking
from gatewise.benchmark.tracking.writer import Ending, Writer
from tests.benchmark.records.test_ledger import RESULT


@pytest.fixture(scope="module")
def empty_store(tmp_path_factory):
    """A store without runs: MLflow takes seconds to make one, and test_address has it make some."""
    from mlflow import MlflowClient

    results = tmp_path_factory.mktemp("store")
    MlflowClient(address.default_uri(results)).search_experiments()
    return results / address.STORE


@pytest.fixture
def study(tmp_path, empty_store):
    """A folder with three finished experiments, the last of them finished first."""
    shutil.copy(empty_store, tmp_path)
    described = Study("s", "smoke", ("adding",), ("vanilla",), seeds=3)
    facts = measure("adding", "smoke", tmp_path / "s")
    template = recipe(described, facts, "vanilla")
    ids = []
    for seed, minute in ((0, 2), (1, 3), (2, 1)):
        experiment = replace(template, seed=seed)
        finished = replace(RESULT, finished_at=f"2026-01-01T00:0{minute}:00+00:00")
        Ledger(tmp_path / "s").add(experiment, finished)
        ids.append(experiment.id)
    return tmp_path, ids


def writer(results, connect=None) -> Writer:
    uri = address.default_uri(results)

    def open_store() -> tracking.Tracker:
        return tracking.Tracker(uri, results / "artifacts", "s", "key", "note", {"tag": "1"})

    return Writer(uri, "key", "s", results / "s", connect or open_store)


def children(results) -> list:
    from mlflow import MlflowClient

    client = MlflowClient(address.default_uri(results))
    runs = client.search_runs(["1"], order_by=["attributes.start_time ASC"], max_results=100)
    return [r for r in runs if tracking.IDENTITY in r.data.tags]


def test_a_store_that_comes_back_gets_everything_in_order_and_once(study):
    results, (first, second, third) = study
    attempts, order = [], []

    def connect():
        attempts.append(1)
        if len(attempts) < 3:
            raise ConnectionError("away")
        tracker = tracking.Tracker(
            address.default_uri(results), results / "artifacts", "s", "key", "note", {}
        )
        log = tracker.log

        def noted(experiment, *rest):
            order.append(experiment.id)
            log(experiment, *rest)

        tracker.log = noted
        return tracker

    at_work = writer(results, connect)
    at_work.start()
    logged = at_work.flush().runs
    assert len(attempts) == 3
    assert order == [third, first, second]
    assert set(logged) == {first, second, third}
    assert at_work.finish(Ending({"experiments": 3.0}, [], whole=True)) == 0
    again = writer(results)
    again.start()
    assert again.flush().runs == logged
    assert again.finish(Ending({}, [], whole=True)) == 0
    assert len(children(results)) == 3


def test_a_run_that_was_cut_off_in_the_middle_is_written_anew(study):
    results, ids = study
    tracker = tracking.Tracker(
        address.default_uri(results), results / "artifacts", "s", "key", "note", {}
    )
    tags = {"mlflow.parentRunId": tracker.parent, tracking.IDENTITY: ids[0]}
    half = tracker.client.create_run(tracker.experiment_id, tags=tags).info.run_id
    at_work = writer(results)
    at_work.start()
    at_work.flush()
    at_work.finish(Ending({}, [], whole=True))
    found = children(results)
    assert sorted(r.data.tags[tracking.IDENTITY] for r in found) == sorted(ids)
    assert half not in {r.info.run_id for r in found}


def test_what_stays_away_is_counted_and_kills_nothing(study, monkeypatch):
    results, _ = study
    monkeypatch.setattr("gatewise.benchmark.tracking.writer.PATIENCE_SECONDS", 0.1)

    def connect():
        raise ConnectionError("away")

    at_work = writer(results, connect)
    at_work.start()
    assert at_work.flush() == tracking.Logged()
    assert at_work.finish(Ending({}, [], whole=True)) == 3
    assert "away" in str(at_work.error)


def test_one_writer_at_a_time(study):
    """The second one leaves the store alone, and knows what the first has written."""
    results, ids = study
    first, second = writer(results), writer(results)
    first.start()
    logged = dict(first.flush().runs)
    second.start()
    assert second.flush().runs == logged
    assert set(logged) == set(ids)
    assert second.finish(Ending({}, [], whole=True)) == 0
    first.finish(Ending({}, [], whole=True))
    assert len(children(results)) == 3


def test_a_run_that_is_refused_keeps_no_other_waiting(study, monkeypatch):
    from mlflow import MlflowClient

    results, (bad, *good) = study
    log_batch = MlflowClient.log_batch

    def picky(self, run_id, metrics=(), params=(), **rest):
        mark = "+" if self.get_run(run_id).data.tags.get(tracking.IDENTITY) == bad else ""
        params = [Param(p.key + mark, p.value) for p in params]
        log_batch(self, run_id, metrics, params, **rest)

    monkeypatch.setattr(MlflowClient, "log_batch", picky)
    at_work = writer(results)
    at_work.start()
    assert set(at_work.flush().runs) == set(good)
    assert at_work.finish(Ending({}, [], whole=True)) == 1
    assert "adding · vanilla · seed 0" in at_work.reason
    monkeypatch.undo()
    again = writer(results)
    again.start()
    assert set(again.flush().runs) == {bad, *good}
    assert again.finish(Ending({}, [], whole=True)) == 0


def test_two_copies_of_a_study_in_one_store_are_one(study):
    """Each writer has opened the store before the other has logged anything."""
    results, ids = study
    shutil.copytree(results / "s", results / "copy" / "s")
    uri = address.default_uri(results)

    def connect() -> tracking.Tracker:
        return tracking.Tracker(uri, results / "artifacts", "s", "key", "note", {})

    opened = [connect(), connect()]
    writers = [
        Writer(uri, "key", "s", folder / "s", opened.pop) for folder in (results, results / "copy")
    ]
    for at_work in writers:
        at_work.start()
    for at_work in writers:
        at_work.flush()
        assert at_work.finish(Ending({}, [], whole=True)) == 0
    assert sorted(r.data.tags[tracking.IDENTITY] for r in children(results)) == sorted(ids)


def test_who_ends_while_another_writes_waits_and_then_says_so(study, monkeypatch):
    monkeypatch.setattr("gatewise.benchmark.tracking.writer.PATIENCE_SECONDS", 0.1)
    results, ids = study
    first, second = writer(results), writer(results)
    first.start()
    first.flush()
    ledger = Ledger(results / "s")
    experiment, result = ledger.read(ids[0])
    ledger.add(replace(experiment, seed=7), result)
    second.start()
    second.flush()
    assert second.finish(Ending({}, [], whole=True)) == 1
    assert second.reason == "another command that writes this study has yet to log them"
    first.finish(Ending({}, [], whole=True))
    third = writer(results)
    third.start()
    third.flush()
    assert third.finish(Ending({}, [], whole=True)) == 0


@pytest.mark.slow
def test_a_run_of_every_cell_is_logged(tmp_path):
    """Whatever gates it has and has not."""
    fitting = tuple(name for name in catalogue.CATALOGUE if not misfit("adding", name))
    described = Study("s", "smoke", ("adding",), fitting, seeds=1)
    facts = measure("adding", "smoke", tmp_path / "s")
    for name in fitting:
        Ledger(tmp_path / "s").add(recipe(described, facts, name), RESULT)
    at_work = writer(tmp_path)
    at_work.start()
    at_work.flush()
    assert at_work.finish(Ending({}, [], whole=True)) == 0, at_work.reason
    named = {r.data.tags["architecture"]: r.info.run_name for r in children(tmp_path)}
    assert named.keys() == set(fitting)
    assert named["NFG"] == "NFG (no forget gate) · adding · 0"
    assert named["RG-LRU-NIG"] == "RG-LRU-NIG · adding · 0"


MEDDLE = {
    "the experiment deleted": lambda client, runs, parent: client.delete_experiment("1"),
    "the study deleted": lambda client, runs, parent: client.delete_run(parent),
    "a run deleted": lambda client, runs, parent: client.delete_run(runs[0]),
    "a tag taken away": lambda client, runs, parent: client.delete_tag(runs[0], tracking.IDENTITY),
    "a run of one's own": lambda client, runs, parent: client.create_run(
        "1", tags={tracking.PARENT: parent}
    ),
    "a name changed": lambda client, runs, parent: client.set_tag(runs[0], "mlflow.runName", "x"),
}


@pytest.mark.parametrize("meddle", MEDDLE.values(), ids=MEDDLE)
def test_what_a_person_does_on_the_page_is_mended(study, meddle):
    from mlflow import MlflowClient

    results, ids = study
    first = writer(results)
    first.start()
    before = list(first.flush().runs.values())
    assert first.finish(Ending({}, [], whole=True)) == 0
    client = MlflowClient(address.default_uri(results))
    parent = client.get_run(before[0]).data.tags[tracking.PARENT]
    meddle(client, before, parent)
    second = writer(results)
    second.start()
    second.flush()
    assert second.finish(Ending({"experiments": 3.0}, [], whole=True)) == 0
    assert sorted(r.data.tags[tracking.IDENTITY] for r in children(results)) == sorted(ids)
    assert client.get_run(parent).info.lifecycle_stage == "active"
