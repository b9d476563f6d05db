"""A recurrent cell in words: which gates it has, and what they see. No Keras here.

Every cell of the LSTM and GRU families is one point of this notation::

    a_G = W_G x + R_G h' + b_G                   drive of gate or candidate G
    g   = candidate(W x + R (reset * h') + b)    what could be written
    c   = keep * c' + write * g                  the cell's memory
    h   = emit * readout(c)                      its output

where x is the input, h' and c' are the previous output and memory, ``keep`` is the forget gate,
``write`` the input gate and ``emit`` the output gate of an LSTM (Gers, Schmidhuber & Cummins 2000),
and ``keep`` and ``reset`` are the update and the reset gate of a GRU (Cho et al. 2014). A gate is
learned, G = sigmoid(a_G), or it is held open (1) or shut (0), or tied to another. A gate that is
not learned has no weights, so an ablation is ``replace(LSTM, keep=OPEN)`` and nothing more.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, fields
from functools import cached_property
from math import prod
from typing import TypeAlias

LEARNED, OPEN, SHUT = "learned", "open", "shut"
NOT_KEEP, NOT_WRITE, AS_KEEP = "1 - keep", "1 - write", "keep"

Shape: TypeAlias = "tuple[int, ...]"

_ALLOWED: dict[str, tuple[object, ...]] = {
    "write": (LEARNED, OPEN, SHUT, NOT_KEEP),
    "keep": (LEARNED, OPEN, SHUT, NOT_WRITE),
    "emit": (LEARNED, OPEN),
    "reset": (LEARNED, OPEN, AS_KEEP),
    "candidate": ("tanh", "relu", "linear"),
    "readout": ("tanh", "linear"),
    "peephole": (True, False),
    "gates_see": ("x h b", "h b", "h", "b", "x b"),
    "candidate_sees": ("x h b", "x b"),
    "reset_after": (True, False),
    "gate_recurrence": (True, False),
    "recurrent_start": ("orthogonal", "identity"),
    "update_sees": ("", "x b"),
    "update_state": ("linear", "tanh"),
    "inner_input": ("linear", "tanh"),
    "shared_input": (True, False),
    "normalised": (True, False),
    "highway": (True, False),
}
UPDATE = ("write", "keep")
"""The gates that decide how the memory moves."""


MOST_DELAYS = 64
MOST_WINDOW = 9


class InvalidCell(ValueError):
    """A cell description with a field that has no meaning."""


def _is_finite(value: float | str) -> bool:
    return not isinstance(value, str) and math.isfinite(value)


@dataclass(frozen=True)
class GateSpec:
    """One cell.

    write, keep, emit, reset:
        ``learned``, ``open`` (1), ``shut`` (0), or a tie: ``write="1 - keep"`` (GRU, JANET),
        ``keep="1 - write"`` (CIFG), ``reset="keep"`` (MGU).
    candidate, readout:
        Activation of what is written, and of what is read out.
    keep_bias:
        Where the keep gate's bias starts; ``"chrono"`` draws it as log U(1, T - 1) and starts the
        write gate's at minus that (Tallec & Ollivier 2018).
    tie_shift:
        The beta of ``write = 1 - sigmoid(a_keep - beta)`` (van der Westhuizen & Lasenby 2018);
        0 is the plain tie.
    peephole:
        Learned gates also see the memory, each unit its own: write and keep the previous one,
        emit the new one (Gers & Schmidhuber 2000).
    gates_see, candidate_sees:
        Which of the input x, the output h and a bias b enter the drive of the learned gates (Dey &
        Salem 2017), and of the candidate (Levy et al. 2018).
    reset_after:
        The reset gate scales R h (one product a step; Keras, cuDNN) and not h (Cho et al. 2014).
    gate_recurrence:
        Each gate also sees all gates' previous values (full gate recurrence, Greff et al. 2017).
    recurrent_start:
        Each recurrent block starts orthogonal, or as the identity (Le, Jaitly & Hinton 2015).
    taps:
        The input drive sees the last so many inputs, [x_t, x_{t-1}, ...] (Waibel et al. 1989).
    delays:
        The recurrent drive sees the last so many outputs, [h_{t-1}, ...] (Lin et al. 1996).
    update_sees, update_state:
        What write and keep see, if not what ``gates_see`` says; and whether h' or tanh(h').
    inner_input:
        ``tanh``: the candidate adds tanh(W x) and not W x.
    shared_input:
        The reset gate adds the candidate's W x and has no input weights of its own. These four make
        the mutations MUT1 to MUT3 of Jozefowicz, Zaremba & Sutskever (2015).
    normalised:
        write and keep are divided by their sum (minLSTM, Feng et al. 2024).
    highway:
        h = emit * readout(c) + (1 - emit) * W_s x (SRU, Lei et al. 2018).
    window:
        0: x, h and c are vectors. An odd w: they are frames of channels, and every W x and R h is a
        convolution over w × w pixels with zeros around (convolutional LSTM, Shi et al. 2015).

    Raises:
        InvalidCell: a field has a value that is not allowed, or two fields contradict each other.
    """

    write: str = LEARNED
    keep: str = LEARNED
    emit: str = LEARNED
    reset: str = OPEN
    candidate: str = "tanh"
    readout: str = "tanh"
    keep_bias: float | str = 1.0
    tie_shift: float = 0.0
    peephole: bool = False
    gates_see: str = "x h b"
    candidate_sees: str = "x h b"
    reset_after: bool = True
    gate_recurrence: bool = False
    recurrent_start: str = "orthogonal"
    taps: int = 1
    delays: int = 1
    update_sees: str = ""
    update_state: str = "linear"
    inner_input: str = "linear"
    shared_input: bool = False
    normalised: bool = False
    highway: bool = False
    window: int = 0

    def __post_init__(self) -> None:
        for name, allowed in _ALLOWED.items():
            value = getattr(self, name)
            if value not in allowed:
                options = ", ".join(repr(option) for option in allowed)
                raise InvalidCell(f"{name}={value!r}: allowed are {options}")
        if self.keep_bias != "chrono" and not _is_finite(self.keep_bias):
            raise InvalidCell(f"keep_bias={self.keep_bias!r}: allowed are a number and 'chrono'")
        if not _is_finite(self.tie_shift):
            raise InvalidCell(f"tie_shift={self.tie_shift!r}: allowed is a number")
        if self.write == NOT_KEEP and self.keep != LEARNED:
            raise InvalidCell(f"write={self.write!r} needs keep='learned', not {self.keep!r}")
        if self.keep == NOT_WRITE and self.write != LEARNED:
            raise InvalidCell(f"keep={self.keep!r} needs write='learned', not {self.write!r}")
        if self.reset == AS_KEEP and self.keep != LEARNED:
            raise InvalidCell(f"reset={self.reset!r} needs keep='learned', not {self.keep!r}")
        if self.gate_recurrence and not self.gates:
            raise InvalidCell("gate_recurrence=True needs a learned gate")
        for name in ("taps", "delays"):
            if not 1 <= getattr(self, name) <= MOST_DELAYS:
                raise InvalidCell(f"{name}={getattr(self, name)!r}: allowed are 1 to {MOST_DELAYS}")
        if self.window not in (0, *range(1, MOST_WINDOW + 1, 2)):
            raise InvalidCell(
                f"window={self.window!r}: allowed are 0 and odd numbers to {MOST_WINDOW}"
            )
        if self.window and (self.taps > 1 or self.delays > 1):
            raise InvalidCell("window needs taps=1 and delays=1")
        if self.shared_input and self.reset != LEARNED:
            raise InvalidCell(f"shared_input=True needs reset='learned', not {self.reset!r}")
        if self.normalised and not (self.write == self.keep == LEARNED):
            raise InvalidCell("normalised=True needs write='learned' and keep='learned'")
        if self.highway and self.emit != LEARNED:
            raise InvalidCell(f"highway=True needs emit='learned', not {self.emit!r}")

    @property
    def values(self) -> dict[str, str]:
        """The four gates' values by name."""
        return {"write": self.write, "keep": self.keep, "emit": self.emit, "reset": self.reset}

    @cached_property
    def gates(self) -> tuple[str, ...]:
        """The learned gates, in the order of their columns."""
        return tuple(name for name, value in self.values.items() if value == LEARNED)

    @property
    def has_memory(self) -> bool:
        """Whether the memory c is a state of its own; otherwise it is the output h itself."""
        return self.emit != OPEN or self.readout != "linear"

    def sees(self, block: str) -> frozenset[str]:
        """Which of x, h, b enter the drive of a block: a learned gate, ``candidate``, ``skip``."""
        if block == "skip":
            return frozenset("x")
        if block == "candidate":
            return frozenset(self.candidate_sees.split())
        if block in UPDATE and self.update_sees:
            return frozenset(self.update_sees.split())
        return frozenset(self.gates_see.split())

    def blocks(self, source: str) -> tuple[str, ...]:
        """The blocks with weights of their own for the source ``x``, ``h`` or ``b``, in order."""
        every = (*self.gates, "candidate", *(("skip",) if self.highway else ()))
        shared = ("reset",) if self.shared_input and source == "x" else ()
        return tuple(b for b in every if source in self.sees(b) and b not in shared)

    def apart(self, block: str) -> bool:
        """Whether a block's recurrent weights multiply something other than h' itself."""
        if block == "candidate":
            return self.resets and not self.reset_after
        return block in UPDATE and self.update_state != "linear"

    def columns(self, array: str) -> tuple[str, ...]:
        """The blocks whose columns make up one of :meth:`weights`, in order."""
        together = {
            "kernel": self.blocks("x"),
            "bias": self.biased,
            "recurrent": tuple(b for b in self.blocks("h") if not self.apart(b)),
            "gate_recurrent": self.gates,
        }
        return together[array] if array in together else (array.partition("_")[2],)

    @property
    def biased(self) -> tuple[str, ...]:
        """The blocks whose bias is added to the input drive: the first columns of the kernel.

        The others have a bias of their own: gates without input, and a candidate whose W x goes
        elsewhere too, or through a tanh first.
        """
        alone = self.shared_input or self.inner_input != "linear"
        fed = self.blocks("x")
        return tuple(b for b in self.blocks("b") if b in fed and (b != "candidate" or not alone))

    @property
    def resets(self) -> bool:
        """Whether a gate scales what the candidate sees of the output."""
        return self.reset != OPEN and "h" in self.sees("candidate")

    def weights(self, inputs: int, units: int) -> dict[str, Shape]:
        """Shape of every trainable array at a given input width and number of units.

        ``kernel [inputs, k n]`` and ``bias [k n]`` have n columns for each block that sees the
        input, ``recurrent [n, k n]`` for each that sees the output. What stands apart has an array
        of its own: ``recurrent_B`` of a block that sees the output changed (behind a reset gate,
        or squashed), ``bias_G`` of a gate without input, ``peephole_G``, ``gate_recurrent``. With
        a window of w pixels each matrix is one a pixel, ``[w, w, inputs, k n]`` and so on, and
        units are channels.
        """
        shapes: dict[str, Shape] = {
            "kernel": (self.taps * inputs, len(self.columns("kernel")) * units),
            "bias": (len(self.biased) * units,),
            "recurrent": (self.delays * units, len(self.columns("recurrent")) * units),
        }
        shapes |= {f"recurrent_{b}": (units, units) for b in self.blocks("h") if self.apart(b)}
        if self.gate_recurrence:
            shapes["gate_recurrent"] = (len(self.gates) * units, len(self.gates) * units)
        shapes |= {f"bias_{b}": (units,) for b in self.blocks("b") if b not in self.biased}
        if self.peephole:
            shapes |= {f"peephole_{gate}": (units,) for gate in self.gates if gate != "reset"}
        pixels = (self.window, self.window) if self.window else ()
        return {
            name: (*pixels, *shape) if len(shape) == 2 else shape
            for name, shape in shapes.items()
            if 0 not in shape
        }

    def count(self, inputs: int, units: int) -> int:
        """Number of trainable numbers of one layer in one direction."""
        return sum(prod(shape) for shape in self.weights(inputs, units).values())

    @property
    def equations(self) -> tuple[str, ...]:
        """The cell's step as text, one line an equation, in the notation of this module."""
        lines = [f"{gate} = σ({self._drive(gate)})" for gate in self.gates]
        if self.normalised:
            lines.append("write, keep = write / (write + keep), keep / (write + keep)")
        if self.tie_shift:
            lines.append(f"write = 1 - σ({self._drive('keep')} - {self.tie_shift:g})")
        factor = {n: {OPEN: "1", SHUT: "0"}.get(value, n) for n, value in self.values.items()}
        if self.write == NOT_KEEP and not self.tie_shift:
            factor["write"] = "(1 - keep)"
        if self.keep == NOT_WRITE:
            factor["keep"] = "(1 - write)"
        if self.reset == AS_KEEP:
            factor["reset"] = "keep"
        lines.append(_applied("g", self.candidate, self._candidate_drive(factor["reset"])))
        memory = "c" if self.has_memory else "h"
        terms = [(factor["keep"], f"{memory}'"), (factor["write"], "g")]
        shown = [v if f == "1" else f"{f} * {v}" for f, v in terms if f != "0"]
        lines.append(f"{memory} = {' + '.join(shown) or '0'}")
        if self.has_memory:
            read = "c" if self.readout == "linear" else f"{self.readout}(c)"
            skip = " + (1 - emit) * W_skip x" if self.highway else ""
            lines.append(f"h = {read if factor['emit'] == '1' else 'emit * ' + read}{skip}")
        return tuple(lines)

    def _seen(self, weight: str, source: str, count: int) -> str:
        """A product such as ``W [x, x_1, x_2]`` where more than one step is seen."""
        steps = [source, *(f"{source[0]}_{k}" for k in range(1, count))]
        times = " ⊛ " if self.window else " "
        return f"{weight}{times}{steps[0] if count == 1 else '[' + ', '.join(steps) + ']'}"

    def _drive(self, gate: str) -> str:
        squashed = gate in UPDATE and self.update_state == "tanh"
        shared = gate == "reset" and self.shared_input
        terms = {
            "x": self._seen("W" if shared else f"W_{gate}", "x", self.taps),
            "h": f"R_{gate} tanh(h')" if squashed else self._seen(f"R_{gate}", "h'", self.delays),
            "b": f"b_{gate}",
        }
        parts = [terms[source] for source in "xhb" if source in self.sees(gate)]
        if self.peephole and gate != "reset":
            previous = "c'" if self.has_memory else "h'"
            parts.append(f"p_{gate} * {'c' if gate == 'emit' else previous}")
        if self.gate_recurrence:
            before = ", ".join(g + "'" for g in self.gates)
            parts.append(f"Q_{gate} [{before}]")
        return " + ".join(parts)

    def _candidate_drive(self, reset: str) -> str:
        recurrent = self._seen("R", "h'", self.delays)
        if reset != "1":
            recurrent = f"{reset} * (R h')" if self.reset_after else f"R ({reset} * h')"
        fed = self._seen("W", "x", self.taps)
        parts = {
            "x": f"tanh({fed})" if self.inner_input == "tanh" else fed,
            "h": recurrent,
            "b": "b",
        }
        return " + ".join(parts[s] for s in "xhb" if s in self.sees("candidate"))

    def describe(self) -> dict[str, str | float | bool]:
        """Every field by name: the cell's identity in an experiment's hash."""
        return {field.name: getattr(self, field.name) for field in fields(self)}


def _applied(left: str, activation: str, argument: str) -> str:
    return f"{left} = {argument if activation == 'linear' else f'{activation}({argument})'}"
