"""Searches are fair, end, and are played again to the letter."""

from __future__ import annotations

import dataclasses
import math
import os
import shutil
import signal
import subprocess
import sys
import time
from itertools import pairwise
from pathlib import Path
from statistics import fmean

import pytest

from gatewise.benchmark.records.experiment import Experiment, Result
from gatewise.benchmark.records.failures import Failures
from gatewise.benchmark.records.ledger import Ledger
from gatewise.benchmark.studies.methods import METHODS, InvalidSearch
from gatewise.benchmark.studies.plan import asked
from gatewise.benchmark.studies.run import tune
from gatewise.benchmark.studies.rungs import halving
from gatewise.benchmark.studies.search import AGAIN, Search, trainings
from gatewise.benchmark.studies.space import SPACE, TUNED, design
from gatewise.benchmark.studies.study import Study

GATEWISE = Path(sys.executable).parent / "gatewise"
TEMPLATE = Experiment("labelling", "smoke", "lstm", "{}", 9, 9, 2, 32, 0.02, 1.0, 0.0, 0, "00")


def result(score: float, status: str = "finished") -> Result:
    return Result(
        status, None, None, score, 0.7, 1, 1, 10, 5, 9, 9, "", 0.0, 1.0, 1.0, 0.1,
        "2026-01-01T00:00:00+00:00", (),
    )  # fmt: skip


def point(trial: Experiment) -> tuple[float, ...]:
    return tuple(getattr(trial, name) for name in TUNED)


def landscape(trial: Experiment) -> float:
    """Best, 1, at a learning rate of 0.003 without dropout."""
    return 1 - abs(math.log10(trial.learning_rate / 0.003)) - trial.dropout


def play(search: Search) -> list[list[Experiment]]:
    """Run a search to its end over the landscape; the trials of each round."""
    rounds = []
    while trials := search.ask():
        rounds.append(trials)
        scores = {trial.id: landscape(trial) for trial in trials}
        search.tell({id: result(score) for id, score in scores.items()}.__getitem__)
    return rounds


@pytest.mark.parametrize("method", METHODS)
def test_every_architecture_is_searched_with_the_same_effort(method, tmp_path):
    """As many trials with as many epochs, from the very same settings and seeds."""

    def trials(architecture):
        template = dataclasses.replace(TEMPLATE, architecture=architecture)
        return play(Search(template, method, 6, True, tmp_path))

    lstm, gru = trials("lstm"), trials("gru")
    assert [dataclasses.replace(t, architecture="gru") for t in lstm[0]] == gru[0]
    every = [t for round in lstm for t in round]
    assert len(every) == len({t.id for t in every}) <= trainings(method, 6, TEMPLATE.epochs)
    assert sum(t.epochs for t in every[:-AGAIN]) <= (6 + 1) * TEMPLATE.epochs
    assert sorted(t.epochs for t in every) == sorted(t.epochs for round in gru for t in round)


def test_a_search_of_which_a_trial_failed_ends_and_the_others_go_on(tmp_path):
    study = Study("s", "smoke", ("labelling",), ("lstm", "gru"), seeds=1, trials=3)
    templates = [asked(study, "labelling", name, "00") for name in study.architectures]
    ledger, failures = Ledger(tmp_path), Failures(tmp_path)

    def train(trials):
        for trial in trials:
            if trial.architecture == "gru" and trial.dropout > 0.1:
                failures.add(trial, "it is broken")
            else:
                ledger.add(trial, result(landscape(trial)))

    (chosen,) = tune(study, templates, tmp_path, train)
    assert chosen.architecture == "lstm"
    assert failures.ids()


@pytest.mark.parametrize("method", METHODS)
def test_trials_stay_in_the_space_and_off_the_test_split(method, tmp_path):
    trials = [t for round in play(Search(TEMPLATE, method, 9, True, tmp_path)) for t in round]
    assert {t.phase for t in trials} == {"tuning"}
    assert min(t.seed for t in trials) >= 1_000_000
    assert len({t.seed for t in trials}) == len(trials)
    assert {t.epochs for t in trials} <= set(range(1, TEMPLATE.epochs + 1))
    for trial in trials:
        for name, (low, high) in dataclasses.asdict(SPACE).items():
            assert low <= getattr(trial, name) <= high
        fixed = {name: getattr(TEMPLATE, name) for name in TUNED} | {"phase": "final"}
        kept = dataclasses.replace(trial, **fixed, seed=0, epochs=TEMPLATE.epochs)
        # As many steps for all: neither the size of a batch nor its number is searched.
        assert kept == TEMPLATE


