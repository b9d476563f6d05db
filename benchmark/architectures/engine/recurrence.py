"""The engine: it owns the matrix products and the two loops over time, and knows nothing of gates.

A cell is a pointwise step from the input drive z_t = x_t W + b and the states s_{t-1} to the
states s_t, and may ask for recurrent products::

    s_t = step(z_t, s_{t-1}, parameters, trace)        h_t = s_t[0]

The step is written once, as its equation. The forward loop runs it with a trace that *records*
what each activation returns; the backward loop runs the same step with a trace that *replays* the
record, so that automatic differentiation sees every derivative as a function of stored outputs
(sigma' = a (1 - a), tanh' = 1 - a^2) and computes no activation and no product a second time.

Three products stay outside the loops, as one large product each: the input drive before, and the
gradients of the input and of the recurrent weights after. The latter works because a product's
gradient with respect to its *result*, du_t, is all the backward loop has to hand out::

    dR = sum_t operand_t^T du_t = [operand_1 .. operand_T]^T [du_1 .. du_T]

A gate that is removed has no columns in W, R and b, and costs nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import accumulate, pairwise
from typing import Any, NamedTuple, Protocol, TypeAlias

from keras import ops

from gatewise.benchmark.architectures.engine.backend import Tensor, Tensors, pullback, scan

Derivative: TypeAlias = "Callable[[Tensor], Tensor]"

ACTIVATIONS: dict[str, tuple[Callable[[Tensor], Tensor], Derivative]] = {
    "sigmoid": (ops.sigmoid, lambda a: a * (1.0 - a)),
    "tanh": (ops.tanh, lambda a: 1.0 - a * a),
    "relu": (ops.relu, lambda a: ops.cast(a > 0, a.dtype)),
    "signed": (lambda x: 2.0 * ops.sigmoid(x) - 1.0, lambda a: 0.5 * (1.0 - a * a)),
    "positive": (
        lambda x: ops.where(x >= 0, x + 0.5, ops.sigmoid(x)),
        lambda a: ops.where(a >= 0.5, ops.ones_like(a), a * (1.0 - a)),
    ),
    "exp": (ops.exp, lambda a: a),
    "softplus": (ops.softplus, lambda a: 1.0 - ops.exp(-a)),
}
"""Each activation with its derivative as a function of its own output."""


class Trace(Protocol):
    """What a cell's step may ask of the engine besides pointwise arithmetic."""

    def activate(self, name: str, x: Tensor, of: str = "") -> Tensor:
        """``name``'s value at ``x``; ``linear`` is the identity.

        ``of`` names the value, for a trace that watches; the engine has no use for it.
        """
        ...

    def product(self, operand: Tensor, matrix: str) -> Tensor:
        """``operand [B, m]`` times the recurrent matrix of that name, ``[m, k]``."""
        ...

    def added(self, z: Tensor, operand: Tensor, matrix: str) -> Tensor:
        """The whole drive ``z`` plus a product as wide as it, in which alone z is used.

        Drive and product then have one gradient, which is stored and read once: the step of an
        LSTM is 5 to 10% shorter for it.
        """
        ...

    def remember(self, x: Tensor) -> Tensor:
        """``x`` itself; stored, where computing it again on the way back would cost a product."""
        ...

    def split(self, x: Tensor, count: int) -> Sequence[Tensor]:
        """The columns of ``x [.., k n]`` in so many equal parts."""
        ...

    def join(self, parts: Sequence[Tensor]) -> Tensor:
        """Side by side along the last axis."""
        ...

    def maximum(self, a: Tensor, b: Tensor) -> Tensor:
        """The larger of two, by element."""
        ...

    def root(self, x: Tensor) -> Tensor:
        """Square root, by element."""
        ...

    def log(self, x: Tensor) -> Tensor:
        """Natural logarithm, by element."""
        ...

    def choose(self, condition: Tensor, yes: Tensor, no: Tensor) -> Tensor:
        """``yes`` where the condition holds, else ``no``."""
        ...

    def normalise(self, x: Tensor) -> Tensor:
        """``x [.., n]`` with mean 0 and variance 1 over its last axis."""
        ...


EPSILON = 1e-5
"""Added to a variance before its root is divided by."""


class Pointwise:
    """What all traces do alike: arithmetic that needs no record."""

    def split(self, x: Tensor, count: int) -> Sequence[Tensor]:
        parts: Sequence[Tensor] = ops.split(x, count, axis=-1)
        return parts

    def join(self, parts: Sequence[Tensor]) -> Tensor:
        return ops.concatenate(parts, axis=-1)

    def maximum(self, a: Tensor, b: Tensor) -> Tensor:
        return ops.maximum(a, b)

    def root(self, x: Tensor) -> Tensor:
        return ops.sqrt(x)

    def log(self, x: Tensor) -> Tensor:
        return ops.log(x)

    def choose(self, condition: Tensor, yes: Tensor, no: Tensor) -> Tensor:
        return ops.where(condition, yes, no)

    def normalise(self, x: Tensor) -> Tensor:
        centred = x - ops.mean(x, axis=-1, keepdims=True)
        variance = ops.mean(centred * centred, axis=-1, keepdims=True)
        return centred * ops.rsqrt(variance + EPSILON)


