"""In every task there is something to learn: a few steps of a tiny network beat chance.

The network is taught the very examples on which it is scored, for a minute of the smoke scale is no
time to generalise in; what this shows is that inputs and targets belong together and that gradients
flow from one to the other.
"""

from __future__ import annotations

import keras
import numpy as np
import pytest
import tensorflow as tf

from gatewise import tasks
from gatewise.benchmark.architectures import catalogue
from gatewise.benchmark.networks.models import build_model
from gatewise.benchmark.networks.scoring import SCORING
from gatewise.benchmark.training.trainer import weighted_mean
from gatewise.tasks.task import chance

PRESENT = tasks.present()
EXAMPLES, STEPS = 24, 100


@pytest.mark.parametrize(
    "name", [n for n, t in PRESENT.items() if t.dial is None or n == t.dial.family]
)
def test_a_tiny_network_beats_chance(name):
    task = PRESENT[name]
    dataset = task.load("smoke")
    split = dataset.train.take(np.arange(min(EXAMPLES, len(dataset.train))))
    batch = {
        "inputs": {n: tf.constant(a) for n, a in split.inputs.items()},
        "targets": tf.constant(split.targets),
        "weights": tf.constant(split.weights),
        "lengths": tf.constant(split.lengths),
    }
    model = build_model(dataset, task.pattern, catalogue.find("gru"), 24, seed=0)
    optimizer = keras.optimizers.Adam(0.02)
    optimizer.build(model.trainable_variables)
    scoring = SCORING[task.metric.kind]

    @tf.function(autograph=False)
    def step():
        with tf.GradientTape() as tape:
            logits = model(batch, training=True)
            loss = weighted_mean(scoring.loss(logits, batch["targets"]), batch["weights"])
        gradients = tape.gradient(loss, [v.value for v in model.trainable_variables])
        optimizer.apply([tf.convert_to_tensor(g) for g in gradients], model.trainable_variables)
        return weighted_mean(scoring.score(logits, batch["targets"]), batch["weights"])

    scores = [float(step()) for _ in range(STEPS)]
    level = chance(dataset, task.metric)
    gained = (scores[-1] - level) / (task.metric.perfect - level)
    assert gained > 0.1
