"""One picture of two or three handwritten digits, described in English.

    . . . 3 3 . .
    . . . 3 3 . .    ->   <begin> a three above a small seven <end>
    . . . . 7 . .

Real digits of 8 × 8 pixels stand on a canvas of 36 × 36, each in a box of its own, up to a pixel
from its middle, at its own size (small) or at twice that. The layouts are one above the other, one
left of the other, one above two, and two above one, equally often. No picture of a digit is in two
splits, and no description is: what the test asks for was never said in training. BLEU and the share
of descriptions that are right in every word are of decoded ones. The group ``digits`` are the words
that name a digit: the others are mostly grammar.

Baselines: n-gram models of the descriptions, which see no picture, and the description of the
training picture that is nearest in pixels, which by construction is never exactly right.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from typing import NamedTuple

import numpy as np

from gatewise.tasks import ngrams
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
from gatewise.tasks.text import Vocabulary, corpus_scores, lengths_of, rectangle, split_by_content

BOX = 2 * SIDE + 2
CANVAS = 2 * BOX
MIDDLE = BOX // 2
NAMES = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
LAYOUTS = {
    "{} above {}": ((0, MIDDLE), (BOX, MIDDLE)),
    "{} left of {}": ((MIDDLE, 0), (MIDDLE, BOX)),
    "{} above {} and {}": ((0, MIDDLE), (BOX, 0), (BOX, BOX)),
    "{} and {} above {}": ((0, 0), (0, BOX), (BOX, MIDDLE)),
}
"""What is said, and the top left corner of each digit's box."""
BEGIN, END = 2, 3
WORDS = Vocabulary(
    ("<pad>", "<unk>", "<begin>", "<end>", "a", "an", "small", "above", "and", "left", "of", *NAMES)
)
LONGEST = 12
"""Words of "a small x above a small y and a small z", and the end token."""
TEST_SCENES, VALIDATION_SCENES = 3000, 1000
METRIC = Metric("nats", "nats a word")


class Scene(NamedTuple):
    """A layout, and the number and size of each digit in it."""

    layout: str
    digits: tuple[int, ...]
    small: tuple[bool, ...]

    @property
    def description(self) -> str:
        """The scene in English."""
        phrases = [
            f"{'an' if digit == 8 and not small else 'a'} {'small ' * small}{NAMES[digit]}"
            for digit, small in zip(self.digits, self.small, strict=True)
        ]
        return self.layout.format(*phrases)


def scenes() -> list[Scene]:
    """All that can be described."""
    return [
        Scene(layout, digits, small)
        for layout, boxes in LAYOUTS.items()
        for digits in product(range(CLASSES), repeat=len(boxes))
        for small in product((False, True), repeat=len(boxes))
    ]


def build(train: int, validation: int, test: int) -> Dataset:
    """Pictures and descriptions; the same for the same options."""
    every = scenes()
    parts = split_by_content(
        every, lambda scene: scene.description, TEST_SCENES, VALIDATION_SCENES, len(every)
    )
    tested, validated, trained = (
        draw(part, *digits, count, np.random.default_rng(seed))
        for seed, (part, digits, count) in enumerate(
            zip(parts, handwritten(), (test, validation, train), strict=True), 1
        )
    )
    return Dataset(
        train=trained,
        validation=validated,
        test=tested,
        inputs={"picture": Frames(CANVAS, CANVAS, 96)},
        classes=len(WORDS),
        begin=BEGIN,
        end=END,
        details={"vocabulary": WORDS},
    )


