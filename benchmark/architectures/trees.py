"""Beyond the chain: the same cells over trees and over graphs.

A tree has a step for each node, after its children's, k = 1, 2, ... (the child-sum form of Tai,
Socher & Manning 2015)::

    keep_k = sigmoid(W_keep x + R_keep h_k + b_keep)     a keep gate for each child
    G      = sigmoid(W_G x + R_G sum_k h_k + b_G)        every other gate
    g      = candidate(W x + R sum_k h_k + b)
    c      = sum_k keep_k * c_k + write * g
    h      = emit * readout(c)

With all gates learned this is their tree-LSTM, with none a recursive network (Goller & Küchler
1996; a sum over children takes lists of any length). An ablation is a :class:`GateSpec`, as on a
chain.

A graph has a step for each round of messages; every node takes it at once, with the cell of a chain
(a gated graph network, Li et al. 2016, is the GRU's)::

    s_v' = step([x_v, sum of its children's h, its parent's h], s_v)

Over both, the parents are ``int [batch, nodes]``: the place of the node above, -1 for a root and
for what is no node. The answer is the root's, which is the first node.
"""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import keras
import numpy as np
from keras import ops

from benchmark.architectures.backend import Tensor
from benchmark.architectures.gates import LEARNED, NOT_KEEP, NOT_WRITE, SHUT, GateSpec, InvalidCell
from benchmark.architectures.layers import Recurrent
from benchmark.architectures.recurrence import ACTIVATIONS, Named

ON_TREES = (
    "write",
    "keep",
    "emit",
    "candidate",
    "readout",
    "keep_bias",
    "recurrent_start",
    "gates_see",
    "candidate_sees",
)
"""The fields of a cell that have a meaning on a tree."""


def height(parents: np.ndarray[Any, Any]) -> int:
    """Most steps from a node of any example up to its root."""
    above, steps = parents, 0
    while (above >= 0).any():
        steps += 1
        above = np.where(above >= 0, np.take_along_axis(parents, np.maximum(above, 0), axis=1), -1)
    return steps


class _Direct:
    """Trace that computes and keeps nothing: plain automatic differentiation."""

    def __init__(self, matrices: Named) -> None:
        self._matrices = matrices

    def activate(self, name: str, x: Tensor) -> Tensor:
        return x if name == "linear" else ACTIVATIONS[name][0](x)

    def added(self, z: Tensor, operand: Tensor, matrix: str) -> Tensor:
        return z + self.product(operand, matrix)

    def product(self, operand: Tensor, matrix: str) -> Tensor:
        return ops.matmul(operand, self._matrices[matrix])

    def remember(self, x: Tensor) -> Tensor:
        return x


