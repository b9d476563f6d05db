"""Known effects come back out of simulated runs, in the right direction and unit."""

from __future__ import annotations

import numpy as np
import pytest

from gatewise.report.reading import results, runs
from gatewise.report.statistics import families
from gatewise.report.tables import gates, scores, verdicts

ASKED = [("NFG", "lstm"), ("NOG", "lstm"), ("bi-lstm", "lstm"), ("NFG", "NIG")]


@pytest.mark.parametrize("task", ["labelling", "sentiment", "translation", "video"])
def test_planted_effects_are_found_whatever_the_direction_of_the_metric(judged, task, row):
    _, found = judged(asked=ASKED, examples=True)
    for name in ("NFG", "NOG"):
        assert row(found, task, name)["verdict"] == "certainly worse"
    assert row(found, task, "bi-lstm")["verdict"] == "certainly better"
    assert row(found, task, "vanilla")["verdict"] == "probably worse", "nobody asked"
    assert row(found, task, "NIG")["statement"] in ("too small to matter", "cannot tell")
    # lstm's skill times the planted loss, in the task's unit.
    expected = {"labelling": -0.21, "sentiment": -0.075, "translation": -0.9, "video": -0.21}
    assert row(found, task, "NFG")["difference"] == pytest.approx(expected[task], abs=0.02)
    assert row(found, task, "NFG")["low"] < expected[task] < row(found, task, "NFG")["high"]


def test_no_row_shows_an_interval_that_says_otherwise(judged):
    for noise in (0.002, 0.02):
        _, found = judged(asked=ASKED, noise=noise, seeds=3)
        margin = found["margin"]
        clear = (found["low"] > 0) | (found["high"] < 0)
        inside = (found["low"] > -margin) & (found["high"] < margin)
        said = found["statement"]
        assert (said.isin(families.DIRECTIONS) == (clear & ~inside)).all()
        assert ((said == families.SMALL) == inside).all()
        assert ((said == families.UNKNOWN) == (found["verdict"] == "cannot tell")).all()
        assert (found["low"] < found["high"]).all()


def test_two_families_and_only_what_was_asked_is_certain(judged, row):
    _, alone = judged(examples=True)
    assert set(alone["family"]) == {"exploratory"}
    assert not alone["verdict"].isin(families.CERTAIN).any()
    _, more = judged(asked=[*ASKED, ("lstm", "NFG"), ("NOG", "absent")], examples=True)
    assert len(more) == len(alone) + 4, "one row a pair, whichever way round"
    assert (more["family"] == "confirmatory").sum() == 4 * len(ASKED)
    assert row(more, "video", "NFG", "NIG")["verdict"] == "certainly worse"
    assert set(more.loc[more["verdict"].isin(families.CERTAIN), "family"]) == {"confirmatory"}


def test_without_scores_by_example_nothing_is_certain(judged):
    _, found = judged(asked=ASKED)
    assert found["example_share"].isna().all()
    assert not found["verdict"].isin(families.CERTAIN).any()
    assert set(found["doubt"]) == {"no scores by example"}
    assert (found["verdict"] == "probably worse").any()


def test_what_still_gains_is_flagged_and_never_certain(judged, row):
    def change(runs, curves):
        hit = (runs["architecture"] == "NFG") & (runs["task"] == "video") & (runs["seed"] < 2)
        runs.loc[hit, "still_gaining"] = True

    _, found = judged(change, asked=ASKED, examples=True)
    hit = row(found, "video", "NFG")
    assert (hit["verdict"], hit["doubt"], hit["still_gaining"]) == (
        "probably worse",
        "still gaining",
        0.4,
    )
    assert row(found, "video", "NOG")["verdict"] == "certainly worse"
    assert row(found, "video", "NOG")["doubt"] == ""


