"""A :class:`GateSpec` as a step that the engine can run."""

from __future__ import annotations

from keras import ops

from gatewise.benchmark.architectures.engine.backend import Tensor, Tensors
from gatewise.benchmark.architectures.engine.recurrence import Named, Trace
from gatewise.benchmark.architectures.gates import (
    AS_KEEP,
    LEARNED,
    NOT_KEEP,
    NOT_WRITE,
    SHUT,
    GateSpec,
)


class GatedCell:
    """The step of one cell, for the engine.

    States are ``(h,)``, or ``(h, c)`` if the memory is a state of its own; then the earlier
    outputs ``[h_{t-1}, ...]`` if more than one delay is seen; with full gate recurrence the learned
    gates' values come last.

    Args:
        spec: the cell.
        units: n, the width of every state.
    """

    def __init__(self, spec: GateSpec, units: int) -> None:
        self.spec = spec
        self.units = units
        self.state_sizes = (units,) * (2 if spec.has_memory else 1)
        if spec.delays > 1:
            self.state_sizes += ((spec.delays - 1) * units,)
        if spec.gate_recurrence:
            self.state_sizes += (len(spec.gates) * units,)

    def step(self, z: Tensor, states: Tensors, parameters: Named, trace: Trace) -> Tensors:
        """One time step; see :mod:`.gates` for the equations.

        Args:
            z: input drive ``[B, k n]``, one block for each block that sees the input.
            states: previous states, ``[B, n]`` each.
            parameters: ``peephole_G`` and ``bias_G``, ``[n]`` each.
            trace: the engine's.

        Returns:
            The states after the step, the output first.
        """
        spec = self.spec
        h, c = states[0], states[1] if spec.has_memory else states[0]
        drive = self.drives(z, states, parameters, trace)
        h, c, gates = self.advance(drive, h, c, parameters, trace)
        after = (h, c) if spec.has_memory else (h,)
        if spec.delays > 1:
            past = ops.concatenate([states[0], states[len(after)]], axis=-1)
            after += (past[..., : -self.units],)
        if spec.gate_recurrence:
            after += (ops.concatenate([gates[gate] for gate in spec.gates], axis=-1),)
        return after

    def advance(
        self, drive: Named, h: Tensor, c: Tensor, parameters: Named, trace: Trace
    ) -> tuple[Tensor, Tensor, dict[str, Tensor]]:
        """Output, memory and the learned gates' values after a step.

        Args:
            drive: of each block, from :meth:`drives`.
            h, c: the previous output and memory, ``[B, n]`` each.
            parameters, trace: as in :meth:`step`.
        """
        spec = self.spec

        def learned(gate: str, memory: Tensor) -> Tensor:
            a = drive[gate]
            if f"peephole_{gate}" in parameters:
                a = a + parameters[f"peephole_{gate}"] * memory
            return trace.activate("sigmoid", a, of=gate)

        gates = {gate: learned(gate, c) for gate in spec.gates if gate != "emit"}
        if spec.normalised:
            total = gates["write"] + gates["keep"]
            gates |= {gate: gates[gate] / total for gate in ("write", "keep")}
        g = trace.activate(spec.candidate, self._candidate(drive, gates, h, trace))
        c = self._memory(c, g, gates, drive, trace)
        h = trace.activate(spec.readout, c)
        if spec.emit == LEARNED:
            gates["emit"] = learned("emit", c)
            h = gates["emit"] * h
        if spec.highway:
            h = h + (1.0 - gates["emit"]) * drive["skip"]
        return h, c, gates

    def drives(
        self, z: Tensor, states: Tensors, parameters: Named, trace: Trace
    ) -> dict[str, Tensor]:
        """Each block's drive; a candidate behind a reset gate still lacks its recurrent part."""
        spec, h = self.spec, states[0]
        together = spec.columns("recurrent")
        behind_reset = spec.resets and spec.reset_after
        seen = h
        if spec.delays > 1:
            seen = ops.concatenate([h, states[2 if spec.has_memory else 1]], axis=-1)
        # Where W x and R h enter every block as a sum they are one drive.
        whole = together == spec.blocks("x") and not (
            behind_reset or spec.shared_input or spec.inner_input != "linear"
        )
        if whole:
            z = trace.added(z, seen, "recurrent")
        drive = by_block(z, spec.blocks("x"))
        if spec.shared_input:
            drive["reset"] = drive["candidate"]
        if spec.inner_input != "linear":
            drive["candidate"] = trace.activate(spec.inner_input, drive["candidate"])
        # A candidate whose W x is squashed or shared gets its bias by itself.
        biases = {n.removeprefix("bias_"): v for n, v in parameters.items() if n[:5] == "bias_"}
        drive |= summed(drive, biases)
        if together and not whole:
            parts = by_block(trace.product(seen, "recurrent"), together)
            if behind_reset:
                drive["behind reset"] = trace.remember(parts.pop("candidate"))
            drive |= summed(drive, parts)
        for gate in spec.gates:
            if spec.apart(gate) and "h" in spec.sees(gate):
                squashed = trace.activate(spec.update_state, h)
                drive[gate] = drive[gate] + trace.product(squashed, f"recurrent_{gate}")
        if spec.gate_recurrence:
            parts = by_block(trace.product(states[-1], "gate_recurrent"), spec.gates)
            drive |= summed(drive, parts)
        return drive

    def _candidate(self, drive: Named, gates: Named, h: Tensor, trace: Trace) -> Tensor:
        """The candidate's drive, W x + R (reset * h') + b."""
        if not self.spec.resets:
            return drive["candidate"]
        reset = gates["keep" if self.spec.reset == AS_KEEP else "reset"]
        if self.spec.reset_after:
            return drive["candidate"] + reset * drive["behind reset"]
        return drive["candidate"] + trace.product(reset * h, "recurrent_candidate")

    def _memory(self, c: Tensor, g: Tensor, gates: Named, drive: Named, trace: Trace) -> Tensor:
        """keep * c' + write * g; an open gate multiplies nothing, a shut one adds nothing."""
        spec, terms = self.spec, []
        if spec.keep == NOT_WRITE:
            terms.append((1.0 - gates["write"]) * c)
        elif spec.keep != SHUT:
            terms.append(gates["keep"] * c if spec.keep == LEARNED else c)
        if spec.write == NOT_KEEP:
            shift = spec.tie_shift
            keep = trace.activate("sigmoid", drive["keep"] - shift) if shift else gates["keep"]
            terms.append((1.0 - keep) * g)
        elif spec.write != SHUT:
            terms.append(gates["write"] * g if spec.write == LEARNED else g)
        return sum(terms[1:], terms[0]) if terms else ops.zeros_like(c)


def by_block(columns: Tensor, blocks: tuple[str, ...]) -> dict[str, Tensor]:
    """The columns of each block, from ``[..., k n]``."""
    return dict(zip(blocks, ops.split(columns, len(blocks), axis=-1), strict=True))


def summed(drive: Named, parts: Named) -> dict[str, Tensor]:
    """Each part, on top of the drive of its block where there is one."""
    return {name: drive[name] + part if name in drive else part for name, part in parts.items()}
