"""What every recurrent cell is, whatever it is made of: the questions that the rest may ask it.

A cell is a frozen value and imports no Keras: what its step computes, it computes by operators and
by its trace (:class:`.recurrence.Trace`). The layer, trees, budgets, diagnostics and the printer of
equations ask what is here, and nothing behind it.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import MISSING, dataclass, fields
from typing import TYPE_CHECKING, Any, ClassVar, TypeAlias

import numpy as np

if TYPE_CHECKING:
    from gatewise.benchmark.architectures.engine.recurrence import Named, Trace

Tensor: TypeAlias = Any
Tensors: TypeAlias = "tuple[Tensor, ...]"
Shape: TypeAlias = "tuple[int, ...]"
Generators: TypeAlias = Callable[..., np.random.Generator]
"""``generators(*role)``: a random generator that the layer's seed and the role decide."""


class InvalidCell(ValueError):
    """A cell description with a field that has no meaning."""


class Value:
    """A frozen dataclass that can be written down as plain data and read back.

    What is written leaves out fields at their default, so that a field that is added later changes
    nothing of what was written before.
    """

    kinds: ClassVar[dict[str, type[Value]]] = {}

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        known = Value.kinds.get(cls.__name__, cls)
        if (known.__module__, known.__qualname__) != (cls.__module__, cls.__qualname__):
            raise InvalidCell(
                f"class {cls.__name__!r} of {cls.__module__}: {known.__module__} has one of that "
                "name; allowed is a name of its own"
            )
        # The newest of a module that is loaded once more, as a user's own may be.
        Value.kinds[cls.__name__] = cls

    def describe(self) -> dict[str, Any]:
        """The value as plain data."""
        off_default = {
            field.name: _plain(getattr(self, field.name))
            for field in fields(self)  # type: ignore[arg-type]
            if field.default is MISSING or getattr(self, field.name) != field.default
        }
        return {"kind": type(self).__name__, **off_default}

    @staticmethod
    def restore(data: Any) -> Any:
        """The inverse of :meth:`describe`.

        Raises:
            InvalidCell: a kind that there is not, or fields that it does not have.
        """
        if isinstance(data, list | tuple):
            return tuple(Value.restore(part) for part in data)
        if not isinstance(data, Mapping):
            return data
        rest = {name: Value.restore(part) for name, part in data.items() if name != "kind"}
        kind = Value.kinds.get(str(data.get("kind")))
        if kind is None:
            raise InvalidCell(f"kind={data.get('kind')!r}: allowed are {', '.join(Value.kinds)}")
        try:
            return kind(**rest)
        except TypeError as error:
            raise InvalidCell(f"kind={data['kind']!r}: {error}") from None


def _plain(value: Any) -> Any:
    if isinstance(value, Value):
        return value.describe()
    return [_plain(part) for part in value] if isinstance(value, tuple) else value


# --- How arrays start -------------------------------------------------------------------------


@dataclass(frozen=True)
class Chrono(Value):
    """``sign`` log U(1, T - 1), for dependencies of up to T steps (Tallec & Ollivier 2018).

    All chrono starts of a layer share their draw: the write gate's mirrors the keep gate's.
    """

    sign: int = 1

    def draw(self, generators: Generators, block: str, width: int, steps: int) -> Any:
        spans = np.log(generators("chrono").uniform(1, max(2, steps - 1), width))
        return self.sign * spans


@dataclass(frozen=True)
class Spread(Value):
    """Uniform from ``low`` to ``high``."""

    low: float
    high: float

    def draw(self, generators: Generators, block: str, width: int, steps: int) -> Any:
        return generators("spread", block).uniform(self.low, self.high, width)


@dataclass(frozen=True)
class Retention(Value):
    """Λ such that σ(Λ)^power is uniform from ``low`` to ``high`` (De et al. 2024, section 2.4)."""

    low: float
    high: float
    power: float

    def draw(self, generators: Generators, block: str, width: int, steps: int) -> Any:
        kept = generators("spread", block).uniform(self.low, self.high, width) ** (1 / self.power)
        return np.log(kept) - np.log1p(-kept)


@dataclass(frozen=True)
class Ramp(Value):
    """From ``first`` to ``last`` over the units, first + (last - first) (j / (n - 1))^power."""

    first: float
    last: float
    power: float

    def draw(self, generators: Generators, block: str, width: int, steps: int) -> Any:
        places = np.arange(width) / max(1, width - 1)
        return self.first + (self.last - self.first) * places**self.power


