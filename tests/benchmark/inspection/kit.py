"""Layers of any cell with weights drawn at random, small enough to be looked into."""

from __future__ import annotations

import tensorflow as tf

from gatewise.benchmark.architectures.catalogue import CATALOGUE, chains
from gatewise.benchmark.architectures.cell import Cell
from gatewise.benchmark.architectures.layers import Recurrent

BATCH, STEPS, INPUTS, UNITS = 3, 9, 4, 5
CELLS = {a.name: a.cell for a in map(CATALOGUE.get, chains()) if a.layers == a.directions == 1}


def layer_of(cell: Cell, rng, scale=0.7, **options) -> Recurrent:
    layer = Recurrent(cell, UNITS, return_sequences=True, return_state=True, **options)
    layer.build((BATCH, STEPS, INPUTS))
    layer.set_weights([rng.normal(size=w.shape) * scale for w in layer.get_weights()])
    return layer


def inputs(rng) -> tf.Tensor:
    return tf.constant(rng.normal(size=(BATCH, STEPS, INPUTS)).astype("float32"))
