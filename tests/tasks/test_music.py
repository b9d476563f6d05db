from __future__ import annotations

import math

import numpy as np
import pytest

from gatewise.tasks import music
from gatewise.tasks.task import Dataset, Vectors


def roll(*chords: str) -> np.ndarray:
    """A row a chord; a chord is the letters of its pitches, a the lowest."""
    found = np.zeros((len(chords), music.PITCHES), bool)
    for row, chord in zip(found, chords, strict=True):
        row[[ord(letter) - ord("a") for letter in chord]] = True
    return found


def test_a_tune_is_known_in_any_key_and_below_any_harmony():
    assert music.tune(roll("ac", "be", "bd")) == "2 -1"
    assert music.tune(roll("", "bf", "ch", "dg")) == "2 -1"


def test_excerpts_ask_for_every_step_but_the_first():
    chords = roll("a", "b", "c", "d", "e", "f")
    split = music.excerpts([chords, chords[:3]], 3)
    assert split.lengths.tolist() == [3, 2, 2]
    assert split.weights.tolist() == [[1, 1, 1], [1, 1, 0], [1, 1, 0]]
    np.testing.assert_array_equal(split.inputs["roll"][1, :2], chords[3:5])
    np.testing.assert_array_equal(split.targets[1, :2], chords[4:6])
    np.testing.assert_array_equal(split.targets[0], chords[1:4])


@pytest.fixture
def dataset():
    train = music.excerpts([roll("a", "a", "a", "ab", "b")], 4)
    test = music.excerpts([roll("a", "ab", "b"), roll("a", "a")], 2)
    return Dataset(train, train, test, {"roll": Vectors(music.PITCHES)}, music.PITCHES)


def test_frame_accuracy_counts_notes_said_or_sounding(dataset):
    none = np.zeros((2, music.PITCHES), bool)
    said = [roll("ac", "b"), none[:1]]
    found = music.answer_scores(dataset, np.arange(2), said)
    # Right: a, b. Said or sounding: a, b, c; b; a.
    assert found == {"frame accuracy": pytest.approx(2 / 5)}


def test_pitches_by_themselves_on_counts_by_hand(dataset):
    """a goes on in 3 of 4 steps; b begins in 1 of 3 and goes on in 1 of 1; counts raised by one."""
    pitches, again = music.baselines(dataset)
    a, begins, stays = 4 / 6, 2 / 5, 2 / 3
    others = (music.PITCHES - 2) * math.log(6 / 5)
    steps = [a * begins, (1 - a) * stays, a * (1 - begins)]
    expected = others - np.mean(np.log(steps))
    assert pitches.score == pytest.approx(expected)
    # The chord before: a for ab, ab for b, a for a.
    assert again.score == pytest.approx(3 / 5)
