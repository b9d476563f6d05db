"""What every registered task must hold, whatever it is."""

from __future__ import annotations

import dataclasses
import hashlib
import inspect
import json
import math

import numpy as np
import pytest

from gatewise import tasks
from gatewise.tasks.extras import command
from gatewise.tasks.task import Baseline, Frames, Pattern, Tokens, UnknownScale, chance

TASKS = tasks.registry()
SMALL = ("music", "speech")
"""Tasks that are tested on all that there is to be had."""
SCALES = ("smoke", "quick", "standard", "paper")


@pytest.fixture(scope="module", params=list(TASKS))
def task(request):
    return TASKS[request.param]


@pytest.fixture(scope="module")
def dataset(task):
    if task.name not in tasks.present():
        pytest.skip(command(task.extra))
    return task.load("smoke")


def parts(dataset):
    return {"train": dataset.train, "validation": dataset.validation, "test": dataset.test}


def content(split, row) -> str:
    """A hash of what the network is shown of one example."""
    steps = split.lengths[row]
    digest = hashlib.sha256()
    for name in sorted(split.inputs):
        digest.update(np.ascontiguousarray(split.inputs[name][row, :steps]).tobytes())
    return digest.hexdigest()


def test_every_scale_is_declared(task):
    assert tuple(task.scales) == SCALES
    with pytest.raises(UnknownScale, match="allowed are smoke, quick, standard, paper"):
        task.load("huge")


def test_arrays_fit_the_declaration(task, dataset):
    for split in parts(dataset).values():
        count = len(split)
        assert count > 0
        assert split.lengths.dtype == np.int32
        assert (split.lengths >= 1).all()
        labels = task.metric.kind == "nats of labels"
        assert split.weights.shape == (split.targets.shape[:-1] if labels else split.targets.shape)
        assert split.weights.dtype == np.float32
        assert set(np.unique(split.weights)) <= {0.0, 1.0}
        one = task.pattern is Pattern.SEQUENCE_TO_CLASS
        assert split.weights.ndim == (1 if one else 2)
        if task.metric.kind == "squared error":
            assert split.targets.dtype == np.float32
            assert dataset.classes == 1
        else:
            assert split.targets.dtype == np.int32
            assert split.targets.min() >= 0
            assert split.targets.max() < dataset.classes
        assert set(split.inputs) == set(dataset.inputs)
        for name, kind in dataset.inputs.items():
            array = split.inputs[name]
            assert len(array) == count
            assert array.shape[1] >= split.lengths.max()
            read = array[:]
            assert (read.dtype, read.shape) == (array.dtype, array.shape)
            if isinstance(kind, Tokens):
                assert array.dtype == np.int32
                assert array.min() >= 0
                assert array.max() < kind.vocabulary
            elif isinstance(kind, Frames):
                assert array.dtype == np.float32
                assert array.shape[2:] == (kind.height, kind.width)
                assert 0 <= read.min() <= read.max() <= 1
        for group in split.groups.values():
            assert group.shape == split.weights.shape
            assert group.dtype == bool
            assert group.any()


def test_padding_is_on_the_right_and_weightless(task, dataset):
    for split in parts(dataset).values():
        for name, kind in dataset.inputs.items():
            if isinstance(kind, Tokens):
                steps = np.arange(split.inputs[name].shape[1])
                real = steps < split.lengths[:, None]
                assert ((split.inputs[name] > 0) == real).all()
        if task.pattern in (Pattern.SYNCHRONOUS, Pattern.NEXT_STEP):
            steps = np.arange(split.weights.shape[1])
            assert (split.weights[steps >= split.lengths[:, None]] == 0).all()
        assert (split.weights.reshape(len(split), -1).sum(axis=1) > 0).all()


