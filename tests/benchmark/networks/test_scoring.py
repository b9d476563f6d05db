"""Losses and scores in tensors, against the same numbers by hand."""

from __future__ import annotations

import math

import numpy as np

from gatewise.benchmark.networks.scoring import SCORING
from gatewise.tasks.metric import KINDS


def test_every_kind_of_metric_can_be_trained():
    assert set(SCORING) == set(KINDS)


def test_values_by_hand():
    logits = np.log(np.array([[0.5, 0.25, 0.25], [0.1, 0.2, 0.7]], np.float32))
    targets = np.array([1, 2], np.int32)
    np.testing.assert_allclose(SCORING["accuracy"].score(logits, targets), [0, 1])
    nats = [-math.log(0.25), -math.log(0.7)]
    for kind in ("accuracy", "nats"):
        np.testing.assert_allclose(SCORING[kind].loss(logits, targets), nats, rtol=1e-6)
    np.testing.assert_allclose(SCORING["nats"].score(logits, targets), nats, rtol=1e-6)
    np.testing.assert_array_equal(SCORING["nats"].answer(logits), [0, 2])
    one = logits[:, :1]
    numbers = np.array([0.0, 1.0], np.float32)
    expected = (one[:, 0] - numbers) ** 2
    np.testing.assert_allclose(SCORING["squared error"].score(one, numbers), expected)


def test_labels_are_independent_of_each_other():
    """p = 0.75 on, 0.25 on: the targets (1, 1) have -log 0.75 - log 0.25."""
    logits = np.log(np.array([[[3.0, 1 / 3]]], np.float32))
    labels = SCORING["nats of labels"]
    found = labels.loss(logits, np.array([[[1, 1]]], np.int32))
    np.testing.assert_allclose(found, [[-math.log(0.75) - math.log(0.25)]], rtol=1e-6)
    np.testing.assert_array_equal(labels.answer(logits), [[[True, False]]])
