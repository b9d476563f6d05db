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


sized = partial(scale, batch_size=64, kinds=KINDS)
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
        "smoke": sized(256, 128, 256, epochs=1, length=LENGTH),
        "quick": sized(8000, 500, 2000, epochs=8, length=LENGTH),
        "standard": sized(20_000, 1000, 4000, epochs=20, length=60),
        "paper": sized(100_000, 2000, 10_000, epochs=30, length=120),
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
