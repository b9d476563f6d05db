"""The step of a gated cell, for the engine; what a cell is stands in :mod:`.notation`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gatewise.benchmark.architectures import equations
from gatewise.benchmark.architectures.cell import Tensor, Tensors
from gatewise.benchmark.architectures.gates import (
    OPEN,
    SHUT,
    As,
    Bias,
    Dense,
    Diagonal,
    Gate,
    Held,
    Not,
    Wired,
    word,
)
from gatewise.benchmark.architectures.notation import WITHIN, Notation

if TYPE_CHECKING:
    from gatewise.benchmark.architectures.engine.recurrence import Named, Trace


@dataclass(frozen=True, kw_only=True)
class Gated(Notation):
    """One gated cell, as :class:`.Notation` says; its step follows its equations."""

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
        # A block that sees nothing but its bias is still one row a sequence, as states are.
        drive |= {b: v + drive.get(b, 0.0 * h) for b, v in biases.items()}
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


def _named(blocks: tuple[str, ...], columns: Tensor, trace: Trace) -> dict[str, Tensor]:
    """The columns of each block, from ``[B, k n]``."""
    return dict(zip(blocks, trace.split(columns, len(blocks)), strict=True))


def summed(drive: Named, parts: Named) -> dict[str, Tensor]:
    """Each part, on top of the drive of its block where there is one."""
    return {name: drive[name] + part if name in drive else part for name, part in parts.items()}
