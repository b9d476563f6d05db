"""Repeat a short sequence of symbols after a long blank.

    read     3 1 7 7 2 . . . . . . > . . . . .        . = blank, > = now repeat
    answer   ; ; ; ; ; ; ; ; ; ; ; ; 3 1 7 7 2        ; = not scored

The copying memory problem as Arjovsky, Shah & Bengio 2016 state it after Hochreiter & Schmidhuber
1997: eight symbols, some to remember, blanks, a delimiter, and as many steps to repeat them in. The
``lag`` is the number of steps from the last symbol to the delimiter. Here only the repeated symbols
are scored and trained, for the papers' blank answers are easy and drown them. No sequence of
symbols occurs twice, in one split or in two. Without memory there is nothing to go by: the baseline
is what the last symbol alone would give.
"""

from __future__ import annotations

import numpy as np

from gatewise.tasks.lengths import SOLVED
from gatewise.tasks.task import (
    Array,
    Baseline,
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

SYMBOLS, REMEMBERED = 8, 10
BLANK, DELIMITER = SYMBOLS + 1, SYMBOLS + 2
"""Ids behind those of the symbols, 1 to 8."""
LAG = 20
LAGS = (5, 10, 50, 100)


def build(train: int, validation: int, test: int, remembered: int, lag: int) -> Dataset:
    """Sequences of ``2 remembered + lag`` steps; the same for the same options.

    Raises:
        ValueError: more examples than there are different sequences of symbols.
    """
    examples, possible = train + validation + test, SYMBOLS**remembered
    if examples > possible:
        raise ValueError(f"train + validation + test = {examples}: allowed are at most {possible}")
    # A sequence of symbols is a number written in base 8; all numbers differ.
    numbers = np.random.default_rng(0).choice(possible, examples, replace=False)
    symbols = numbers[:, None] // SYMBOLS ** np.arange(remembered) % SYMBOLS
    tested, validated, trained = (
        spread(part, lag) for part in np.split(symbols, [test, test + validation])
    )
    words = {"symbols": Tokens(DELIMITER + 1, 16)}
    return Dataset(trained, validated, tested, words, classes=SYMBOLS)


def spread(symbols: Array, lag: int) -> Split:
    """The sequences that show ``symbols``, ``int [examples, remembered]`` from 0, and ask again."""
    examples, remembered = symbols.shape
    shape = (examples, 2 * remembered + lag)
    read, targets = np.full(shape, BLANK, np.int32), np.zeros(shape, np.int32)
    weights = np.zeros(shape, np.float32)
    read[:, :remembered] = symbols + 1
    read[:, -remembered - 1] = DELIMITER
    targets[:, -remembered:] = symbols
    weights[:, -remembered:] = 1
    return Split({"symbols": read}, np.full(examples, shape[1], np.int32), targets, weights)


def baselines(dataset: Dataset) -> tuple[Baseline, ...]:
    """The last symbol repeated throughout."""
    test = dataset.test
    remembered = int(test.weights[0].sum())
    right = test.targets == test.inputs["symbols"][:, remembered - 1, None] - 1
    score = np.average(right, weights=test.weights)
    return (Baseline("last symbol throughout", float(score), "accuracy"),)


def _scale(train: int, validation: int, test: int, lag: int, epochs: int) -> Scale:
    options = {"train": train, "validation": validation, "test": test}
    # Learning begins after a plateau: stopping early would cut it off.
    recipe = Recipe(20_000, epochs, patience=epochs, learning_rate=0.01, dropout=0.0)
    return Scale({**options, "remembered": REMEMBERED, "lag": lag}, recipe)


SUMMARY = "symbols repeated after {} steps of blank"
TASK = Task(
    name="copying",
    summary=SUMMARY.format(LAG),
    pattern=Pattern.SYNCHRONOUS,
    metric=Metric("accuracy", "share of symbols"),
    margin=0.02,
    source=Source.generated(
        "Arjovsky, Shah & Bengio, Unitary Evolution Recurrent Neural Networks, 2016"
    ),
    scales={
        "smoke": _scale(256, 128, 256, LAG, epochs=1),
        "quick": _scale(8000, 1000, 2000, LAG, epochs=10),
        "standard": _scale(20_000, 1000, 4000, LAG, epochs=20),
        "paper": _scale(100_000, 2000, 10_000, LAG, epochs=30),
    },
    build=build,
    baselines=baselines,
    dial=Dial("copying", LAG, "steps"),
    solved=SOLVED,
)
TASKS = tuple(TASK.turned("lag", lag, SUMMARY.format(lag)) for lag in LAGS)
