"""An architecture: a cell, how many layers and directions it has, and what it goes along."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from gatewise.benchmark.architectures.cell import Cell
from gatewise.benchmark.architectures.multiplications import multiplications


@dataclass(frozen=True)
class Architecture:
    """A cell, stacked in ``layers`` and read in one or two ``directions``.

    Each layer has the same number of units in each direction; the outputs of both directions of a
    layer are concatenated. ``over`` says what the cell takes its steps along: a ``sequence``, or
    one layer over a ``tree`` or a ``graph`` (:mod:`.trees`). ``source`` is where its equations were
    published.
    """

    name: str
    cell: Cell
    summary: str
    source: str = ""
    layers: int = 1
    directions: int = 1
    over: str = "sequence"

    def parameters(self, inputs: int, units: int) -> int:
        """Number of recurrent parameters with ``units`` a layer and direction."""
        return self.total(lambda cell, read: cell.count(read, units), inputs, units)

    def multiplications(self, inputs: int, units: int) -> int:
        """Multiplications a step, with ``units`` a layer and direction.

        See :func:`.multiplications.multiplications`. Over a tree a step is a node of one child,
        over a graph a node in one round; of a cell with a window it is one of a single pixel.
        """
        return self.total(lambda cell, read: multiplications(cell, read, units), inputs, units)

    def state(self, inputs: int, units: int) -> int:
        """Numbers that are carried from one step to the next: of an LSTM the memory too."""
        return self.total(lambda cell, _: sum(cell.widths(units)), inputs, units)

    def total(self, of: Callable[[Cell, int], int], inputs: int, units: int) -> int:
        """The sum of what is said of a cell and of the width that it reads, over all its copies."""
        if self.over == "graph":
            # A node also reads the messages from its children and from its parent.
            return of(self.cell, inputs + 2 * units)
        total = 0
        for _ in range(self.layers):
            total += self.directions * of(self.cell, inputs)
            inputs = self.directions * units
        return total

    @property
    def equations(self) -> tuple[str, ...]:
        """The cell's step as text, along what it is taken.

        Over a tree k runs over the children of a node; over a graph a node reads besides x the
        messages m of those around it.
        """
        if self.over == "tree":
            return tuple(_over_children(line) for line in self.cell.equations)
        if self.over == "graph":
            told = (line.replace(" x", " m") for line in self.cell.equations)
            return ("m = [x, Σ_k h_k, h_above]", *told)
        return self.cell.equations

    @property
    def forward(self) -> Architecture:
        """The same, reading in one direction: what can decode."""
        return replace(self, directions=1)

    def describe(self) -> dict[str, Any]:
        """What an experiment's hash covers: everything but the wording."""
        return {
            "name": self.name,
            "layers": self.layers,
            "directions": self.directions,
            "over": self.over,
            "cell": self.cell.describe(),
        }


def _over_children(line: str) -> str:
    """A line of a cell's equations over a tree: one keep gate a child, sums elsewhere."""
    if line.startswith("keep ="):
        return line.replace("keep =", "keep_k =").replace("h'", "h_k")
    kept = line.replace("keep * c'", "Σ_k keep_k * c_k")
    return kept.replace("c'", "Σ_k c_k").replace("h'", "Σ_k h_k")
