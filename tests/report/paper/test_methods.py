"""The paragraph of methods says the numbers of the records."""

from __future__ import annotations

import numpy as np

from gatewise.report.paper.methods import methods
from tests.report.paper.conftest import SOURCES


def test_its_numbers_are_those_of_the_records(read):
    def change(runs, curves):
        runs["budget"] = np.where(runs["task"] == "video", 20000, 40000)
        runs["batch_size"], runs["clip_norm"] = 32, 1.5
        runs["patience"], runs["version"] = 2, "9.8.7"
        runs["cpu_seconds"] = 3600.0

    text = methods(*read(change=change, tasks=("labelling", "video"), seeds=7), SOURCES)
    for part in (
        "2 recurrent architectures with lstm on 2 tasks (labelling, video)",
        r"by gatewise 9.8.7~\cite{gatewise}",
        "40,000 on labelling; 20,000 on video",
        "batches of 32 with gradients clipped at a norm of 1.5",
        "after 2 epochs without a gain",
        "7 seeds of lstm and 7 seeds of every other architecture: 42 final runs, 42 core-hours",
        "Nothing was tuned",
        "(0.005 on labelling; 0.01 on video)",
        r"5\% by Bonferroni" if "confirmatory family" in text else "false discovery rate",
        "The luck of the test sample is not in the intervals",
        r"lstm~\cite{gers2000}",
    ):
        assert part in text, part
    assert "race" not in text


def test_how_near_the_budget_is_met_is_measured(read):
    def change(runs, curves):
        runs["budget"], runs["parameters"] = 1000, 1000
        runs.loc[0, "parameters"] = 987

    assert r"widths are solved to within 1.3\% for a budget" in methods(
        *read(change=change), SOURCES
    )


def test_a_study_without_the_reference_names_it_nowhere(read):
    text = methods(*read(loss={"gru": 0.0, "vanilla": 0.4}), {})
    assert "We compare 2 recurrent architectures on 1 task" in text
    assert "5 seeds of every architecture: 10 final runs" in text
    assert "lstm" not in text


def test_a_race_is_told_with_its_looks(read):
    text = methods(*read(race=(("labelling", "NFG"),)), SOURCES)
    assert "a race to at most 5 seeds" in text
    assert r"\cite{lan1983}" in text


def test_a_search_is_counted_and_what_diverged_is_said(read):
    def change(runs, curves):
        runs.loc[runs["seed"] == 4, "phase"] = "tuning"
        runs.loc[0, ["status", "diverged_step"]] = "diverged", 3

    text = methods(*read(change=change), SOURCES)
    assert "with 1 training," in text
    assert "3 trainings of 3 searches in all" in text
    assert "1 final run diverged and is counted as chance" in text
