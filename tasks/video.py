"""Which digit is moving through the picture, also while it is hidden.

    frame   1  2  3  4  5  6  7  8  9 10 11 12
    seen    3  3  3  .  .  .  3  3  8  8  .  .      . = behind the occluder
    label   3  3  3  3  3  3  3  3  8  8  8  8

Real handwritten digits of 8 × 8 pixels cross a canvas of 10 × 28, one after another, from left to
right or from right to left, each in 7 to 12 frames, drifting up or down. The middle half of the
canvas is an occluder. To label a hidden frame a network has to keep the digit that went in, and to
forget it when the next one appears. The group ``hidden`` are the frames that show no ink at all.
Each split has digit images of its own. The baseline classifies single
frames: a network of one hidden layer on all the frame's pixels.
"""

from __future__ import annotations

import warnings

import numpy as np

from gatewise.tasks.digits import CLASSES, INK, SIDE, SOURCE, handwritten
from gatewise.tasks.task import (
    Array,
    Baseline,
    Dataset,
    Example,
    Frames,
    Levels,
    Metric,
    Pattern,
    Recipe,
    Scale,
    Split,
    Task,
    Texts,
)

HEIGHT, WIDTH = 10, 28
OCCLUDER = slice(8, 22)
"""Columns of the canvas that hide what passes behind them."""
GREY = INK // 2
CROSSING = (7, 12)
"""Fewest and most frames that a digit takes to cross."""
BASELINE_FRAMES = 30_000


def build(train: int, validation: int, test: int, frames: int) -> Dataset:
    """Clips by number and length; the same for the same options."""
    tested, validated, trained = (
        render(*digits, clips, frames, np.random.default_rng(seed))
        for seed, (digits, clips) in enumerate(
            zip(handwritten(), (test, validation, train), strict=True), 1
        )
    )
    return Dataset(
        train=trained,
        validation=validated,
        test=tested,
        inputs={"frames": Frames(HEIGHT, WIDTH, 64, window=8)},
        classes=CLASSES,
    )


def render(
    images: Array, classes: Array, clips: int, frames: int, generator: np.random.Generator
) -> Split:
    """Clips of the given digit images.

    Args:
        images: ``uint8 [images, 8, 8]``, ink from 0 to 16.
        classes: ``int [images]``, 0 to 9; each class is equally likely to be shown.
        clips, frames: how many clips, how long.
        generator: decides everything else.
    """
    number, x, y = crossings(classes, clips, frames, generator)
    canvas = np.zeros((clips, frames, HEIGHT, WIDTH), np.uint8)
    corner = (np.arange(number.size) * HEIGHT + y.ravel()) * WIDTH + x.ravel()
    pixels = canvas.reshape(-1)
    for i, j in np.ndindex(SIDE, SIDE):
        pixels[corner + (i * WIDTH + j)] = images[:, i, j][number.ravel()]
    left, right = canvas[..., : OCCLUDER.start], canvas[..., OCCLUDER.stop :]
    hidden = np.logical_not(left.any(axis=(2, 3)) | right.any(axis=(2, 3)))
    canvas[..., OCCLUDER] = GREY
    return Split(
        inputs={"frames": Levels(canvas, INK)},
        lengths=np.full(clips, frames, np.int32),
        targets=classes[number].astype(np.int32),
        weights=np.ones((clips, frames), np.float32),
        groups={"hidden": hidden},
    )


