"""Gated cells: every cell of the LSTM and GRU families is one point of this notation.

::

    a_G = W_G x + R_G h' + b_G                   drive of a gate G
    G   = σ(a_G)                                 or 1, 0, 1 - another gate
    g   = candidate(W x + R (reset * h') + b)    what could be written
    c   = keep * c' + write * g                  the cell's memory
    h   = emit * readout(c)                      its output

where x is the input, h' and c' are the previous output and memory, ``keep`` is the forget gate,
``write`` the input gate and ``emit`` the output gate of an LSTM (Gers, Schmidhuber & Cummins 2000),
and ``keep`` and ``reset`` are the update and the reset gate of a GRU (Cho et al. 2014). What a gate
or the candidate sees is a drive, :mod:`.gates`. An ablation is ``replace(LSTM, keep=OPEN)``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Self, TypeVar

from gatewise.benchmark.architectures.cell import (
    BIAS,
    KERNEL,
    MATRIX,
    VECTOR,
    Array,
    Block,
    Cell,
    InvalidCell,
    Plain,
    Start,
)
from gatewise.benchmark.architectures.gates import (
    OPEN,
    SHUT,
    Activation,
    As,
    Bias,
    Candidate,
    Dense,
    Diagonal,
    Drive,
    Gate,
    Not,
    Reset,
    Setting,
    Term,
    Wired,
    linear,
    misplaced,
    word,
)

MOST_WINDOW = 9
GATES = ("write", "keep", "emit", "reset")
WITHIN = "within_reset"
"""The drive that a reset gate scales behind its product, R h' and a bias of its own."""
T = TypeVar("T", bound=Term)


