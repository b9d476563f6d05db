"""The one recurrent layer, and the stack of them that an architecture is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import keras
import numpy as np
from keras import ops

from gatewise.benchmark.architectures.arguments import (
    DIRECTIONS,
    UnsupportedArgument,
    UnsupportedWrapper,
    refuse,
)
from gatewise.benchmark.architectures.cell import MATRIX, VECTOR, Array, Block, Cell
from gatewise.benchmark.architectures.engine.backend import Tensor, Tensors
from gatewise.benchmark.architectures.engine.recurrence import Loop, Product, recur
from gatewise.benchmark.architectures.engine.sensitivity import recur_forward
from gatewise.benchmark.architectures.engine.truncation import recur_in_windows
from gatewise.benchmark.architectures.learning import Learning, UnsupportedLearning
from gatewise.benchmark.randomness import derive_seed

STARTS: Mapping[str, Callable[[int], Any]] = {
    "glorot": lambda seed: keras.initializers.GlorotUniform(seed=seed),
    "orthogonal": lambda seed: keras.initializers.Orthogonal(seed=seed),
    "identity": lambda seed: keras.initializers.Identity(),
}
"""How a block of a matrix starts, by name."""
CHRONO_STEPS = 100
"""The T of chrono initialisation where none is given."""


@keras.saving.register_keras_serializable(package="gatewise")
class Recurrent(keras.layers.Layer):
    """A recurrent layer of any :class:`.Cell`, on the engine.

    Input ``[batch, steps, inputs]``; output ``[batch, units]``, or ``[batch, steps, units]`` with
    ``return_sequences``; with ``return_state`` the last states follow. A mask ``[batch, steps]``
    carries the state through padding. With a cell whose products are convolutions all of them are
    frames: rows and columns come before the last axis.

    Args:
        cell: the cell, or what its ``describe`` gave.
        units: n.
        return_sequences, return_state, go_backwards: as in :class:`keras.layers.RNN`, except that
            the outputs of a backward layer keep their place in time.
        chrono_steps: the T of a chrono bias, about the longest dependency.
        learning: ``bptt``, ``tbptt-K`` or ``rtrl``; see :mod:`.learning`.
        seed: initial weights are a function of it; equal blocks of different cells start equal.
        **kwargs: of every Keras layer. What Keras's own recurrent layers take beside these is
            refused by name, see :data:`.arguments.REFUSED`.

    ``initial_state`` is one tensor ``[batch, width]`` a state, in a list or, of a cell with one,
    bare. ``keras.layers.Bidirectional`` is refused: :class:`RecurrentStack` has two directions.

    Raises:
        UnsupportedArgument: an argument of Keras's layers that is refused, or a number of initial
            states that is not the cell's.
        InvalidCell: ``cell`` is not a valid description.
        InvalidLearning, UnsupportedLearning: ``learning`` is none, or cannot serve the cell.
        ValueError: ``units`` is not positive.
    """

    def __init__(
        self,
        cell: Cell | Mapping[str, Any],
        units: int,
        *,
        return_sequences: bool = False,
        return_state: bool = False,
        go_backwards: bool = False,
        chrono_steps: int = CHRONO_STEPS,
        learning: str = "bptt",
        seed: int = 0,
        **kwargs: Any,
    ) -> None:
        super().__init__(**refuse("Recurrent", kwargs))
        if units < 1:
            raise ValueError(f"units={units!r}: allowed are whole numbers from 1")
        self.learning = Learning.parse(learning)
        self.cell = cell if isinstance(cell, Cell) else Cell.restore(cell)
        self.units = units
        self.return_sequences = return_sequences
        self.return_state = return_state
        self.go_backwards = go_backwards
        self.chrono_steps = chrono_steps
        self.seed = seed
        self.supports_masking = True
        self.learning.require(self.cell, units)
        self._multiply: Product = _convolve if self.cell.window else ops.matmul
        window = self.learning.window
        # Public, so that diagnostics can put a loop in its place that keeps what passes.
        self.loop: Loop = partial(recur_in_windows, window=window) if window else recur

    @property
    def stateful(self) -> bool:
        """Asked for by ``keras.layers.Bidirectional`` alone, which turns backward outputs around.

        Raises:
            UnsupportedWrapper: always; ours keep their place in time already.
        """
        raise UnsupportedWrapper(f"keras.layers.Bidirectional around {self.name!r}: {DIRECTIONS}")

    @property
    def state_size(self) -> tuple[int, ...]:
        """Width of each state."""
        return self.cell.widths(self.units)

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        inputs = input_shape[-1]
        assert inputs is not None
        self.declared = self.cell.arrays(inputs, self.units)
        self.arrays = {
            name: self.add_weight(name=name, shape=array.shape, initializer=self._start(array))
            for name, array in self.declared.items()
        }

    def _start(self, array: Array) -> Callable[..., Tensor]:
        """How an array starts: block by block, each from a seed of its own."""

        def start(shape: tuple[int, ...], dtype: Any = None) -> Tensor:
            if not array.rows:
                return np.concatenate([self._vector(block) for block in array.blocks])
            drawn = [
                STARTS[str(block.start)](derive_seed(self.seed, array.family, block.name))(
                    (*array.rows, block.width), dtype
                )
                for block in array.blocks
            ]
            return ops.concatenate(drawn, axis=-1)

        return start

    def _vector(self, block: Block) -> np.ndarray[Any, Any]:
        """A block of a vector as it starts, ``[n]``."""
        if isinstance(block.start, int | float):
            return np.full(block.width, block.start, "float32")

        def generators(*role: str) -> np.random.Generator:
            return np.random.default_rng(derive_seed(self.seed, *role))

        assert not isinstance(block.start, str)
        drawn = block.start.draw(generators, block.name, block.width, self.chrono_steps)
        return np.asarray(drawn, "float32")

    def call(
        self,
        sequences: Tensor,
        initial_state: Tensors | None = None,
        mask: Tensor | None = None,
        training: bool = False,
    ) -> Any:
        if self.learning.window and sequences.shape[1] is None:
            raise UnsupportedLearning(
                f"learning={str(self.learning)!r}: its windows need a known number of steps; "
                "allowed are Input((steps, features)), and 'bptt' for any number"
            )
        if mask is not None:
            mask = ops.cast(ops.transpose(mask), self.compute_dtype)
            mask = ops.reshape(mask, (*ops.shape(mask), *(1,) * (len(sequences.shape) - 2)))
        inputs = self._delayed(ops.swapaxes(sequences, 0, 1), mask)
        states = self._initial(initial_state, ops.shape(inputs)[1:-1])
        # The loop differentiates with respect to tensors, hence copies of the variables.
        held = {n: ops.copy(a) for n, a in self.arrays.items()}
        run = self._through_drive if self.learning.algorithm != "rtrl" else self._with_sensitivities
        outputs, states = run(inputs, states, held, mask)
        result = ops.swapaxes(outputs, 0, 1) if self.return_sequences else states[0]
        return (result, *states) if self.return_state else result

    def _initial(self, given: Any, place: tuple[Any, ...]) -> Tensors:
        """The states before the first step, zeros where none are given."""
        if given is None:
            return tuple(ops.zeros((*place, size), self.compute_dtype) for size in self.state_size)
        states = tuple(given) if isinstance(given, list | tuple) else (given,)
        if len(states) != len(self.state_size):
            raise UnsupportedArgument(
                f"initial_state of {len(states)} tensors: allowed are {len(self.state_size)}, of "
                f"widths {', '.join(map(str, self.state_size))}"
            )
        return states

    def _through_drive(
        self, inputs: Tensor, states: Tensors, held: Mapping[str, Tensor], mask: Tensor | None
    ) -> tuple[Tensor, Tensors]:
        """The engine's loop over the input drive of every step."""
        matrices, parameters = self.by_role(held)
        drive = self._drive(inputs, held)
        return self.loop(
            self.cell.step,
            drive,
            states,
            matrices,
            parameters,
            mask,
            self.go_backwards,
            self._multiply,
        )

    def _with_sensitivities(
        self, inputs: Tensor, states: Tensors, held: Mapping[str, Tensor], mask: Tensor | None
    ) -> tuple[Tensor, Tensors]:
        """The loop that carries dh/dΘ forward."""
        weights = held["kernel"], held["bias"], held["recurrent"]
        plain = self.cell.plain
        assert plain is not None
        return recur_forward(
            plain.activation, plain.held, inputs, states[0], *weights, mask, self.go_backwards
        )

    def by_role(self, arrays: Mapping[str, Tensor]) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
        """The matrices that a step multiplies by, and the vectors that enter it."""
        matrices, vectors = (
            {n: a for n, a in arrays.items() if self.declared[n].role == role}
            for role in (MATRIX, VECTOR)
        )
        return matrices, vectors

    def _drive(self, inputs: Tensor, held: Mapping[str, Tensor]) -> Tensor:
        """z = x W + b of every step, ``[T, B, k n]``; behind it x itself, if the cell is wired."""
        if "kernel" not in held:
            return self._wire(inputs)
        # One product over all steps and examples: a product step by step would also have a gradient
        # step by step, [T, inputs, k n], before it is summed.
        rows = ops.reshape(inputs, (-1, *ops.shape(inputs)[2:]))
        columns = held["kernel"].shape[-1]
        drive = self._multiply(rows, held["kernel"])
        drive = ops.reshape(drive, (*ops.shape(inputs)[:-1], columns))
        if "bias" in held:
            drive = drive + ops.pad(held["bias"], (0, columns - held["bias"].shape[0]))
        if not self.cell.wired:
            return drive
        return ops.concatenate([drive, self._wire(inputs)], axis=-1)

    def _wire(self, inputs: Tensor) -> Tensor:
        """x as wide as a state: unit i reads x_{i mod inputs}."""
        width = inputs.shape[-1] // self.cell.taps
        return ops.take(inputs, np.arange(self.units) % width, axis=-1)

    def _delayed(self, inputs: Tensor, mask: Tensor | None) -> Tensor:
        """Inputs ``[T, B, d]`` beside those of the steps before, ``[T, B, taps d]``, 0 at first."""
        if self.cell.taps == 1:
            return inputs
        # Padding must not reach into the first real steps of a backward layer.
        real = inputs if mask is None else inputs * mask
        width = ops.shape(inputs)[0]
        none = ((0, 0), (0, 0))

        def ago(steps: int) -> Tensor:
            if self.go_backwards:
                return ops.pad(real, ((0, steps), *none))[steps:]
            return ops.pad(real, ((steps, 0), *none))[:width]

        return ops.concatenate([ago(steps) for steps in range(self.cell.taps)], axis=-1)

    def compute_output_shape(self, sequences_shape: tuple[int | None, ...], **_: Any) -> Any:
        batch, steps, *place = sequences_shape[:-1]
        result = (batch, *((steps,) if self.return_sequences else ()), *place, self.units)
        if not self.return_state:
            return result
        return (result, *((batch, *place, size) for size in self.state_size))

    def compute_mask(self, inputs: Any, mask: Tensor | None = None) -> Any:
        kept = mask if self.return_sequences else None
        return [kept, *(None for _ in self.state_size)] if self.return_state else kept

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "cell": self.cell.describe(),
            "units": self.units,
            "return_sequences": self.return_sequences,
            "return_state": self.return_state,
            "go_backwards": self.go_backwards,
            "chrono_steps": self.chrono_steps,
            "learning": str(self.learning),
            "seed": self.seed,
        }


