"""The width at which an architecture has the parameters that it may have."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable
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
    """Units a layer and direction, the parameters they make, and why not more nearly the budget."""

    units: int
    parameters: int
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


def decoder_tokens(dataset: Dataset) -> Tokens:
    """What a decoder reads: target tokens, embedded as the source's are."""
    words = Tokens(dataset.classes, input_features(dataset))
    spreads = [kind.spread for kind in dataset.inputs.values() if isinstance(kind, Tokens)]
    return replace(words, spread=max(spreads)) if spreads else words


def recurrent_parameters(
    dataset: Dataset, pattern: Pattern, architecture: Architecture, units: int
) -> int:
    """Recurrent parameters of an architecture on a task: everything but front and readout."""
    if pattern is Pattern.VECTOR_TO_SEQUENCE:
        # What reads the vector is the decoder itself.
        architecture = architecture.forward
    total = architecture.parameters(recurrent_inputs(dataset, architecture), units)
    if pattern is Pattern.ENCODER_DECODER:
        width = decoder_tokens(dataset).width
        total += architecture.forward.parameters(width, architecture.directions * units)
    return total


def readout_parameters(
    dataset: Dataset, pattern: Pattern, architecture: Architecture, units: int
) -> int:
    """Parameters of the dense layer that reads the output: all that grows with it elsewhere.

    Embeddings and encoders are the same for all; a convolutional cell has none.
    """
    directions = 1 if pattern is Pattern.VECTOR_TO_SEQUENCE else architecture.directions
    return (directions * units + 1) * dataset.classes


def matched_width(
    dataset: Dataset, pattern: Pattern, architecture: Architecture, match: str, budget: int
) -> Width:
    """The number of units at which an architecture is comparable; see :attr:`Experiment.match`.

    Raises:
        ValueError: the budget is not positive.
    """
    if match == "parameters":
        return solve_width(dataset, pattern, architecture, budget)
    reference = catalogue.find(REFERENCE)
    width = solve_width(dataset, pattern, reference, budget)
    if match == "width":
        return width

    def whole(shaped: Architecture, units: int) -> int:
        shape = dataset, pattern, shaped, units
        return recurrent_parameters(*shape) + readout_parameters(*shape)

    return _nearest(partial(whole, architecture), whole(reference, width.units))


def solve_width(
    dataset: Dataset, pattern: Pattern, architecture: Architecture, budget: int
) -> Width:
    """The number of units whose recurrent parameters come nearest to the budget.

    Raises:
        ValueError: the budget is not positive.
    """
    if budget < 1:
        raise ValueError(f"parameters={budget!r}: allowed are whole numbers from 1")
    return _nearest(partial(recurrent_parameters, dataset, pattern, architecture), budget)


def _nearest(count: Callable[[int], int], budget: int) -> Width:
    """The units of which ``count``, which grows with them, comes nearest to the budget."""
    units = 1
    while count(2 * units) <= budget:
        units *= 2
    enough = bisect_left(range(2 * units), budget, lo=units, key=count)
    around = range(max(units, enough - 1), enough + 1)
    units = min(around, key=lambda n: abs(count(n) - budget))
    reached = count(units)
    note = ""
    if abs(reached - budget) > TOLERANCE * budget:
        step = count(units + 1) - reached
        note = (
            f"{reached / budget - 1:+.1%} of {budget}: one unit more or less is {step} parameters"
        )
    return Width(units, reached, note)
