from __future__ import annotations

import re

import numpy as np
import pytest

from gatewise import tasks
from gatewise.tasks import counting
from gatewise.tasks.task import chance


def text(ids) -> str:
    return "".join(".abc"[i] for i in ids)


@pytest.mark.parametrize("name", ["anbn", "anbncn", "anbn-20", "anbncn-80"])
def test_rows_are_whole_words_behind_the_end_of_one(name):
    task = tasks.find(name)
    letters = task.scales["smoke"].options["letters"]
    longest = task.dial.value // letters
    test = task.load("smoke").test
    for read in test.inputs["letters"]:
        words = re.findall("a+b+c*", text(read))
        assert "".join(words) == text(read).lstrip("abc"[letters - 1])
        runs = [word.count("a") for word in words]
        assert all(
            word.count(x) == n for word, n in zip(words, runs, strict=True) for x in "abc"[:letters]
        )
        assert longest / 2 < runs[-1] <= longest
        assert runs == sorted(runs)


def test_the_next_letter_is_asked_where_a_run_ends_and_before():
    split = counting.draw(400, 30, np.random.default_rng(1), letters=3)
    for read, targets, weights in zip(
        split.inputs["letters"], split.targets, split.weights, strict=True
    ):
        assert text(targets[:-1]) == text(read[1:])
        assert targets[-1] == 1
        asked = {
            place
            for run in re.finditer("bb+|cc+", text(read))
            if "a" in text(read[: run.start()])
            for place in (run.end() - 2, run.end() - 1)
        }
        assert set(np.flatnonzero(weights)) == asked


def test_longest_words_are_equally_likely():
    runs = [
        counting.runs_of(40, 2, generator)[-1] for generator in [np.random.default_rng(0)] * 5000
    ]
    counts = np.bincount(runs)
    assert np.flatnonzero(counts).tolist() == list(range(11, 21))
    assert (np.abs(counts[11:] / 5000 - 0.1) < 0.02).all()


@pytest.mark.parametrize("name", ["anbn", "anbncn"])
def test_a_guess_is_right_half_of_the_time(name):
    task = tasks.find(name)
    dataset = task.load("quick")
    last, window = task.baselines(dataset)
    assert chance(dataset, task.metric) == pytest.approx(0.5, abs=0.02)
    assert last.score == pytest.approx(0.5, abs=0.02)
    assert last.score < window.score < 0.75
