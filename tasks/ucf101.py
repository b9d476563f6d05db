"""Which of 101 actions a film shows.

    frame   1     2     3    ...  16      of a film of some seconds, from its first to its last
    class   .     .     .    ...  diving

UCF101 (Soomro, Zamir & Shah 2012), 13,320 films from YouTube, in the first of its three published
splits as TensorFlow Datasets gives it. Of each film 16 frames are kept, at even distances, in 32 ×
32 squares of grey: what a small network on two cores can read, and less than published accuracies
are made from. Films of one scene stand on one side of the published split, but not of validation,
which is cut from the training half, for the set does not say which belong together. The baseline is
a logistic regression on each film's mean frame, which does not move.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

import numpy as np

from gatewise.tasks import hub
from gatewise.tasks.extras import EXTRAS
from gatewise.tasks.hub import ACTION_FRAMES, ACTION_SIDE
from gatewise.tasks.task import (
    Array,
    Baseline,
    Dataset,
    Frames,
    Levels,
    Metric,
    Pattern,
    Recipe,
    Scale,
    Split,
    Task,
)

NAME = "ucf101"
ACTIONS = 101


def build(train: int, validation: int, test: int) -> Dataset:
    """The first films of each published half; the set has them in no order."""
    learnt, tested = hub.rows(NAME)
    return Dataset(
        validation=films(learnt, validation),
        train=films(learnt, train),
        test=films(tested, test),
        inputs={"frames": Frames(ACTION_SIDE, ACTION_SIDE, 48)},
        classes=ACTIONS,
    )


def films(rows: Iterator[hub.Row], count: int) -> Split:
    """The next films, at most so many."""
    stored = np.zeros((count, ACTION_FRAMES, ACTION_SIDE, ACTION_SIDE), np.uint8)
    targets = []
    for row, (action, text) in zip(stored, islice(rows, count), strict=False):
        row[:] = hub.film(text, ACTION_SIDE)
        targets.append(action)
    found = len(targets)
    return Split(
        inputs={"frames": Levels(stored[:found], 255)},
        lengths=np.full(found, ACTION_FRAMES, np.int32),
        targets=np.array(targets, np.int32),
        weights=np.ones(found, np.float32),
    )


def baselines(dataset: Dataset) -> tuple[Baseline, ...]:
    """Logistic regression on mean frames."""
    from sklearn.linear_model import LogisticRegression

    def means(split: Split) -> Array:
        (frames,) = split.inputs.values()
        return np.stack([frames[row].mean(axis=0).ravel() for row in range(len(split))])

    model = LogisticRegression(max_iter=200).fit(means(dataset.train), dataset.train.targets)
    score = float(model.score(means(dataset.test), dataset.test.targets))
    return (Baseline("logistic regression of the mean frame", score, "accuracy"),)


def _scale(train: int, validation: int, test: int, epochs: int) -> Scale:
    options = {"train": train, "validation": validation, "test": test}
    return Scale(options, Recipe(40_000, epochs, patience=3, dropout=0.3))


TASK = Task(
    name=NAME,
    summary="action that a film shows, of 101",
    pattern=Pattern.SEQUENCE_TO_CLASS,
    metric=Metric("accuracy", "share of films"),
    margin=0.02,
    source=EXTRAS[NAME].source,
    scales={
        "smoke": _scale(64, 16, 64, epochs=1),
        "quick": _scale(4000, 500, 2500, epochs=8),
        "standard": _scale(8500, 1000, 3783, epochs=15),
        "paper": _scale(8537, 1000, 3783, epochs=30),
    },
    build=build,
    baselines=baselines,
    extra=NAME,
    frames=True,
)