@dataclass(frozen=True, kw_only=True)
class Notation(Cell):
    """A gated cell as it is written down; as it stands, without a gate, h = candidate(...).

    Attributes:
        candidate: what could be written.
        write, keep, emit, reset: a :class:`.Gate`, ``OPEN``, ``SHUT``, ``Not`` or ``As`` another.
        readout: activation of what is read out of the memory.
        skip: h = emit * readout(c) + (1 - emit) * skip, a drive of x (SRU, Lei et al. 2018).
        window: of convolutions (Shi et al. 2015), see :class:`.Cell`.

    Raises:
        InvalidCell: a gate is tied to one that is not learned, resets what is not there, or the
            terms contradict each other.
    """

    candidate: Candidate
    write: Setting = OPEN
    keep: Setting = SHUT
    emit: Setting = OPEN
    reset: Setting = OPEN
    readout: Activation = linear
    skip: Drive | None = None
    window: int = 0

    def __post_init__(self) -> None:
        for name in GATES:
            self._require_setting(name)
        if self.window not in (0, *range(1, MOST_WINDOW + 1, 2)):
            raise InvalidCell(
                f"window={self.window!r}: allowed are 0 and odd numbers to {MOST_WINDOW}"
            )
        for source in ("x", "h"):
            spans = {term.last for term in self._dense(source).values()}
            if len(spans) > 1 or (self.window and spans - {1}):
                raise InvalidCell(
                    f"last={max(spans)!r} of {source!r}: allowed is one number for all terms, and "
                    "1 with a window"
                )
        if self.window and any(t.start == "identity" for _, t in self._terms(Dense)):
            raise InvalidCell("start='identity': allowed is 'orthogonal' with a window")
        if self.reset != OPEN and not self.resets:
            raise InvalidCell(
                f"reset={word(self.reset)!r}: the candidate has no term that is reset"
            )
        for name, drive in self.blocks.items():
            if wrong := misplaced(name, drive):
                raise InvalidCell(wrong)
        if not self.columns("x"):
            raise InvalidCell("no term is Dense('x'): needed is one, or the cell reads nothing")
        if self.recurs and not self.gates:
            raise InvalidCell("Dense('gates') needs a learned gate")
        if self.skip is not None and not isinstance(self.emit, Gate):
            raise InvalidCell(f"skip needs a learned emit gate, not emit={word(self.emit)!r}")

    def _require_setting(self, name: str) -> None:
        setting: Setting = getattr(self, name)
        if isinstance(setting, Not | As) and not isinstance(
            getattr(self, setting.gate, None), Gate
        ):
            raise InvalidCell(
                f"{name}={word(setting)!r}: gate {setting.gate!r} is not learned; allowed are "
                f"{', '.join(self.gates) or 'constants'}"
            )
        tied = setting.gate if isinstance(setting, Not | As) else ""
        among = setting.among if isinstance(setting, Gate) else ()
        if name == "emit" and among:
            raise InvalidCell(f"emit: among={among!r}: allowed is (), as it comes last")
        if "emit" in (tied, *among):
            raise InvalidCell(f"{name} needs emit, which comes after it: allowed are other gates")
        if among and not {name} <= {*among} <= {*self.gates}:
            raise InvalidCell(
                f"{name}: among={among!r}: allowed are learned gates, {self.gates!r}, "
                f"{name!r} among them"
            )
        if name == "emit" and not isinstance(setting, Gate) and setting != OPEN:
            raise InvalidCell(f"emit={word(setting)!r}: allowed are a gate and OPEN")

    # --- What it is -------------------------------------------------------------------------

    @property
    def settings(self) -> dict[str, str]:
        return {name: word(getattr(self, name)) for name in GATES}

    @cached_property
    def blocks(self) -> dict[str, Drive]:
        """Every block's drive, in the order of columns: learned gates, ``candidate``, ``skip``."""
        drives = {name: getattr(self, name).drive for name in self.gates}
        drives["candidate"] = self.candidate.drive
        return drives if self.skip is None else {**drives, "skip": self.skip}

    @property
    def has_memory(self) -> bool:
        return self.emit != OPEN or self.readout != linear

    @property
    def taps(self) -> int:  # type: ignore[override]
        return max((term.last for term in self._dense("x").values()), default=1)

    @property
    def delays(self) -> int:
        """The recurrent drive sees the last so many outputs."""
        return max((term.last for term in self._dense("h").values()), default=1)

    @property
    def wired(self) -> bool:
        return any(True for _ in self._terms(Wired))

    @property
    def recurs(self) -> bool:
        """Whether each gate also sees all gates' previous values."""
        return bool(self._dense("gates"))

    @property
    def resets(self) -> bool:
        """Whether the candidate has a term for the reset gate."""
        return bool(self._within) or Dense("reset * h") in self.candidate.drive.terms

    @property
    def _within(self) -> list[Reset]:
        """What the reset gate scales behind its product."""
        return [term for term in self.candidate.drive.terms if isinstance(term, Reset)]

    @property
    def plain(self) -> Plain | None:
        sees = {type(t): t for t in self.candidate.drive.terms}
        simple = set(sees) == {Dense, Bias} and len(self.candidate.drive.terms) == 3
        constant = self.write == OPEN and self.keep in (OPEN, SHUT)
        alone = not (self.gates or self.has_memory or self.window or self.delays > 1)
        if not (simple and constant and alone and self.columns("h") == ("candidate",)):
            return None
        return Plain(self.candidate.activation.name, self.keep == OPEN)

    @property
    def holdable(self) -> tuple[str, ...]:
        def by_bias(gate: Gate) -> bool:
            terms = gate.drive.terms
            held = any(isinstance(t, Bias) for t in terms)
            alone = gate.activation == "sigmoid" and not gate.among
            return held and alone and not any(isinstance(t, Wired) for t in terms)

        return tuple(n for n in self.gates if by_bias(getattr(self, n)))

    # --- Its arrays -------------------------------------------------------------------------

    def _terms(self, kind: type[T]) -> Iterator[tuple[str, T]]:
        """Every term of a kind, within a reset too, with its block."""
        for name, drive in self.blocks.items():
            for term in drive.terms:
                parts = (term, *term.drive.terms) if isinstance(term, Reset) else (term,)
                yield from ((name, part) for part in parts if isinstance(part, kind))

    def _dense(self, of: str) -> dict[str, Dense]:
        return {name: term for name, term in self._terms(Dense) if term.of == of}

    def columns(self, source: str) -> tuple[str, ...]:
        """The blocks that see ``x``, ``h`` or ``gates`` through one matrix, in order."""
        return tuple(self._dense(source))

    @cached_property
    def _biases(self) -> dict[str, Start]:
        """Where the bias of each block starts, but for one within a reset."""
        return {
            name: term.start
            for name, drive in self.blocks.items()
            for term in drive.terms
            if isinstance(term, Bias)
        }

    @cached_property
    def _with_kernel(self) -> tuple[str, ...]:
        """The blocks whose bias is added to the input drive: the first columns of the kernel.

        The others have a vector of their own: those without input, or behind one without bias.
        """
        fed = self.columns("x")
        count = next((k for k, name in enumerate(fed) if name not in self._biases), len(fed))
        return fed[:count]

    def arrays(self, inputs: int, units: int) -> dict[str, Array]:
        """Every array.

        ``kernel [inputs, k n]`` and ``bias [k n]`` have n columns for each block that sees the
        input, ``recurrent [n, k n]`` for each that sees the output. What sees the output changed
        (``tanh(h)``, ``reset * h``) has a ``recurrent_B`` of its own; ``gate_recurrent`` is what
        gates see of gates; vectors are ``bias_B``, ``bias_within_reset``, ``peephole_B`` (of c) and
        ``diagonal_B`` (of h).
        """

        def block(name: str, start: Start) -> Block:
            return Block(name, units, start)

        def matrix(role: str, rows: int, starts: Mapping[str, Start], family: str) -> Array:
            pixels = (self.window, self.window) if self.window else ()
            columns = tuple(block(name, start) for name, start in starts.items())
            return Array(role, (*pixels, rows), columns, family)

        def vector(name: str, start: Start, family: str) -> Array:
            return Array(VECTOR, (), (block(name, start),), family)

        kernel = dict.fromkeys(self.columns("x"), "glorot")
        recurrent = {name: t.start for name, t in self._dense("h").items()}
        made = {
            "kernel": matrix(KERNEL, self.taps * inputs, kernel, "kernel"),
            "bias": Array(BIAS, (), tuple(block(b, self._biases[b]) for b in self._with_kernel)),
            "recurrent": matrix(MATRIX, self.delays * units, recurrent, "recurrent"),
        }
        for of in ("tanh(h)", "reset * h"):
            made |= {
                f"recurrent_{b}": matrix(MATRIX, units, {b: "orthogonal"}, "recurrent")
                for b in self.columns(of)
            }
        seen = dict.fromkeys(self.columns("gates"), "orthogonal")
        made["gate_recurrent"] = matrix(MATRIX, len(self.gates) * units, seen, "gate_recurrent")
        apart = {b: s for b, s in self._biases.items() if b not in self._with_kernel}
        made |= {f"bias_{b}": vector(b, start, BIAS) for b, start in apart.items()}
        within = (t for part in self._within for t in part.drive.terms if isinstance(t, Bias))
        made |= {
            f"bias_{name}": vector(name, t.start, "")
            for name, t in zip((WITHIN,), within, strict=False)
        }
        made |= {
            f"{'diagonal' if t.of == 'h' else 'peephole'}_{b}": vector(b, t.start, "diagonal")
            for b, t in self._terms(Diagonal)
        }
        return {name: array for name, array in made.items() if 0 not in array.shape}

    def widths(self, units: int) -> tuple[int, ...]:
        """(h), or (h, c); then earlier outputs [h_{t-1}, ...]; then the gates' values."""
        found = (units,) * (2 if self.has_memory else 1)
        if self.delays > 1:
            found += ((self.delays - 1) * units,)
        return (*found, len(self.gates) * units) if self.recurs else found

    # --- Others like it ---------------------------------------------------------------------

    def each(self, change: Callable[[Gate], Gate]) -> Self:
        """The cell with every learned gate changed, as into one with a peephole."""
        changed: dict[str, Any] = {name: change(getattr(self, name)) for name in self.gates}
        return replace(self, **changed)
