"""Layers of any cell with weights drawn at random, small enough to be looked into."""

from __future__ import annotations

import numpy as np
import tensorflow as tf

from gatewise.benchmark.architectures.catalogue import CATALOGUE, chains
from gatewise.benchmark.architectures.gates import GateSpec
from gatewise.benchmark.architectures.layers import Recurrent

BATCH, STEPS, INPUTS, UNITS = 3, 9, 4, 5
CELLS = {a.name: a.cell for a in map(CATALOGUE.get, chains()) if a.layers == a.directions == 1}


def layer_of(spec: GateSpec, rng, scale=0.7, **options) -> Recurrent:
    layer = Recurrent(spec, UNITS, return_sequences=True, return_state=True, **options)
    layer.build((BATCH, STEPS, INPUTS))
    layer.set_weights([rng.normal(size=w.shape) * scale for w in layer.get_weights()])
    return layer


def inputs(rng) -> tf.Tensor:
    return tf.constant(rng.normal(size=(BATCH, STEPS, INPUTS)).astype("float32"))


def arrays_of(layer: Recurrent) -> dict[str, np.ndarray]:
    return {name: np.array(weight) for name, weight in layer.arrays.items()}
