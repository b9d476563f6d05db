"""What a task's author can get wrong is said by name, before anything is trained."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from gatewise import plugins, tasks
from gatewise.benchmark.records.facts import measure
from gatewise.plugins import Plugin
from gatewise.tasks.check import UnsoundTask, require_sound

LABELLED, NUMBERS = tasks.find("sentiment"), tasks.find("adding-25")


def changed(dataset, split, **arrays):
    """The dataset with other arrays in a split."""
    return replace(dataset, **{split: replace(getattr(dataset, split), **arrays)})


def first(array, value):
    """The array with another first entry."""
    other = array.copy()
    other[(0,) * other.ndim] = value
    return other


def inputs(split, change):
    (name,) = split.inputs
    return {name: change(split.inputs[name])}


WRONG = {
    "a label too many": (
        lambda d: changed(d, "test", targets=first(d.test.targets, d.classes)),
        "test: targets are 0 to 2: allowed are 0 to 1",
    ),
    "one class": (
        lambda d: changed(d, "test", targets=np.ones_like(d.test.targets)),
        r"test: every target is \[1\]: allowed are two values and more",
    ),
    "labels as numbers": (
        lambda d: changed(d, "train", targets=d.train.targets.astype(np.float32)),
        "train: targets is float32: allowed is int32",
    ),
    "lengths of 0": (
        lambda d: changed(d, "validation", lengths=first(d.validation.lengths, 0)),
        "validation: lengths has a 0",
    ),
    "too few lengths": (
        lambda d: changed(d, "train", lengths=d.train.lengths[:-1]),
        r"train: lengths has shape",
    ),
    "lengths beyond the steps": (
        lambda d: changed(d, "train", lengths=first(d.train.lengths, 10_000)),
        "train: input 'words' has 16 steps, lengths reach 10000",
    ),
    "an id too many": (
        lambda d: changed(d, "train", inputs=inputs(d.train, lambda a: first(a, 10**6))),
        "train: input 'words' has ids to 1000000",
    ),
    "an empty split": (
        lambda d: replace(d, validation=d.validation.take(np.arange(0))),
        "validation: no example",
    ),
    "no weight": (
        lambda d: changed(d, "test", weights=np.zeros_like(d.test.weights)),
        "test: ",
    ),
}
WRONG_NUMBERS = {
    "no number in a target": (
        lambda d: changed(d, "test", targets=first(d.test.targets, np.nan)),
        "test: targets has values that are not finite",
    ),
    "no number in an input": (
        lambda d: changed(d, "train", inputs=inputs(d.train, lambda a: first(a, np.inf))),
        "train: input '.+' has values that are not finite",
    ),
    "test examples in training": (
        lambda d: replace(d, train=d.test),
        "an example of .+ is in .+ too",
    ),
    "an undeclared input": (
        lambda d: changed(d, "train", inputs={"other": next(iter(d.train.inputs.values()))}),
        "train: inputs are other, declared are",
    ),
}


@pytest.fixture(scope="module")
def labelled():
    return LABELLED.load("smoke")


@pytest.fixture(scope="module")
def numbers():
    return NUMBERS.load("smoke")


def refused(task, dataset, message):
    with pytest.raises(UnsoundTask, match=f"task '{task.name}': {message}") as told:
        require_sound(task, dataset)
    assert "\n" not in str(told.value)


@pytest.mark.parametrize("what", WRONG)
def test_wrong_labels_and_lengths_are_refused_by_name(labelled, what):
    change, message = WRONG[what]
    require_sound(LABELLED, labelled)
    refused(LABELLED, change(labelled), message)


@pytest.mark.parametrize("what", WRONG_NUMBERS)
def test_wrong_numbers_and_splits_are_refused_by_name(numbers, what):
    change, message = WRONG_NUMBERS[what]
    require_sound(NUMBERS, numbers)
    refused(NUMBERS, change(numbers), message)


@pytest.mark.parametrize("margin", [0.0, -1.0, np.nan, np.inf])
def test_a_margin_that_is_none_is_refused(numbers, margin):
    refused(replace(NUMBERS, margin=margin), numbers, "margin=")


@pytest.mark.parametrize(
    ("part", "message"),
    [
        ("build=lambda **options: 1 / 0", "its data at scale 'smoke': ZeroDivisionError"),
        ("baselines=lambda dataset: (Baseline('x', float('nan'), 'y'),)", "its baselines: "),
        ("baselines=lambda dataset: {}['x']", "its baselines: KeyError"),
        ("margin=0.0", "margin=0.0"),
    ],
)
def test_a_task_from_outside_is_named_and_nothing_of_it_is_kept(
    tmp_path, monkeypatch, part, message
):
    monkeypatch.setattr(plugins, "_in_use", ())
    file = tmp_path / "mine.py"
    file.write_text(
        "from dataclasses import replace\nfrom gatewise.tasks import find\n"
        "from gatewise.tasks.task import Baseline\n"
        f"TASK = replace(find('adding-25'), name='mine', {part})\n"
    )
    plugins.use([Plugin.read(str(file))])
    with pytest.raises(UnsoundTask, match=f"task 'mine': {message}"):
        measure("mine", "smoke", tmp_path)
    assert not (tmp_path / "tasks").exists()
