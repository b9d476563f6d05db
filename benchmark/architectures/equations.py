"""The equations of a gated cell as text, from its description alone."""

from __future__ import annotations

from collections.abc import Iterator

from gatewise.benchmark.architectures.gates import (
    OPEN,
    SHUT,
    As,
    Bias,
    Dense,
    Diagonal,
    Gate,
    Not,
    Reset,
    Term,
    Wired,
)
from gatewise.benchmark.architectures.notation import Notation

HIDDEN = "h'"


def of_gated(cell: Notation) -> tuple[str, ...]:
    """The step, a line an equation, each after those that it needs."""
    memory = "c" if cell.has_memory else "h"
    read = cell.readout.of("c")
    skip = "" if cell.skip is None else f" + (1 - emit) * ({_drive(cell, 'skip')})"
    emit = "emit" in cell.gates
    return (
        *(_gate(cell, name) for name in cell.gates if name != "emit"),
        *_shifted(cell),
        *_shared(cell),
        f"g = {cell.candidate.activation.of(_drive(cell, 'candidate'))}",
        f"{memory} = {_sum(cell, memory)}",
        # The emit gate may see the new memory.
        *((_gate(cell, "emit"),) if emit else ()),
        *((f"h = {'emit * ' if emit else ''}{read}{skip}",) if cell.has_memory else ()),
    )


def _gate(cell: Notation, name: str) -> str:
    drive = _drive(cell, name)
    signed = getattr(cell, name).activation == "signed"
    return f"{name} = 2 * σ({drive}) - 1" if signed else f"{name} = σ({drive})"


def _shifted(cell: Notation) -> Iterator[str]:
    for name in cell.settings:
        match getattr(cell, name):
            case Not(other, shift) if shift:
                yield f"{name} = 1 - σ({_drive(cell, other)} - {shift:g})"


def _shared(cell: Notation) -> Iterator[str]:
    names = [name for name in cell.gates if getattr(cell, name).among]
    if names:
        shares = (f"{n} / ({' + '.join(getattr(cell, n).among)})" for n in names)
        yield f"{', '.join(names)} = {', '.join(shares)}"


def _sum(cell: Notation, memory: str) -> str:
    """keep * c' + write * g, without what is 1 or 0."""
    terms = ((factor(cell, "keep"), f"{memory}'"), (factor(cell, "write"), "g"))
    shown = [value if by == "1" else f"{by} * {value}" for by, value in terms if by != "0"]
    return " + ".join(shown) or "0"


def factor(cell: Notation, name: str) -> str:
    """What stands for a gate in a product: itself, ``1``, ``0`` or ``(1 - keep)``."""
    match getattr(cell, name):
        case Gate():
            return name
        case Not(_, shift) if shift:
            return name
        case Not(other, _, scale):
            return f"(1 - {other})" if scale == 1 else f"{scale:g} * (1 - {other})"
        case As(other):
            return str(other)
        case setting:
            return {OPEN: "1", SHUT: "0"}.get(setting, f"{setting.value:g}")


def _drive(cell: Notation, block: str) -> str:
    return " + ".join(term(cell, block, part) for part in cell.blocks[block].terms)


def term(cell: Notation, block: str, part: Term, bias: str = "b") -> str:
    """A term as it stands in the equation of its block."""
    mark = "" if block == "candidate" else f"_{block}"
    times = " ⊛ " if cell.window else " "
    match part:
        case Dense("x", last):
            return f"W{mark}{times}{_side_by_side(['x', *(f'x_{k}' for k in range(1, last))])}"
        case Dense("h", last):
            earlier = (f"h_{k}" for k in range(2, last + 1))
            return f"R{mark}{times}{_side_by_side([HIDDEN, *earlier])}"
        case Dense("tanh(h)"):
            return f"R{mark}{times}tanh(h')"
        case Dense("gates"):
            return f"Q{mark}{times}[{', '.join(f'{gate}{chr(39)}' for gate in cell.gates)}]"
        case Dense():
            by = factor(cell, "reset")
            return f"R{mark}{times}h'" if by == "1" else f"R{mark}{times}({by} * h')"
        case Diagonal(of):
            return f"p{mark} * {_seen(cell, block, of)}"
        case Wired(through):
            return "x" if through == "linear" else f"{through}(x)"
        case Reset(drive):
            inner = " + ".join(term(cell, block, t, "b_R") for t in drive.terms)
            by = factor(cell, "reset")
            return inner if by == "1" else f"{by} * ({inner})"
        case Bias():
            return f"{bias}{mark}"
        case _:
            raise AssertionError(part)


def _seen(cell: Notation, block: str, of: str) -> str:
    """What a vector multiplies: the output or the memory of the step before, or the new memory."""
    memory = "c" if cell.has_memory else "h"
    if of == "h":
        return "h'"
    return memory if of == "c" and block == "emit" else f"{memory}'"


def _side_by_side(seen: list[str]) -> str:
    """``x``, or ``[x, x_1, x_2]`` where more than one step is seen: k steps ago."""
    return f"[{', '.join(seen)}]" if len(seen) > 1 else seen[0]