Start: TypeAlias = "str | float | Chrono | Spread | Retention | Ramp"
"""Of a matrix ``glorot``, ``orthogonal``, ``identity``; of a vector a number or a draw."""


LEARNED = "learned"
"""The setting of a gate with weights."""

# --- Arrays -----------------------------------------------------------------------------------

KERNEL, BIAS, MATRIX, VECTOR = "kernel", "bias", "matrix", "vector"
"""What the layer does with an array: W of the input drive, its b; R of a product in the step;
a vector that the step reads."""


@dataclass(frozen=True)
class Block:
    """Columns of an array that belong together, as a gate's; ``width`` of them."""

    name: str
    width: int
    start: Start


@dataclass(frozen=True)
class Array:
    """A trainable array of a cell: ``rows`` are the axes before the last one, none of a vector.

    ``family`` and the name of a block decide what the block starts at, so that equal blocks of
    different cells start equal.
    """

    role: str
    rows: Shape
    blocks: tuple[Block, ...]
    family: str = ""

    @property
    def shape(self) -> Shape:
        return (*self.rows, sum(block.width for block in self.blocks))


@dataclass(frozen=True)
class Plain:
    """What real-time recurrent learning can serve: h = k h' + activation(W x + R h' + b), k 0 or 1.

    ``held`` says that k is 1.
    """

    activation: str
    held: bool


class Cell(Value, ABC):
    """One recurrent cell.

    Its states are tensors ``[B, widths[k]]``, the output h first and, where ``has_memory``, the
    memory c second.
    """

    window: int = 0
    """0: x, h and c are vectors. An odd w: they are frames of channels, and every product is a
    convolution over w × w pixels with zeros around."""
    taps: int = 1
    """The input drive sees the last so many inputs, [x_t, x_{t-1}, ...]."""

    @abstractmethod
    def arrays(self, inputs: int, units: int) -> dict[str, Array]:
        """Every trainable array, by name, at an input width and a number of units."""

    @abstractmethod
    def widths(self, units: int) -> tuple[int, ...]:
        """The width of each state; the output's is ``units``."""

    @abstractmethod
    def step(self, z: Tensor, states: Tensors, parameters: Named, trace: Trace) -> Tensors:
        """One time step.

        Args:
            z: input drive ``[B, k]``, x W + b in the columns of the kernel; behind them, where the
                cell is ``wired``, x itself as wide as a state.
            states: previous states.
            parameters: the vectors.
            trace: the engine's; matrices are asked of it.

        Returns:
            The states after the step.
        """

    @property
    @abstractmethod
    def equations(self) -> tuple[str, ...]:
        """The step as text, one line an equation.

        ``W_a x`` is a product, ``p * c`` one by element, ``'`` marks what was a step before.
        """

    @property
    @abstractmethod
    def settings(self) -> dict[str, str]:
        """Its gates by name: ``learned``, ``open``, ``shut``, or what stands in for one."""

    @property
    def gates(self) -> tuple[str, ...]:
        """The learned gates: what the step names in :meth:`.Trace.activate`."""
        return tuple(name for name, setting in self.settings.items() if setting == LEARNED)

    @property
    def has_memory(self) -> bool:
        """Whether the second state is a memory c apart from the output."""
        return True

    @property
    def wired(self) -> bool:
        """Whether the step reads x itself: unit i reads x_{i mod inputs}."""
        return False

    @property
    def plain(self) -> Plain | None:
        """What the cell is if it is no more than a simple network, else None."""
        return None

    @property
    def over_children(self) -> str:
        """Why the cell cannot go over trees; empty if it can."""
        return f"a cell of kind {type(self).__name__!r} goes over no tree"

    @property
    def holdable(self) -> tuple[str, ...]:
        """The gates that can be held at any value by their bias, all else at 0."""
        biased = {
            block.name
            for array in self.arrays(1, 1).values()
            if array.role == BIAS or array.family == BIAS
            for block in array.blocks
        }
        return tuple(gate for gate in self.gates if gate in biased)

    def weights(self, inputs: int, units: int) -> dict[str, Shape]:
        """Shape of every trainable array."""
        return {name: array.shape for name, array in self.arrays(inputs, units).items()}

    def count(self, inputs: int, units: int) -> int:
        """Number of trainable numbers of one layer in one direction."""
        return sum(math.prod(shape) for shape in self.weights(inputs, units).values())
