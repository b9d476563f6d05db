"""What becomes of a trained run without a gate, and without training again.

What is needed to *work*, beside what is needed to *learn* (the architecture trained without it). A
gate is held in every layer, direction and decoder, as the trained ablation lacks it everywhere.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np

from gatewise.benchmark.architectures.gates import GateSpec
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


def holdable(spec: GateSpec) -> tuple[str, ...]:
    """The learned gates that can be held at any value: those that a bias of their own drives.

    Not those that two of them normalise, nor a reset gate that shares the candidate's input. What
    is tied to a gate follows it.
    """
    if spec.normalised:
        return ()
    shared = ("reset",) if spec.shared_input else ()
    return tuple(g for g in spec.gates if "b" in spec.sees(g) and g not in shared)


def hold(spec: GateSpec, arrays: Mapping[str, Array], gate: str, values: Array) -> dict[str, Array]:
    """A layer's arrays with a gate held at ``values [n]``, whatever it reads.

    The gate's columns become 0 and its bias the drive whose sigmoid is the value: the same cell as
    one whose gate is that constant, and the compiled steps go on serving it.
    """
    with np.errstate(divide="ignore"):
        drive = np.clip(np.log(values) - np.log1p(-values), -CERTAIN, CERTAIN)

    def held(name: str, array: Array) -> Array:
        blocks = spec.columns(name)
        parts = np.split(array, len(blocks), axis=-1)
        constant = drive if name.startswith("bias") else 0.0
        return np.concatenate(
            [
                np.broadcast_to(constant, part.shape) if block == gate else part
                for block, part in zip(blocks, parts, strict=True)
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
            for name, array in hold(layer.spec, before[layer], gate, values).items():
                layer.arrays[name].assign(array)
        yield
    finally:
        for layer, arrays in before.items():
            for name, array in arrays.items():
                layer.arrays[name].assign(array)
