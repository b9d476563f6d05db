"""The next frame of a film in which two handwritten digits move and bounce.

    frame    1           2           3                 each square of the frame has ink or none
    shown    3 . . 7     . 3 7 .     . . 3 7
    target   . 3 7 .     . . 3 7     ...

Moving MNIST (Srivastava, Mansimov & Salakhutdinov 2015): 10,000 films of 20 frames. Each frame of
64 × 64 is shrunk to 16 × 16 squares, of which those of at least a quarter of full ink have ink.
Every square is a label of its own that is on or off, so published numbers, of whole frames, are not
comparable. The set is a published test part alone: this split of it is gatewise's own. No film is
in two splits, but one digit's picture may be. The baseline is every square by itself, given whether
it has ink now.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

import numpy as np

from gatewise.tasks import hub
from gatewise.tasks.extras import EXTRAS
from gatewise.tasks.hub import DIGITS_SIDE
from gatewise.tasks.music import each_by_itself
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

NAME = "moving-mnist"
INK = 64
"""Least mean grey, of 255, of a square that has ink."""


def build(train: int, validation: int, test: int) -> Dataset:
    """The first films; the same for the same options."""
    (rows,) = hub.rows(NAME)
    return Dataset(
        test=films(rows, test),
        validation=films(rows, validation),
        train=films(rows, train),
        inputs={"frames": Frames(DIGITS_SIDE, DIGITS_SIDE, 96)},
        classes=DIGITS_SIDE**2,
    )


def films(rows: Iterator[hub.Row], count: int) -> Split:
    """The next films, at most so many."""
    shown = np.stack([hub.film(text, DIGITS_SIDE) for (text,) in islice(rows, count)])
    inked = (shown >= INK).astype(np.uint8)
    targets = inked[:, 1:].reshape(len(inked), -1, DIGITS_SIDE**2).astype(np.int32)
    return Split(
        inputs={"frames": Levels(inked[:, :-1], 1)},
        lengths=np.full(len(inked), targets.shape[1], np.int32),
        targets=targets,
        weights=np.ones(targets.shape[:2], np.float32),
    )


def baselines(dataset: Dataset) -> tuple[Baseline, ...]:
    """Each square's frequency after ink and after none."""

    def shown(split: Split) -> Array:
        return split.inputs["frames"][:].reshape(split.targets.shape) > 0

    nats = each_by_itself(dataset, shown)
    return (Baseline("every square by itself", nats, "nats of labels"),)


def _scale(train: int, validation: int, test: int, epochs: int) -> Scale:
    options = {"train": train, "validation": validation, "test": test}
    return Scale(options, Recipe(40_000, epochs, patience=3))


TASK = Task(
    name=NAME,
    summary="next frame of two moving digits, every square with ink or without",
    pattern=Pattern.NEXT_STEP,
    metric=Metric("nats of labels", "nats a frame"),
    margin=1.0,
    source=EXTRAS[NAME].source,
    scales={
        "smoke": _scale(128, 64, 128, epochs=1),
        "quick": _scale(4000, 500, 2000, epochs=8),
        "standard": _scale(6500, 1000, 2500, epochs=15),
        "paper": _scale(6500, 1000, 2500, epochs=30),
    },
    build=build,
    baselines=baselines,
    extra=NAME,
    frames=True,
)