def draw(
    scenes: list[Scene], images: Array, classes: Array, count: int, generator: np.random.Generator
) -> Split:
    """Pictures of scenes, each layout equally often, with the given images of digits' ink."""
    doubled = images.repeat(2, axis=1).repeat(2, axis=2)
    by_layout = [[s for s in scenes if s.layout == layout] for layout in LAYOUTS]
    by_class = [np.flatnonzero(classes == digit) for digit in range(CLASSES)]
    canvas = np.zeros((count, 1, CANVAS, CANVAS), np.uint8)
    spelled = {s: [*WORDS.ids(s.description.split(" ")), END] for s in scenes}
    targets = []
    for picture in canvas[:, 0]:
        choice = by_layout[generator.integers(len(by_layout))]
        scene = choice[generator.integers(len(choice))]
        for (top, left), digit, small in zip(
            LAYOUTS[scene.layout], scene.digits, scene.small, strict=True
        ):
            alike = by_class[digit]
            shown = (images if small else doubled)[alike[generator.integers(len(alike))]]
            middle = (BOX - len(shown)) // 2
            down, right = generator.integers(middle - 1, middle + 2, 2)
            y, x = top + down, left + right
            picture[y : y + len(shown), x : x + len(shown)] = shown
        targets.append(spelled[scene])
    ids, ends = rectangle(targets, LONGEST), lengths_of(targets)
    return Split(
        inputs={"picture": Levels(canvas, INK)},
        lengths=np.ones(count, np.int32),
        targets=ids,
        weights=(np.arange(LONGEST) < ends[:, None]).astype(np.float32),
        groups={"digits": ids >= WORDS.id(NAMES[0])},
    )


def described(ids: Sequence[int]) -> str:
    """Ids as words."""
    return " ".join(WORDS.tokens[i] for i in ids)


def references(split: Split) -> list[str]:
    """The description of every picture."""
    ends = split.weights.sum(axis=1).astype(int) - 1
    return [described(row[:n]) for row, n in zip(split.targets.tolist(), ends, strict=True)]


def answer_scores(dataset: Dataset, rows: Array, decoded: list[list[int]]) -> dict[str, float]:
    """The share of descriptions that are right in every word, and BLEU (0 to 100)."""
    right = [references(dataset.test)[row] for row in rows]
    said = [described(ids) for ids in decoded]
    exact = float(np.mean([a == b for a, b in zip(said, right, strict=True)]))
    return {"exact match": exact, "bleu": corpus_scores(said, [[r] for r in right])["bleu"]}


def baselines(dataset: Dataset) -> tuple[Baseline, ...]:
    """N-gram models in nats a word, the nearest training picture in BLEU."""
    from sklearn.neighbors import NearestNeighbors

    pixels = [s.inputs["picture"][:].reshape(len(s), -1) for s in (dataset.train, dataset.test)]
    found = NearestNeighbors(n_neighbors=1).fit(pixels[0]).kneighbors(pixels[1])[1][:, 0]
    said = references(dataset.train)
    scores = corpus_scores([said[row] for row in found], [[r] for r in references(dataset.test)])
    nearest = Baseline("nearest training picture", scores["bleu"], "bleu")
    return (*ngrams.baselines(dataset, METRIC, orders=(2, 3, 4)), nearest)


def texts(dataset: Dataset) -> Texts:
    """Descriptions, and pictures as rows of grey."""
    said = references(dataset.test)

    def example(row: int) -> Example:
        picture = np.rint(dataset.test.inputs["picture"][row, 0] * 255).astype(int)
        rows = tuple(map(tuple, picture.tolist()))
        return Example(f"picture {row} of the test split", (said[row],), rows)

    return Texts(described, example)


def _scale(train: int, validation: int, test: int, epochs: int, budget: int) -> Scale:
    options = {"train": train, "validation": validation, "test": test}
    return Scale(options, Recipe(budget, epochs, learning_rate=5e-3, dropout=0.0))


TASK = Task(
    name="captioning",
    summary="English description of a picture of two or three digits",
    pattern=Pattern.VECTOR_TO_SEQUENCE,
    metric=METRIC,
    margin=0.02,
    source=SOURCE,
    scales={
        "smoke": _scale(300, 100, 200, epochs=1, budget=10_000),
        "quick": _scale(12_000, 500, 2000, epochs=10, budget=40_000),
        "standard": _scale(20_000, 1000, 3000, epochs=12, budget=40_000),
        "paper": _scale(50_000, 2000, 5000, epochs=20, budget=100_000),
    },
    build=build,
    baselines=baselines,
    answer_scores=answer_scores,
    texts=texts,
)
