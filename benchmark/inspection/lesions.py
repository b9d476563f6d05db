"""What becomes of a trained run without a gate, and without training again.

What is needed to *work*, beside what is needed to *learn* (the architecture trained without it). A
gate is held in every layer, direction and decoder, as the trained ablation lacks it everywhere.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np

from gatewise.benchmark.architectures.cell import BIAS
from gatewise.benchmark.architectures.cell import Array as Declared
from gatewise.benchmark.architectures.layers import Recurrent
from gatewise.tasks.task import Array

CERTAIN = 1e4
"""A drive whose sigmoid is exactly 0 or 1 in single precision."""


@dataclass(frozen=True)
class Lesion:
    """The validation ``score`` with ``gate`` held ``at`` its mean, 0 or 1 in every layer."""

    gate: str
    at: str
    score: float


def hold(
    declared: Mapping[str, Declared], arrays: Mapping[str, Array], gate: str, values: Array
) -> dict[str, Array]:
    """A layer's arrays with a gate held at ``values [n]``, whatever it reads.

    The gate's columns become 0 and its bias the drive whose sigmoid is the value: the same cell as
    one whose gate is that constant, and the compiled steps go on serving it.

    Args:
        declared: the arrays as the cell declares them.
        arrays: what is in them.
    """
    with np.errstate(divide="ignore"):
        drive = np.clip(np.log(values) - np.log1p(-values), -CERTAIN, CERTAIN)

    def held(name: str, array: Array) -> Array:
        kind = declared[name]
        constant = drive if BIAS in (kind.role, kind.family) else 0.0
        edges = np.cumsum([block.width for block in kind.blocks])[:-1]
        return np.concatenate(
            [
                np.broadcast_to(constant, part.shape) if block.name == gate else part
                for block, part in zip(kind.blocks, np.split(array, edges, axis=-1), strict=True)
            ],
            axis=-1,
        ).astype(array.dtype)

    return {name: held(name, array) for name, array in arrays.items()}


@contextmanager
def lesion(layers: Mapping[Recurrent, Array], gate: str) -> Iterator[None]:
    """Hold a gate in each layer at its values until the end of the block."""
    before = {layer: {n: np.array(v) for n, v in layer.arrays.items()} for layer in layers}
    try:
        for layer, values in layers.items():
            for name, array in hold(layer.declared, before[layer], gate, values).items():
                layer.arrays[name].assign(array)
        yield
    finally:
        for layer, arrays in before.items():
            for name, array in arrays.items():
                layer.arrays[name].assign(array)
