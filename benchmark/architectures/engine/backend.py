"""What the engine needs and Keras lacks: a loop over time, a pullback, quick random numbers.

Keras's own ``scan`` asks every output to have the shape of a state, it has no vector-Jacobian
product, and its random numbers take XLA's slowest generator on a CPU (9.9 ms for 28,672 numbers;
Philox takes 0.3 ms). Everything else is ``keras.ops``, so TensorFlow and JAX run one source.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import keras

Tensor: TypeAlias = Any
Tensors: TypeAlias = "tuple[Tensor, ...]"
Step: TypeAlias = "Callable[[Tensors, Tensors], tuple[Tensors, Tensors]]"

SUPPORTED = ("tensorflow", "jax")


class UnsupportedBackend(RuntimeError):
    """A Keras backend on which the engine has no loop."""


def scan(step: Step, carry: Tensors, sequences: Tensors, reverse: bool) -> tuple[Tensors, Tensors]:
    """Run ``step`` over the first axis of ``sequences``.

    Args:
        step: ``(carry, slices) -> (carry, outputs)``; slices are ``sequence[t]``.
        carry: what goes from step to step.
        sequences: tensors ``[T, ...]``.
        reverse: run from ``T - 1`` to 0; outputs keep their place in time.

    Returns:
        The last carry, and each output stacked to ``[T, ...]``.

    Raises:
        UnsupportedBackend: the Keras backend is neither TensorFlow nor JAX.
    """
    return _backend().scan(step, carry, sequences, reverse)


def pullback(
    function: Callable[..., Tensors], primals: Sequence[Tensor], cotangents: Sequence[Tensor]
) -> tuple[Tensor, ...]:
    """Vector-Jacobian product of ``function`` at ``primals``: one gradient for each primal."""
    return _backend().pullback(function, primals, cotangents)


def uniform(shape: Sequence[Tensor], generator: keras.random.SeedGenerator) -> Tensor:
    """Random numbers from 0 to below 1 of a shape; moves the generator on."""
    return _backend().uniform(shape, generator.next())


def _backend() -> type[_TensorFlow] | type[_Jax]:
    name = keras.backend.backend()
    if name not in SUPPORTED:
        raise UnsupportedBackend(f"Keras backend {name!r}: allowed are {', '.join(SUPPORTED)}")
    return _TensorFlow if name == "tensorflow" else _Jax


class _TensorFlow:
    @staticmethod
    def scan(
        step: Step, carry: Tensors, sequences: Tensors, reverse: bool
    ) -> tuple[Tensors, Tensors]:
        import tensorflow as tf

        static = sequences[0].shape[0]
        steps = tf.shape(sequences[0])[0] if static is None else static
        # The first output's shape is only known by tracing the step once, so its number of outputs
        # is read from a trace that the compiler then throws away.
        probe = step(carry, tuple(sequence[0] for sequence in sequences))[1]
        stacks = [tf.TensorArray(x.dtype, size=steps, element_shape=x.shape) for x in probe]

        def body(i: Tensor, carry: Tensors, stacks: list[Any]) -> tuple[Any, ...]:
            at = steps - 1 - i if reverse else i
            carry, outputs = step(carry, tuple(sequence[at] for sequence in sequences))
            return i + 1, carry, [s.write(at, x) for s, x in zip(stacks, outputs, strict=True)]

        _, carry, stacks = tf.while_loop(
            lambda i, *_: i < steps, body, (0, carry, stacks), maximum_iterations=steps
        )
        return carry, tuple(stack.stack() for stack in stacks)

    @staticmethod
    def pullback(
        function: Callable[..., Tensors], primals: Sequence[Tensor], cotangents: Sequence[Tensor]
    ) -> tuple[Tensor, ...]:
        import tensorflow as tf

        with tf.GradientTape() as tape:
            tape.watch(primals)
            outputs = function(*primals)
        return tuple(
            tape.gradient(
                outputs,
                list(primals),
                output_gradients=list(cotangents),
                unconnected_gradients=tf.UnconnectedGradients.ZERO,
            )
        )

    @staticmethod
    def uniform(shape: Sequence[Tensor], seed: Tensor) -> Tensor:
        import tensorflow as tf

        return tf.random.stateless_uniform(shape, tf.cast(seed, tf.int32), alg="philox")


class _Jax:
    @staticmethod
    def scan(
        step: Step, carry: Tensors, sequences: Tensors, reverse: bool
    ) -> tuple[Tensors, Tensors]:
        import jax

        return jax.lax.scan(step, carry, sequences, reverse=reverse)

    @staticmethod
    def pullback(
        function: Callable[..., Tensors], primals: Sequence[Tensor], cotangents: Sequence[Tensor]
    ) -> tuple[Tensor, ...]:
        import jax

        return jax.vjp(function, *primals)[1](tuple(cotangents))

    @staticmethod
    def uniform(shape: Sequence[Tensor], seed: Tensor) -> Tensor:
        return keras.random.uniform(shape, seed=seed)