Named: TypeAlias = "Mapping[str, Tensor]"
Product: TypeAlias = "Callable[[Tensor, Tensor], Tensor]"
"""``(operand [B, .., m], weight [.., m, k]) -> [B, .., k]``, linear in both."""


class _Product(NamedTuple):
    """A product of a step: its matrix, which state was its operand, whose gradient is its own."""

    matrix: str
    state: int | None
    """None: the operand was computed in the step."""
    shares: bool
    """Whether its gradient is that of the drive, to which it was added."""


Step: TypeAlias = "Callable[[Tensor, Tensors, Named, Trace], Tensors]"


class Direct(Pointwise):
    """Trace for plain automatic differentiation: of what it computes it keeps only what is named.

    ``named`` holds the values that the step gave a name, as the learned gates'.
    """

    def __init__(self, matrices: Named, multiply: Product = ops.matmul) -> None:
        self._matrices = matrices
        self._multiply = multiply
        self.named: dict[str, Tensor] = {}

    def activate(self, name: str, x: Tensor, of: str = "") -> Tensor:
        value = x if name == "linear" else ACTIVATIONS[name][0](x)
        if of:
            self.named[of] = value
        return value

    def product(self, operand: Tensor, matrix: str) -> Tensor:
        return self._multiply(operand, self._matrices[matrix])

    def added(self, z: Tensor, operand: Tensor, matrix: str) -> Tensor:
        return z + self.product(operand, matrix)

    def remember(self, x: Tensor) -> Tensor:
        return x


Loop: TypeAlias = "Callable[..., tuple[Tensor, Tensors]]"
"""A way to run a step over time, as :func:`recur`."""


class _Record(Pointwise):
    """Trace of the forward loop: computes, and keeps what the way back needs."""

    def __init__(self, matrices: Named, states: Tensors, multiply: Product) -> None:
        self._matrices = matrices
        self._multiply = multiply
        self._states = states
        self.values: list[Tensor] = []
        self.operands: list[Tensor] = []
        self.products: list[_Product] = []

    def activate(self, name: str, x: Tensor, of: str = "") -> Tensor:
        return x if name == "linear" else self.remember(ACTIVATIONS[name][0](x))

    def product(self, operand: Tensor, matrix: str, shares: bool = False) -> Tensor:
        # The history of a state is stored in any case; only a computed operand is stored for this.
        state = next((i for i, s in enumerate(self._states) if s is operand), None)
        self.products.append(_Product(matrix, state, shares))
        if state is None:
            self.operands.append(operand)
        return self._multiply(operand, self._matrices[matrix])

    def added(self, z: Tensor, operand: Tensor, matrix: str) -> Tensor:
        return z + self.product(operand, matrix, shares=True)

    def remember(self, x: Tensor) -> Tensor:
        self.values.append(x)
        return x


class _Replay(Pointwise):
    """Trace of the backward loop: answers from the record, with derivatives attached.

    ``taps`` are zeros added to each product's result: their gradient is that result's gradient.
    """

    def __init__(self, matrices: Named, values: Tensors, taps: Tensors, multiply: Product) -> None:
        self._matrices = matrices
        self._multiply = multiply
        self._values = iter(values)
        self._taps = iter(taps)

    def activate(self, name: str, x: Tensor, of: str = "") -> Tensor:
        if name == "linear":
            return x
        return _known(x, next(self._values), ACTIVATIONS[name][1])

    def product(self, operand: Tensor, matrix: str) -> Tensor:
        return self._multiply(operand, self._matrices[matrix]) + next(self._taps)

    def added(self, z: Tensor, operand: Tensor, matrix: str) -> Tensor:
        return z + self._multiply(operand, self._matrices[matrix])

    def remember(self, x: Tensor) -> Tensor:
        return _known(x, next(self._values), None)


def _known(x: Tensor, value: Tensor, derivative: Derivative | None) -> Tensor:
    """``value``, differentiated with respect to ``x`` as the activation whose output it is."""

    @ops.custom_gradient
    def known(x: Tensor) -> tuple[Tensor, Callable[..., Tensor]]:
        def gradient(*args: Tensor, upstream: Tensor | None = None) -> Tensor:
            flow = upstream if upstream is not None else args[0]
            return flow if derivative is None else flow * derivative(value)

        return value, gradient

    return known(x)


