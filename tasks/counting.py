"""The next letter of words a^n b^n, or a^n b^n c^n: as many b and c as there were a.

    read     b a a b b a a a a b b b b        anbn: aabb, then aaaabbbb
    answer   ; ; ; b a ; ; ; ; ; ; b a        ; = not scored

The counting languages of Gers & Schmidhuber 2001: ``anbn`` is context-free, ``anbncn`` is not. Here
words stand one after another, the longest last: it has more than half of all steps, the one before
more than half of what is left, and what cannot hold a word is the end of another. How many a come
is anyone's guess; where a run of b or c ends is certain. Scored are the last two letters of each
such run, after which it goes on once more and then ends, so that a guess is right half of the
time, and that nothing is learnt from words of one letter each.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import numpy as np

from gatewise.tasks import windows
from gatewise.tasks.lengths import SOLVED, UNIT, drawn, scale
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

LENGTH, LENGTHS = 40, (20, 80)


def build(length: int, letters: int, **sizes: int) -> Dataset:
    """Rows of words of ``length`` letters in all; the same for the same options."""
    splits = drawn(partial(draw, letters=letters), length, **sizes)
    return Dataset(**splits, inputs={"letters": Tokens(letters + 1, 16)}, classes=letters + 1)


def runs_of(steps: int, letters: int, generator: np.random.Generator) -> list[int]:
    """How often each letter of each word comes, the longest word last."""
    runs: list[int] = []
    left = steps
    while left >= letters:
        runs.append(int(generator.integers(left // (2 * letters) + 1, left // letters + 1)))
        left -= letters * runs[-1]
    return runs[::-1]


def draw(examples: int, steps: int, generator: np.random.Generator, letters: int) -> Split:
    """Random words as ids from 1; targets are the ids of the letters that follow."""
    read, targets = np.full((2, examples, steps), letters, np.int32)
    weights = np.zeros((examples, steps), np.float32)
    for row in range(examples):
        end = steps
        for run in reversed(runs_of(steps, letters, generator)):
            for letter in range(letters, 0, -1):
                read[row, end - run : end] = letter
                targets[row, end - run : end] = letter
                targets[row, end - 1] = letter % letters + 1
                if letter > 1 < run:
                    weights[row, end - 2 : end] = 1
                end -= run
        targets[row, end - 1] = 1
    lengths = np.full(examples, steps, np.int32)
    return Split({"letters": read}, lengths, targets, weights)


sized = partial(scale, batch_size=64, length=LENGTH, letters=2)
SUMMARY = "end of runs of letters in words {}, up to {} steps"
TASK = Task(
    name="anbn",
    summary=SUMMARY.format("aabb", LENGTH),
    pattern=Pattern.NEXT_STEP,
    metric=Metric("accuracy", "share of letters"),
    margin=0.02,
    source=Source.generated(
        "Gers & Schmidhuber, LSTM Recurrent Networks Learn Simple Context-Free and "
        "Context-Sensitive Languages, 2001"
    ),
    scales={
        "smoke": sized(256, 128, 256, epochs=1),
        "quick": sized(8000, 500, 2000, epochs=8),
        "standard": sized(20_000, 1000, 4000, epochs=20),
        "paper": sized(100_000, 2000, 10_000, epochs=30),
    },
    build=build,
    baselines=windows.baselines,
    dial=Dial("anbn", LENGTH, UNIT),
    solved=SOLVED,
)
THREE = replace(
    TASK.turned("letters", 3, SUMMARY.format("aabbcc", LENGTH)),
    name="anbncn",
    dial=Dial("anbncn", LENGTH, UNIT),
)
TASKS = (
    THREE,
    *(TASK.turned("length", n, SUMMARY.format("aabb", n)) for n in LENGTHS),
    *(THREE.turned("length", n, SUMMARY.format("aabbcc", n)) for n in LENGTHS),
)
