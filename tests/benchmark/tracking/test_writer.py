"""The writer against a real store that comes and goes."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gatewise.benchmark.records.facts import measure
from gatewise.benchmark.records.ledger import Ledger
from gatewise.benchmark.studies.plan import recipe
from gatewise.benchmark.studies.study import Study
from gatewise.benchmark.tracking import store as tracking
from gatewise.benchmark.tracking.writer import Ending, Writer
from tests.benchmark.records.test_ledger import RESULT


@pytest.fixture
def study(tmp_path):
    """A folder with three finished experiments, the last of them finished first."""
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
    uri = tracking.default_uri(results)

    def open_store() -> tracking.Tracker:
        return tracking.Tracker(uri, results / "artifacts", "s", "key", "note", {"tag": "1"})

    return Writer(uri, "key", "s", results / "s", connect or open_store)


def children(results) -> list:
    from mlflow import MlflowClient

    client = MlflowClient(tracking.default_uri(results))
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
            tracking.default_uri(results), results / "artifacts", "s", "key", "note", {}
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
        tracking.default_uri(results), results / "artifacts", "s", "key", "note", {}
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


def test_an_sqlite_store_is_made_whole(tmp_path):
    """A file is there only once MLflow has made all its tables in it."""
    uri = tracking.default_uri(tmp_path)
    tracking.create_store(uri)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["mlflow.db", "mlflow.db.lock"]
    made = (tmp_path / "mlflow.db").stat().st_mtime_ns
    tracking.create_store(uri)
    assert (tmp_path / "mlflow.db").stat().st_mtime_ns == made
