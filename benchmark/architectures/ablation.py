"""What is left of an architecture without its gates: one by one, all together, and coupled."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from functools import reduce
from itertools import combinations
from typing import Any, TypeVar

from gatewise.benchmark.architectures.architecture import Architecture
from gatewise.benchmark.architectures.cell import Cell, InvalidCell
from gatewise.benchmark.architectures.gates import OPEN, SHUT, As, Gate, Held, Not, word
from gatewise.benchmark.architectures.notation import GATES, Notation
from gatewise.naming import COUPLED, NO

WHOLE = 4
"""Of more parts than these one is left out at a time, or all: too many are their combinations."""
CONSTANT = word(OPEN), word(SHUT)
C = TypeVar("C", bound=Notation)


def ablations(architecture: Architecture) -> tuple[Architecture, ...]:
    """What is left of an architecture without any combination of its gates.

    ``mine-no-keep`` is ``mine`` with its keep gate held at 1; at 0 where at 1 nothing would be
    written, as of an update gate with ``write=Not("keep")``. What is tied to the gate follows it,
    and a gate that is held has no weights, so that at equal parameters the cell is wider. Of a cell
    whose keep and write gate are both learned ``mine-coupled`` is it with ``keep=Not("write")``.

    Of a cell that is a class of its own, a gate can be left out whose field takes ``"open"``, and
    whatever a field switches that is True; else there is nothing to leave out. The report takes
    ``mine`` and all these for a lattice, by their names, and says what each gate is worth. To
    have them in a plugin::

        ARCHITECTURES = [MINE, *ablations(MINE)]

    Args:
        architecture: the whole; its layers, directions and source are theirs.

    Returns:
        All combinations, the single gates first; of more than four parts the single ones and all.
    """
    return tuple(_ablations(architecture))


def _ablations(whole: Architecture) -> Iterator[Architecture]:
    parts = [part for part in _parts(whole.cell) if _without(whole.cell, (part,)) is not None]
    sizes = range(1, len(parts) + 1) if len(parts) <= WHOLE else (1, len(parts))
    for removed in (left_out for size in sizes for left_out in combinations(parts, size)):
        cell = _without(whole.cell, removed)
        if cell is not None:
            name = NO.join((whole.name, *removed))
            yield replace(whole, name=name, cell=cell, summary=_said(whole.name, removed))
    if (cell := _coupled(whole.cell)) is not None:
        said = f"{whole.name}, keep = 1 - write"
        yield replace(whole, name=f"{whole.name}-{COUPLED}", cell=cell, summary=said)


def _said(name: str, removed: tuple[str, ...]) -> str:
    return f"{name} without {' and '.join(removed)}"


def _parts(cell: Cell) -> tuple[str, ...]:
    """What may be left out: learned gates, and what else a field of the cell switches."""
    if isinstance(cell, Notation):
        return cell.gates
    named: set[str] = {field.name for field in fields(cell)} if is_dataclass(cell) else set()
    switched = (name for name in sorted(named) if getattr(cell, name) is True)
    held = (gate for gate, setting in cell.settings.items() if setting not in CONSTANT)
    return (*(gate for gate in held if gate in named), *switched)


def _without(cell: Cell, removed: tuple[str, ...]) -> Cell | None:
    """The cell without these parts; None where there is no such cell."""
    try:
        if isinstance(cell, Notation):
            return reduce(_held, removed, cell)
        return _switched(cell, removed)
    except InvalidCell:
        return None


def _switched(cell: Any, removed: tuple[str, ...]) -> Cell | None:
    """A cell of another class, by its fields."""
    off = {part: False if getattr(cell, part) is True else CONSTANT[0] for part in removed}
    found: Cell = replace(cell, **off)
    before, after = cell.settings, found.settings
    stayed = {part for part in removed if part in before and after.get(part) == before[part]}
    return None if stayed else found


def _held(cell: C, gate: str) -> C:
    """A gated cell with a gate at 1, or at 0 where at 1 nothing would be written."""
    opened = _holding(cell, gate, OPEN)
    return _holding(cell, gate, SHUT) if opened.write == SHUT else opened


def _holding(cell: C, gate: str, value: Held) -> C:
    """A gated cell with a gate at a value, and all that is tied to it at what follows from it."""
    changes: dict[str, Any] = {gate: value}
    for name in GATES:
        match getattr(cell, name):
            case Not(of, _, scale) if of == gate:
                changes[name] = Held(scale * (1.0 - value.value))
            case As(of) if of == gate:
                changes[name] = value
            case Gate(among=among) as shared if gate in among and name != gate:
                changes[name] = replace(shared, among=())
    if gate == "emit":
        # A skip goes as far as the emit gate is shut.
        changes["skip"] = None
    return replace(cell, **changes)


def _coupled(cell: Cell) -> Cell | None:
    """A gated cell whose keep gate is what its write gate leaves; None where they are no two."""
    if not isinstance(cell, Notation) or not {"keep", "write"} <= set(cell.gates):
        return None
    if any(getattr(cell, gate).among for gate in ("keep", "write")):
        return None
    try:
        return replace(cell, keep=Not("write"))
    except InvalidCell:
        return None
