"""Linear recurrences by element, whose rates of forgetting are learned numbers or gates of x."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gatewise.benchmark.architectures.cell import (
    BIAS,
    KERNEL,
    LEARNED,
    VECTOR,
    Array,
    Block,
    Cell,
    InvalidCell,
    Retention,
    Start,
    Tensor,
    Tensors,
)

if TYPE_CHECKING:
    from gatewise.benchmark.architectures.engine.recurrence import Named, Trace

OPEN = "open"
RETAINED = 8.0
"""The c of the paper."""


@dataclass(frozen=True)
class RealGatedLRU(Cell):
    """RG-LRU of Griffin (De et al. 2024, arXiv 2402.19427, section 2.4)::

        keep = σ(W_keep x + b_keep)            the recurrence gate r
        write = σ(W_write x + b_write)         the input gate i
        a = σ(Λ)^(8 keep)
        h = a * h' + sqrt(1 - a²) * (write * (W x + b))

    The paper's x is as wide as h, behind a linear layer: here W x + b is that layer, and the gates
    see what it sees. σ(Λ)^8 starts uniform from 0.9 to 0.999, as the paper says; the authors'
    released code draws σ(Λ) so, and leaves the root out of the first step.

    Attributes:
        keep, write: ``learned``, or ``open`` (1). With both open it is the real, diagonal form of
            the LRU (Orvieto et al. 2023, arXiv 2303.06349) with γ tied to a.

    Raises:
        InvalidCell: a gate is something else.
    """

    keep: str = LEARNED
    write: str = LEARNED

    def __post_init__(self) -> None:
        for name, setting in self.settings.items():
            if setting not in (LEARNED, OPEN):
                raise InvalidCell(f"{name}={setting!r}: allowed are 'learned', 'open'")

    @property
    def settings(self) -> dict[str, str]:
        return {"write": self.write, "keep": self.keep}

    @property
    def has_memory(self) -> bool:
        return False

    @property
    def _blocks(self) -> tuple[str, ...]:
        return (*self.gates, "candidate")

    def arrays(self, inputs: int, units: int) -> dict[str, Array]:
        def blocks(start: Start) -> tuple[Block, ...]:
            return tuple(Block(name, units, start) for name in self._blocks)

        retention = Block("retention", units, Retention(0.9, 0.999, RETAINED))
        return {
            "kernel": Array(KERNEL, (inputs,), blocks("glorot"), "kernel"),
            "bias": Array(BIAS, (), blocks(0.0)),
            "retention": Array(VECTOR, (), (retention,)),
        }

    def widths(self, units: int) -> tuple[int, ...]:
        return (units,)

    def step(self, z: Tensor, states: Tensors, parameters: Named, trace: Trace) -> Tensors:
        drive = dict(zip(self._blocks, trace.split(z, len(self._blocks)), strict=True))
        gates = {name: trace.activate("sigmoid", drive[name], of=name) for name in self.gates}
        rate = -RETAINED * trace.activate("softplus", -parameters["retention"])
        log_a = rate * gates["keep"] if "keep" in gates else rate + 0.0 * states[0]
        a = trace.activate("exp", log_a)
        fed = gates["write"] * drive["candidate"] if "write" in gates else drive["candidate"]
        return (a * states[0] + trace.root(1.0 - a * a) * fed,)

    @property
    def equations(self) -> tuple[str, ...]:
        by = " * keep" if "keep" in self.gates else ""
        fed = "write * (W x + b)" if "write" in self.gates else "W x + b"
        return (
            *(f"{name} = σ(W_{name} x + b_{name})" for name in self.gates),
            f"a = exp(-8{by} * softplus(-p))",
            f"h = a * h' + sqrt(1 - a * a) * ({fed})",
        )
