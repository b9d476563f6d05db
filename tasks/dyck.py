"""Which bracket would have to close next, within brackets of several kinds.

    read     ( [ ] [ ( ) ] ) (
    answer   ; ; ( ; ; [ ( - ;        - = none is open, ; = not scored

The Dyck languages of nested brackets: of k kinds, at most eight open at once, which Hewitt et al.
2020 call Dyck-(k, m) and show that a recurrent network of k m bits can read. A fair coin decides
whether to open or to close, where both can be done. What opens says itself what closes it: only
after a bracket has closed is it asked which one is open now, and the answer lies at the same depth
as many steps back as were spent deeper. With one kind of bracket there is nothing but to count.
"""

from __future__ import annotations

from functools import partial

import numpy as np

from gatewise.tasks import windows
from gatewise.tasks.lengths import SOLVED, dial_of, drawn
from gatewise.tasks.task import (
    Dataset,
    Dial,
    Metric,
    Pattern,
    Recipe,
    Scale,
    Source,
    Split,
    Task,
    Tokens,
)

KINDS, OTHERS = 2, (1, 8)
DEPTH = 8
LENGTH, LENGTHS = 40, (20, 80)


def build(length: int, kinds: int, **sizes: int) -> Dataset:
    """Sequences of ``length`` brackets of so many kinds; the same for the same options."""
    splits = drawn(partial(draw, kinds=kinds), length, **sizes)
    return Dataset(**splits, inputs={"brackets": Tokens(2 * kinds + 1, 16)}, classes=kinds + 1)


def draw(examples: int, steps: int, generator: np.random.Generator, kinds: int) -> Split:
    """Random brackets, from 1 those that open and behind them those that close.

    Targets are 0 where none is open, else the kind from 1.
    """
    coins = generator.random((examples, steps)) < 0.5
    drawn_kinds = generator.integers(1, kinds + 1, (examples, steps))
    read, targets = np.zeros((2, examples, steps), np.int32)
    weights = np.zeros((examples, steps), np.float32)
    # At depth 0 lies what is never closed.
    stack, depth = np.zeros((examples, DEPTH + 1), np.int32), np.zeros(examples, int)
    row = np.arange(examples)
    for step in range(steps):
        opens = (depth == 0) | (coins[:, step] & (depth < DEPTH))
        closed = stack[row, depth]
        depth = depth + np.where(opens, 1, -1)
        stack[row[opens], depth[opens]] = drawn_kinds[opens, step]
        targets[:, step] = stack[row, depth]
        read[:, step] = np.where(opens, targets[:, step], closed + kinds)
        weights[:, step] = ~opens
    lengths = np.full(examples, steps, np.int32)
    return Split({"brackets": read}, lengths, targets, weights)


def _scale(train: int, validation: int, test: int, length: int, epochs: int) -> Scale:
    options = {"train": train, "validation": validation, "test": test}
    recipe = Recipe(10_000, epochs, epochs, 64, learning_rate=0.01, dropout=0.0)
    return Scale({**options, "length": length, "kinds": KINDS}, recipe)


SUMMARY = "bracket that is open after another closed, {} kinds, up to {} steps"
TASK = Task(
    name="dyck",
    summary=SUMMARY.format(KINDS, LENGTH),
    pattern=Pattern.SYNCHRONOUS,
    metric=Metric("accuracy", "share of brackets"),
    margin=0.02,
    source=Source.generated(
        "Hewitt et al., RNNs can generate bounded hierarchical languages with optimal memory, 2020"
    ),
    scales={
        "smoke": _scale(256, 128, 256, LENGTH, epochs=1),
        "quick": _scale(8000, 500, 2000, LENGTH, epochs=8),
        "standard": _scale(20_000, 1000, 4000, 60, epochs=20),
        "paper": _scale(100_000, 2000, 10_000, 120, epochs=30),
    },
    build=build,
    baselines=windows.baselines,
    dial=Dial("dyck", KINDS, "kinds"),
    solved=SOLVED,
)
TASKS = (
    *(TASK.turned("kinds", k, SUMMARY.format(k, LENGTH)) for k in OTHERS),
    *(TASK.turned("length", n, SUMMARY.format(KINDS, n), dial_of("dyck", LENGTH)) for n in LENGTHS),
)
