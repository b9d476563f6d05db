"""The sum of all numbers so far, modulo m: parity where m is 2.

    read     3 4 0 2 4        1 0 1 1 0
    answer   3 2 2 4 3        1 1 0 1 1        sums modulo 5, and modulo 2: ``parity``

The cyclic groups of state tracking, as in Delétang et al. 2023 (parity check, and modular
arithmetic with nothing but sums) and Grazzi et al. 2025, who show that a linear recurrence needs
negative eigenvalues for the one and complex ones for the other. Every number changes every answer
after it: no window of symbols tells anything of the sum, and all must be kept exactly. The papers
train at up to 40 steps and score at up to 500; here a step may be answered as soon as it is read.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import numpy as np

from gatewise.tasks import windows
from gatewise.tasks.lengths import SOLVED, UNIT, dial_of, drawn, scale
from gatewise.tasks.task import (
    Dataset,
    Dial,
    Metric,
    Pattern,
    Source,
    Split,
    Task,
    Tokens,
)

MODULUS, MODULI = 5, (3, 10)
LENGTH, LENGTHS = 40, (20, 80)


def build(length: int, modulus: int, **sizes: int) -> Dataset:
    """Sequences of ``length`` numbers below ``modulus``; the same for the same options."""
    splits = drawn(partial(draw, modulus=modulus), length, **sizes)
    return Dataset(**splits, inputs={"numbers": Tokens(modulus + 1, 16)}, classes=modulus)


def draw(examples: int, steps: int, generator: np.random.Generator, modulus: int) -> Split:
    """Random numbers, each as the id above it, and the sum up to each."""
    numbers = generator.integers(0, modulus, (examples, steps))
    return Split(
        inputs={"numbers": (numbers + 1).astype(np.int32)},
        lengths=np.full(examples, steps, np.int32),
        targets=(numbers.cumsum(axis=1) % modulus).astype(np.int32),
        weights=np.ones((examples, steps), np.float32),
    )


sized = partial(scale, batch_size=64, length=LENGTH, modulus=MODULUS)
SUMMARY = "sum of all numbers so far, modulo {}, up to {} steps"
TASK = Task(
    name="modular",
    summary=SUMMARY.format(MODULUS, LENGTH),
    pattern=Pattern.SYNCHRONOUS,
    metric=Metric("accuracy", "share of sums"),
    margin=0.02,
    source=Source.generated("Delétang et al., Neural Networks and the Chomsky Hierarchy, 2023"),
    scales={
        "smoke": sized(256, 128, 256, epochs=1),
        "quick": sized(8000, 500, 2000, epochs=32).until_no_gain(),
        "standard": sized(20_000, 1000, 4000, epochs=20),
        "paper": sized(100_000, 2000, 10_000, epochs=30),
    },
    build=build,
    baselines=windows.baselines,
    dial=Dial("modular", MODULUS, "modulus"),
    solved=SOLVED,
)
PARITY = replace(
    TASK.turned("modulus", 2, SUMMARY.format(2, LENGTH)),
    name="parity",
    dial=Dial("parity", LENGTH, UNIT),
)
TASKS = (
    PARITY,
    *(TASK.turned("modulus", m, SUMMARY.format(m, LENGTH)) for m in MODULI),
    *(PARITY.turned("length", n, SUMMARY.format(2, n)) for n in LENGTHS),
    *(
        TASK.turned("length", n, SUMMARY.format(MODULUS, n), dial_of("modular", LENGTH))
        for n in LENGTHS
    ),
)