@pytest.mark.parametrize("method", METHODS)
def test_the_recipe_is_trial_0_and_what_is_chosen_is_never_below_it(method, tmp_path):
    search = Search(TEMPLATE, method, 6, True, tmp_path)
    first, *_, last = play(search)
    assert point(first[0]) == point(TEMPLATE)
    assert point(TEMPLATE) in [point(t) for t in last]
    assert {t.epochs for t in last} == {TEMPLATE.epochs}
    assert landscape(search.best) == max(map(landscape, last)) >= landscape(TEMPLATE)


def test_points_span_three_decades_and_are_of_the_task_and_the_repetition(tmp_path):
    def rates(**changes):
        template = dataclasses.replace(TEMPLATE, **changes)
        (trials, *_) = play(Search(template, "design", 17, True, tmp_path))
        return [t.learning_rate for t in trials[1:]]

    low, high = map(math.log10, SPACE.learning_rate)
    assert high - low >= 3
    places = [(math.log10(rate) - low) / (high - low) for rate in rates()]
    assert sorted(int(16 * place) for place in places) == list(range(16))
    assert rates(architecture="gru") == rates(budget=7) == rates()
    others = rates(task="video"), rates(repetition=1)
    assert not {*others[0], *others[1]} & set(rates())


def test_a_longer_design_begins_with_the_shorter_one():
    space = SPACE.hyperparameters()
    assert design(space, 21, 5)[:6] == design(space, 6, 5)
    assert design(space, 0, 5) == []


@pytest.mark.parametrize("epochs", [1, 2, 8, 40])
@pytest.mark.parametrize("trials", [1, 2, 6, 12])
def test_halving_looks_at_more_points_for_the_same_price(trials, epochs):
    rungs = halving(trials, epochs)
    assert sum(rung.trials * rung.epochs for rung in rungs) <= trials * epochs
    assert rungs[-1].epochs == epochs
    assert rungs[0].trials >= trials
    if epochs >= 8 and trials >= 6:
        assert rungs[0].trials >= 2.3 * trials
        assert rungs[-1].trials >= AGAIN


def test_halving_goes_on_with_the_best(tmp_path):
    search = Search(TEMPLATE, "halving", 6, True, tmp_path)
    rungs = play(search)[:-1]
    assert [t.epochs for round in rungs for t in round[:1]] == [1, 3, 9]
    for below, above in pairwise(rungs):
        best = sorted(below, key=landscape, reverse=True)[: len(above)]
        assert [point(t) for t in above] == [point(t) for t in best]


def test_the_last_rung_lends_its_second_from_the_rung_below(tmp_path):
    search = Search(TEMPLATE, "halving", 3, True, tmp_path)
    *_, below, top, again = play(search)
    assert len(top) == 1 < AGAIN
    best = sorted(below, key=landscape, reverse=True)[:AGAIN]
    assert [point(t) for t in again] == [*map(point, best), point(TEMPLATE)]


def test_a_trial_that_was_only_lucky_is_not_chosen(tmp_path):
    """Of the best two of the trials the one that is better with a fresh seed is."""
    search = Search(TEMPLATE, "design", 5, True, tmp_path)
    trials = search.ask()
    told = dict(zip((t.id for t in trials), (0.1, 0.5, 0.9, 0.8, 0.2), strict=True))
    search.tell(lambda id: result(told[id]))
    again = search.ask()
    assert [point(t) for t in again] == [point(trials[k]) for k in (2, 3, 0)]
    assert not {t.seed for t in again} & {t.seed for t in trials}
    told = dict(zip((t.id for t in again), (0.4, 0.6, 0.3), strict=True))
    search.tell(lambda id: result(told[id]))
    assert point(search.best) == point(trials[3])
    assert search.ask() == []


@pytest.mark.parametrize("method", METHODS)
def test_a_search_is_played_again_whatever_was_left_on_disk(method, tmp_path):
    first = play(Search(TEMPLATE, method, 6, True, tmp_path))
    project = tmp_path / "tuner" / "labelling" / "lstm" / "0"
    (project / "oracle.json").write_text("{")
    next(project.glob("trial_*/trial.json")).write_text("")
    assert play(Search(TEMPLATE, method, 6, True, tmp_path)) == first


