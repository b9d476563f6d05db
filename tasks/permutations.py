"""Where everything lies after all swaps so far, of five things or of three.

    read     12 13 12 23             1 2 3 → 2 1 3 → 3 1 2 → 1 3 2 → 1 2 3
    answer   213 312 132 123         ``s3``: each arrangement as one of six answers

The word problem of the symmetric groups S_3 and S_5, as state tracking is measured in Merrill,
Petty & Sabharwal 2024 and, with swaps alone, in Grazzi et al. 2025. A step swaps what lies in two
places; the answer is the whole arrangement. That of three is solvable, that of five is not: no
network whose depth is fixed and whose recurrence is linear and diagonal can track it at all
lengths, one with a nonlinear recurrence can.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from itertools import combinations, permutations

import numpy as np

from gatewise.tasks import windows
from gatewise.tasks.lengths import SOLVED, UNIT, drawn, scale
from gatewise.tasks.task import (
    Array,
    Dataset,
    Dial,
    Metric,
    Pattern,
    Source,
    Split,
    Task,
    Tokens,
)

LENGTH, LENGTHS = 12, (6, 24)


def build(length: int, things: int, **sizes: int) -> Dataset:
    """Sequences of ``length`` swaps of ``things`` things; the same for the same options."""
    moves = table(things)
    splits = drawn(partial(draw, moves=moves), length, **sizes)
    classes, swaps = moves.shape
    return Dataset(**splits, inputs={"swaps": Tokens(swaps + 1, 16, spread=0.5)}, classes=classes)


def table(things: int) -> Array:
    """What becomes of each arrangement by each swap, ``[arrangements, swaps]``; 0 is in order."""
    arrangements = list(permutations(range(things)))
    places = {arrangement: i for i, arrangement in enumerate(arrangements)}

    def swapped(arrangement: tuple[int, ...], one: int, other: int) -> int:
        moved = list(arrangement)
        moved[one], moved[other] = moved[other], moved[one]
        return places[tuple(moved)]

    pairs = list(combinations(range(things), 2))
    return np.array([[swapped(a, *pair) for pair in pairs] for a in arrangements])


def draw(examples: int, steps: int, generator: np.random.Generator, moves: Array) -> Split:
    """Random swaps, each as the id above it, and the arrangement after each."""
    swaps = generator.integers(0, moves.shape[1], (examples, steps))
    targets = np.zeros((examples, steps), np.int32)
    lying = np.zeros(examples, np.int32)
    for step in range(steps):
        lying = moves[lying, swaps[:, step]]
        targets[:, step] = lying
    return Split(
        inputs={"swaps": (swaps + 1).astype(np.int32)},
        lengths=np.full(examples, steps, np.int32),
        targets=targets,
        weights=np.ones((examples, steps), np.float32),
    )


sized = partial(scale, batch_size=32, length=LENGTH, things=3)
SUMMARY = "arrangement of {} things after all swaps so far, up to {} steps"
TASK = Task(
    name="s3",
    summary=SUMMARY.format(3, LENGTH),
    pattern=Pattern.SYNCHRONOUS,
    metric=Metric("accuracy", "share of arrangements"),
    margin=0.02,
    source=Source.generated(
        "Merrill, Petty & Sabharwal, The Illusion of State in State-Space Models, 2024"
    ),
    scales={
        "smoke": sized(256, 128, 256, epochs=1),
        "quick": sized(8000, 500, 2000, epochs=60).until_no_gain(patience=2),
        "standard": sized(20_000, 1000, 4000, epochs=20),
        "paper": sized(100_000, 2000, 10_000, epochs=30),
    },
    build=build,
    baselines=windows.baselines,
    dial=Dial("s3", LENGTH, UNIT),
    solved=SOLVED,
)
FIVE = replace(
    TASK.turned("things", 5, SUMMARY.format(5, LENGTH)),
    name="s5",
    dial=Dial("s5", LENGTH, UNIT),
)
TASKS = (
    FIVE,
    *(TASK.turned("length", n, SUMMARY.format(3, n)) for n in LENGTHS),
    *(FIVE.turned("length", n, SUMMARY.format(5, n)) for n in LENGTHS),
)
