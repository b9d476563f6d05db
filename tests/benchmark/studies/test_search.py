"""Searches are fair, end, and are played again to the letter."""

from __future__ import annotations

import dataclasses
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from gatewise.benchmark.records.experiment import Experiment, Result
from gatewise.benchmark.records.ledger import Ledger
from gatewise.benchmark.studies.search import (
    METHODS,
    SPACE,
    InvalidSearch,
    InvalidSettings,
    Search,
    Setting,
    read_settings,
)

GATEWISE = Path(sys.executable).parent / "gatewise"
TEMPLATE = Experiment("labelling", "smoke", "lstm", "{}", 9, 9, 2, 32, 0.1, 1.0, 0.0, 0, "00")


def result(score: float, status: str = "finished") -> Result:
    return Result(
        status, None, None, score, 0.7, 1, 1, 10, 5, 9, 9, "", 0.0, 1.0, 1.0, 0.1,
        "2026-01-01T00:00:00+00:00", (),
    )  # fmt: skip


def landscape(trial: Experiment) -> float:
    """Best, 1, at a learning rate of 0.003 without dropout."""
    import math

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
    """As many trials with as many epochs, and under random search the very same settings."""

    def trials(architecture):
        template = dataclasses.replace(TEMPLATE, architecture=architecture)
        rounds = play(Search(template, method, 6, True, tmp_path))
        return [t for trials in rounds for t in trials]

    lstm, gru = trials("lstm"), trials("gru")
    assert len(lstm) == len({t.id for t in lstm}) == len(gru)
    assert sorted(t.epochs for t in lstm) == sorted(t.epochs for t in gru)
    if method != "hyperband":
        assert len(lstm) == 6
    if method == "random":
        assert [dataclasses.replace(t, architecture="gru") for t in lstm] == gru


@pytest.mark.parametrize("method", METHODS)
def test_trials_stay_in_the_space_and_off_the_test_split(method, tmp_path):
    trials = [t for round in play(Search(TEMPLATE, method, 9, True, tmp_path)) for t in round]
    assert {t.phase for t in trials} == {"tuning"}
    assert min(t.seed for t in trials) >= 1_000_000
    assert len({t.seed for t in trials}) == len(trials)
    assert {t.epochs for t in trials} <= set(range(1, TEMPLATE.epochs + 1))
    for trial in trials:
        for name, (low, high) in {
            "learning_rate": SPACE.learning_rate,
            "clip_norm": SPACE.clip_norm,
            "dropout": SPACE.dropout,
        }.items():
            assert low <= getattr(trial, name) <= high
        assert trial.batch_size in SPACE.batch_size
        fixed = ("task", "scale", "architecture", "budget", "patience", "data_sha256", "match")
        assert all(getattr(trial, name) == getattr(TEMPLATE, name) for name in fixed)


@pytest.mark.parametrize("method", METHODS)
def test_a_search_is_played_again_whatever_was_left_on_disk(method, tmp_path):
    first = play(Search(TEMPLATE, method, 6, True, tmp_path))
    project = tmp_path / "tuner" / "labelling" / "lstm"
    (project / "oracle.json").write_text("{")
    next(project.glob("trial_*/trial.json")).write_text("")
    assert play(Search(TEMPLATE, method, 6, True, tmp_path)) == first


def test_bayesian_search_learns_from_what_it_is_told(tmp_path):
    """After the same random start it comes closer to the best than random search."""
    best = {}
    for method in ("random", "bayesian"):
        search = Search(TEMPLATE, method, 20, True, tmp_path / method)
        play(search)
        best[method] = landscape(search.best)
    assert best["bayesian"] > best["random"]
    assert best["bayesian"] > 0.9


@pytest.mark.parametrize("higher", [True, False])
def test_best_follows_the_direction_and_passes_over_diverged_trials(higher, tmp_path):
    search = Search(TEMPLATE, "random", 3, higher, tmp_path)
    trials = search.ask()
    told = dict(zip([t.id for t in trials], [0.2, 0.9, 0.5], strict=True))
    diverged = trials[1 if higher else 0].id
    search.tell(lambda id: result(told[id], "diverged" if id == diverged else "finished"))
    assert search.best.id == trials[2].id


def test_project_on_disk_opens_in_keras_tuner(tmp_path):
    import keras_tuner

    search = Search(TEMPLATE, "random", 4, True, tmp_path)
    play(search)
    oracle = keras_tuner.oracles.RandomSearchOracle(
        objective=keras_tuner.Objective("validation_score", "max"), max_trials=4, seed=1
    )
    oracle._set_project_dir(str(tmp_path / "tuner" / "labelling"), "lstm")
    oracle.reload()
    (best,) = oracle.get_best_trials(1)
    assert best.score == landscape(search.best)
    assert best.hyperparameters.values["learning_rate"] == search.best.learning_rate


def test_unknown_method_is_refused(tmp_path):
    with pytest.raises(InvalidSearch, match="search 'grid': allowed are random, bayesian"):
        Search(TEMPLATE, "grid", 3, True, tmp_path)


@pytest.mark.slow
def test_killed_study_goes_on_with_the_same_trials(tmp_path):
    """Driver and worker die by SIGKILL in the middle of tuning."""
    command = [
        str(GATEWISE), "run", "--preset", "smoke", "--tasks", "sentiment", "--architectures",
        "vanilla", "--seeds", "1", "--trials", "3", "--match", "parameters,width",
        "--workers", "1",
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
    assert sorted((e.architecture, e.phase, e.match) for e in runs) == sorted(
        [
            *[("vanilla", "tuning", "parameters") for _ in range(3)],
            ("vanilla", "final", "parameters"),
            ("vanilla", "final", "width"),
        ]
    )
    results = {e.id: r for e, r in ledger}
    trials = [e for e in runs if e.phase == "tuning"]
    best = max(trials, key=lambda e: results[e.id].validation_score)
    for final in (e for e in runs if e.phase == "final"):
        assert final.learning_rate == best.learning_rate
        assert (folder / "examples" / f"{final.id}.npz").exists()
        assert results[final.id].test_score is not None
    assert results[best.id].test_score is None
    assert not (folder / "examples" / f"{best.id}.npz").exists()


HEAD = "task,scale,architecture,match,learning_rate,clip_norm,dropout,batch_size\n"


def test_settings_are_read_from_what_a_study_left(tmp_path):
    path = tmp_path / "settings.csv"
    rows = "video,quick,lstm,parameters,0.01,0.5,0.25,64\nvideo,quick,lstm,width,0.1,1,0,32\n"
    path.write_text(HEAD + rows)
    assert read_settings(path) == (Setting("video", "lstm", 0.01, 0.5, 0.25, 64),)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("task,architecture\nvideo,lstm\n", "line 2: learning_rate=None: allowed is a number"),
        (HEAD + "video,quick,lstm,width,0.1,1,0,many\n", "batch_size='many': allowed is a whole"),
        (HEAD + ",quick,lstm,width,0.1,1,0,16\n", "task='': allowed is a name"),
        (None, "No such file.*allowed is the settings.csv"),
    ],
)
def test_settings_that_are_none_are_refused(text, said, tmp_path):
    path = tmp_path / "settings.csv"
    if text is not None:
        path.write_text(text)
    with pytest.raises(InvalidSettings, match=said):
        read_settings(path)
