from __future__ import annotations

import re
from itertools import combinations

import numpy as np
import pytest

from gatewise.tasks import arithmetic
from gatewise.tasks.arithmetic import IDS

CHARACTERS = {i: character for character, i in IDS.items()}


def read(split):
    """Every example as the text that is read, and the text of its scored targets."""
    for row, length, targets, weights in zip(
        split.inputs["characters"], split.lengths, split.targets, split.weights, strict=True
    ):
        shown = "".join(CHARACTERS[i] for i in row[:length])
        yield shown, "".join(CHARACTERS[i] for i in targets[weights > 0])


def expression(shown: str) -> str:
    return re.sub("[a-k]", "", shown.split("=")[0])


@pytest.fixture(scope="module")
def dataset():
    return arithmetic.TASK.load("quick")


def test_answers_are_right(dataset):
    for shown, answer in read(dataset.test):
        first, sign, second = re.fullmatch(r"(\d+)([+-])(\d+)", expression(shown)).groups()
        value = int(first) + int(second) * (1 if sign == "+" else -1)
        assert answer == f"{value}."
        # The network is shown its right answers, each a step after it is asked for.
        assert shown.split("=")[1] == answer[:-1]


def test_targets_are_the_next_characters(dataset):
    test = dataset.test
    for row, length, targets in zip(
        test.inputs["characters"], test.lengths, test.targets, strict=True
    ):
        np.testing.assert_array_equal(row[1:length], targets[: length - 1])


def test_numbers_have_every_length_and_no_leading_zero(dataset):
    texts = [expression(shown) for shown, _ in read(dataset.train)]
    lengths = [len(re.split("[+-]", text)[0]) for text in texts]
    assert set(lengths) == {1, 2, 3}
    assert not any(re.search(r"\b0\d", text) for text in texts)
    assert 0.45 < np.mean(["+" in text for text in texts]) < 0.55


def test_letters_lie_among_the_question(dataset):
    questions = [shown.split("=")[0] for shown, _ in read(dataset.train)]
    letters = sum(len(re.findall("[a-k]", q)) for q in questions)
    assert letters == pytest.approx(0.5 * sum(len(expression(q)) for q in questions), rel=0.03)


def test_no_expression_is_in_two_splits(dataset):
    seen = [
        {expression(shown) for shown, _ in read(split)}
        for split in (dataset.train, dataset.validation, dataset.test)
    ]
    assert all(len(expressions) >= 1000 for expressions in seen)
    assert not any(one & other for one, other in combinations(seen, 2))


@pytest.mark.parametrize("task", arithmetic.TASKS, ids=lambda task: task.name)
def test_dial_is_the_number_of_digits(task):
    train = task.load("smoke").train
    longest = max(
        len(number) for shown, _ in read(train) for number in re.split("[+-]", expression(shown))
    )
    assert longest == task.dial.value


def test_longest_problem_just_fits():
    split = arithmetic.encode([("0-99", "0k-k9k9k=", "-99."), ("99+99", "9k9k+k9k9k=", "198.")], 2)
    assert split.lengths.tolist() == [12, 14]
    assert split.targets.shape == (2, 14)


def test_baseline_sees_nothing_of_the_question(dataset):
    (baseline,) = arithmetic.baselines(dataset)
    assert 0.3 < baseline.score < 0.4
