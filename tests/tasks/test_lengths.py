from __future__ import annotations

import numpy as np
import pytest

from gatewise import tasks
from gatewise.tasks import lengths
from gatewise.tasks.task import Split

STREAMS = [
    name
    for name, task in tasks.registry().items()
    if task.solved is not None and "length" in task.scales["smoke"].options
]


def counted(examples: int, steps: int, generator: np.random.Generator) -> Split:
    """Steps numbered from 1, every third one asked."""
    read = np.tile(np.arange(1, steps + 1, dtype=np.int32), (examples, 1))
    weights = (read % 3 == 0).astype(np.float32)
    return Split({"symbols": read}, np.full(examples, steps, np.int32), read - 1, weights)


def test_training_ends_at_the_length_and_scores_go_to_four_times_that():
    found = lengths.drawn(counted, 12, train=5, validation=3, test=4)
    splits = (found["train"], found["validation"], found["test"])
    assert [tuple(split.lengths) for split in splits] == [(12,) * 5, (12,) * 3, (12,) * 4]
    longer = found["longer"]
    assert np.bincount(longer.lengths)[[6, 12, 24, 48]].tolist() == [lengths.EXAMPLES] * 4
    assert list(longer.groups) == ["at 6", "at 12", "at 24", "at 48"]


def test_a_group_is_what_is_asked_in_the_second_half_of_one_length():
    longer = lengths.drawn(counted, 12, train=1, validation=1, test=1)["longer"]
    for steps in (6, 12, 24, 48):
        group = longer.groups[f"at {steps}"]
        asked = {tuple(np.flatnonzero(row) + 1) for row in group[longer.lengths == steps]}
        assert asked == {tuple(k for k in range(steps // 2 + 1, steps + 1) if k % 3 == 0)}
        assert not group[longer.lengths != steps].any()


def test_examples_of_vectors_and_one_answer_are_joined_too():
    parts = [
        Split(
            {"x": np.full((2, steps, 3), steps, np.float32)},
            np.full(2, steps, np.int32),
            np.array([steps, 0], np.int32),
            np.ones(2, np.float32),
        )
        for steps in (2, 5)
    ]
    whole = lengths.by_length(parts)
    assert whole.inputs["x"].shape == (4, 5, 3)
    assert whole.inputs["x"][:, :, 0].sum(axis=1).tolist() == [4, 4, 25, 25]
    assert whole.targets.tolist() == [2, 0, 5, 0]
    assert whole.groups["at 5"].tolist() == [False, False, True, True]


@pytest.mark.parametrize("name", STREAMS)
def test_every_stream_is_scored_from_half_to_four_times_its_length(name):
    task = tasks.find(name)
    trained = task.scales["smoke"].options["length"]
    dataset = task.load("smoke")
    assert set(dataset.train.lengths) == {trained}
    expected = [f"at {n}" for n in (trained // 2, trained, 2 * trained, 4 * trained)]
    assert list(dataset.longer.groups) == expected
    assert task.solved == 0.99


@pytest.mark.parametrize("name", [n for n in STREAMS if tasks.find(n).dial.unit == "steps"])
def test_dials_of_steps_are_the_length(name):
    task = tasks.find(name)
    assert {scale.options["length"] for scale in task.scales.values()} == {task.dial.value}
