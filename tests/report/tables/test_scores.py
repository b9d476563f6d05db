"""Known effects come back out of simulated runs, in the right direction and unit."""

from __future__ import annotations

import numpy as np
import pytest

from gatewise.report.statistics import effects
from gatewise.report.tables import scores


def test_diverged_runs_count_as_chance_and_are_marked(judged, row):
    def change(runs, curves):
        hit = (runs["architecture"] == "gru") & (runs["task"] == "video")
        runs.loc[hit & (runs["seed"] == 2), "status"] = "diverged"

    read, found = judged(change)
    means = scores.scores(read).set_index(["task", "architecture"])
    assert means.loc[("video", "gru"), "diverged"] == 1
    assert means.loc[("video", "gru"), "mean"] == pytest.approx((4 * 0.8 + 0.1) / 5, abs=0.01)
    assert row(found, "video", "gru")["diverged"]
    assert not row(found, "video", "NFG")["diverged"]


def test_scores_are_means_with_an_interval_that_borrows_from_the_others(judged):
    read, _ = judged()
    found = scores.scores(read).set_index(["task", "architecture"]).loc[("video", "NOG")]
    runs = read.final
    values = runs[(runs["task"] == "video") & (runs["architecture"] == "NOG")]["test_score"]
    alone = effects.mean_interval(values.to_numpy())
    assert found["mean"] == pytest.approx(alone.estimate)
    assert found["low"] < alone.estimate < found["high"]
    # All were planted with one spread, which eight architectures know better than one.
    half = 2.2 * 0.003 * 0.9 / np.sqrt(5)
    assert found["high"] - found["mean"] == pytest.approx(half, rel=0.4)


def test_intervals_of_scores_stay_where_scores_can_be(judged):
    """Beyond a perfect score and below zero there is nothing; differences know no such end."""

    def change(runs, curves):
        lstm = runs["architecture"] == "lstm"
        best = [0.999, 0.98, 1.0, 0.99, 0.97]
        runs.loc[lstm & (runs["task"] == "video"), "test_score"] = best
        runs.loc[lstm & (runs["task"] == "translation"), "test_score"] = [0.0, 0.1, 0, 0, 0]

    read, found = judged(change)
    table = scores.scores(read).set_index(["task", "architecture"])
    video, translation = table.loc[("video", "lstm")], table.loc[("translation", "lstm")]
    assert 2 * video["mean"] - video["low"] > 1, "the interval would go beyond"
    assert video["high"] == 1.0
    assert translation["low"] == 0.0
    assert 0.02 < translation["high"] < 1
    assert (table["low"] <= table["mean"]).all()
    assert (table["mean"] <= table["high"]).all()
    assert (found["low"] < 0).any()


def test_baselines_and_further_scores_are_those_of_the_task(judged):
    read, _ = judged()
    runs = read.final[read.final["task"] == "translation"]
    assert scores.beside(runs, "baseline") == [
        ("bigram language model", "nats", 4.0),
        ("word-by-word dictionary", "bleu", 12.8),
    ]
    assert list(scores.further_scores(runs).columns) == ["bleu"]
    labelling = read.final[read.final["task"] == "labelling"]
    assert scores.beside(labelling, "baseline") == []
    assert scores.beside(labelling, "published") == [("a paper (Someone 2000)", "accuracy", 0.97)]
    assert scores.beside(runs, "published") == []
    assert scores.further_scores(labelling).columns.empty


def test_curves_end_where_the_first_seed_diverges(judged):
    def change(runs, curves):
        first = runs.loc[0, "experiment"]
        runs.loc[0, "status"] = "diverged"
        curves.drop(
            curves.index[(curves["experiment"] == first) & (curves["epoch"] == 4)], inplace=True
        )

    read, _ = judged(change)
    found = scores.curves(read, "labelling").groupby("architecture")["epoch"].max()
    assert found["lstm"] == 3
    assert found["NFG"] == 4


def test_a_run_that_has_ended_stays_at_what_it_kept(judged):
    """A perfect one ends at once, and the line of its architecture does not end with it."""

    def change(runs, curves):
        mine = (runs["architecture"] == "lstm") & (runs["task"] == "labelling")
        first = runs.loc[mine & (runs["seed"] == 0), "experiment"]
        mine = curves["experiment"].isin(first)
        runs.loc[runs["experiment"].isin(first), "validation_score"] = 1.0
        curves.loc[mine & (curves["epoch"] == 2), "validation_score"] = 1.0
        curves.drop(index=curves.index[mine & (curves["epoch"] > 2)], inplace=True)

    read, _ = judged(change)
    found = scores.curves(read, "labelling")
    lstm = found[found["architecture"] == "lstm"]
    runs = read.main[(read.main["task"] == "labelling") & (read.main["architecture"] == "lstm")]
    whole = read.curves[read.curves["experiment"].isin(runs["experiment"])]
    last = whole["epoch"].max()
    assert lstm["epoch"].tolist() == list(range(1, last + 1))
    best = whole.groupby("experiment")["validation_score"].max()
    assert lstm["mean"].iloc[-1] == pytest.approx(best.mean())
    assert (lstm["max"].iloc[-1], lstm["count"].iloc[-1]) == (1.0, len(best))


def test_no_curve_rises_where_nothing_was_gained(judged):
    """What went down before it ended has kept its best, and not come back to it."""

    def change(runs, curves):
        mine = runs[(runs["architecture"] == "lstm") & (runs["task"] == "labelling")]
        first = curves["experiment"] == mine["experiment"].iloc[0]
        curves.loc[first & (curves["epoch"] <= 2), "validation_score"] = [0.99, 0.2]
        curves.drop(index=curves.index[first & (curves["epoch"] > 2)], inplace=True)
        rest = curves["experiment"].isin(mine["experiment"].iloc[1:])
        curves.loc[rest, "validation_score"] = 0.5

    read, _ = judged(change)
    found = scores.curves(read, "labelling")
    lstm = found[found["architecture"] == "lstm"]
    assert lstm["max"].eq(0.99).all()
    assert lstm["mean"].nunique() == 1


def test_a_run_that_diverged_at_once_leaves_no_line(judged):
    def change(runs, curves):
        first = runs.loc[0, "experiment"]
        runs.loc[0, "status"] = "diverged"
        curves.drop(index=curves.index[curves["experiment"] == first], inplace=True)

    read, _ = judged(change)
    assert "lstm" not in set(scores.curves(read, "labelling")["architecture"])
