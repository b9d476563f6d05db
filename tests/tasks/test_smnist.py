from __future__ import annotations

import numpy as np
import pytest
from sklearn.datasets import load_digits

from gatewise import tasks
from gatewise.tasks import smnist


@pytest.mark.parametrize(("name", "steps"), [("smnist", 64), ("smnist-8", 8), ("smnist-32", 32)])
def test_images_are_those_of_the_library_read_row_by_row(name, steps):
    dataset = tasks.find(name).load("quick")
    images, classes = load_digits(return_X_y=True)
    known = {row.tobytes(): int(digit) for row, digit in zip(images, classes, strict=True)}
    seen = 0
    for split in (dataset.train, dataset.validation, dataset.test):
        assert split.inputs["pixels"].shape[1:] == (steps, 64 // steps)
        whole = (split.inputs["pixels"].reshape(len(split), -1) * 16).astype(float)
        assert [known[row.tobytes()] for row in whole] == split.targets.tolist()
        seen += len(split)
    assert seen == len(images)


def test_blank_paper_follows_the_image():
    dataset = smnist.TASK.load("smoke")
    longer, test = dataset.longer, dataset.test
    assert list(longer.groups) == ["at 64", "at 128", "at 256"]
    for steps in (64, 128, 256):
        mine = longer.inputs["pixels"][longer.groups[f"at {steps}"]]
        np.testing.assert_array_equal(mine[:, :64], test.inputs["pixels"])
        assert not mine[:, 64:].any()
        assert (longer.lengths[longer.groups[f"at {steps}"]] == steps).all()


def test_the_whole_image_tells_more_than_its_last_row():
    row, whole = smnist.TASK.baselines(smnist.TASK.load("quick"))
    assert row.score < 0.6
    assert whole.score > 0.94
