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
from typing import TYPE_CHECKING, Any, TypeVar

from gatewise.benchmark.architectures import equations
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
    Tensor,
    Tensors,
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
    Held,
    Not,
    Reset,
    Setting,
    Term,
    Wired,
    linear,
    misplaced,
    word,
)

if TYPE_CHECKING:
    from gatewise.benchmark.architectures.engine.recurrence import Named, Trace

MOST_WINDOW = 9
GATES = ("write", "keep", "emit", "reset")
WITHIN = "within_reset"
"""The drive that a reset gate scales behind its product, R h' and a bias of its own."""
T = TypeVar("T", bound=Term)


@dataclass(frozen=True, kw_only=True)
class Gated(Cell):
    """One gated cell; as it stands, without a gate, h = candidate(...).

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
        if tied == "emit" or (isinstance(setting, Gate) and "emit" in setting.among):
            raise InvalidCell(f"{name} needs emit, which comes after it: allowed are other gates")
        if isinstance(setting, Gate) and not {*setting.among} <= {*self.gates}:
            raise InvalidCell(
                f"{name}: among={setting.among!r}: allowed are learned gates, {self.gates!r}"
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
    def over_children(self) -> str:
        if isinstance(self.write, Not):
            return f"write={word(self.write)!r}: there is a keep gate for each child"
        if self.reset != OPEN or self.skip is not None or self.window:
            return "a reset gate, a skip and a window have no meaning over children"
        allowed = {Dense("x"), Dense("h"), Dense("h", start="identity")}
        for name, drive in self.blocks.items():
            for term in drive.terms:
                if term not in allowed and not isinstance(term, Bias):
                    return f"{name} sees {equations.term(self, name, term)!r}, which no child has"
        return ""

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

    # --- Its step ---------------------------------------------------------------------------

    def step(self, z: Tensor, states: Tensors, parameters: Named, trace: Trace) -> Tensors:
        h, c = states[0], states[1] if self.has_memory else states[0]
        drive = self.drives(z, states, parameters, trace)
        new, c, gates = self.advance(drive, h, c, parameters, trace)
        after = (new, c) if self.has_memory else (new,)
        if self.delays > 1:
            past = trace.join([h, states[len(after)]])
            after += (past[..., : -h.shape[-1]],)
        if self.recurs:
            after += (trace.join([gates[gate] for gate in self.gates]),)
        return after

    def drives(
        self, z: Tensor, states: Tensors, parameters: Named, trace: Trace
    ) -> dict[str, Tensor]:
        """Each block's drive, but for peepholes and for what a reset gate scales.

        What stands within :class:`.Reset` is under :data:`WITHIN`.
        """
        fed, together, h = self.columns("x"), self.columns("h"), states[0]
        seen = h
        if self.delays > 1:
            seen = trace.join([h, states[2 if self.has_memory else 1]])
        behind = self.reset != OPEN and self._within
        # Where W x and R h enter every block as a sum they are one drive.
        whole = together == fed and not (behind or self.wired)
        if whole:
            z = trace.added(z, seen, "recurrent")
        drive = _named((*fed, "x") if self.wired else fed, z, trace)
        self._add_wired(drive, trace)
        biases = {b: parameters[f"bias_{b}"] for b in self.blocks if f"bias_{b}" in parameters}
        drive |= summed(drive, biases)
        if together and not whole:
            parts = _named(together, trace.product(seen, "recurrent"), trace)
            if behind:
                drive[WITHIN] = trace.remember(parts.pop("candidate"))
            drive |= summed(drive, parts)
        for gate in self.columns("tanh(h)"):
            squashed = trace.activate("tanh", h)
            drive[gate] = drive[gate] + trace.product(squashed, f"recurrent_{gate}")
        if self.recurs:
            product = trace.product(states[-1], "gate_recurrent")
            drive |= summed(drive, _named(self.columns("gates"), product, trace))
        if "diagonal_candidate" in parameters:
            drive["candidate"] = drive["candidate"] + parameters["diagonal_candidate"] * h
        return drive

    def _add_wired(self, drive: dict[str, Tensor], trace: Trace) -> None:
        if self.wired:
            x = drive.pop("x")
            for name, term in self._terms(Wired):
                through = trace.activate(term.through, x)
                drive[name] = drive[name] + through if name in drive else through

    def advance(
        self, drive: Named, h: Tensor, c: Tensor, parameters: Named, trace: Trace
    ) -> tuple[Tensor, Tensor, dict[str, Tensor]]:
        """Output, memory and the learned gates' values after a step.

        Args:
            drive: of each block, from :meth:`drives`.
            h, c: the previous output and memory, ``[B, n]`` each.
            parameters, trace: as in :meth:`step`.
        """
        previous = c

        def learned(name: str, memory: Tensor) -> Tensor:
            a = drive[name]
            if f"peephole_{name}" in parameters:
                a = a + parameters[f"peephole_{name}"] * memory
            if f"diagonal_{name}" in parameters:
                a = a + parameters[f"diagonal_{name}"] * h
            return trace.activate(getattr(self, name).activation, a, of=name)

        gates = {name: learned(name, c) for name in self.gates if name != "emit"}
        gates |= self._shared(gates)
        g = trace.activate(
            self.candidate.activation.name, self._candidate(drive, gates, h, parameters, trace)
        )
        c = self._memory(c, g, gates, drive, trace)
        new = trace.activate(self.readout.name, c)
        if isinstance(self.emit, Gate):
            late = Diagonal("c'") in self.emit.drive.terms
            gates["emit"] = learned("emit", previous if late else c)
            new = gates["emit"] * new
        if self.skip is not None:
            new = new + (1.0 - gates["emit"]) * drive["skip"]
        return new, c, gates

    def _shared(self, gates: Named) -> dict[str, Tensor]:
        """The values of gates that are divided by a sum of gates."""
        shared = {name: getattr(self, name).among for name in gates if getattr(self, name).among}
        totals = {a: sum((gates[g] for g in a[1:]), gates[a[0]]) for a in set(shared.values())}
        return {name: gates[name] / totals[among] for name, among in shared.items()}

    def _candidate(
        self, drive: Named, gates: Named, h: Tensor, parameters: Named, trace: Trace
    ) -> Tensor:
        """The candidate's drive, W x + R (reset * h') + b."""
        a = drive["candidate"]
        if not self.resets:
            return a
        if self._within:
            if self.reset == OPEN:
                return a + parameters[f"bias_{WITHIN}"] if f"bias_{WITHIN}" in parameters else a
            within = drive[WITHIN]
            if f"bias_{WITHIN}" in parameters:
                within = within + parameters[f"bias_{WITHIN}"]
            return a + self._value("reset", gates) * within
        if "candidate" in self.columns("reset * h"):
            seen = h if self.reset == OPEN else self._value("reset", gates) * h
            return a + trace.product(seen, "recurrent_candidate")
        return a

    def _value(self, name: str, gates: Named) -> Tensor:
        """A gate's value, that of the gate it is tied to included."""
        match getattr(self, name):
            case As(other):
                return gates[other]
            case Held(value):
                return value
            case Not(other, _, scale):
                complement = 1.0 - gates[other]
                return complement if scale == 1 else scale * complement
            case _:
                return gates[name]

    def _memory(self, c: Tensor, g: Tensor, gates: Named, drive: Named, trace: Trace) -> Tensor:
        """keep * c' + write * g; an open gate multiplies nothing, a shut one adds nothing."""
        terms = []
        for name, operand in (("keep", c), ("write", g)):
            setting = getattr(self, name)
            if setting == OPEN:
                terms.append(operand)
            elif isinstance(setting, Not) and setting.shift:
                shifted = trace.activate("sigmoid", drive[setting.gate] - setting.shift)
                terms.append((1.0 - shifted) * operand)
            elif setting != SHUT:
                terms.append(self._value(name, gates) * operand)
        return sum(terms[1:], terms[0]) if terms else 0.0 * c

    @property
    def equations(self) -> tuple[str, ...]:
        return equations.of_gated(self)

    # --- Others like it ---------------------------------------------------------------------

    def each(self, change: Callable[[Gate], Gate]) -> Gated:
        """The cell with every learned gate changed, as into one with a peephole."""
        changed: dict[str, Any] = {name: change(getattr(self, name)) for name in self.gates}
        return replace(self, **changed)


def _named(blocks: tuple[str, ...], columns: Tensor, trace: Trace) -> dict[str, Tensor]:
    """The columns of each block, from ``[B, k n]``."""
    return dict(zip(blocks, trace.split(columns, len(blocks)), strict=True))


def summed(drive: Named, parts: Named) -> dict[str, Tensor]:
    """Each part, on top of the drive of its block where there is one."""
    return {name: drive[name] + part if name in drive else part for name, part in parts.items()}
