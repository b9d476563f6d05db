"""How many multiplications a step of a cell takes: its own step, run on shapes alone."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.lib.mixins import NDArrayOperatorsMixin

from gatewise.benchmark.architectures.cell import BIAS, KERNEL, MATRIX, VECTOR, Cell, Shape

TIMES = (np.multiply, np.divide)
NORMALISED = 2
"""An element of a normalisation is squared, and divided by a root."""


@dataclass
class _Count:
    """What was multiplied so far."""

    found: int = 0


@dataclass(eq=False)
class _Shaped(NDArrayOperatorsMixin):
    """An array of which only the shape is known; products by element are told to its count."""

    shape: Shape
    count: _Count

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **_: Any) -> _Shaped:
        arrays = [value.shape for value in inputs if isinstance(value, _Shaped)]
        made = _Shaped(np.broadcast_shapes(*arrays), self.count)
        if ufunc in TIMES and len(arrays) > 1:
            self.count.found += math.prod(made.shape)
        return made

    def __getitem__(self, place: tuple[Any, slice]) -> _Shaped:
        """The columns of a slice, ``[..., a:b]``."""
        columns = place[-1].indices(self.shape[-1])
        return _Shaped((*self.shape[:-1], len(range(*columns))), self.count)


@dataclass
class _Counting:
    """The trace of a step on shapes; see :class:`.recurrence.Trace`."""

    matrices: dict[str, Shape]
    count: _Count = field(default_factory=_Count)

    def activate(self, name: str, x: _Shaped, of: str = "") -> _Shaped:
        return x

    def product(self, operand: _Shaped, matrix: str) -> _Shaped:
        self.count.found += math.prod(self.matrices[matrix])
        return _Shaped((self.matrices[matrix][-1],), self.count)

    def added(self, z: _Shaped, operand: _Shaped, matrix: str) -> _Shaped:
        return z + self.product(operand, matrix)

    def remember(self, x: _Shaped) -> _Shaped:
        return x

    def split(self, x: _Shaped, count: int) -> Sequence[_Shaped]:
        return [_Shaped((*x.shape[:-1], x.shape[-1] // count), self.count)] * count

    def join(self, parts: Sequence[_Shaped]) -> _Shaped:
        return _Shaped((sum(part.shape[-1] for part in parts),), self.count)

    def maximum(self, a: _Shaped, b: _Shaped) -> _Shaped:
        return a + b

    def root(self, x: _Shaped) -> _Shaped:
        return x

    def log(self, x: _Shaped) -> _Shaped:
        return x

    def choose(self, condition: _Shaped, yes: _Shaped, no: _Shaped) -> _Shaped:
        return condition + yes + no

    def normalise(self, x: _Shaped) -> _Shaped:
        self.count.found += NORMALISED * math.prod(x.shape)
        return x


def multiplications(cell: Cell, inputs: int, units: int) -> int:
    """Multiplications of one step of one layer in one direction, for one example, going forward.

    Counted are, as the cell's step has them,

    - of every product with a matrix ``[m, k]`` m k: that of the input, and those of the states; of
      a convolution w² m k for each pixel,
    - of every product and every quotient of two arrays by element, as ``keep * c'``, n,
    - of a normalisation over n elements 2 n, the squares and the quotients.

    Not counted are sums, products with a constant number, and what is inside an activation, a
    logarithm or a root. The lstm has 4 n (d + n) + 3 n of n units that read d inputs.
    """
    shapes: dict[str, dict[str, Shape]] = {KERNEL: {}, MATRIX: {}, VECTOR: {}, BIAS: {}}
    for name, array in cell.arrays(inputs, units).items():
        shapes[array.role][name] = array.shape
    trace, kernels = _Counting(shapes[MATRIX]), shapes[KERNEL].values()

    def shaped(*shape: int) -> _Shaped:
        return _Shaped(shape, trace.count)

    drive = sum(shape[-1] for shape in kernels) + cell.wired * units
    states = tuple(shaped(width) for width in cell.widths(units))
    vectors = {name: shaped(*shape) for name, shape in shapes[VECTOR].items()}
    cell.step(shaped(drive), states, vectors, trace)
    return trace.count.found + sum(math.prod(shape) for shape in kernels)
