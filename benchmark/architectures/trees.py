"""Beyond the chain: the same cells over trees and over graphs.

A tree has a step for each node, after its children's, k = 1, 2, ... (the child-sum form of Tai,
Socher & Manning 2015)::

    keep_k = sigmoid(W_keep x + R_keep h_k + b_keep)     a keep gate for each child
    G      = sigmoid(W_G x + R_G sum_k h_k + b_G)        every other gate
    g      = candidate(W x + R sum_k h_k + b)
    c      = sum_k keep_k * c_k + write * g
    h      = emit * readout(c)

With all gates learned this is their tree-LSTM, with none a recursive network (Goller & Küchler
1996; a sum over children takes lists of any length). An ablation is ``replace(LSTM, keep=OPEN)``,
as on a chain.

A graph has a step for each round of messages; every node takes it at once, with the cell of a chain
(a gated graph network, Li et al. 2016, is the GRU's)::

    s_v' = step([x_v, sum of its children's h, its parent's h], s_v)

Over both, the parents are ``int [batch, nodes]``: the place of the node above, -1 for a root and
for what is no node. The answer is the root's, which is the first node.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import keras
import numpy as np
from keras import ops

from gatewise.benchmark.architectures.cell import InvalidCell
from gatewise.benchmark.architectures.cells import Gated, summed
from gatewise.benchmark.architectures.engine.backend import Tensor, Tensors
from gatewise.benchmark.architectures.engine.recurrence import Direct
from gatewise.benchmark.architectures.gates import OPEN, Gate
from gatewise.benchmark.architectures.layers import Recurrent


def height(parents: np.ndarray[Any, Any]) -> int:
    """Most steps from a node of any example up to its root."""
    above, steps = parents, 0
    while (above >= 0).any():
        steps += 1
        above = np.where(above >= 0, np.take_along_axis(parents, np.maximum(above, 0), axis=1), -1)
    return steps


class _OverNodes(Recurrent):
    """A cell over the nodes of an example: ``(x [B, N, inputs], parents [B, N]) -> [B, units]``.

    All nodes take their step at once, ``rounds`` times, from states of 0; the output of the first
    node is the answer.
    """

    def __init__(self, cell: Any, units: int, *, rounds: int = 1, **kwargs: Any) -> None:
        super().__init__(cell, units, **kwargs)
        self.rounds = rounds

    def call(self, x: Tensor, parents: Tensor) -> Tensor:  # type: ignore[override]
        places = ops.arange(parents.shape[1], dtype=parents.dtype)
        # [B, N, N]: 1 where the column is a child of the row.
        below = ops.cast(parents[:, None, :] == places[None, :, None], x.dtype)
        states = tuple(ops.zeros((*ops.shape(x)[:2], n), x.dtype) for n in self.state_size)
        advance = self._round(x, below)
        for _ in range(self.rounds):
            states = advance(states)
        return states[0][:, 0]

    def _round(self, x: Tensor, below: Tensor) -> Callable[[Tensors], Tensors]:
        """From the states of all nodes, ``[B, N, n]`` each, to those a round later."""
        raise NotImplementedError

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "rounds": self.rounds}


@keras.saving.register_keras_serializable(package="gatewise")
class TreeRecurrent(_OverNodes):
    """A cell over trees. A node is right, and stays so, as soon as its children are.

    So a tree of height H needs H + 1 rounds.

    Raises:
        InvalidCell: the cell has a feature that has no meaning over children.
    """

    def __init__(self, cell: Any, units: int, **kwargs: Any) -> None:
        super().__init__(cell, units, **kwargs)
        if refused := self.cell.over_children:
            raise InvalidCell(refused)

    @property
    def state_size(self) -> tuple[int, ...]:
        """Output and memory: what is kept of children is not the sum of their outputs."""
        return self.units, self.units

    def _round(self, x: Tensor, below: Tensor) -> Callable[[Tensors], Tensors]:
        cell, trace = self.cell, Direct({})
        assert isinstance(cell, Gated)
        recurrent = self.arrays.get("recurrent")
        fed = by_block(self._drive(x, self.arrays), cell.columns("x"))
        apart = ((block, f"bias_{block}") for block in cell.blocks)
        fed |= summed(fed, {b: self.arrays[name] for b, name in apart if name in self.arrays})
        each = isinstance(cell.keep, Gate)
        # What is kept is decided child by child; a node's own step finds that done.
        rest = replace(cell, keep=OPEN) if each else cell
        if each:
            # Each child sees what its parent is fed.
            above = ops.transpose(below, (0, 2, 1))
            keep = ops.matmul(above, fed.pop("keep") + ops.zeros_like(x[..., :1]))

        def advance(states: Tensors) -> Tensors:
            h, c = states
            seen = {}
            if recurrent is not None:
                seen = by_block(ops.matmul(h, recurrent), cell.columns("h"))
            if each:
                c = trace.activate("sigmoid", keep + seen.pop("keep", 0.0)) * c
            drive = fed | summed(fed, {name: ops.matmul(below, u) for name, u in seen.items()})
            h, c = ops.matmul(below, h), ops.matmul(below, c)
            return rest.advance(drive, h, c, {}, trace)[:2]

        return advance


@keras.saving.register_keras_serializable(package="gatewise")
class GraphRecurrent(_OverNodes):
    """A cell over graphs, whose messages go along the edges both ways."""

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        inputs = input_shape[-1]
        assert inputs is not None
        super().build((*input_shape[:-1], inputs + 2 * self.units))

    def _round(self, x: Tensor, below: Tensor) -> Callable[[Tensors], Tensors]:
        above = ops.transpose(below, (0, 2, 1))
        matrices, vectors = self.by_role(self.arrays)
        trace = Direct(matrices)

        def advance(states: Tensors) -> Tensors:
            h = states[0]
            seen = ops.concatenate([x, ops.matmul(below, h), ops.matmul(above, h)], axis=-1)
            return self.cell.step(self._drive(seen, self.arrays), states, vectors, trace)

        return advance


def by_block(columns: Tensor, blocks: tuple[str, ...]) -> dict[str, Tensor]:
    """The columns of each block, from ``[..., k n]``."""
    return dict(zip(blocks, ops.split(columns, len(blocks), axis=-1), strict=True))
