"""The digit that was shown pixel by pixel, or row by row.

    step    1         2         3         4         5         6         7         8
    row     ..####..  .....#..  .....#..  ...##...  .....#..  .....#..  ..###...  ........

The sequential digits of Le, Jaitly & Hinton 2015 on scikit-learn's small ones: 8 × 8 pixels from
the upper left, each a step of one number; with 8 steps, ``smnist-8``, each a row of eight. The dial
is the number of steps that the same image is cut into. To score longer sequences than those trained
on, blank paper is read behind the image: whoever has seen the digit must keep it. The digits are
real, and few: differences of less than the margin cannot be told. Baselines: a linear classifier of
the last row, and of the whole image, which has no need of memory.
"""

from __future__ import annotations

import numpy as np

from gatewise.tasks.digits import CLASSES, INK, SIDE, SOURCE, handwritten
from gatewise.tasks.lengths import HALVES, UNIT, by_length
from gatewise.tasks.task import (
    Array,
    Baseline,
    Dataset,
    Dial,
    Metric,
    Pattern,
    Recipe,
    Scale,
    Split,
    Task,
    Vectors,
)

PIXELS = SIDE**2
OTHERS = (8, 16, 32)


def build(train: int, steps: int) -> Dataset:
    """Images cut into ``steps``; at most ``train`` for training, the other splits always whole."""
    tested, validated, trained = (
        sequences(images, classes, steps) for images, classes in handwritten()
    )
    lengths = [steps * halves // 2 for halves in HALVES if halves > 1]
    return Dataset(
        train=trained.take(np.arange(min(train, len(trained)))),
        validation=validated,
        test=tested,
        inputs={"pixels": Vectors(PIXELS // steps)},
        classes=CLASSES,
        longer=by_length([followed_by_blanks(tested, length) for length in lengths]),
    )


def sequences(images: Array, classes: Array, steps: int) -> Split:
    """Pixels in the order of reading, as many a step as are needed, ink from 0 to 1."""
    pixels = images.reshape(len(images), steps, -1).astype(np.float32) / INK
    return Split(
        inputs={"pixels": pixels},
        lengths=np.full(len(images), steps, np.int32),
        targets=classes.astype(np.int32),
        weights=np.ones(len(images), np.float32),
    )


def followed_by_blanks(split: Split, length: int) -> Split:
    """The same images, and no ink until ``length`` steps are full."""
    pixels = split.inputs["pixels"][:]
    blank = np.zeros((len(split), length - pixels.shape[1], pixels.shape[2]), np.float32)
    return Split(
        inputs={"pixels": np.concatenate([pixels, blank], axis=1)},
        lengths=np.full(len(split), length, np.int32),
        targets=split.targets,
        weights=split.weights,
    )


def baselines(dataset: Dataset) -> tuple[Baseline, ...]:
    """Logistic regression on the last row, and on all of the image."""
    from sklearn.linear_model import LogisticRegression

    def accuracy(pixels: int) -> float:
        shown, asked = (
            split.inputs["pixels"][:].reshape(len(split), -1)[:, -pixels:]
            for split in (dataset.train, dataset.test)
        )
        fitted = LogisticRegression(max_iter=1000).fit(shown, dataset.train.targets)
        return float((fitted.predict(asked) == dataset.test.targets).mean())

    return (
        Baseline("linear, last row", accuracy(SIDE), "accuracy"),
        Baseline("linear, whole image", accuracy(PIXELS), "accuracy"),
    )


def _scale(train: int, epochs: int, budget: int) -> Scale:
    # A plateau comes before the descent: stopping early would cut it off.
    recipe = Recipe(budget, epochs, patience=epochs, learning_rate=0.01, dropout=0.0)
    return Scale({"train": train, "steps": PIXELS}, recipe)


SUMMARY = "handwritten digit read in {} steps"
TASK = Task(
    name="smnist",
    summary=SUMMARY.format(PIXELS),
    pattern=Pattern.SEQUENCE_TO_CLASS,
    metric=Metric("accuracy", "share of images"),
    margin=0.03,
    source=SOURCE,
    scales={
        "smoke": _scale(256, epochs=1, budget=5000),
        "quick": _scale(2000, epochs=40, budget=10_000),
        "standard": _scale(2000, epochs=100, budget=20_000),
        "paper": _scale(2000, epochs=200, budget=40_000),
    },
    build=build,
    baselines=baselines,
    dial=Dial("smnist", PIXELS, UNIT),
)
TASKS = tuple(TASK.turned("steps", n, SUMMARY.format(n)) for n in OTHERS)
