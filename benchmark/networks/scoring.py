"""A metric's kind in tensors: the loss that training lowers, and the score of every target."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import tensorflow as tf

from gatewise.benchmark.architectures.engine.backend import Tensor

PerTarget = Callable[[Tensor, Tensor], Tensor]
"""``(logits [..., classes], targets) -> [...]``, one value for each target."""


@dataclass(frozen=True)
class Scoring:
    """How one kind of :data:`.metric.KINDS` is trained, scored and answered.

    ``answer(logits)`` is what a trained model says: the likeliest class, or all likely labels.
    """

    loss: PerTarget
    score: PerTarget
    answer: Callable[[Tensor], Tensor]


def _likeliest(logits: Tensor) -> Tensor:
    return tf.argmax(logits, -1, tf.int32)


def _right(logits: Tensor, targets: Tensor) -> Tensor:
    return tf.cast(tf.equal(_likeliest(logits), targets), tf.float32)


def _cross_entropy(logits: Tensor, targets: Tensor) -> Tensor:
    return tf.nn.sparse_softmax_cross_entropy_with_logits(targets, logits)


def _label_cross_entropy(logits: Tensor, targets: Tensor) -> Tensor:
    each = tf.nn.sigmoid_cross_entropy_with_logits(tf.cast(targets, logits.dtype), logits)
    return tf.reduce_sum(each, -1)


def _squared_error(logits: Tensor, targets: Tensor) -> Tensor:
    return tf.square(logits[..., 0] - targets)


SCORING: Mapping[str, Scoring] = {
    "accuracy": Scoring(_cross_entropy, _right, _likeliest),
    "nats": Scoring(_cross_entropy, _cross_entropy, _likeliest),
    "nats of labels": Scoring(_label_cross_entropy, _label_cross_entropy, lambda x: x > 0),
    "squared error": Scoring(_squared_error, _squared_error, lambda x: x[..., 0]),
}
