"""Which algorithm carries an error back through time, as a value.

``bptt``
    Back-propagation through time over the whole sequence (Werbos 1990).
``tbptt-K``
    Truncated: the same over windows of K steps (BPTT(K; K) of Williams & Peng 1990). The state is
    carried from window to window and the error is not.
``rtrl``
    Real-time recurrent learning (Williams & Zipser 1989): the derivative of the state with respect
    to every weight is carried forward, and no error goes back through time at all.
"""

from __future__ import annotations

from dataclasses import dataclass

from gatewise.benchmark.architectures.cell import Cell

ALLOWED = "'bptt', 'tbptt-K' with a whole number K from 1, and 'rtrl'"
MOST_SENSITIVE_UNITS = 64
"""Widest layer of real-time recurrent learning: a step costs about units⁴ multiplications."""


class InvalidLearning(ValueError):
    """A text that names no learning algorithm."""


class UnsupportedLearning(ValueError):
    """A learning algorithm that cannot serve an architecture, a width or a task."""


@dataclass(frozen=True)
class Learning:
    """A learning algorithm; ``window`` is the K of ``tbptt-K`` and 0 otherwise."""

    algorithm: str
    window: int = 0

    @classmethod
    def parse(cls, text: str) -> Learning:
        """From ``bptt``, ``tbptt-K`` or ``rtrl``.

        Raises:
            InvalidLearning: anything else.
        """
        name, dash, steps = text.partition("-")
        if name == "tbptt" and steps.isdecimal() and steps == str(int(steps)) and int(steps) > 0:
            return cls(name, int(steps))
        if name in ("bptt", "rtrl") and not dash:
            return cls(name)
        raise InvalidLearning(f"learning={text!r}: allowed are {ALLOWED}")

    def __str__(self) -> str:
        return f"{self.algorithm}-{self.window}" if self.window else self.algorithm

    def require(self, cell: Cell, units: int = 1, layers: int = 1, decodes: bool = False) -> None:
        """Refuse what the algorithm cannot serve.

        Args:
            cell, units, layers: of the architecture; sensitivities are carried for one layer of a
                cell without gates whose only state is its output.
            decodes: whether the last states start a decoder, through which the encoder would learn.

        Raises:
            UnsupportedLearning: real-time recurrent learning of anything larger.
        """
        if self.algorithm != "rtrl":
            return
        if cell.plain is None:
            found = f"a cell with {', '.join(cell.gates)}" if cell.gates else "this cell"
            raise UnsupportedLearning(
                f"learning='rtrl' with {found}: allowed are cells without gates that see their last"
                " output, such as vanilla, residual and IRNN"
            )
        if layers > 1:
            raise UnsupportedLearning(f"learning='rtrl' with layers={layers}: allowed is 1")
        if decodes:
            raise UnsupportedLearning(
                "learning='rtrl' with an encoder-decoder: allowed are tasks that answer at the end"
                " or at every step"
            )
        if units > MOST_SENSITIVE_UNITS:
            raise UnsupportedLearning(
                f"learning='rtrl' with units={units}: allowed are 1 to {MOST_SENSITIVE_UNITS}; a"
                " smaller budget of parameters makes the layer narrower"
            )

    def require_whole(self, architecture: str) -> None:
        """Refuse any algorithm that follows a chain of steps, on a tree or graph.

        Raises:
            UnsupportedLearning: it is not back-propagation through everything.
        """
        if self.algorithm != "bptt":
            raise UnsupportedLearning(
                f"learning={self.algorithm!r} with architecture {architecture!r}, which reads no "
                "chain: allowed is bptt"
            )
