"""Repeat the symbols that came scattered among blanks, in their order.

    read     . 3 . . 1 7 . . . 7 . > . . . .        . = blank, > = now repeat
    answer   ; ; ; ; ; ; ; ; ; ; ; ; 3 1 7 7        ; = not scored

Selective copying of Gu & Dao 2023 (Mamba): where ``copying`` shows its symbols at once, so that a
cell may count steps, here they come at any time, and what is to be stored is told by what is read
alone. There are eight symbols; the dial is how many are ``remembered``. Only the repeated symbols
are scored and trained, for the blanks before them are easy and drown them.
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

SYMBOLS = 8
BLANK, DELIMITER = SYMBOLS + 1, SYMBOLS + 2
"""Ids behind those of the symbols, 1 to 8."""
REMEMBERED, OTHERS = 4, (2, 8)
LENGTH, LENGTHS = 40, (20, 80)


def build(length: int, remembered: int, **sizes: int) -> Dataset:
    """Sequences of ``length`` steps with so many symbols; the same for the same options.

    Raises:
        ValueError: half of the length, which is scored too, does not hold the symbols twice.
    """
    if length // 2 <= 2 * remembered:
        least = 4 * remembered + 2
        raise ValueError(f"length={length}: allowed with {remembered} symbols are {least} or more")
    splits = drawn(partial(draw, remembered=remembered), length, **sizes)
    return Dataset(**splits, inputs={"symbols": Tokens(DELIMITER + 1, 16)}, classes=SYMBOLS)


def draw(examples: int, steps: int, generator: np.random.Generator, remembered: int) -> Split:
    """Random symbols at random places before the delimiter, and once more behind it."""
    symbols = generator.integers(0, SYMBOLS, (examples, remembered))
    before = steps - remembered - 1
    places = generator.random((examples, before)).argsort(axis=1)[:, :remembered]
    read = np.full((examples, steps), BLANK, np.int32)
    read[np.arange(examples)[:, None], np.sort(places, axis=1)] = 1 + symbols
    read[:, before] = DELIMITER
    targets, weights = np.zeros_like(read), np.zeros((examples, steps), np.float32)
    targets[:, -remembered:], weights[:, -remembered:] = symbols, 1
    return Split({"symbols": read}, np.full(examples, steps, np.int32), targets, weights)


sized = partial(scale, batch_size=64, remembered=REMEMBERED)
SUMMARY = "{} symbols among blanks, repeated at the end of up to {} steps"
TASK = Task(
    name="selective-copy",
    summary=SUMMARY.format(REMEMBERED, LENGTH),
    pattern=Pattern.SYNCHRONOUS,
    metric=Metric("accuracy", "share of symbols"),
    margin=0.02,
    source=Source.generated(
        "Gu & Dao, Mamba: Linear-Time Sequence Modeling with Selective State Spaces, 2023"
    ),
    scales={
        "smoke": sized(256, 128, 256, epochs=1, length=LENGTH),
        "quick": sized(8000, 500, 2000, epochs=32, length=LENGTH).until_no_gain(),
        "standard": sized(20_000, 1000, 4000, epochs=20, length=80),
        "paper": sized(100_000, 2000, 10_000, epochs=30, length=256),
    },
    build=build,
    baselines=windows.baselines,
    dial=Dial("selective-copy", REMEMBERED, "symbols"),
    solved=SOLVED,
)
TASKS = (
    *(TASK.turned("remembered", k, SUMMARY.format(k, LENGTH)) for k in OTHERS),
    *(
        TASK.turned("length", n, SUMMARY.format(REMEMBERED, n), dial_of("selective-copy", LENGTH))
        for n in LENGTHS
    ),
)