def test_no_example_is_in_two_splits(task, dataset):
    seen = {
        name: {content(split, row) for row in range(len(split))}
        for name, split in parts(dataset).items()
    }
    if any(isinstance(kind, Tokens) for kind in dataset.inputs.values()):
        pytest.skip("texts are compared in the task's own tests")
    assert not seen["train"] & seen["test"]
    assert not seen["train"] & seen["validation"]
    assert not seen["validation"] & seen["test"]


def test_loading_twice_gives_the_same_data(task, dataset):
    assert task.load("smoke").checksum() == dataset.checksum()


def test_checksum_sees_every_array(dataset):
    targets = dataset.test.targets.copy()
    targets.flat[0] = (targets.flat[0] + 1) % dataset.classes
    changed = dataclasses.replace(dataset, test=dataclasses.replace(dataset.test, targets=targets))
    assert changed.checksum() != dataset.checksum()


def test_chance_is_what_the_best_blind_guess_gets(task, dataset):
    level = chance(dataset, task.metric)
    train, test = dataset.train, dataset.test
    shown, targets = train.targets[train.weights > 0], test.targets[test.weights > 0]
    if task.metric.kind == "squared error":
        assert level == pytest.approx(((targets - shown.mean()) ** 2).mean())
        return
    if task.metric.kind == "nats of labels":
        p = (shown.sum(axis=0) + 1) / (len(shown) + 2)
        assert level == pytest.approx(-np.log(np.where(targets > 0, p, 1 - p)).sum(axis=1).mean())
        return
    counts = np.bincount(shown, minlength=dataset.classes)
    if task.metric.kind == "accuracy":
        assert level == pytest.approx(np.mean(targets == counts.argmax()))
        assert 0 < level < 1
    else:
        p = (counts + 1) / (counts + 1).sum()
        assert level == pytest.approx(-np.mean(np.log(p[targets])))
        assert level < math.log(dataset.classes)


def test_films_are_those_that_a_convolutional_cell_can_read(task, dataset):
    one = [type(kind) for kind in dataset.inputs.values()] == [Frames]
    assert task.frames == (one and task.pattern is not Pattern.VECTOR_TO_SEQUENCE)


def test_the_next_step_is_the_target(task, dataset):
    """Nothing else is asked for, so a network that reads its own answers goes on by itself."""
    if task.pattern is not Pattern.NEXT_STEP:
        pytest.skip("another pattern")
    for split in parts(dataset).values():
        (read,) = split.inputs.values()
        follows = np.arange(1, read.shape[1]) < split.lengths[:, None]
        scored = (split.weights[:, :-1] > 0) & follows
        asked = split.targets[:, :-1][scored]
        np.testing.assert_array_equal(read[:, 1:][scored].reshape(asked.shape), asked)


def test_baselines_are_scores(task, dataset):
    found = task.baselines(dataset)
    assert found
    for baseline in found:
        assert isinstance(baseline, Baseline)
        assert math.isfinite(baseline.score)


def test_description_is_plain_data(task):
    described = {**dataclasses.asdict(task.source), **dataclasses.asdict(task.metric)}
    assert json.loads(json.dumps(described)) == described
    published = [dataclasses.asdict(entry) for entry in task.context]
    assert json.loads(json.dumps(published)) == published
    assert task.summary
    assert task.margin > 0
    assert task.name.replace("-", "").isalnum()


def test_quick_is_large_enough_to_measure_the_margin(task):
    """Sampling error of a test split's mean stays below the margin."""
    if task.name not in tasks.present():
        pytest.skip(command(task.extra))
    dataset = task.load("quick")
    assert len(dataset.test) >= 2000 or task.name in SMALL
    if task.metric.kind == "accuracy":
        assert 0.5 / math.sqrt(dataset.test.weights.sum()) < task.margin


def test_module_shows_a_worked_example(task):
    module = inspect.getmodule(task.build)
    assert module.__doc__
    assert "\n    " in module.__doc__


def test_unknown_task_is_refused_by_name():
    with pytest.raises(tasks.UnknownTask, match=r"task 'chess': allowed are .*labelling"):
        tasks.find("chess")
