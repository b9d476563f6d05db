"""The bit that was written last, whatever came since.

    read     w 1 i 0 i 0 r 1 w 0 i 1 r 0        w = write, r = read, i = ignore
    answer   ; ; ; ; ; ; 1 ; ; ; ; ; 0 ;        ; = not scored

Flip-flop language modelling of Liu et al. 2023: instructions, each with a bit behind it. After
``w`` and ``i`` the bit is a coin's, after ``r`` it is the one that was last written, and only that
is scored. The first instruction writes and the last one reads; of all others the dial says how many
in a hundred are ignored, 80 in the paper, whose rarer settings are 10 and 98. Writes and reads are
equally likely. A cell must keep one bit exactly, change it when told, and let nothing else near it.
"""

from __future__ import annotations

from functools import partial

import numpy as np

from gatewise.tasks import windows
from gatewise.tasks.lengths import SOLVED, dial_of, drawn, scale
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

WRITE, READ, IGNORE, BIT = 1, 2, 3, 4
"""Ids of the instructions and of bit 0; that of bit 1 follows."""
IGNORED, OTHERS = 80, (10, 98)
LENGTH, LENGTHS = 80, (40, 160)


def build(length: int, ignored: int, **sizes: int) -> Dataset:
    """Sequences of ``length`` steps, two an instruction; the same for the same options.

    Raises:
        ValueError: half of the length, which is scored too, is no whole number of instructions.
    """
    if length % 4:
        raise ValueError(f"length={length}: allowed are multiples of 4")
    splits = drawn(partial(draw, ignored=ignored), length, **sizes)
    return Dataset(**splits, inputs={"symbols": Tokens(BIT + 2, 16)}, classes=BIT + 2)


def draw(examples: int, steps: int, generator: np.random.Generator, ignored: int) -> Split:
    """Random instructions and bits; the target of each symbol is the one that follows."""
    shape = (examples, steps // 2)
    odds = np.array([100 - ignored, 100 - ignored, 2 * ignored]) / 200
    instructions = generator.choice([WRITE, READ, IGNORE], shape, p=odds)
    instructions[:, 0], instructions[:, -1] = WRITE, READ
    bits = generator.integers(0, 2, shape)
    last = np.where(instructions == WRITE, np.arange(shape[1]), 0)
    written = np.take_along_axis(bits, np.maximum.accumulate(last, axis=1), axis=1)
    bits = np.where(instructions == READ, written, bits)
    read = np.stack([instructions, BIT + bits], axis=-1).reshape(examples, -1).astype(np.int32)
    targets = np.pad(read[:, 1:], ((0, 0), (0, 1)))
    weights = (read == READ).astype(np.float32)
    return Split({"symbols": read}, np.full(examples, steps, np.int32), targets, weights)


sized = partial(scale, batch_size=64, ignored=IGNORED)
SUMMARY = "bit that was written last, {} of 100 instructions ignored, up to {} steps"
TASK = Task(
    name="flipflop",
    summary=SUMMARY.format(IGNORED, LENGTH),
    pattern=Pattern.NEXT_STEP,
    metric=Metric("accuracy", "share of bits read"),
    margin=0.02,
    source=Source.generated(
        "Liu et al., Exposing Attention Glitches with Flip-Flop Language Modeling, 2023"
    ),
    scales={
        "smoke": sized(256, 128, 256, epochs=1, length=LENGTH),
        "quick": sized(4000, 500, 2000, epochs=8, length=LENGTH),
        "standard": sized(20_000, 1000, 4000, epochs=20, length=128),
        "paper": sized(100_000, 2000, 10_000, epochs=30, length=512),
    },
    build=build,
    baselines=windows.baselines,
    dial=Dial("flipflop", IGNORED, "ignored in 100"),
    solved=SOLVED,
)
TASKS = (
    *(TASK.turned("ignored", share, SUMMARY.format(share, LENGTH)) for share in OTHERS),
    *(
        TASK.turned("length", n, SUMMARY.format(IGNORED, n), dial_of("flipflop", LENGTH))
        for n in LENGTHS
    ),
)