def test_where_runs_fail_nothing_is_certain_that_failing_would_undo(judged, row):
    asked = [*ASKED, ("NIG", "lstm")]

    def change(runs, curves):
        # Of a cell that nobody asked for, which else does as lstm does.
        hit = (
            (runs["architecture"] == "gru") & (runs["task"] == "translation") & (runs["seed"] == 1)
        )
        runs.loc[hit, "test_score"] += 0.12

    for changed, sure in ((None, True), (change, False)):
        _, found = judged(changed, asked=asked, examples=True, noise=0.0002)
        hit = row(found, "translation", "NIG")
        assert hit["statement"] == "too small to matter"
        assert ("runs fail" not in hit["doubt"]) == sure
        assert "runs fail" not in row(found, "labelling", "NIG")["doubt"]
        assert "runs fail" not in row(found, "translation", "NFG")["doubt"], (
            "far more than a failure"
        )


def test_tables_without_the_column_are_asked_for_the_last_epoch(judged, row):
    def change(runs, curves):
        del runs["still_gaining"], runs["repetition"]
        runs.loc[runs["architecture"] == "NFG", "best_epoch"] = 4

    read, found = judged(change, seeds=3)
    assert row(found, "video", "NFG")["still_gaining"] == 1
    assert row(found, "video", "NOG")["still_gaining"] == 0
    assert (read.runs["repetition"] == 0).all()


def test_repetitions_of_the_search_are_the_units_where_there_are_several(judged, row):
    """What a search chose is the luck of all its seeds: they are no independent runs."""

    def change(runs, curves):
        runs["repetition"] = runs["seed"] // 4
        luck = np.random.default_rng(0).normal(0, 0.05, (4, 99))
        names = {name: k for k, name in enumerate(runs["architecture"].unique())}
        places = zip(runs["repetition"], runs["architecture"], strict=True)
        runs["test_score"] += [luck[k, names[name]] for k, name in places]

    read, found = judged(change, seeds=16, tasks=("video",), examples=True)
    known = runs.of_task(read.final, read.examples["video"])
    assert set(known.units) == {4}
    alone = runs.of_task(read.final.assign(repetition=0), read.examples["video"])
    assert set(alone.units) == {16}
    width = [k.errors([{"gru": 1.0, "lstm": -1.0}]).quantile(0.025)[0] for k in (known, alone)]
    assert width[0] > 1.5 * width[1]
    assert row(found, "video", "gru")["seeds"] == 16


def test_a_search_that_chose_badly_fails_with_all_its_trainings(judged, row):
    """Of 3 repetitions 63% may, of 15 trainings 18%: the latter would not undo 4 margins."""

    def change(runs, curves):
        runs["repetition"] = runs["seed"] // 5
        hit = (runs["architecture"] == "gru") & (runs["repetition"] == 0)
        runs.loc[hit, "test_score"] += 0.2

    options = {"seeds": 15, "tasks": ("translation",), "noise": 0.0002}
    _, found = judged(change, asked=[("NIG", "lstm")], examples=True, **options)
    hit = row(found, "translation", "NIG")
    assert (hit["statement"], hit["doubt"]) == ("too small to matter", "runs fail")


def test_a_training_fails_and_not_the_repetition_that_it_is_nested_in(judged, row):
    """Which has four trainings: a fall of 2.4 margins moves its mean by 0.6."""

    def change(runs, curves):
        runs["repetition"] = runs["seed"] // 4
        hit = (runs["architecture"] == "gru") & (runs["seed"] == 1)
        runs.loc[hit, "test_score"] += 0.12

    options = {"seeds": 16, "tasks": ("translation",), "noise": 0.0002}
    _, found = judged(change, asked=[("NIG", "lstm")], examples=True, **options)
    assert row(found, "translation", "NIG")["statement"] == "too small to matter"
    # 0.05 ** (1 / 16) is 0.83, so that 17% may fail unseen: 0.4 margins, which undoes nothing.
    assert "runs fail" not in row(found, "translation", "NIG")["doubt"]

    def deep(runs, curves):
        change(runs, curves)
        hit = (runs["architecture"] == "gru") & (runs["seed"] == 1)
        runs.loc[hit, "test_score"] += 0.22

    _, found = judged(deep, asked=[("NIG", "lstm")], examples=True, **options)
    assert row(found, "translation", "NIG")["doubt"] == "runs fail", "1.2 of 6.8 margins"


