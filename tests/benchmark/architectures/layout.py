"""A layer's arrays taken apart, and layers of random weights to take apart."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from gatewise.benchmark.architectures.architecture import Architecture
from gatewise.benchmark.architectures.cell import BIAS, Array, Cell
from gatewise.benchmark.architectures.layers import Recurrent, RecurrentStack
from gatewise.benchmark.architectures.trees import GraphRecurrent, TreeRecurrent, height

BATCH, STEPS, INPUTS, UNITS = 2, 9, 3, 4
ROWS, COLUMNS = 4, 5
PARENTS = np.array([[-1, 0, 0, 2, 2, -1, 0], [-1, 0, 1, 2, 3, -1, -1]], np.int32)
ROUNDS = height(PARENTS) + 1
Named = Mapping[str, np.ndarray]
Arrays = tuple[Mapping[str, Array], Named]
"""Arrays as declared, and what is in them."""


def blocks(declared: Mapping[str, Array], arrays: Named) -> dict[str, np.ndarray]:
    """Every block of every array as ``array.block``: ``kernel.write``, ``bias.candidate``.

    A block with an array of its own, as ``peephole_write``, is named alike.
    """
    found = {}
    for name, array in declared.items():
        edges = np.cumsum([block.width for block in array.blocks])[:-1]
        parts = np.split(np.asarray(arrays[name]), edges, axis=-1)
        for block, part in zip(array.blocks, parts, strict=True):
            stem = "bias" if array.family == BIAS else name.removesuffix(f"_{block.name}")
            found[f"{stem}.{block.name}"] = part
    return found


def layer_of(cell: Cell, rng: np.random.Generator, **options) -> Recurrent:
    """A layer of a cell in double precision, of random weights."""
    options = {"return_sequences": True, "dtype": "float64", **options}
    place = (ROWS, COLUMNS) if cell.window else ()
    return randomised(Recurrent(cell, UNITS, **options), (None, None, *place, INPUTS), rng)


def built(entry: Architecture, rng: np.random.Generator):
    """The layers of an architecture in double precision, of random weights.

    They are called with what :func:`given` draws.
    """
    if entry.over != "sequence":
        kind = {"tree": TreeRecurrent, "graph": GraphRecurrent}[entry.over]
        layer = kind(entry.cell, UNITS, rounds=ROUNDS, dtype="float64")
        return randomised(layer, (None, None, INPUTS), rng)
    if entry.layers == entry.directions == 1:
        return layer_of(entry.cell, rng)
    stack = RecurrentStack(entry.cell, UNITS, entry.layers, entry.directions, dtype="float64")
    return randomised(stack, (None, None, INPUTS), rng)


def randomised(layer, shape: tuple[int | None, ...], rng: np.random.Generator):
    """A layer, built, of weights that no block shares with another."""
    layer.build(shape)
    layer.set_weights([rng.normal(size=w.shape) * 0.7 for w in layer.get_weights()])
    return layer


def given(entry: Architecture, rng: np.random.Generator) -> np.ndarray:
    """Inputs: ``[B, T, d]``, frames ``[B, T, rows, columns, d]``, or nodes ``[B, N, d]``."""
    if entry.over != "sequence":
        return rng.normal(size=(*PARENTS.shape, INPUTS))
    place = (ROWS, COLUMNS) if entry.cell.window else ()
    return rng.normal(size=(BATCH, STEPS, *place, INPUTS))


def answer(layer, x):
    """A layer's outputs: ``[B, T, n]``, over nodes the first one's, ``[B, n]``."""
    if isinstance(layer, TreeRecurrent | GraphRecurrent):
        return layer(x, PARENTS)
    outputs = layer(x)
    return outputs[0] if isinstance(layer, RecurrentStack) else outputs


def parts(layer) -> list[list[Recurrent]]:
    """The layers of one direction each, level by level."""
    return layer.levels if isinstance(layer, RecurrentStack) else [[layer]]


def arrays_of(layer: Recurrent) -> dict[str, np.ndarray]:
    """What is in a layer's arrays, by name."""
    return {name: np.array(array) for name, array in layer.arrays.items()}
