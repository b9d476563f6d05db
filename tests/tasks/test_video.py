from __future__ import annotations

import numpy as np
import pytest

from gatewise.tasks import video
from gatewise.tasks.digits import INK
from gatewise.tasks.video import GREY, HEIGHT, OCCLUDER, SIDE, WIDTH


@pytest.fixture(scope="module")
def digits():
    from sklearn.datasets import load_digits

    images, classes = load_digits(return_X_y=True)
    return images.reshape(-1, SIDE, SIDE).astype(np.uint8), classes


@pytest.fixture(scope="module")
def clips(digits):
    return video.render(*digits, 50, 30, np.random.default_rng(1))


def test_hidden_frames_show_no_ink_and_all_others_do(clips):
    seen = clips.inputs["frames"][:]
    seen[..., OCCLUDER] = 0
    ink = seen.sum(axis=(2, 3))
    hidden = clips.groups["hidden"]
    assert (ink[hidden] == 0).all()
    assert (ink[~hidden] > 0).all()
    assert 0.2 < hidden.mean() < 0.6


def test_occluder_is_the_same_in_every_frame(clips):
    assert (clips.inputs["frames"][..., OCCLUDER] == GREY / INK).all()


def test_labels_are_those_of_the_digit_that_is_drawn(digits):
    """Each image is its class in ink, so that the label can be read off the frame again."""
    classes = np.arange(10)
    images = np.ones((10, SIDE, SIDE), np.uint8) * (classes[:, None, None] + 1).astype(np.uint8)
    clips = video.render(images, classes, 20, 30, np.random.default_rng(2))
    frames = clips.inputs["frames"][:]
    frames[..., OCCLUDER] = 0
    brightest = frames.max(axis=(2, 3)) * 16 - 1
    shown = brightest >= 0
    assert shown.mean() > 0.4
    np.testing.assert_allclose(brightest[shown], clips.targets[shown], atol=1e-4)


def test_a_clip_shows_several_digits(clips):
    changes = (np.diff(clips.targets, axis=1) != 0).sum(axis=1)
    assert changes.mean() > 1.5
    assert set(np.unique(clips.targets)) == set(range(10))


def test_same_seed_same_clips_and_another_seed_others(digits):
    first, again, other = (
        video.render(*digits, 5, 20, np.random.default_rng(seed)).inputs["frames"][:]
        for seed in (3, 3, 4)
    )
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()


def test_digits_of_the_test_split_are_never_shown_in_training(monkeypatch):
    given = []

    def spy(images, classes, *rest):
        given.append({image.tobytes() for image in images})
        return original(images, classes, *rest)

    original = video.render
    monkeypatch.setattr(video, "render", spy)
    video.TASK.load("smoke")
    test, validation, train = given
    assert not test & train
    assert not test & validation
    assert not validation & train


def test_canvas_has_the_declared_size(clips):
    assert clips.inputs["frames"].shape == (50, 30, HEIGHT, WIDTH)
