"""The scalar LSTM of xLSTM: an exponential input gate, and what keeps it in bounds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gatewise.benchmark.architectures.cell import (
    BIAS,
    KERNEL,
    LEARNED,
    MATRIX,
    Array,
    Block,
    Cell,
    InvalidCell,
    Ramp,
    Start,
    Tensor,
    Tensors,
)

if TYPE_CHECKING:
    from gatewise.benchmark.architectures.engine.recurrence import Named, Trace

OPEN, EXPONENTIAL = "open", "exponential"
LEAST = 1e-30
"""A gate's smallest value whose logarithm is taken."""
FORGET_START = Ramp(5.0, -7.0, 0.3)
"""Of the first layer in the authors' code."""


@dataclass(frozen=True)
class ScalarLSTM(Cell):
    """sLSTM (Beck et al. 2024, arXiv 2405.04517)::

        write = exp(a_write)    keep = σ(a_keep)    emit = σ(a_emit)    g = tanh(a)
        c = keep * c' + write * g
        n = keep * n' + write
        h = emit * c / n

    with a_G = W_G x + R_G h' + b_G. c and n are carried divided by exp(m), with
    m = max(log keep + m', log write) and m = log write at the first step, so that nothing
    overflows; h is the same. R is one head's. Written from the paper and held against the authors'
    cell; not against their layer, which names the projections of both gates the wrong way round.

    Attributes:
        write: ``exponential``, ``learned`` (σ) or ``open`` (1).
        keep: ``learned`` (σ), ``exponential`` or ``open``.
        emit: ``learned`` or ``open``.
        normalised: whether c is divided by n; else h = emit * tanh(c), and nothing is stabilised:
            with ``write="learned"`` that is the LSTM.
        recurrent: whether the drives see h'.

    Raises:
        InvalidCell: a gate is something else.
    """

    write: str = EXPONENTIAL
    keep: str = LEARNED
    emit: str = LEARNED
    normalised: bool = True
    recurrent: bool = True

    def __post_init__(self) -> None:
        for name in ("write", "keep", "emit"):
            allowed = (LEARNED, OPEN, EXPONENTIAL)[: 2 if name == "emit" else 3]
            if getattr(self, name) not in allowed:
                options = ", ".join(map(repr, allowed))
                raise InvalidCell(f"{name}={getattr(self, name)!r}: allowed are {options}")

    @property
    def settings(self) -> dict[str, str]:
        return {"write": self.write, "keep": self.keep, "emit": self.emit}

    @property
    def _blocks(self) -> tuple[str, ...]:
        return (*(name for name, setting in self.settings.items() if setting != OPEN), "candidate")

    def arrays(self, inputs: int, units: int) -> dict[str, Array]:
        def blocks(start: Start) -> tuple[Block, ...]:
            return tuple(Block(name, units, start) for name in self._blocks)

        biases = (
            Block(name, units, FORGET_START if name == "keep" else 0.0) for name in self._blocks
        )
        made = {
            "kernel": Array(KERNEL, (inputs,), blocks("glorot"), "kernel"),
            "bias": Array(BIAS, (), tuple(biases)),
        }
        if self.recurrent:
            made["recurrent"] = Array(MATRIX, (units,), blocks("orthogonal"), "recurrent")
        return made

    def widths(self, units: int) -> tuple[int, ...]:
        """(h, c), and where it is normalised (h, c, n, m)."""
        return (units,) * (4 if self.normalised else 2)

    def step(self, z: Tensor, states: Tensors, parameters: Named, trace: Trace) -> Tensors:
        if self.recurrent:
            z = trace.added(z, states[0], "recurrent")
        drive = dict(zip(self._blocks, trace.split(z, len(self._blocks)), strict=True))
        g = trace.activate("tanh", drive["candidate"])
        if self.normalised:
            c, *rest = self._stabilised(g, drive, states, trace)
            read = c / rest[0]
        else:
            rest = []
            c = self._plainly("keep", drive, states[1], trace) + self._plainly(
                "write", drive, g, trace
            )
            read = trace.activate("tanh", c)
        if self.emit == LEARNED:
            read = trace.activate("sigmoid", drive["emit"], of="emit") * read
        return (read, c, *rest)

    def _plainly(self, name: str, drive: Named, operand: Tensor, trace: Trace) -> Tensor:
        """A gate times what it lets through."""
        setting = self.settings[name]
        if setting == OPEN:
            return operand
        activation = "sigmoid" if setting == LEARNED else "exp"
        return trace.activate(activation, drive[name], of=name) * operand

    def _stabilised(self, g: Tensor, drive: Named, states: Tensors, trace: Trace) -> Tensors:
        """c, n and m after a step."""
        _, c, n, m = states
        log_write, log_keep = (self._logarithm(name, drive, g, trace) for name in ("write", "keep"))
        # Before the first step m is -∞, which n = 0 stands for.
        new = trace.choose(n == 0.0, log_write, trace.maximum(log_keep + m, log_write))
        write = trace.activate("exp", log_write - new)
        keep = trace.choose(n == 0.0, 0.0 * n, trace.activate("exp", log_keep + m - new))
        return keep * c + write * g, keep * n + write, new

    def _logarithm(self, name: str, drive: Named, like: Tensor, trace: Trace) -> Tensor:
        setting = self.settings[name]
        if setting == OPEN:
            return 0.0 * like
        if setting == EXPONENTIAL:
            return drive[name]
        value = trace.activate("sigmoid", drive[name], of=name)
        return trace.log(trace.maximum(value, 0.0 * value + LEAST))

    @property
    def equations(self) -> tuple[str, ...]:
        names = {LEARNED: "σ", EXPONENTIAL: "exp"}

        def drive(mark: str) -> str:
            recurrent = f" + R{mark} h'" if self.recurrent else ""
            return f"W{mark} x{recurrent} + b{mark}"

        def times(name: str, value: str) -> str:
            return value if self.settings[name] == OPEN else f"{name} * {value}"

        write = "1" if self.write == OPEN else "write"
        return (
            *(
                f"{name} = {names[setting]}({drive('_' + name)})"
                for name, setting in self.settings.items()
                if setting != OPEN
            ),
            f"g = tanh({drive('')})",
            f"c = {times('keep', chr(99) + chr(39))} + {times('write', 'g')}",
            *((f"n = {times('keep', chr(110) + chr(39))} + {write}",) if self.normalised else ()),
            f"h = {times('emit', 'c / n' if self.normalised else 'tanh(c)')}",
        )