def test_all_seeds_of_both_sides_count(judged, row):
    def change(runs, curves):
        gone = (runs["architecture"] == "NFG") & (runs["seed"] == 0)
        runs.drop(runs.index[gone], inplace=True)
        curves.drop(curves.index[~curves["experiment"].isin(runs["experiment"])], inplace=True)

    read, found = judged(change)
    nfg = row(found, "video", "NFG")
    assert (nfg["seeds"], nfg["reference_seeds"]) == (4, 5)
    means = read.final[read.final["task"] == "video"].groupby("architecture")["test_score"].mean()
    assert nfg["difference"] == pytest.approx(means["NFG"] - means["lstm"])


def test_scores_that_coincide_have_an_interval_with_a_width(judged):
    def change(runs, curves):
        runs["test_score"] = runs["lstm"] = runs["chance"] + 0.1

    _, found = judged(change, tasks=("labelling", "translation"))
    assert (found["high"] - found["low"] > 1e-3 * found["margin"]).all()
    assert (found["difference"] == 0).all()


def test_one_seed_decides_nothing(judged):
    _, found = judged(seeds=1)
    assert set(found["verdict"]) == {"cannot tell"}
    assert found[["low", "high", "p", "seeds_needed"]].isna().all(axis=None)


def test_without_lstm_there_is_nothing_to_compare_with(judged):
    read, found = judged(loss={"gru": 0.0, "vanilla": 0.3})
    assert found.empty
    assert list(found["verdict"]) == []
    assert gates.importance(read)["lattice"].eq("gru").all()


def test_only_what_cannot_be_told_needs_more_seeds(judged):
    _, found = judged(noise=0.05, seeds=3)
    unknown = found["verdict"] == "cannot tell"
    assert unknown.any()
    assert found.loc[unknown, "seeds_needed"].gt(3).all()
    assert found.loc[~unknown, "seeds_needed"].isna().all()


def test_matched_width_is_compared_with_the_lstm_that_ran(judged):
    def change(runs, curves):
        runs.loc[runs["architecture"].isin(["gru", "vanilla"]), "match"] = "width"

    read, found = judged(change, asked=[("gru", "lstm")])
    assert read.matches == ["parameters", "width"]
    at_width = found[found["match"] == "width"]
    assert set(at_width["architecture"]) == {"gru", "vanilla"}
    assert set(at_width["family"]) == {"exploratory"}
    assert set(verdicts.against_lstm(found, read)["architecture"]).isdisjoint({"gru", "vanilla"})


def test_with_example_scores_verdicts_know_the_luck_of_the_test_sample(save, save_examples):
    folder = save(tasks=("labelling", "translation"), seeds=4)
    seeds_alone = verdicts.verdicts(results.read(folder))
    save_examples(folder, np.random.default_rng(1))
    read = results.read(folder)
    found = verdicts.verdicts(read)
    assert found["difference"].to_numpy() == pytest.approx(seeds_alone["difference"], abs=1e-5)
    assert found["example_share"].between(0, 1).all()
    # What is hard for all runs of a task leaves their differences, and stays in their means.
    means = scores.scores(read)
    lstm = means[(means["task"] == "labelling") & (means["architecture"] == "lstm")].iloc[0]
    assert lstm["high"] - lstm["low"] > 0.04
    mine = read.final[read.final["task"] == "labelling"]
    known = runs.of_task(mine, read.examples["labelling"])
    one = [{"lstm": 1.0}]
    assert known.sample(one)[0] > 0.8 * known.errors(one).typical[0]