def recur(
    step: Step,
    drive: Tensor,
    states: Tensors,
    matrices: Named,
    parameters: Named,
    mask: Tensor | None = None,
    reverse: bool = False,
    multiply: Product = ops.matmul,
) -> tuple[Tensor, Tensors]:
    """Run a cell over time, differentiably.

    Args:
        step: the cell, ``(z_t [B, k], states, parameters, trace) -> states``; its first state is
            its output. It must be pointwise but for ``trace.product``.
        drive: z, the input drive of every step, ``[T, B, k]``.
        states: initial states, each ``[B, n]``.
        matrices: recurrent matrices, each ``[m, k']``.
        parameters: what else the step reads and training changes, each broadcast over ``[B, n]``.
        mask: ``[T, B, 1]``, 0 where a step is padding: there every state is carried through.
        reverse: run from the last step to the first.
        multiply: what a product is. Where states are frames ``[B, rows, columns, n]`` it is a
            convolution, and every shape here has rows and columns before its last axis.

    Returns:
        The output of every step, ``[T, B, n]``, and the last states.
    """
    masks = () if mask is None else (mask,)
    sizes = (len(states), len(matrices), len(parameters))
    vector_names = tuple(parameters)

    def advance(inputs: Tensors, states: Tensors, parameters: Tensors, trace: Trace) -> Tensors:
        named = dict(zip(vector_names, parameters, strict=True))
        new = step(inputs[0], states, named, trace)
        if mask is None:
            return new
        real = inputs[1] > 0
        return tuple(ops.where(real, n, s) for n, s in zip(new, states, strict=True))

    @ops.custom_gradient
    def loop(drive: Tensor, *arguments: Tensor) -> Any:
        initial, weights, vectors = split(arguments, sizes)
        named = dict(zip(matrices, weights, strict=True))
        record = _Record(named, initial, multiply)

        def forward(states: Tensors, slices: Tensors) -> tuple[Tensors, Tensors]:
            nonlocal record
            record = _Record(named, states, multiply)
            new = advance(slices, states, vectors, record)
            return new, (*new, *record.values, *record.operands)

        final, histories = scan(forward, initial, (drive, *masks), reverse)
        kinds = (len(states), len(record.values), len(record.operands))
        tapped = [product for product in record.products if not product.shares]
        after, values, operands = split(histories, kinds)

        def gradient(*args: Any, upstream: Any = None) -> tuple[Tensor, ...]:
            flow, *flows = cotangents(upstream if upstream is not None else args)
            before = tuple(shifted(h, s, reverse) for h, s in zip(after, initial, strict=True))

            def backward(carry: Tensors, slices: Tensors) -> tuple[Tensors, Tensors]:
                (dh, *others), dvectors = split(carry, (sizes[0], sizes[2]))
                (dout,), inputs, previous, known = split(
                    slices, (1, 1 + len(masks), sizes[0], kinds[1])
                )
                z, place = inputs[0], ops.shape(inputs[0])[:-1]
                taps = [ops.zeros((*place, named[p.matrix].shape[-1]), z.dtype) for p in tapped]

                def replayed(z: Tensor, *flat: Tensor) -> Tensors:
                    states, vectors, taps = split(flat, (sizes[0], sizes[2], len(tapped)))
                    trace = _Replay(named, known, taps, multiply)
                    return advance((z, *inputs[1:]), states, vectors, trace)

                (dz, *flat) = pullback(
                    replayed, (z, *previous, *vectors, *taps), (dh + dout, *others)
                )
                dstates, more, dtaps = split(flat, (sizes[0], sizes[2], len(tapped)))
                summed = tuple(a + b for a, b in zip(dvectors, more, strict=True))
                return (*dstates, *summed), (dz, *dtaps)

            carry, (dz, *dproducts) = scan(
                backward,
                (*flows, *(ops.zeros_like(v) for v in vectors)),
                (flow, drive, *masks, *before, *values),
                not reverse,
            )
            dstates, dvectors = split(carry, (sizes[0], sizes[2]))
            dweights = {name: ops.zeros_like(weight) for name, weight in named.items()}
            computed, apart = iter(operands), iter(dproducts)
            for name, state, shares in record.products:
                operand = next(computed) if state is None else before[state]
                du = dz if shares else next(apart)
                dweights[name] = dweights[name] + _outer(multiply, operand, named[name], du)
            return (dz, *dstates, *dweights.values(), *dvectors)

        return (after[0], *final), gradient

    outputs, *final = loop(drive, *states, *matrices.values(), *parameters.values())
    return outputs, tuple(final)


def cotangents(flows: Any) -> tuple[Tensor, ...]:
    """The cotangents in one tuple, however the backend nests them."""
    while len(flows) == 1 and isinstance(flows[0], tuple | list):
        flows = flows[0]
    return tuple(flows)


def split(flat: Sequence[Tensor], sizes: Sequence[int]) -> list[Tensors]:
    """``flat`` cut into tuples of the given sizes."""
    edges = [0, *accumulate(sizes)]
    return [tuple(flat[a:b]) for a, b in pairwise(edges)]


def shifted(history: Tensor, initial: Tensor, reverse: bool) -> Tensor:
    """The state *before* each step, ``[T, B, n]``, from the states after it."""
    first = ops.expand_dims(initial, 0)
    if reverse:
        return ops.concatenate([history[1:], first], axis=0)
    return ops.concatenate([first, history[:-1]], axis=0)


def _outer(multiply: Product, operand: Tensor, weight: Tensor, du: Tensor) -> Tensor:
    """The weight's gradient, ``sum_t operand_t^T du_t``, as one product over all steps."""
    rows, drows = (ops.reshape(x, (-1, *ops.shape(x)[2:])) for x in (operand, du))
    return pullback(lambda w: (multiply(rows, w),), (weight,), (drows,))[0]
