"""Truncated back-propagation through time, on the engine.

Time is cut into windows of K steps, [0, K), [K, 2K) and so on, in both directions of reading, so
that padding moves no edge. The state is carried from window to window; on the way back no error
crosses an edge, so an error reaches the weights through the K steps of its window at most (Werbos
1990; BPTT(K; K) of Williams & Peng 1990). Only through a window that is all padding an error passes
as it is. With K of T or more this is the whole back-propagation through time.

The way forward keeps the states at the edges and the outputs, and no activation: each window runs
forward again just before it runs back, so activations take the memory of K steps and not of T. A
window into which no error flows, as all but the last of a sequence with one answer, is not run
again.
"""

from __future__ import annotations

from typing import Any

from keras import ops

from gatewise.benchmark.architectures.engine.backend import Tensor, Tensors, pullback, scan
from gatewise.benchmark.architectures.engine.recurrence import (
    Named,
    Product,
    Step,
    cotangents,
    recur,
    split,
)


def recur_in_windows(
    step: Step,
    drive: Tensor,
    states: Tensors,
    matrices: Named,
    parameters: Named,
    mask: Tensor | None = None,
    reverse: bool = False,
    multiply: Product = ops.matmul,
    *,
    window: int,
) -> tuple[Tensor, Tensors]:
    """Run a cell over time as :func:`recur` does, with its gradient truncated.

    Args:
        window: K, steps of a window; the others are those of :func:`recur`.

    Returns:
        The output of every step, ``[T, B, n]``, and the last states, equal to those of
        :func:`recur`. The initial states have a gradient from the window that is read first.
    """
    steps = drive.shape[0]
    if steps <= window:
        return recur(step, drive, states, matrices, parameters, mask, reverse, multiply)
    missing = -steps % window
    if missing:
        # Steps that fill the last window up are masked: they carry the state through.
        mask = ops.ones_like(drive[..., :1]) if mask is None else mask
        drive, mask = (_filled(x, missing) for x in (drive, mask))
    count = (steps + missing) // window
    masks = () if mask is None else (mask,)
    sizes = (len(states), len(matrices), len(parameters))

    def in_windows(x: Tensor) -> Tensor:
        return ops.reshape(x, (count, window, *ops.shape(x)[1:]))

    def run(slices: Tensors, states: Tensors, weights: Tensors, vectors: Tensors) -> Tensors:
        """One window: its outputs, then the states after it."""
        z, *real = slices
        outputs, after = recur(
            step,
            z,
            states,
            dict(zip(matrices, weights, strict=True)),
            dict(zip(parameters, vectors, strict=True)),
            real[0] if real else None,
            reverse,
            multiply,
        )
        return outputs, *after

    @ops.custom_gradient
    def loop(drive: Tensor, *arguments: Tensor) -> Any:
        initial, weights, vectors = split(arguments, sizes)
        sequences = tuple(in_windows(x) for x in (drive, *masks))

        def forward(states: Tensors, slices: Tensors) -> tuple[Tensors, Tensors]:
            outputs, *after = run(slices, states, weights, vectors)
            return tuple(after), (outputs, *states)

        final, (outputs, *starts) = scan(forward, initial, sequences, reverse)

        def gradient(*args: Any, upstream: Any = None) -> tuple[Tensor, ...]:
            flow, *flows = cotangents(upstream if upstream is not None else args)
            edges = tuple(_padding(x) for x in sequences[1:])

            def backward(carry: Tensors, slices: Tensors) -> tuple[Tensors, Tensors]:
                flows, sums = split(carry, (sizes[0], sizes[1] + sizes[2]))
                (error,), inputs, start, padding = split(
                    slices, (1, len(sequences), sizes[0], len(edges))
                )
                errors = (error, *flows)

                def again(z: Tensor, *arguments: Tensor) -> Tensors:
                    return run((z, *inputs[1:]), *split(arguments, sizes))

                primals = (inputs[0], *start, *weights, *vectors)
                (dz,), dstart, dweights = split(
                    ops.cond(
                        sum(ops.sum(ops.cast(e != 0, "int32")) for e in errors) > 0,
                        lambda: pullback(again, primals, errors),
                        lambda: tuple(ops.zeros_like(x) for x in primals),
                    ),
                    (1, sizes[0], len(sums)),
                )
                added = tuple(a + b for a, b in zip(sums, dweights, strict=True))
                stopped = tuple(d * padding[0] if padding else ops.zeros_like(d) for d in dstart)
                return (*stopped, *added), (dz, *dstart)

            carry, (dz, *dstarts) = scan(
                backward,
                (*flows, *(ops.zeros_like(x) for x in (*weights, *vectors))),
                (in_windows(flow), *sequences, *starts, *edges),
                not reverse,
            )
            first = -1 if reverse else 0
            return (
                ops.reshape(dz, ops.shape(drive)),
                *(d[first] for d in dstarts),
                *carry[sizes[0] :],
            )

        return (ops.reshape(outputs, (-1, *ops.shape(outputs)[2:])), *final), gradient

    outputs, *final = loop(drive, *states, *matrices.values(), *parameters.values())
    return outputs[:steps], tuple(final)


def _filled(x: Tensor, steps: int) -> Tensor:
    """``x [T, B, ...]`` with so many steps of 0 behind the last."""
    return ops.pad(x, ((0, steps), *((0, 0),) * (len(x.shape) - 1)))


def _padding(mask: Tensor) -> Tensor:
    """``[windows, B, 1]``: 1 where a window ``[windows, K, B, 1]`` has no real step, else 0."""
    return ops.cast(ops.max(mask, axis=1) == 0, mask.dtype)
