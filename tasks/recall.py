"""The value of a key, of several that were shown before.

    read     K 3 B 8 F 1 . . B . . . K . F        . = blank
    answer   ; ; ; ; ; ; ; ; 8 ; ; ; 3 ; 1        ; = not scored

Multi-query associative recall of Arora et al. 2024 (Zoology): pairs of a key and a value, then
every key once more, at any place. All keys of an example differ. The dial is the number of
``pairs``; the longer an example is, the more blanks lie between pairs and questions, with as much
to keep. In the paper there are thousands of keys and values; here there are 8 of each.
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
"""Keys, and as many values."""
BLANK = 2 * SYMBOLS + 1
PAIRS, OTHERS = 2, (3, 4)
LENGTH, LENGTHS = 24, (12, 48)


def build(length: int, pairs: int, **sizes: int) -> Dataset:
    """Sequences of ``length`` steps with so many pairs; the same for the same options.

    Raises:
        ValueError: half of the length, which is scored too, does not hold all pairs and questions.
    """
    if length // 2 < 3 * pairs:
        raise ValueError(f"length={length}: allowed with {pairs} pairs are {6 * pairs} or more")
    splits = drawn(partial(draw, pairs=pairs), length, **sizes)
    return Dataset(**splits, inputs={"symbols": Tokens(BLANK + 1, 16, spread=0.5)}, classes=SYMBOLS)


def draw(examples: int, steps: int, generator: np.random.Generator, pairs: int) -> Split:
    """Random pairs and questions: ids of keys from 1, then those of values, then a blank."""
    keys = 1 + generator.random((examples, SYMBOLS)).argsort(axis=1)[:, :pairs]
    values = generator.integers(0, SYMBOLS, (examples, pairs))
    places = 2 * pairs + generator.random((examples, steps - 2 * pairs)).argsort(axis=1)[:, :pairs]
    read = np.full((examples, steps), BLANK, np.int32)
    read[:, 0 : 2 * pairs : 2] = keys
    read[:, 1 : 2 * pairs : 2] = 1 + SYMBOLS + values
    targets, weights = np.zeros_like(read), np.zeros((examples, steps), np.float32)
    row = np.arange(examples)[:, None]
    read[row, places], targets[row, places], weights[row, places] = keys, values, 1
    return Split({"symbols": read}, np.full(examples, steps, np.int32), targets, weights)


sized = partial(scale, batch_size=32, pairs=PAIRS)
SUMMARY = "values of {} keys shown before, up to {} steps"
TASK = Task(
    name="recall",
    summary=SUMMARY.format(PAIRS, LENGTH),
    pattern=Pattern.SYNCHRONOUS,
    metric=Metric("accuracy", "share of values"),
    margin=0.02,
    source=Source.generated(
        "Arora et al., Zoology: Measuring and Improving Recall in Efficient Language Models, 2024"
    ),
    scales={
        "smoke": sized(256, 128, 256, epochs=1, length=LENGTH),
        "quick": sized(8000, 500, 2000, epochs=16, length=LENGTH),
        "standard": sized(20_000, 1000, 4000, epochs=20, length=64),
        "paper": sized(100_000, 2000, 10_000, epochs=30, length=256),
    },
    build=build,
    baselines=windows.baselines,
    dial=Dial("recall", PAIRS, "pairs"),
    solved=SOLVED,
)
TASKS = (
    *(TASK.turned("pairs", k, SUMMARY.format(k, LENGTH)) for k in OTHERS),
    *(
        TASK.turned("length", n, SUMMARY.format(PAIRS, n), dial_of("recall", LENGTH))
        for n in LENGTHS
    ),
)
