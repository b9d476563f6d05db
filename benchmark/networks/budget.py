"""The width at which an architecture has what it may have: parameters, or another measure."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial

from gatewise.benchmark.architectures import catalogue
from gatewise.benchmark.architectures.catalogue import Architecture
from gatewise.benchmark.records.columns import REFERENCE
from gatewise.tasks.task import Dataset, Frames, Input, Pattern, Tokens

PATCH = 2
"""A convolutional cell reads a frame as patches of so many pixels squared, a channel a pixel."""

TOLERANCE = 0.02
"""Relative distance from the budget within which architectures count as matched."""


@dataclass(frozen=True)
class Width:
    """Units a layer and direction, what they make, and why not more nearly what is wanted.

    ``reached`` is what was matched, as parameters.
    """

    units: int
    reached: int
    note: str


def features(kind: Input) -> int:
    """Width of one declared input as the recurrence sees it."""
    match kind:
        case Tokens():
            return kind.width
        case Frames():
            return kind.features
        case _:
            return kind.size


def input_features(dataset: Dataset) -> int:
    """Width of all inputs of a task together."""
    return sum(features(kind) for kind in dataset.inputs.values())


def recurrent_inputs(dataset: Dataset, architecture: Architecture) -> int:
    """Width of what the recurrence reads: features of a step, or channels of a frame."""
    return PATCH**2 if architecture.cell.window else input_features(dataset)


def places(dataset: Dataset, architecture: Architecture) -> int:
    """How many places of a step have the cell: the pixels of a film, for a convolutional one."""
    if not architecture.cell.window:
        return 1
    (film,) = (kind for kind in dataset.inputs.values() if isinstance(kind, Frames))
    return -(-film.height // PATCH) * -(-film.width // PATCH)


def decoder_tokens(dataset: Dataset) -> Tokens:
    """What a decoder reads: target tokens, embedded as the source's are."""
    words = Tokens(dataset.classes, input_features(dataset))
    spreads = [kind.spread for kind in dataset.inputs.values() if isinstance(kind, Tokens)]
    return replace(words, spread=max(spreads)) if spreads else words


def recurrences(
    dataset: Dataset, pattern: Pattern, architecture: Architecture, units: int
) -> tuple[tuple[Architecture, int, int], ...]:
    """Every stack of recurrent layers of a model, the width that it reads, and its units."""
    if pattern is Pattern.VECTOR_TO_SEQUENCE:
        # What reads the vector is the decoder itself.
        architecture = architecture.forward
    reader = architecture, recurrent_inputs(dataset, architecture), units
    if pattern is not Pattern.ENCODER_DECODER:
        return (reader,)
    width = decoder_tokens(dataset).width
    return reader, (architecture.forward, width, architecture.directions * units)


def recurrent_parameters(
    dataset: Dataset, pattern: Pattern, architecture: Architecture, units: int
) -> int:
    """Recurrent parameters of an architecture on a task: everything but front and readout."""
    stacks = recurrences(dataset, pattern, architecture, units)
    return sum(stack.parameters(inputs, n) for stack, inputs, n in stacks)


def readout_parameters(
    dataset: Dataset, pattern: Pattern, architecture: Architecture, units: int
) -> int:
    """Parameters of the dense layer that reads the output: all that grows with it elsewhere.

    Embeddings and encoders are the same for all; a convolutional cell has none.
    """
    directions = 1 if pattern is Pattern.VECTOR_TO_SEQUENCE else architecture.directions
    return (directions * units + 1) * dataset.classes


def all_parameters(
    dataset: Dataset, pattern: Pattern, architecture: Architecture, units: int
) -> int:
    """Recurrent parameters and those of the readout."""
    shape = dataset, pattern, architecture, units
    return recurrent_parameters(*shape) + readout_parameters(*shape)


def width(dataset: Dataset, pattern: Pattern, architecture: Architecture, units: int) -> int:
    """The units themselves, a layer and direction."""
    return units


def state_size(dataset: Dataset, pattern: Pattern, architecture: Architecture, units: int) -> int:
    """Numbers carried from a step to the next, all layers and directions, a decoder's with them."""
    stacks = recurrences(dataset, pattern, architecture, units)
    carried = sum(stack.state(inputs, n) for stack, inputs, n in stacks)
    return places(dataset, architecture) * carried


def step_multiplications(
    dataset: Dataset, pattern: Pattern, architecture: Architecture, units: int
) -> int:
    """Multiplications of one step of the recurrence; where one decodes, of a step of either kind.

    As :func:`.multiplications.multiplications` counts them; front and readout are left out.
    """
    stacks = recurrences(dataset, pattern, architecture, units)
    taken = sum(stack.multiplications(inputs, n) for stack, inputs, n in stacks)
    return places(dataset, architecture) * taken


@dataclass(frozen=True)
class Way:
    """A way of making widths comparable.

    Attributes:
        count: what is to be equal, ``(dataset, pattern, architecture, units)``; it grows with the
            units.
        unit: what it counts.
        budgeted: whether the budget itself is such a count; else it is that of lstm at the budget.
    """

    count: Callable[[Dataset, Pattern, Architecture, int], int]
    unit: str
    budgeted: bool = False


WAYS: Mapping[str, Way] = {
    "parameters": Way(recurrent_parameters, "parameters", budgeted=True),
    "width": Way(width, "units"),
    "all": Way(all_parameters, "parameters"),
    "state": Way(state_size, "numbers"),
    "multiplications": Way(step_multiplications, "multiplications"),
}
"""By the names of :data:`.columns.MATCHES`."""


def matched_width(
    dataset: Dataset, pattern: Pattern, architecture: Architecture, match: str, budget: int
) -> Width:
    """The number of units at which an architecture is comparable; see :attr:`Experiment.match`.

    Raises:
        ValueError: the budget is not positive.
    """
    way = WAYS[match]
    if way.budgeted:
        return solve_width(dataset, pattern, architecture, budget)
    reference = catalogue.find(REFERENCE)
    units = solve_width(dataset, pattern, reference, budget).units
    wanted = way.count(dataset, pattern, reference, units)
    return _nearest(partial(way.count, dataset, pattern, architecture), wanted, way.unit)


def solve_width(
    dataset: Dataset, pattern: Pattern, architecture: Architecture, budget: int
) -> Width:
    """The number of units whose recurrent parameters come nearest to the budget.

    Raises:
        ValueError: the budget is not positive.
    """
    if budget < 1:
        raise ValueError(f"parameters={budget!r}: allowed are whole numbers from 1")
    count = partial(recurrent_parameters, dataset, pattern, architecture)
    return _nearest(count, budget, "parameters")


def _nearest(count: Callable[[int], int], wanted: int, unit: str) -> Width:
    """The units of which ``count``, which grows with them, comes nearest to what is wanted."""
    units = 1
    while count(2 * units) <= wanted:
        units *= 2
    enough = bisect_left(range(2 * units), wanted, lo=units, key=count)
    around = range(max(units, enough - 1), enough + 1)
    units = min(around, key=lambda n: abs(count(n) - wanted))
    reached = count(units)
    note = ""
    if abs(reached - wanted) > TOLERANCE * wanted:
        step = count(units + 1) - reached
        note = f"{reached / wanted - 1:+.1%} of {wanted}: one unit more or less is {step} {unit}"
    return Width(units, reached, note)
