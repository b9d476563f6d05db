"""That there is something to learn in a task: part of what ``gatewise check`` says of it."""

from __future__ import annotations

import keras
import numpy as np
import tensorflow as tf

from gatewise.benchmark.architectures import catalogue
from gatewise.benchmark.networks.models import build_model
from gatewise.benchmark.networks.scoring import SCORING
from gatewise.tasks.task import Dataset, Task, chance

EXAMPLES, STEPS, UNITS = 24, 100, 24
LEAST = 0.1
"""Share of the way from chance to perfect that is to be gained."""


def a_tiny_network_beats_chance(task: Task, dataset: Dataset) -> str:
    """A GRU is taught a few examples and scored on the very same ones.

    The smoke scale is no place to generalise in; what this shows is that inputs and targets belong
    together, and that gradients flow from one to the other.
    """
    split = dataset.train.take(np.arange(min(EXAMPLES, len(dataset.train))))
    batch = {
        "inputs": {n: tf.constant(a) for n, a in split.inputs.items()},
        "targets": tf.constant(split.targets),
        "weights": tf.constant(split.weights),
        "lengths": tf.constant(split.lengths),
    }
    model = build_model(dataset, task.pattern, catalogue.find("gru"), UNITS, seed=0)
    optimizer = keras.optimizers.Adam(0.02)
    optimizer.build(model.trainable_variables)
    scoring, weights = SCORING[task.metric.kind], batch["weights"]

    @tf.function(autograph=False)
    def step() -> tf.Tensor:
        with tf.GradientTape() as tape:
            logits = model(batch, training=True)
            loss = tf.reduce_sum(scoring.loss(logits, batch["targets"]) * weights)
            loss = loss / tf.reduce_sum(weights)
        gradients = tape.gradient(loss, [v.value for v in model.trainable_variables])
        optimizer.apply([tf.convert_to_tensor(g) for g in gradients], model.trainable_variables)
        scores = scoring.score(logits, batch["targets"])
        return tf.reduce_sum(scores * weights) / tf.reduce_sum(weights)

    score = [float(step()) for _ in range(STEPS)][-1]
    level = chance(dataset, task.metric)
    gained = (score - level) / (task.metric.perfect - level)
    if gained > LEAST:
        return ""
    return f"{score:.3g} after {STEPS} steps on what is scored, {level:.3g} by chance"
