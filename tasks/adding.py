"""The sum of the two marked numbers of a long sequence.

    number   0.71  0.02  0.45  0.93  0.36  0.18
    marked   0     1     0     0     0     1          target: 0.02 + 0.18 = 0.20

The adding problem of Hochreiter & Schmidhuber 1997 (experiment 4) in the fixed length that later
papers use: numbers are uniform on [0, 1], one mark lies in the first half of the sequence and one
in the second. The ``lag`` is the length of the sequence in steps. Here the target is the sum itself
and every setting has its own fixed set of examples, where the papers draw new ones without end.

Answering 1 whatever comes has a squared error of 1/6; the baseline, which knows the second marked
number and nothing of the first, has 1/12.
"""

from __future__ import annotations

import numpy as np

from gatewise.tasks.task import (
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
    Vectors,
)

LAG = 50
LAGS = (25, 100, 200)


def build(train: int, validation: int, test: int, lag: int) -> Dataset:
    """Sequences of ``lag`` steps; the same for the same options."""
    generators = np.random.default_rng(0).spawn(3)
    trained, validated, tested = (
        draw(examples, lag, generator)
        for examples, generator in zip((train, validation, test), generators, strict=True)
    )
    return Dataset(trained, validated, tested, inputs={"numbers": Vectors(2)}, classes=1)


def draw(examples: int, lag: int, generator: np.random.Generator) -> Split:
    """Random sequences of ``lag`` steps, at least 2, and their targets."""
    numbers = generator.random((examples, lag), np.float32)
    marks = np.zeros_like(numbers)
    row = np.arange(examples)
    marks[row, generator.integers(0, lag // 2, examples)] = 1
    marks[row, generator.integers(lag // 2, lag, examples)] = 1
    return Split(
        inputs={"numbers": np.stack([numbers, marks], axis=-1)},
        lengths=np.full(examples, lag, np.int32),
        targets=(numbers * marks).sum(axis=1),
        weights=np.ones(examples, np.float32),
    )


def baselines(dataset: Dataset) -> tuple[Baseline, ...]:
    """The second marked number, and half for the first, which is its mean."""
    numbers, marks = np.moveaxis(dataset.test.inputs["numbers"][:], -1, 0)
    second = (numbers * marks)[:, numbers.shape[1] // 2 :].sum(axis=1)
    error = (second + 0.5 - dataset.test.targets) ** 2
    return (Baseline("second number alone", float(error.mean()), "squared error"),)


def _scale(train: int, validation: int, test: int, lag: int, epochs: int) -> Scale:
    options = {"train": train, "validation": validation, "test": test, "lag": lag}
    # A long plateau comes before the descent: stopping early would cut it off. Dropout would
    # wipe out marks.
    return Scale(options, Recipe(20_000, epochs, patience=epochs, dropout=0.0))


SUMMARY = "sum of the two marked numbers among {}"
TASK = Task(
    name="adding",
    summary=SUMMARY.format(LAG),
    pattern=Pattern.SEQUENCE_TO_CLASS,
    metric=Metric("squared error", "squared error"),
    margin=0.01,
    source=Source.generated("Hochreiter & Schmidhuber, Long Short-Term Memory, 1997"),
    scales={
        "smoke": _scale(256, 128, 256, LAG, epochs=1),
        "quick": _scale(8000, 1000, 2000, LAG, epochs=12).annealed(peak=1e-2),
        "standard": _scale(20_000, 1000, 4000, LAG, epochs=20),
        "paper": _scale(100_000, 2000, 10_000, LAG, epochs=30),
    },
    build=build,
    baselines=baselines,
    dial=Dial("adding", LAG, "steps"),
)
TASKS = tuple(TASK.turned("lag", lag, SUMMARY.format(lag)) for lag in LAGS)
