from __future__ import annotations

import math

import numpy as np
import pytest

from gatewise.tasks.metric import KINDS, Metric


def test_other_names_of_a_mean_of_nats():
    assert Metric("nats", "nats", "bits per character").aside(math.log(4)) == {
        "bits per character": pytest.approx(2)
    }
    assert Metric("nats", "nats", "perplexity").aside(math.log(50)) == {
        "perplexity": pytest.approx(50)
    }
    assert Metric("accuracy", "share").aside(0.5) == {}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("f1", "share"), "metric kind 'f1': allowed are accuracy, nats"),
        (("nats", "nats", "bleu"), "also='bleu': allowed with kind 'nats' are bits per character"),
        (("accuracy", "share", "perplexity"), "also='perplexity'"),
    ],
)
def test_unknown_metrics_are_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        Metric(*arguments)


def test_blind_label_predictor_on_a_count_by_hand():
    """Label 0 is on in 1 of 2 weighted steps, label 1 in both: p = 2/4 and 3/4."""
    train = np.array([[[1, 1], [0, 1], [1, 0]]], np.int32)
    weights = np.array([[1, 1, 0]], np.float32)
    test = np.array([[[1, 0]]], np.int32)
    found = KINDS["nats of labels"].blind(train, weights, test, 2)
    np.testing.assert_allclose(found, [[-math.log(0.5) - math.log(0.25)]])