def _convolve(frames: Tensor, weight: Tensor) -> Tensor:
    """``frames [B, rows, columns, m]`` with ``weight [w, w, m, k]``, zeros around."""
    return ops.conv(frames, weight, padding="same", data_format="channels_last")


@keras.saving.register_keras_serializable(package="gatewise")
class RecurrentStack(keras.layers.Layer):
    """``layers`` recurrent layers on each other, each reading in one or two ``directions``.

    Input ``[batch, steps, inputs]``; returns the last layer's outputs
    ``[batch, steps, directions * units]`` and, for every layer, its last states, those of both
    directions concatenated: ``[batch, directions * units]`` each. Such states start a stack of the
    same cell that reads forward with ``directions * units`` units.
    """

    def __init__(
        self,
        cell: Cell | Mapping[str, Any],
        units: int,
        layers: int = 1,
        directions: int = 1,
        chrono_steps: int = CHRONO_STEPS,
        learning: str = "bptt",
        seed: int = 0,
        **kwargs: Any,
    ) -> None:
        super().__init__(**refuse("RecurrentStack", kwargs))
        self.learning = Learning.parse(learning)
        self.cell = cell if isinstance(cell, Cell) else Cell.restore(cell)
        self.learning.require(self.cell, units, layers)
        self.units, self.directions = units, directions
        self.chrono_steps, self.seed = chrono_steps, seed
        self.supports_masking = True
        self.levels = [
            [
                Recurrent(
                    self.cell,
                    units,
                    return_sequences=True,
                    return_state=True,
                    go_backwards=direction == 1,
                    chrono_steps=chrono_steps,
                    learning=learning,
                    seed=derive_seed(seed, level, direction),
                    dtype=self.dtype_policy,
                    name=f"level{level}_{'forward' if direction == 0 else 'backward'}",
                )
                for direction in range(directions)
            ]
            for level in range(layers)
        ]

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        for level in self.levels:
            for layer in level:
                layer.build(input_shape)
            input_shape = (*input_shape[:-1], self.directions * self.units)

    def call(
        self,
        sequences: Tensor,
        initial_state: tuple[Tensors, ...] | None = None,
        mask: Tensor | None = None,
    ) -> tuple[Tensor, tuple[Tensors, ...]]:
        finals: list[Tensors] = []
        for index, level in enumerate(self.levels):
            start = None if initial_state is None else initial_state[index]
            read = [layer(sequences, initial_state=start, mask=mask) for layer in level]
            sequences, *states = (
                parts[0] if len(level) == 1 else ops.concatenate(parts, axis=-1)
                for parts in zip(*read, strict=True)
            )
            finals.append(tuple(states))
        return sequences, tuple(finals)

    def compute_output_shape(self, sequences_shape: tuple[int | None, ...], **_: Any) -> Any:
        batch, steps, *place = sequences_shape[:-1]
        sizes = [self.directions * size for size in self.levels[0][0].state_size]
        states = tuple((batch, *place, size) for size in sizes)
        return (batch, steps, *place, self.directions * self.units), (states,) * len(self.levels)

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "cell": self.cell.describe(),
            "units": self.units,
            "layers": len(self.levels),
            "directions": self.directions,
            "chrono_steps": self.chrono_steps,
            "learning": str(self.learning),
            "seed": self.seed,
        }
