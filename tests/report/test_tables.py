"""Known effects come back out of simulated runs, in the right direction and unit."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from gatewise.benchmark.architectures import catalogue
from gatewise.report import results, statistics, tables

LATTICE = ("lstm", "NIG", "NFG", "NOG", "NIG-NFG", "NIG-NOG", "NFG-NOG", "NIG-NFG-NOG")


@pytest.fixture
def judged(save):
    def judge(change=None, pairs=(), **options):
        read = results.read(save(change, **options))
        return read, tables.verdicts(read, np.random.default_rng(0), pairs)

    return judge


def row(found: pd.DataFrame, task: str, architecture: str, reference: str = "lstm") -> pd.Series:
    mine = found[
        (found["task"] == task)
        & (found["architecture"] == architecture)
        & (found["reference"] == reference)
    ]
    assert len(mine) == 1
    return mine.iloc[0]


@pytest.mark.parametrize("task", ["labelling", "sentiment", "translation", "video"])
def test_planted_effects_are_found_whatever_the_direction_of_the_metric(judged, task):
    _, found = judged()
    for name in ("NFG", "NOG", "vanilla"):
        assert row(found, task, name)["verdict"] == "harmful"
    assert row(found, task, "bi-lstm")["verdict"] == "helpful"
    assert row(found, task, "NIG")["verdict"] in ("equivalent", "undecided")
    # lstm's skill times the planted loss, in the task's unit.
    expected = {"labelling": -0.21, "sentiment": -0.075, "translation": -0.9, "video": -0.21}
    assert row(found, task, "NFG")["difference"] == pytest.approx(expected[task], abs=0.02)
    assert row(found, task, "NFG")["low"] < expected[task] < row(found, task, "NFG")["high"]


def test_pairs_are_those_of_equal_seeds(judged):
    def change(runs, curves):
        gone = (runs["architecture"] == "NFG") & (runs["seed"] == 0)
        shifted = runs["seed"] == 4
        runs.loc[shifted, "test_score"] -= 0.3  # a bad seed for all: pairing takes it out
        runs.drop(runs.index[gone], inplace=True)
        curves.drop(curves.index[~curves["experiment"].isin(runs["experiment"])], inplace=True)

    _, found = judged(change)
    assert row(found, "video", "NFG")["seeds"] == 4
    assert row(found, "video", "NOG")["seeds"] == 5
    assert row(found, "video", "NOG")["difference"] == pytest.approx(-0.07, abs=0.01)
    assert row(found, "video", "NOG")["p"] < 1e-4
    assert row(found, "video", "NOG")["p_welch"] > 0.1


def test_one_family_for_all_pairs_of_the_study(judged):
    _, alone = judged()
    _, more = judged(pairs=[("NFG", "NIG"), ("NOG", "absent")])
    assert len(more) == len(alone) + 4
    assert more["p_holm"].to_numpy() == pytest.approx(statistics.holm(more["p"].to_numpy()))
    assert row(more, "video", "NFG", "NIG")["verdict"] == "harmful"


def test_one_seed_decides_nothing(judged):
    _, found = judged(seeds=1)
    assert set(found["verdict"]) == {"undecided"}
    assert found[["low", "high", "p", "p_holm", "seeds_needed"]].isna().all(axis=None)


def test_without_lstm_there_is_nothing_to_compare_with(judged):
    read, found = judged(loss={"gru": 0.0, "vanilla": 0.3})
    assert found.empty
    assert list(found["verdict"]) == []
    assert tables.importance(read, np.random.default_rng(0)).empty


def test_only_the_undecided_need_more_seeds(judged):
    _, found = judged(noise=0.05, seeds=3)
    undecided = found["verdict"] == "undecided"
    assert undecided.any()
    assert found.loc[undecided, "seeds_needed"].gt(3).all()
    assert found.loc[~undecided, "seeds_needed"].isna().all()


def test_seeds_needed_reckon_with_holms_correction(judged):
    read, found = judged(loss={"lstm": 0.0, "gru": 0.0}, tasks=("labelling", "video"), noise=0.02)
    assert set(found["verdict"]) == {"undecided"}
    table = read.final[read.final["task"] == "video"].pivot(
        index="seed", columns="architecture", values="test_score"
    )
    differences = (table["gru"] - table["lstm"]).to_numpy()
    # Nothing is rejected yet, so the next test of the two must pass at half the level.
    expected = statistics.seeds_to_decide(statistics.over_seeds(differences), 0.01, 0.025, 0.025)
    assert expected > statistics.seeds_to_decide(statistics.over_seeds(differences), 0.01)
    assert row(found, "video", "gru")["seeds_needed"] == expected


def test_diverged_runs_count_as_chance_and_are_marked(judged):
    def change(runs, curves):
        hit = (runs["architecture"] == "gru") & (runs["task"] == "video")
        runs.loc[hit & (runs["seed"] == 2), "status"] = "diverged"

    read, found = judged(change)
    scores = tables.scores(read, np.random.default_rng(0)).set_index(["task", "architecture"])
    assert scores.loc[("video", "gru"), "diverged"] == 1
    assert scores.loc[("video", "gru"), "mean"] == pytest.approx((4 * 0.8 + 0.1) / 5, abs=0.01)
    assert row(found, "video", "gru")["diverged"]
    assert not row(found, "video", "NFG")["diverged"]


def test_scores_are_means_with_students_interval(judged):
    read, _ = judged()
    found = (
        tables.scores(read, np.random.default_rng(0))
        .set_index(["task", "architecture"])
        .loc[("video", "NOG")]
    )
    runs = read.final
    values = runs[(runs["task"] == "video") & (runs["architecture"] == "NOG")]["test_score"]
    expected = statistics.interval(statistics.over_seeds(values.to_numpy()))
    assert found["mean"] == pytest.approx(expected.estimate)
    assert (found["low"], found["high"]) == pytest.approx((expected.low, expected.high))


def test_matched_width_is_compared_with_the_lstm_that_ran(judged):
    def change(runs, curves):
        runs.loc[runs["architecture"].isin(["gru", "vanilla"]), "match"] = "width"

    read, found = judged(change)
    assert read.matches == ["parameters", "width"]
    at_width = found[found["match"] == "width"]
    assert set(at_width["architecture"]) == {"gru", "vanilla"}
    assert set(at_width["seeds"]) == {5}
    assert set(tables.against_lstm(found, read)["architecture"]).isdisjoint({"gru", "vanilla"})


def test_corners_follow_from_gates_and_not_from_names_alone(judged):
    names = dict.fromkeys((*LATTICE, "bi-lstm", "gru", "gru-no-reset", "gru-no-update"), 0.0)
    read, _ = judged(loss=names, seeds=2)
    found = tables.corners(read.main).set_index("architecture")
    assert dict(found.loc[found["lattice"] == "lstm", "corner"]) == {
        "lstm": 7,
        "NIG": 6,
        "NFG": 5,
        "NOG": 3,
        "NIG-NFG": 4,
        "NIG-NOG": 2,
        "NFG-NOG": 1,
        "NIG-NFG-NOG": 0,
    }
    gru = dict(found.loc[found["lattice"] == "gru", "corner"])
    assert gru == {"gru": 3, "gru-no-reset": 1, "gru-no-update": 2}


def test_corners_of_the_real_catalogue_are_both_whole_lattices():
    roles = ("write", "keep", "emit", "reset")
    runs = pd.DataFrame(
        {"architecture": name} | {f"gate.{role}": getattr(entry.cell, role) for role in roles}
        for name, entry in catalogue.CATALOGUE.items()
    )
    found = tables.corners(runs).groupby("lattice")["corner"].agg(sorted)
    assert found.to_dict() == {"lstm": list(range(8)), "gru": list(range(4))}


def test_a_name_that_belies_its_gates_is_no_corner(judged):
    def change(runs, curves):
        runs.loc[runs["architecture"] == "NFG", "gate.keep"] = "learned"

    read, _ = judged(change)
    assert "NFG" not in set(tables.corners(read.main)["architecture"])


def test_shapley_of_a_planted_lattice(judged):
    # Input and forget gate stand in for each other: only without both is skill lost.
    loss = {name: 0.4 * ("NIG-NFG" in name) + 0.1 * ("NOG" in name) for name in LATTICE}
    read, _ = judged(loss=loss, noise=0.002)
    found = tables.importance(read, np.random.default_rng(0)).set_index(["task", "gate"])
    skill = 0.7 / 0.8  # of lstm, by construction
    gates = found.loc["labelling"]
    assert gates["shapley"].to_dict() == pytest.approx(
        {"input gate": 0.2 * skill, "forget gate": 0.2 * skill, "output gate": 0.1 * skill},
        abs=0.006,
    )
    assert gates.loc["forget gate", "leave_one_out"] == pytest.approx(0, abs=0.006)
    assert gates.loc["forget gate", "add_one_in"] == pytest.approx(0.4 * skill, abs=0.006)
    assert (gates["low"] < gates["shapley"]).all()
    pairs = (
        tables.interactions(read, np.random.default_rng(0))
        .set_index(["task", "gates"])
        .loc["labelling"]
    )
    together = pairs.loc["input gate and forget gate", "interaction"]
    assert together == pytest.approx(-0.4 * skill, abs=0.01)


def test_gru_has_a_lattice_of_its_own(judged):
    loss = {
        "lstm": 0.0,
        "gru": 0.0,
        "gru-no-reset": 0.1,
        "gru-no-update": 0.3,
        "gru-no-reset-no-update": 0.4,
    }
    read, _ = judged(loss=loss)
    found = tables.importance(read, np.random.default_rng(0))
    gates = found[(found["lattice"] == "gru") & (found["task"] == "labelling")].set_index("gate")
    assert gates["shapley"].to_dict() == pytest.approx(
        {"update gate": 0.3 * 0.875, "reset gate": 0.1 * 0.875}, abs=0.01
    )


def test_without_the_whole_lattice_leaving_out_is_all_there_is(judged):
    read, _ = judged()
    found = tables.importance(read, np.random.default_rng(0))
    assert found["shapley"].isna().all()
    assert found["add_one_in"].isna().all()
    forget = found[(found["task"] == "labelling") & (found["role"] == "keep")].iloc[0]
    assert forget["leave_one_out"] == pytest.approx(0.3 * 0.875, abs=0.01)
    assert forget["low"] < 0.3 * 0.875 < forget["high"]
    assert tables.interactions(read, np.random.default_rng(0)).empty


def test_intervals_of_scores_stay_where_scores_can_be(judged):
    """Beyond a perfect score and below zero there is nothing; differences know no such end."""

    def change(runs, curves):
        lstm = runs["architecture"] == "lstm"
        best = [0.999, 0.98, 1.0, 0.99, 0.97]
        runs.loc[lstm & (runs["task"] == "video"), "test_score"] = best
        runs.loc[lstm & (runs["task"] == "translation"), "test_score"] = [0.0, 0.1, 0, 0, 0]

    read, found = judged(change)
    table = tables.scores(read, np.random.default_rng(0)).set_index(["task", "architecture"])
    video, translation = table.loc[("video", "lstm")], table.loc[("translation", "lstm")]
    free = statistics.interval(statistics.over_seeds(np.array([0.999, 0.98, 1.0, 0.99, 0.97])))
    assert free.high > 1, "Student's interval goes beyond"
    assert video["high"] == 1.0
    assert video["low"] == pytest.approx(free.low)
    assert translation["low"] == 0.0
    assert 0.02 < translation["high"] < 1
    assert (table["low"] <= table["mean"]).all()
    assert (table["mean"] <= table["high"]).all()
    assert (found["low"] < 0).any()


def test_baselines_and_further_scores_are_those_of_the_task(judged):
    read, _ = judged()
    runs = read.final[read.final["task"] == "translation"]
    assert tables.beside(runs, "baseline") == [
        ("bigram language model", "nats", 4.0),
        ("word-by-word dictionary", "bleu", 12.8),
    ]
    assert list(tables.further_scores(runs).columns) == ["bleu"]
    labelling = read.final[read.final["task"] == "labelling"]
    assert tables.beside(labelling, "baseline") == []
    assert tables.beside(labelling, "published") == [("a paper (Someone 2000)", "accuracy", 0.97)]
    assert tables.beside(runs, "published") == []
    assert tables.further_scores(labelling).columns.empty


def test_curves_end_where_the_first_seed_stops(judged):
    def change(runs, curves):
        first = runs.loc[0, "experiment"]
        curves.drop(
            curves.index[(curves["experiment"] == first) & (curves["epoch"] == 4)], inplace=True
        )

    read, _ = judged(change)
    found = tables.curves(read, "labelling").groupby("architecture")["epoch"].max()
    assert found["lstm"] == 3
    assert found["NFG"] == 4


def test_the_published_protocol_takes_the_best_tenth(judged):
    read, _ = judged(seeds=40)
    trials = read.runs.assign(phase="tuning")
    searched = results.Results(pd.concat([read.runs, trials]), read.curves)
    found = tables.best_trials(searched).set_index(["task", "architecture"])
    assert set(found["trials"]) == {4}
    assert found.loc[("translation", "NFG"), "verdict"] == "harmful"
    assert found.loc[("translation", "bi-lstm"), "verdict"] == "helpful"
    assert tables.best_trials(read).empty


def test_settings_say_what_was_chosen_and_how_good_the_best_trial_was(save):
    read = results.read(save(tasks=("labelling", "translation"), seeds=3))
    assert (tables.settings(read)["trials"] == 0).all()
    trials = read.runs.assign(phase="tuning")
    found = tables.settings(results.Results(pd.concat([read.runs, trials]), read.curves))
    assert not found.duplicated(["task", "architecture", "match"]).any()
    assert (found["trials"] == 3).all()
    best = found.set_index(["task", "architecture"])["validation_score"]
    mine = trials[trials["architecture"] == "NFG"].groupby("task")["validation_score"]
    assert best["labelling", "NFG"] == mine.max()["labelling"]
    assert best["translation", "NFG"] == mine.min()["translation"]


def test_with_example_scores_verdicts_know_the_luck_of_the_test_sample(save, save_examples):
    folder = save(tasks=("labelling", "translation"), seeds=4)
    seeds_alone = tables.verdicts(results.read(folder), np.random.default_rng(0))
    save_examples(folder, np.random.default_rng(1))
    read = results.read(folder)
    found = tables.verdicts(read, np.random.default_rng(0))
    assert found["difference"].to_numpy() == pytest.approx(seeds_alone["difference"], abs=1e-5)
    assert seeds_alone["example_share"].isna().all()
    assert found["example_share"].between(0, 1).all()
    # What is hard for all runs of a task leaves their differences, and stays in their means.
    means = tables.scores(read, np.random.default_rng(0))
    lstm = means[(means["task"] == "labelling") & (means["architecture"] == "lstm")].iloc[0]
    assert lstm["high"] - lstm["low"] > 0.04
    effect = tables.TaskRuns(
        read.final[read.final["task"] == "labelling"],
        read.examples["labelling"],
        np.random.default_rng(0),
    ).effect({"lstm": 1.0})
    assert effect.example_share > 0.9


def test_shapley_intervals_run_over_examples_too(save, save_examples):
    loss = {name: 0.1 * name.count("N") for name in LATTICE}
    folder = save(loss=loss, tasks=("translation",), seeds=3)
    save_examples(folder, np.random.default_rng(1))
    read = results.read(folder)
    found = tables.importance(read, np.random.default_rng(0))
    alone = tables.importance(replace(read, examples={}), np.random.default_rng(0))
    assert found["shapley"].to_numpy() == pytest.approx(alone["shapley"], abs=1e-5)
    assert (found["bootstrap_low"] < found["shapley"]).all()
    assert (found["low"] != alone["low"]).all()
    together = tables.interactions(read, np.random.default_rng(0))
    assert together["interaction"].abs().max() < 0.02


def test_the_dial_is_read_where_a_family_has_two_settings(judged):
    def change(runs, curves):
        runs["dial"] = runs["task"].map({"labelling": "adding", "video": "adding"}).fillna("xml")
        runs["dial_value"] = runs["task"].map({"labelling": 50, "video": 100}).fillna(3)
        runs["dial_unit"] = "steps"

    read, found = judged(change)
    table = tables.dial(read, found)
    assert read.dials["video"] == ("adding", 100)
    # Sentiment and translation share the family xml at one setting alone.
    assert set(table["family"]) == {"adding"}
    assert set(table["architecture"]) == {"NIG", "NFG", "NOG", "vanilla"}
    forget = table[table["architecture"] == "NFG"]
    assert forget["value"].tolist() == [50, 100]
    assert forget["difference"].to_numpy() == pytest.approx([-0.26, -0.23], abs=0.02)
