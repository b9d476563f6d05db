"""Known effects come back out of simulated runs, in the right direction and unit."""

from __future__ import annotations

import numpy as np
import pytest

from gatewise.report.reading import results
from gatewise.report.statistics import effects, families, power
from gatewise.report.tables import gates, runs, scores, verdicts


@pytest.mark.parametrize("task", ["labelling", "sentiment", "translation", "video"])
def test_planted_effects_are_found_whatever_the_direction_of_the_metric(judged, task, row):
    _, found = judged()
    for name in ("NFG", "NOG", "vanilla"):
        assert row(found, task, name)["verdict"] == "harmful"
    assert row(found, task, "bi-lstm")["verdict"] == "helpful"
    assert row(found, task, "NIG")["verdict"] in ("equivalent", "undecided")
    # lstm's skill times the planted loss, in the task's unit.
    expected = {"labelling": -0.21, "sentiment": -0.075, "translation": -0.9, "video": -0.21}
    assert row(found, task, "NFG")["difference"] == pytest.approx(expected[task], abs=0.02)
    assert row(found, task, "NFG")["low"] < expected[task] < row(found, task, "NFG")["high"]


def test_pairs_are_those_of_equal_seeds(judged, row):
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


def test_one_family_for_all_pairs_of_the_study(judged, row):
    _, alone = judged()
    _, more = judged(pairs=[("NFG", "NIG"), ("NOG", "absent")])
    assert len(more) == len(alone) + 4
    assert more["p_holm"].to_numpy() == pytest.approx(families.holm(more["p"].to_numpy()))
    assert row(more, "video", "NFG", "NIG")["verdict"] == "harmful"


def test_one_seed_decides_nothing(judged):
    _, found = judged(seeds=1)
    assert set(found["verdict"]) == {"undecided"}
    assert found[["low", "high", "p", "p_holm", "seeds_needed"]].isna().all(axis=None)


def test_without_lstm_there_is_nothing_to_compare_with(judged):
    read, found = judged(loss={"gru": 0.0, "vanilla": 0.3})
    assert found.empty
    assert list(found["verdict"]) == []
    assert gates.importance(read, np.random.default_rng(0)).empty


def test_only_the_undecided_need_more_seeds(judged):
    _, found = judged(noise=0.05, seeds=3)
    undecided = found["verdict"] == "undecided"
    assert undecided.any()
    assert found.loc[undecided, "seeds_needed"].gt(3).all()
    assert found.loc[~undecided, "seeds_needed"].isna().all()


def test_seeds_needed_reckon_with_holms_correction(judged, row):
    read, found = judged(loss={"lstm": 0.0, "gru": 0.0}, tasks=("labelling", "video"), noise=0.02)
    assert set(found["verdict"]) == {"undecided"}
    table = read.final[read.final["task"] == "video"].pivot(
        index="seed", columns="architecture", values="test_score"
    )
    differences = (table["gru"] - table["lstm"]).to_numpy()
    # Nothing is rejected yet, so the next test of the two must pass at half the level.
    expected = power.seeds_to_decide(effects.over_seeds(differences), 0.01, 0.025, 0.025)
    assert expected > power.seeds_to_decide(effects.over_seeds(differences), 0.01)
    assert row(found, "video", "gru")["seeds_needed"] == expected


def test_matched_width_is_compared_with_the_lstm_that_ran(judged):
    def change(runs, curves):
        runs.loc[runs["architecture"].isin(["gru", "vanilla"]), "match"] = "width"

    read, found = judged(change)
    assert read.matches == ["parameters", "width"]
    at_width = found[found["match"] == "width"]
    assert set(at_width["architecture"]) == {"gru", "vanilla"}
    assert set(at_width["seeds"]) == {5}
    assert set(verdicts.against_lstm(found, read)["architecture"]).isdisjoint({"gru", "vanilla"})


def test_with_example_scores_verdicts_know_the_luck_of_the_test_sample(save, save_examples):
    folder = save(tasks=("labelling", "translation"), seeds=4)
    seeds_alone = verdicts.verdicts(results.read(folder), np.random.default_rng(0))
    save_examples(folder, np.random.default_rng(1))
    read = results.read(folder)
    found = verdicts.verdicts(read, np.random.default_rng(0))
    assert found["difference"].to_numpy() == pytest.approx(seeds_alone["difference"], abs=1e-5)
    assert seeds_alone["example_share"].isna().all()
    assert found["example_share"].between(0, 1).all()
    # What is hard for all runs of a task leaves their differences, and stays in their means.
    means = scores.scores(read, np.random.default_rng(0))
    lstm = means[(means["task"] == "labelling") & (means["architecture"] == "lstm")].iloc[0]
    assert lstm["high"] - lstm["low"] > 0.04
    effect = runs.TaskRuns(
        read.final[read.final["task"] == "labelling"],
        read.examples["labelling"],
        np.random.default_rng(0),
    ).effect({"lstm": 1.0})
    assert effect.example_share > 0.9
