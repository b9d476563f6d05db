"""LSTMs and GRUs that share matrices, normalise, or project: no points of the gated notation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gatewise.benchmark.architectures.cell import (
    BIAS,
    KERNEL,
    LEARNED,
    MATRIX,
    VECTOR,
    Array,
    Block,
    Cell,
    InvalidCell,
    Start,
    Tensor,
    Tensors,
)

if TYPE_CHECKING:
    from gatewise.benchmark.architectures.engine.recurrence import Named, Trace

BLOCKS = ("write", "keep", "emit", "candidate")
MOST_RATIO = 16


def _blocks(width: int, start: Start) -> tuple[Block, ...]:
    return tuple(Block(name, width, start) for name in BLOCKS)


def _biases(width: int) -> tuple[Block, ...]:
    return tuple(Block(name, width, 1.0 if name == "keep" else 0.0) for name in BLOCKS)


def _gated(drives: dict[str, Tensor], c: Tensor, trace: Trace) -> tuple[Tensor, Tensor]:
    """The LSTM's new memory and its emit gate."""
    write, keep, emit = (trace.activate("sigmoid", drives[n], of=n) for n in BLOCKS[:3])
    return keep * c + write * trace.activate("tanh", drives["candidate"]), emit


class _AllGates(Cell):
    """A cell with the three gates of the LSTM."""

    @property
    def settings(self) -> dict[str, str]:
        return dict.fromkeys(BLOCKS[:3], LEARNED)


@dataclass(frozen=True)
class LayerNormLSTM(_AllGates):
    """LSTM with layer normalisation (Ba, Kiros & Hinton 2016, arXiv 1607.06450)::

        a = s * N(W x) + r * N(R h') + b            of all four blocks at once
        c = σ(a_keep) * c' + σ(a_write) * tanh(a_candidate)
        h = σ(a_emit) * tanh(p * N(c) + q)

    N has mean 0 and variance 1 over an example's 4 n drives, or its n memories. The shifts of both
    drives are one, b. As in the authors' code the plain c is carried.
    """

    @property
    def holdable(self) -> tuple[str, ...]:
        """None: a gate's columns at 0 would change the normalisation of all."""
        return ()

    def arrays(self, inputs: int, units: int) -> dict[str, Array]:
        def vector(blocks: tuple[Block, ...]) -> Array:
            return Array(VECTOR, (), blocks)

        return {
            "kernel": Array(KERNEL, (inputs,), _blocks(units, "glorot"), "kernel"),
            "recurrent": Array(MATRIX, (units,), _blocks(units, "orthogonal"), "recurrent"),
            "gain_input": vector(_blocks(units, 1.0)),
            "gain_recurrent": vector(_blocks(units, 1.0)),
            "shift": vector(_biases(units)),
            "gain_memory": vector((Block("memory", units, 1.0),)),
            "shift_memory": vector((Block("memory", units, 0.0),)),
        }

    def widths(self, units: int) -> tuple[int, ...]:
        return units, units

    def step(self, z: Tensor, states: Tensors, parameters: Named, trace: Trace) -> Tensors:
        seen = trace.remember(trace.product(states[0], "recurrent"))
        drive = parameters["gain_input"] * trace.normalise(z) + parameters["shift"]
        drive = drive + parameters["gain_recurrent"] * trace.normalise(seen)
        named = dict(zip(BLOCKS, trace.split(drive, 4), strict=True))
        c, emit = _gated(named, states[1], trace)
        read = parameters["gain_memory"] * trace.normalise(c) + parameters["shift_memory"]
        return emit * trace.activate("tanh", read), c

    @property
    def equations(self) -> tuple[str, ...]:
        return (
            "write, keep, emit, g = split(s * N(W x) + r * N(R h') + b)",
            "c = σ(keep) * c' + σ(write) * tanh(g)",
            "h = σ(emit) * tanh(p * N(c) + q)",
        )