@pytest.mark.slow
def test_bayesian_search_learns_from_what_it_is_told(tmp_path):
    """On average it comes closer to the best than the design alone."""

    def found(method: str, repetition: int) -> float:
        template = dataclasses.replace(TEMPLATE, repetition=repetition)
        search = Search(template, method, 20, True, tmp_path / method)
        play(search)
        return landscape(search.best)

    mean = {m: fmean(found(m, r) for r in range(4)) for m in ("design", "bayesian")}
    assert mean["bayesian"] > mean["design"] + 0.05


@pytest.mark.parametrize("higher", [True, False])
def test_best_follows_the_direction_and_passes_over_diverged_trials(higher, tmp_path):
    search = Search(TEMPLATE, "design", 3, higher, tmp_path)
    trials = search.ask()
    told = dict(zip([t.id for t in trials], [0.2, 0.9, 0.5], strict=True))
    diverged = trials[1 if higher else 0].id
    search.tell(lambda id: result(told[id], "diverged" if id == diverged else "finished"))
    again = search.ask()
    assert point(again[0]) == point(trials[2])
    better = again[1].id
    search.tell(lambda id: result(0.5 + (0.1 if higher else -0.1) * (id == better)))
    assert search.best.id == better


def test_project_on_disk_opens_in_keras_tuner(tmp_path):
    import keras_tuner

    search = Search(TEMPLATE, "design", 4, True, tmp_path)
    trials = play(search)[0]
    oracle = keras_tuner.oracles.RandomSearchOracle(
        objective=keras_tuner.Objective("validation_score", "max"), max_trials=4, seed=1
    )
    oracle._set_project_dir(str(tmp_path / "tuner" / "labelling" / "lstm"), "0")
    oracle.reload()
    (best,) = oracle.get_best_trials(1)
    assert best.score == max(map(landscape, trials))
    assert best.hyperparameters.values["learning_rate"] == search.best.learning_rate


def test_unknown_method_is_refused(tmp_path):
    with pytest.raises(InvalidSearch, match="search 'grid': allowed are halving, design, bayes"):
        Search(TEMPLATE, "grid", 3, True, tmp_path)


@pytest.mark.slow
def test_killed_study_goes_on_with_the_same_trials(tmp_path):
    """Driver and worker die by SIGKILL in the middle of tuning."""
    command = [
        str(GATEWISE), "run", "--preset", "smoke", "--tasks", "sentiment", "--architectures",
        "vanilla", "--seeds", "1", "--trials", "2", "--repetitions", "2", "--workers", "1",
        "--match", "parameters,width", "--search", "design",
    ]  # fmt: skip
    folder, ledger = tmp_path / "smoke", Ledger(tmp_path / "smoke")
    process = subprocess.Popen(
        [*command, "--results", tmp_path],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    end = time.monotonic() + 120
    while time.monotonic() < end and not ledger.finished():
        time.sleep(0.02)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    done = {p.name: p.stat().st_mtime_ns for p in ledger.folder.glob("*.json")}
    assert done
    shutil.rmtree(folder / "tuner" / "sentiment" / "vanilla")
    resumed = subprocess.run(
        [*command, "--results", tmp_path], capture_output=True, text=True, check=False
    )
    assert resumed.returncode == 0, resumed.stderr
    after = {p.name: p.stat().st_mtime_ns for p in ledger.folder.glob("*.json")}
    assert {name: after[name] for name in done} == done
    runs = [experiment for experiment, _ in ledger]
    finals = [e for e in runs if e.phase == "final"]
    assert sorted((e.repetition, e.seed, e.match) for e in finals) == [
        (0, 0, "parameters"),
        (0, 0, "width"),
        (1, 1000, "parameters"),
        (1, 1000, "width"),
    ]
    results = {e.id: r for e, r in ledger}
    for final in finals:
        trials = [e for e in runs if e.phase == "tuning" and e.repetition == final.repetition]
        assert len(trials) == 2 + 2
        again = sorted(trials, key=lambda e: e.seed)[2:]
        best = max(again, key=lambda e: results[e.id].validation_score)
        assert final.learning_rate == best.learning_rate
        assert (folder / "examples" / f"{final.id}.npz").exists()
        assert results[final.id].test_score is not None
        assert results[best.id].test_score is None
        assert not (folder / "examples" / f"{best.id}.npz").exists()
