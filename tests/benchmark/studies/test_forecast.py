"""How long a study takes follows from what earlier runs took."""

from __future__ import annotations

import csv

import pytest

from gatewise.benchmark.studies import forecast
from gatewise.benchmark.studies.forecast import NEEDED, Times
from gatewise.benchmark.studies.plan import asked
from gatewise.benchmark.studies.study import Study
from gatewise.tasks import find

HERE, THERE = "this machine", "another"
COLUMNS = (*NEEDED, "scale", "phase", "status", "study", "epochs")
STUDY = Study("s", "quick", ("xml",), ("lstm", "gru"), seeds=3)
EPOCHS = find("xml").scale("quick").recipe.epochs


def table(results, study, rows, columns=COLUMNS):
    """Write a ``runs.csv``; rows are (architecture, seconds, score, machine, more).

    Each compiled for a second more.
    """
    folder = results / study
    folder.mkdir()
    with (folder / "runs.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, columns, extrasaction="ignore")
        writer.writeheader()
        for k, (name, seconds, score, machine, more) in enumerate(rows):
            usual = {"task": "xml", "scale": "quick", "phase": "final", "status": "finished"}
            row = {"architecture": name, "wall_seconds": seconds + 1, "test_score": score}
            row["compile_seconds"] = 1
            row |= {"machine": machine, "finished_at": f"{k:03}", "margin": 0.5, "study": study}
            row["epochs"] = EPOCHS
            writer.writerow(usual | row | more)


def test_the_latest_runs_of_this_machine_count(tmp_path):
    rows = [("lstm", 100, 1, HERE, {})] + [("lstm", 10, 1, HERE, {})] * forecast.RECENT
    rows += [("gru", 7, 1, THERE, {}), ("lstm", 1, 1, THERE, {})]
    rows += [("gru", 1, 1, HERE, {"scale": "smoke"}), ("gru", 1, 1, HERE, {"phase": "tuning"})]
    # Trained by another recipe, or before tables had this column.
    rows += [("gru", 1, 1, HERE, {"epochs": EPOCHS + 1}), ("gru", 1, 1, HERE, {"epochs": ""})]
    table(tmp_path, "one", rows)
    table(tmp_path, "two", [("lstm", 1, 1, HERE, {})], columns=("task", "scale"))
    found = forecast.remembered(tmp_path, STUDY, HERE)
    assert found == Times({("xml", "lstm"): 10, ("xml", "gru"): 7}, 1, {"xml": 1.0})
    assert forecast.remembered(tmp_path / "nowhere", STUDY, HERE) == Times()
    assert forecast.done(tmp_path / "one", "quick")["xml", "lstm"] == forecast.RECENT + 2
    assert not forecast.done(tmp_path / "two", "quick")


def test_unknown_architectures_take_as_long_as_the_others_of_their_task():
    times = Times({("xml", "lstm"): 10.0, ("xml", "gru"): 20.0}, at_once=2)
    assert times.of("xml", "lstm") == 10
    assert times.of("xml", "NFG") == 15
    assert times.of("adding", "lstm") is None
    assert times.wall({("xml", "lstm"): 3, ("xml", "NFG"): 2, ("adding", "lstm"): 9}) == 30


def test_what_never_ran_compiles_first(tmp_path):
    """All seeds of a kind together do so once; what has run finds its program."""
    again = {"compile_seconds": 0, "wall_seconds": 10}
    cold = {"compile_seconds": 6, "wall_seconds": 16}
    table(tmp_path, "one", [("lstm", 10, 1, HERE, cold), ("lstm", 10, 1, HERE, again)])
    times = forecast.remembered(tmp_path, STUDY, HERE, at_once=2)
    assert times.wall({("xml", "lstm"): 3}) == 15
    assert times.wall({("xml", "lstm"): 3, ("xml", "gru"): 2, ("xml", "NFG"): 0}) == 28
    assert times.total([asked(STUDY, "xml", name) for name in ("lstm", "gru", "gru")]) == 36


def test_spreads_are_in_margins(tmp_path):
    scores = [("lstm", 1, 1 + k, HERE, {}) for k in (0, 2)]
    table(tmp_path, "one", [*scores, ("gru", 1, 0, HERE, {})])
    # Scores of 1 and 3 are 2 and 6 margins of 0.5: a variance of 8.
    assert forecast.spreads(tmp_path, "quick") == pytest.approx({"xml": 8**0.5})


def test_a_search_costs_its_trials_and_what_is_trained_again():
    study = Study("s", "quick", ("xml",), ("lstm", "gru"), seeds=3, trials=12)
    assert forecast.searches(study) == {("xml", "lstm"): 15.0, ("xml", "gru"): 15.0}
    assert forecast.searches(Study("s", "quick", ("xml",), ("lstm",), seeds=3)) == {}
    assert forecast.memory_gb(study, 2) == pytest.approx(2 * 0.96)


def test_disk_is_that_of_other_trainings(tmp_path):
    assert forecast.disk_mb(tmp_path, 1000) == forecast.RUN_KB
    ledger = tmp_path / "one" / "ledger"
    ledger.mkdir(parents=True)
    for k in range(2):
        (ledger / f"{k}.json").write_bytes(bytes(3000))
    assert forecast.disk_mb(tmp_path, 1000) == pytest.approx(3)


def test_a_task_that_never_ran_is_not_free(monkeypatch):
    """What a race does not know it would take for nothing, and begin with it."""
    asked = []

    def timed(study, names):
        asked.append(list(names))
        return {}

    monkeypatch.setattr(forecast, "timed", timed)
    forecast.unheard(Study("s", "quick", ("xml", "s5"), ("lstm",), 3), {("s5", "gru"): 2.0})
    forecast.unheard(Study("s", "smoke", ("xml", "s5"), ("lstm",), 3), {})
    assert asked == [["xml"], []]
