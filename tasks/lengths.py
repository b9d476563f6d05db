"""Examples of one length to train on, and of many to be scored on.

A task whose examples can have any number of steps states how some of one length are drawn. Those
for training, validation and test have ``length`` steps; as every step or many of them are answered,
that is training at all lengths up to there. ``Dataset.longer`` has examples of half, once, twice
and four times as many. What is asked in the second half of their steps is scored apart, ``at 160``
of those with 160 steps, so that no score holds what shorter examples ask too. Nothing keeps an
example from being drawn twice but the number of those that there are.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TypeAlias, TypedDict

import numpy as np

from gatewise.tasks.task import Array, Dial, Recipe, Scale, Split

HALVES = (1, 2, 4, 8)
"""Of the trained length, so many halves are scored."""
EXAMPLES = 256
"""Of each length that is scored."""
SOLVED = 0.99
"""The share of right answers from which on a task without noise counts as solved."""
UNIT = "steps"

Draw: TypeAlias = Callable[[int, int, np.random.Generator], Split]
"""``draw(examples, steps, generator)``, all of them of so many steps."""


class Drawn(TypedDict):
    """The splits of a ``Dataset`` by name."""

    train: Split
    validation: Split
    test: Split
    longer: Split


def drawn(draw: Draw, length: int, train: int, validation: int, test: int) -> Drawn:
    """So many examples of ``length`` for each split, and longer ones."""
    generators = np.random.default_rng(0).spawn(4)
    trained, validated, tested = (
        draw(examples, length, generator)
        for examples, generator in zip((train, validation, test), generators, strict=False)
    )
    lengths = [length * halves // 2 for halves in HALVES]
    parts = [draw(EXAMPLES, steps, generators[-1]) for steps in lengths]
    return Drawn(train=trained, validation=validated, test=tested, longer=by_length(parts))


def by_length(parts: Sequence[Split]) -> Split:
    """Examples of several lengths, each part of one; the second half of each part is a group."""
    width = int(max(part.lengths.max() for part in parts))
    whole = Split(
        inputs={
            name: _joined([part.inputs[name][:] for part in parts], width)
            for name in parts[0].inputs
        },
        lengths=np.concatenate([part.lengths for part in parts]),
        targets=_joined([part.targets for part in parts], width),
        weights=_joined([part.weights for part in parts], width),
    )
    lengths = [int(part.lengths[0]) for part in parts]
    return replace(whole, groups={f"at {n}": _second_half(whole, n) for n in lengths})


def _joined(arrays: Sequence[Array], width: int) -> Array:
    """One after another, all widened to so many steps where they have any."""
    return np.concatenate(
        [
            np.pad(a, [(0, 0), (0, width - a.shape[1])] + [(0, 0)] * (a.ndim - 2))
            if a.ndim > 1
            else a
            for a in arrays
        ]
    )


def _second_half(split: Split, length: int) -> Array:
    """What is asked so late of the examples of that length, ``bool`` of the weights' shape."""
    mine = split.lengths == length
    if split.weights.ndim == 1:
        return mine
    late = np.arange(split.weights.shape[1]) >= length // 2
    return (split.weights > 0) & mine[:, None] & late


def scale(
    train: int, validation: int, test: int, epochs: int, batch_size: int, **options: int
) -> Scale:
    """So many examples a split, trained for all epochs: a plateau may come before the descent."""
    recipe = Recipe(10_000, epochs, epochs, batch_size, learning_rate=0.01, dropout=0.0)
    return Scale({"train": train, "validation": validation, "test": test, **options}, recipe)


def dial_of(name: str, length: int) -> Dial:
    """The dial of the length that a task is trained at, where it has another one too."""
    return Dial(f"{name}-{UNIT}", length, UNIT)