@keras.saving.register_keras_serializable(package="gatewise")
class TreeRecurrent(Recurrent):
    """A cell over trees: ``(x [B, N, inputs], parents [B, N]) -> h of the first node [B, units]``.

    All nodes are computed at once and again, ``rounds`` times: a node is right, and stays so, as
    soon as its children are, so a tree of height H needs H + 1 rounds.

    Raises:
        InvalidCell: the cell has a feature that has no meaning over children.
    """

    def __init__(self, cell: Any, units: int, *, rounds: int = 1, **kwargs: Any) -> None:
        super().__init__(cell, units, **kwargs)
        self.rounds = rounds
        plain = GateSpec()
        for field in fields(GateSpec):
            value = getattr(self.spec, field.name)
            if field.name not in ON_TREES and value != getattr(plain, field.name):
                raise InvalidCell(f"{field.name}={value!r}: a cell over trees has no such feature")
        if self.spec.write == NOT_KEEP:
            raise InvalidCell(f"write={NOT_KEEP!r}: there is a keep gate for each child")

    def call(self, x: Tensor, parents: Tensor) -> Tensor:  # type: ignore[override]
        spec, trace = self.spec, _Direct(self.arrays)
        below = _children(parents, x.dtype)
        above = ops.transpose(below, (0, 2, 1))
        fed = self._blocks(self._drive(x, self.arrays), spec.blocks("x"))
        for name in spec.blocks("b"):
            if name not in spec.biased:
                fed[name] = fed.get(name, 0.0) + self.arrays[f"bias_{name}"]
        if "keep" in fed:
            # Each child sees what its parent is fed.
            fed["keep"] = ops.matmul(above, fed["keep"] + ops.zeros_like(x[..., :1]))
        h = c = ops.zeros((*ops.shape(x)[:2], self.units), x.dtype)
        for _ in range(self.rounds):
            summed = self._blocks(
                trace.product(ops.matmul(below, h), "recurrent"), spec.blocks("h")
            )
            alone = self._blocks(trace.product(h, "recurrent"), spec.blocks("h"))
            drive = {
                name: fed.get(name, 0.0) + (alone if name == "keep" else summed).get(name, 0.0)
                for name in (*spec.gates, "candidate")
            }
            gates = {name: trace.activate("sigmoid", drive[name]) for name in spec.gates}
            terms = []
            if spec.keep == NOT_WRITE:
                terms.append((1.0 - gates["write"]) * ops.matmul(below, c))
            elif spec.keep != SHUT:
                terms.append(ops.matmul(below, gates["keep"] * c if "keep" in gates else c))
            if spec.write != SHUT:
                g = trace.activate(spec.candidate, drive["candidate"])
                terms.append(gates["write"] * g if "write" in gates else g)
            c = sum(terms[1:], terms[0]) if terms else ops.zeros_like(c)
            h = trace.activate(spec.readout, c)
            if spec.emit == LEARNED:
                h = gates["emit"] * h
        return h[:, 0]

    def _blocks(self, columns: Tensor, names: tuple[str, ...]) -> dict[str, Tensor]:
        return (
            dict(zip(names, ops.split(columns, len(names), axis=-1), strict=True)) if names else {}
        )

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "rounds": self.rounds}


@keras.saving.register_keras_serializable(package="gatewise")
class GraphRecurrent(Recurrent):
    """A cell over graphs: ``(x [B, N, inputs], parents [B, N]) -> h of the first node [B, units]``.

    ``rounds`` rounds of messages along the edges, both ways; all states start at 0.
    """

    def __init__(self, cell: Any, units: int, *, rounds: int = 1, **kwargs: Any) -> None:
        super().__init__(cell, units, **kwargs)
        self.rounds = rounds

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        inputs = input_shape[-1]
        assert inputs is not None
        super().build((*input_shape[:-1], inputs + 2 * self.units))

    def call(self, x: Tensor, parents: Tensor) -> Tensor:  # type: ignore[override]
        below = _children(parents, x.dtype)
        above = ops.transpose(below, (0, 2, 1))
        batch, nodes = ops.shape(x)[:2]
        trace = _Direct(self.arrays)
        parameters = {n: a for n, a in self.arrays.items() if n.startswith(("peephole_", "bias_"))}
        states = tuple(ops.zeros((batch * nodes, size), x.dtype) for size in self.state_size)
        for _ in range(self.rounds):
            h = ops.reshape(states[0], (batch, nodes, self.units))
            seen = ops.concatenate([x, ops.matmul(below, h), ops.matmul(above, h)], axis=-1)
            z = self._drive(seen, self.arrays)
            z = ops.reshape(z, (batch * nodes, z.shape[-1]))
            states = self._cell.step(z, states, parameters, trace)
        return ops.reshape(states[0], (batch, nodes, self.units))[:, 0]

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "rounds": self.rounds}


def _children(parents: Tensor, dtype: Any) -> Tensor:
    """``[B, N, N]``: 1 where the column is a child of the row."""
    places = ops.arange(parents.shape[1], dtype=parents.dtype)
    return ops.cast(parents[:, None, :] == places[None, :, None], dtype)