@dataclass(frozen=True)
class ProjectedLSTM(_AllGates):
    """LSTM whose output is a projection of a wider one (Sak, Senior & Beaufays 2014, 1402.1128)::

        c = keep * c' + write * g        of ratio n memories
        h = P (emit * tanh(c))           n outputs, which gates and candidate see

    Without the paper's peepholes and its second, unseen projection, as in PyTorch's ``proj_size``.

    Raises:
        InvalidCell: ``ratio`` is out of range.
    """

    ratio: int = 2

    def __post_init__(self) -> None:
        if not 1 <= self.ratio <= MOST_RATIO:
            raise InvalidCell(f"ratio={self.ratio!r}: allowed are 1 to {MOST_RATIO}")

    def arrays(self, inputs: int, units: int) -> dict[str, Array]:
        wide = self.ratio * units
        return {
            "kernel": Array(KERNEL, (inputs,), _blocks(wide, "glorot"), "kernel"),
            "bias": Array(BIAS, (), _biases(wide)),
            "recurrent": Array(MATRIX, (units,), _blocks(wide, "orthogonal"), "recurrent"),
            "projection": Array(
                MATRIX, (wide,), (Block("output", units, "orthogonal"),), "projection"
            ),
        }

    def widths(self, units: int) -> tuple[int, ...]:
        return units, self.ratio * units

    def step(self, z: Tensor, states: Tensors, parameters: Named, trace: Trace) -> Tensors:
        z = trace.added(z, states[0], "recurrent")
        named = dict(zip(BLOCKS, trace.split(z, 4), strict=True))
        c, emit = _gated(named, states[1], trace)
        return trace.product(emit * trace.activate("tanh", c), "projection"), c

    @property
    def equations(self) -> tuple[str, ...]:
        return (
            *(f"{n} = σ(W_{n} x + R_{n} h' + b_{n})" for n in BLOCKS[:3]),
            "g = tanh(W x + R h' + b)",
            "c = keep * c' + write * g",
            "h = P (emit * tanh(c))",
        )


@dataclass(frozen=True)
class FastGRNN(Cell):
    """A gate and a candidate that share their matrices (Kusupati et al. 2018, arXiv 1901.02358)::

        keep = σ(W x + R h' + b_keep)
        g = tanh(W x + R h' + b)
        h = (σ(s) * (1 - keep) + σ(t)) * g + keep * h'         the paper's (6)

    with the scalars s and t starting at 1 and -4, and both biases at 1, as in the authors' code.
    """

    @property
    def settings(self) -> dict[str, str]:
        return {"keep": LEARNED}

    @property
    def has_memory(self) -> bool:
        return False

    @property
    def holdable(self) -> tuple[str, ...]:
        """None: the gate's matrices are the candidate's."""
        return ()

    def arrays(self, inputs: int, units: int) -> dict[str, Array]:
        def vector(name: str, width: int, start: float) -> Array:
            return Array(VECTOR, (), (Block(name, width, start),))

        return {
            "kernel": Array(KERNEL, (inputs,), (Block("shared", units, "glorot"),), "kernel"),
            "recurrent": Array(
                MATRIX, (units,), (Block("shared", units, "orthogonal"),), "recurrent"
            ),
            "bias_keep": vector("keep", units, 1.0),
            "bias_candidate": vector("candidate", units, 1.0),
            "scale": vector("scale", 1, 1.0),
            "offset": vector("offset", 1, -4.0),
        }

    def widths(self, units: int) -> tuple[int, ...]:
        return (units,)

    def step(self, z: Tensor, states: Tensors, parameters: Named, trace: Trace) -> Tensors:
        z = trace.added(z, states[0], "recurrent")
        keep = trace.activate("sigmoid", z + parameters["bias_keep"], of="keep")
        g = trace.activate("tanh", z + parameters["bias_candidate"])
        scale, offset = (trace.activate("sigmoid", parameters[n]) for n in ("scale", "offset"))
        return ((scale * (1.0 - keep) + offset) * g + keep * states[0],)

    @property
    def equations(self) -> tuple[str, ...]:
        return (
            "keep = σ(W x + R h' + b_keep)",
            "g = tanh(W x + R h' + b)",
            "h = (σ(s) * (1 - keep) + σ(t)) * g + keep * h'",
        )
