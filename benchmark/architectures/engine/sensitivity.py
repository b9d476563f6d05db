"""Real-time recurrent learning (Williams & Zipser 1989) of a cell without gates.

For h_t = k h_{t-1} + f(a_t) with k of 0 or 1 and a_t = u_t Θ, where u_t = [x_t, 1, h_{t-1}] and
Θ = [W; b; R], the sensitivity of the state to every weight obeys ::

    S_t = dh_t / dΘ        S_t[i, p, j] = k S_{t-1}[i, p, j]
                               + f'(a_t[i]) (sum_l R[l, i] S_{t-1}[l, p, j] + (i = j) u_t[p])
    dL/dΘ = sum_t dL/dh_t · S_t

and is carried forward beside the state: units² (inputs + 1 + units) numbers an example, whatever T
is, at units³ (inputs + 1 + units) multiplications a step and example.

A batch's errors are known once its outputs are, so sensitivities run in a second pass forward, over
the inputs and outputs of the first; no activation is kept. The gradient of Θ is exact. What lies in
front of the layer learns from the present step alone, dL/dx_t = (dL/dh_t * f'(a_t)) Wᵀ without the
way through later states: that way is what going back through time is for.
"""

from __future__ import annotations

from typing import Any

from keras import ops

from gatewise.benchmark.architectures.engine.backend import Tensor, scan
from gatewise.benchmark.architectures.engine.recurrence import ACTIVATIONS, cotangents, shifted


def recur_forward(
    activation: str,
    held: bool,
    inputs: Tensor,
    initial: Tensor,
    kernel: Tensor,
    bias: Tensor,
    recurrent: Tensor,
    mask: Tensor | None = None,
    reverse: bool = False,
) -> tuple[Tensor, tuple[Tensor]]:
    """Run a cell over time; its weights' gradient comes from sensitivities.

    Args:
        activation, held: f, and whether k is 1; see :class:`.cell.Plain`.
        inputs: x, ``[T, B, d]``.
        initial: the first state, ``[B, n]``; it is given, and has no gradient.
        kernel, bias, recurrent: W ``[d, n]``, b ``[n]``, R ``[n, n]``.
        mask: ``[T, B, 1]``, 0 where a step is padding: there the state is carried through.
        reverse: run from the last step to the first.

    Returns:
        The output of every step, ``[T, B, n]``, and the last state.
    """
    value, derivative = ACTIVATIONS[activation]
    masks = () if mask is None else (mask,)

    def carried(new: Tensor, old: Tensor, real: tuple[Tensor, ...]) -> Tensor:
        if not real:
            return new
        # An example's mask stands on the axis of the batch: the last but one of [.., B, 1].
        return ops.where(real[0] > 0, new, old)

    @ops.custom_gradient
    def loop(
        inputs: Tensor, initial: Tensor, kernel: Tensor, bias: Tensor, recurrent: Tensor
    ) -> Any:
        def advance(carry: Any, slices: Any) -> tuple[Any, Any]:
            (h,), (x, *real) = carry, slices
            new = value(ops.matmul(x, kernel) + bias + ops.matmul(h, recurrent))
            h = carried(new + h if held else new, h, tuple(real))
            return (h,), (h,)

        (final,), (outputs,) = scan(advance, (initial,), (inputs, *masks), reverse)

        def gradient(*args: Any, upstream: Any = None) -> tuple[Tensor, ...]:
            flow, last = cotangents(upstream if upstream is not None else args)
            before = shifted(outputs, initial, reverse)
            slopes = derivative(outputs - before if held else outputs)
            batch, units = ops.shape(initial)[0], kernel.shape[-1]
            ones = ops.ones((*ops.shape(inputs)[:2], 1), inputs.dtype)
            seen = ops.concatenate([inputs, ones, before], axis=-1)
            width = seen.shape[-1]
            unit = ops.reshape(ops.eye(units, dtype=seen.dtype), (units, 1, 1, units))

            def weighed(error: Tensor, sensitivity: Tensor) -> Tensor:
                """sum over examples and units of an error ``[B, n]`` times its sensitivity."""
                row = ops.reshape(ops.transpose(error), (1, -1))
                return ops.matmul(row, ops.reshape(sensitivity, (-1, width * units)))

            def forward(carry: Any, slices: Any) -> tuple[Any, Any]:
                (sensitivity, total), (error, slope, u, *real) = carry, slices
                through = ops.matmul(
                    ops.transpose(recurrent), ops.reshape(sensitivity, (units, -1))
                )
                through = ops.reshape(through, ops.shape(sensitivity))
                direct = unit * ops.reshape(u, (1, batch, width, 1))
                new = ops.reshape(ops.transpose(slope), (units, batch, 1, 1)) * (through + direct)
                new = new + sensitivity if held else new
                new = carried(new, sensitivity, tuple(r[None, :, :, None] for r in real))
                return (new, total + weighed(error, new)), ()

            start = ops.zeros((units, batch, width, units), inputs.dtype)
            (sensitivity, total), _ = scan(
                forward,
                (start, ops.zeros((1, width * units), inputs.dtype)),
                (flow, slopes, seen, *masks),
                reverse,
            )
            total = ops.reshape(total + weighed(last, sensitivity), (width, units))
            dkernel, dbias, drecurrent = ops.split(total, [width - units - 1, width - units])
            dinputs = ops.matmul(
                _with_last(flow, last, mask, reverse) * slopes, ops.transpose(kernel)
            )
            return dinputs, ops.zeros_like(initial), dkernel, dbias[0], drecurrent

        return (outputs, final), gradient

    outputs, final = loop(inputs, initial, kernel, bias, recurrent)
    return outputs, (final,)


def _with_last(flow: Tensor, last: Tensor, mask: Tensor | None, reverse: bool) -> Tensor:
    """Errors ``[T, B, n]`` of real steps, that of the last state at the last real step read."""
    real = ops.ones_like(flow[..., :1]) if mask is None else mask
    left = ops.cumsum(real if reverse else ops.flip(real, 0), axis=0)
    left = left if reverse else ops.flip(left, 0)
    return (flow + ops.where(left == 1, last[None], 0.0)) * real