def crossings(
    classes: Array, clips: int, frames: int, generator: np.random.Generator
) -> tuple[Array, Array, Array]:
    """Which image each frame shows, and its left column and top row, each ``int [clips, frames]``.

    Chance decides crossing by crossing; the places follow for all crossings of as many steps.
    """
    by_class = [np.flatnonzero(classes == digit) for digit in range(CLASSES)]
    crossed = []
    for clip in range(clips):
        start = 0
        while start < frames:
            steps = int(generator.integers(CROSSING[0], CROSSING[1] + 1))
            alike = by_class[generator.integers(CLASSES)]
            image = alike[generator.integers(len(alike))]
            right = generator.integers(2)
            crossed.append((clip, start, steps, image, right, *generator.random(2)))
            start += steps
    number, x, y = np.zeros((3, clips, frames), np.int64)
    every = np.array(crossed).T
    for steps in range(CROSSING[0], CROSSING[1] + 1):
        of = every[:, every[2] == steps]
        clip, start, _, image = of[:4].astype(np.int64)
        frame = start + np.arange(steps)[:, None]
        way = np.linspace(0, WIDTH - SIDE, steps).round()[:, None]
        across = np.where(of[4], way, WIDTH - SIDE - way)
        top, bottom = of[5:] * (HEIGHT - SIDE)
        down = np.linspace(top, bottom, steps).round()
        seen = frame < frames
        place = np.broadcast_to(clip, frame.shape)[seen], frame[seen]
        number[place] = np.broadcast_to(image, frame.shape)[seen]
        x[place], y[place] = across[seen], down[seen]
    return number, x, y


def baselines(dataset: Dataset) -> tuple[Baseline, ...]:
    """A classifier of single frames, on all of them and on the hidden ones."""
    right = single_frames(dataset)
    hidden = dataset.test.groups["hidden"]
    return (
        Baseline("classifier of single frames", float(right.mean()), "accuracy"),
        Baseline("classifier of single frames", float(right[hidden].mean()), "hidden"),
    )


def single_frames(dataset: Dataset) -> Array:
    """Where a network of one hidden layer, on a frame's pixels, is right: ``[test, frames]``."""
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.neural_network import MLPClassifier

    (frames,), targets = dataset.train.inputs.values(), dataset.train.targets
    scored = np.flatnonzero(dataset.train.weights)
    chosen = np.random.default_rng(0).permutation(scored)[:BASELINE_FRAMES]
    places = np.unravel_index(chosen, targets.shape)
    model = MLPClassifier((64,), max_iter=60, batch_size=64, early_stopping=True, random_state=0)
    with warnings.catch_warnings():
        # Sixty passes are what it gets; that it could still gain a little is no news to the user.
        warnings.simplefilter("ignore", ConvergenceWarning)
        model.fit(frames[places].reshape(len(chosen), -1), targets[places])
    (frames,) = dataset.test.inputs.values()
    pixels = frames[:].reshape(dataset.test.targets.size, -1)
    right: Array = model.predict(pixels).reshape(dataset.test.targets.shape) == dataset.test.targets
    return right


def texts(dataset: Dataset) -> Texts:
    """Films as the digit that each frame shows, a dot where it shows no ink, and their labels."""
    test = dataset.test

    def example(row: int) -> Example:
        labels, hidden = test.targets[row].tolist(), test.groups["hidden"][row]
        seen = ["." if unseen else str(n) for n, unseen in zip(labels, hidden, strict=True)]
        return Example(" ".join(seen), (" ".join(map(str, labels)),))

    return Texts(lambda ids: " ".join(map(str, ids)), example)


def _scale(train: int, validation: int, test: int, frames: int, epochs: int) -> Scale:
    options = {"train": train, "validation": validation, "test": test, "frames": frames}
    return Scale(options, Recipe(parameters=40_000, epochs=epochs))


TASK = Task(
    name="video",
    summary="digit that moves through a film, frame by frame, also behind an occluder",
    pattern=Pattern.SYNCHRONOUS,
    metric=Metric("accuracy", "share of frames"),
    margin=0.02,
    source=SOURCE,
    scales={
        "smoke": _scale(96, 64, 128, 12, epochs=1),
        "quick": _scale(3000, 300, 2000, 24, epochs=12).annealed(peak=6e-3),
        "standard": _scale(8000, 500, 2000, 32, epochs=40).until_no_gain(),
        "paper": _scale(20_000, 1000, 4000, 48, epochs=40).until_no_gain(),
    },
    build=build,
    baselines=baselines,
    texts=texts,
    frames=True,
)
