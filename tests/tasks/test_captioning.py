from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from gatewise.tasks import captioning
from gatewise.tasks.captioning import BEGIN, END, LAYOUTS, TASK, Scene, references, scenes
from gatewise.tasks.digits import INK


@pytest.fixture(scope="module")
def dataset():
    return TASK.load("smoke")


def test_descriptions_are_english():
    found = {scene.description for scene in scenes()}
    # Two layouts of two digits, two of three; each digit of ten, small or not.
    assert len(found) == len(scenes()) == 2 * 20**2 + 2 * 20**3
    assert "a three above a small seven" in found
    assert "an eight left of a small eight" in found
    assert "a one and a zero above a small two" in found
    words = {word for text in found for word in text.split(" ")}
    assert words == set(captioning.WORDS.tokens[4:])
    assert max(len(text.split(" ")) for text in found) + 1 <= captioning.LONGEST


def test_what_the_test_asks_for_was_never_said_in_training(dataset):
    said = [set(references(s)) for s in (dataset.train, dataset.validation, dataset.test)]
    for one, other in combinations(said, 2):
        assert not one & other


def test_digits_of_the_test_split_are_never_drawn_in_training(monkeypatch):
    given = []

    def spy(scenes, images, *rest):
        given.append({image.tobytes() for image in images})
        return original(scenes, images, *rest)

    original = captioning.draw
    monkeypatch.setattr(captioning, "draw", spy)
    TASK.load("smoke")
    for one, other in combinations(given, 2):
        assert not one & other


def test_a_picture_shows_each_digit_in_its_box():
    """An image of ink alone: ones, and the box of each digit holds its area of ink."""
    images = np.full((10, 8, 8), INK, np.uint8)
    scene = Scene("{} above {} and {}", (1, 2, 3), (False, True, False))
    every = [s for s in scenes() if s.layout != scene.layout or s == scene]
    split = captioning.draw(every, images, np.arange(10), 60, np.random.default_rng(0))
    rows = [i for i, text in enumerate(references(split)) if text == scene.description]
    assert len(rows) > 5
    for row in rows:
        canvas = split.inputs["picture"][row, 0]
        ink = [
            canvas[y : y + captioning.BOX, x : x + captioning.BOX].sum()
            for y, x in LAYOUTS[scene.layout]
        ]
        assert ink == [256, 64, 256]
        assert canvas.sum() == sum(ink)


def test_targets_are_the_description_and_the_end(dataset):
    test = dataset.test
    last = test.weights.sum(axis=1).astype(int) - 1
    assert (test.targets[np.arange(len(test)), last] == END).all()
    assert not (test.targets == BEGIN).any()
    named = np.array([sum(w in captioning.NAMES for w in t.split(" ")) for t in references(test)])
    np.testing.assert_array_equal((test.groups["digits"] & (test.weights > 0)).sum(axis=1), named)


def test_perfect_answers_score_all_and_others_little(dataset):
    rows = np.arange(40)
    right = [captioning.WORDS.ids(references(dataset.test)[i].split(" ")) for i in rows]
    perfect = TASK.answer_scores(dataset, rows, right)
    assert perfect == {"exact match": 1.0, "bleu": pytest.approx(100)}
    wrong = TASK.answer_scores(dataset, rows, right[1:] + right[:1])
    assert wrong["exact match"] < 0.2
    assert wrong["bleu"] < 60
