"""What passes through a layer as it reads: drives, states and gates, step by step."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
from keras import ops

from gatewise.benchmark.architectures.engine.backend import Tensor, Tensors
from gatewise.benchmark.architectures.engine.recurrence import Direct, Named, Product, Step
from gatewise.benchmark.architectures.layers import Recurrent
from gatewise.tasks.task import Array


@dataclass(frozen=True)
class Reading:
    """What passed through a layer as it read T steps of B sequences.

    ``step(z, states) -> states`` is one step; ``drives[t] [B, k]``, ``before[t]`` and ``after[t]``
    are its arguments and its result, ``after`` as computed, before padding carries the old states
    on; ``gates[t]`` the learned gates' values by name, ``[B, n]``. All in double precision.
    """

    step: Any
    drives: Tensors
    before: tuple[Tensors, ...]
    after: tuple[Tensors, ...]
    gates: tuple[Mapping[str, Tensor], ...]

    def gate(self, name: str) -> Array:
        """A gate's values, ``[T, B, n]``."""
        # A gate that sees its bias alone has one value for all sequences; one before a projection
        # is wider than the output.
        shape = (*self.after[0][0].shape[:-1], self.gates[0][name].shape[-1])
        return np.stack([np.broadcast_to(gates[name], shape) for gates in self.gates])


class Watch:
    """A plain loop over time, eager and in double precision; called as the engine's ``recur``.

    Double precision, because a gradient that falls geometrically leaves the range of single
    precision within a hundred steps.
    """

    def __init__(self) -> None:
        self.reading: Reading | None = None

    def __call__(
        self,
        step: Step,
        drive: Tensor,
        states: Tensors,
        matrices: Named,
        parameters: Named,
        mask: Tensor | None = None,
        reverse: bool = False,
        multiply: Product = ops.matmul,
    ) -> tuple[Tensor, Tensors]:
        narrow = drive.dtype
        matrices, parameters = (
            {name: ops.cast(a, "float64") for name, a in named.items()}
            for named in (matrices, parameters)
        )
        drives = ops.unstack(ops.cast(drive, "float64"))
        real = None if mask is None else ops.unstack(mask > 0)
        states = tuple(ops.cast(s, "float64") for s in states)

        def watched(z: Tensor, states: Tensors) -> tuple[Tensors, Mapping[str, Tensor]]:
            trace = Direct(matrices, multiply)
            return step(z, states, parameters, trace), trace.named

        before: dict[int, Tensors] = {}
        after: dict[int, Tensors] = {}
        carried: dict[int, Tensors] = {}
        gates: dict[int, Mapping[str, Tensor]] = {}
        order = range(len(drives))
        for t in reversed(order) if reverse else order:
            before[t] = states
            after[t], gates[t] = watched(drives[t], states)
            if real is None:
                states = after[t]
            else:
                pairs = zip(after[t], states, strict=True)
                states = tuple(ops.where(real[t], new, old) for new, old in pairs)
            carried[t] = states
        self.reading = Reading(
            lambda z, states: watched(z, states)[0],
            tuple(drives),
            tuple(before[t] for t in order),
            tuple(after[t] for t in order),
            tuple(gates[t] for t in order),
        )
        outputs = ops.stack([carried[t][0] for t in order])
        return ops.cast(outputs, narrow), tuple(ops.cast(s, narrow) for s in states)


@contextmanager
def watched(layer: Recurrent) -> Iterator[Watch]:
    """The layer runs the plain loop until the end of the block."""
    usual, layer.loop = layer.loop, (watch := Watch())
    try:
        yield watch
    finally:
        layer.loop = usual


def layers_of(model: Any) -> list[list[Recurrent]]:
    """The recurrent layers of each stack of a model of chains; the first one reads forward."""
    stacks = model.recurrent_layers
    return [[layer for level in stack.levels for layer in level] for stack in stacks]
