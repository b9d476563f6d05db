"""Add and subtract, reading and writing one character at a time.

    read     4 1 b - 3 a a 6 9 = - 3 2 8
    answer   ; ; ; ; ; ; ; ; ; - 3 2 8 .        41 - 369 = -328; ; = not scored

The arithmetic task of Jozefowicz, Zaremba & Sutskever 2015: two numbers of up to ``digits`` digits
are added or subtracted, letters that mean nothing lie scattered among their characters, and the
network, which reads its right answers back, predicts the next character. Only the answer is scored,
the final point included. Here numbers are written without leading zeros or signs of their own, how
many digits each has is uniform, at most one letter follows a character, and the dial is
the number of ``digits``, 8 in the paper. An expression is in one split only, whatever its letters.

By notes of others on the paper, which was not at hand, its networks have 250,000 parameters or a
million, in one to four layers, batches of 20 and gradients over 35 steps; the rate is halved where
validation gains nothing, and its problems have up to three letters in a place. At scale ``paper``
cells have 250,000 recurrent parameters, in one layer, batches of 32, whole problems of one letter
at most, and the rate is halved likewise; the paper's digits are ``arithmetic-8``.

The baseline sees how far the answer has come and its last character, and nothing of the question.
"""

from __future__ import annotations

import numpy as np

from gatewise.tasks.kept import Splits, kept_splits
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
from gatewise.tasks.text import lengths_of, rectangle, split_by_content

LETTERS = "abcdefghijk"
DISTRACTORS = 1
"""Most letters after a character of the question."""
END = "."
IDS = {character: i for i, character in enumerate("0123456789+-=" + END + LETTERS, 1)}
DIGITS = 3
OTHERS = (2, 4, 8)

Problem = tuple[str, str, str]
"""A bare expression, the question with letters and ``=``, the answer with its point."""


def problem(digits: int, generator: np.random.Generator) -> Problem:
    """A random problem; numbers have 1 to ``digits`` digits."""
    first, second = (
        int(generator.integers(0 if n == 1 else 10 ** (n - 1), 10**n))
        for n in generator.integers(1, digits + 1, 2)
    )
    plus = bool(generator.integers(2))
    expression = f"{first}{'+' if plus else '-'}{second}"
    counts = generator.integers(0, DISTRACTORS + 1, len(expression))
    letters = generator.integers(0, len(LETTERS), counts.sum())
    scattered = iter(LETTERS[i] for i in letters)
    question = "".join(
        character + "".join(next(scattered) for _ in range(count))
        for character, count in zip(expression, counts, strict=True)
    )
    return expression, f"{question}=", f"{first + second if plus else first - second}{END}"


def draw(train: int, validation: int, test: int, digits: int) -> Splits:
    """Problems as ids of characters; the same for the same options."""
    generator = np.random.default_rng(0)
    problems = [problem(digits, generator) for _ in range(train + validation + test)]
    tested, validated, trained = split_by_content(problems, lambda p: p[0], test, validation, train)
    return encode(trained, digits), encode(validated, digits), encode(tested, digits)


def build(**options: int) -> Dataset:
    """The dataset of :func:`draw`, drawn once."""
    return Dataset(
        *kept_splits("arithmetic", __file__, options, lambda: draw(**options)),
        inputs={"characters": Tokens(len(IDS) + 1, 16)},
        classes=len(IDS) + 1,
    )


def encode(problems: list[Problem], digits: int) -> Split:
    """Each step's target is the next character; those of the answer weigh 1."""
    # The longest question, =, and the longest answer, which is one step behind: all but its point.
    width = (2 * digits + 1) * (1 + DISTRACTORS) + 1 + (digits + 1)
    rows = [[IDS[c] for c in question + answer] for _, question, answer in problems]
    lengths = lengths_of(rows) - 1
    asked = np.array([len(question) for _, question, _ in problems])
    steps = np.arange(width)
    weights = (steps >= asked[:, None] - 1) & (steps < lengths[:, None])
    return Split(
        inputs={"characters": rectangle([row[:-1] for row in rows], width)},
        lengths=lengths,
        targets=rectangle([row[1:] for row in rows], width),
        weights=weights.astype(np.float32),
    )


def baselines(dataset: Dataset) -> tuple[Baseline, ...]:
    """The most frequent character at its place of the answer after the one before."""

    def seen(split: Split) -> tuple[Array, Array, Array]:
        scored = split.weights > 0
        places = np.cumsum(scored, axis=1)[scored]
        return places, split.inputs["characters"][scored], split.targets[scored]

    place, before, target = seen(dataset.train)
    places = dataset.test.targets.shape[1] + 1
    counts = np.zeros((places, dataset.classes, dataset.classes), np.int64)
    np.add.at(counts, (place, before, target), 1)
    place, before, target = seen(dataset.test)
    right = counts[place, before].argmax(axis=1) == target
    return (Baseline("place and last character", float(right.mean()), "accuracy"),)


def _scale(
    train: int,
    validation: int,
    test: int,
    digits: int,
    epochs: int,
    budget: int = 20_000,
    rate: float = 0.01,
) -> Scale:
    options = {"train": train, "validation": validation, "test": test, "digits": digits}
    return Scale(options, Recipe(budget, epochs, patience=epochs, learning_rate=rate, dropout=0.0))


SUMMARY = "sum or difference of two numbers of up to {} digits among other letters"
TASK = Task(
    name="arithmetic",
    summary=SUMMARY.format(DIGITS),
    pattern=Pattern.NEXT_STEP,
    metric=Metric("accuracy", "share of the answer's characters"),
    margin=0.02,
    source=Source.generated(
        "Jozefowicz, Zaremba & Sutskever, "
        "An Empirical Exploration of Recurrent Network Architectures, 2015"
    ),
    scales={
        "smoke": _scale(256, 128, 256, DIGITS, epochs=1),
        "quick": _scale(20_000, 1000, 2000, DIGITS, epochs=32).until_no_gain(),
        "standard": _scale(60_000, 2000, 4000, DIGITS, epochs=10),
        "paper": _scale(
            400_000, 4000, 10_000, DIGITS, epochs=20, budget=250_000, rate=3e-3
        ).until_no_gain(),
    },
    build=build,
    baselines=baselines,
    dial=Dial("arithmetic", DIGITS, "digits"),
    solved=SOLVED,
)
TASKS = tuple(TASK.turned("digits", digits, SUMMARY.format(digits)) for digits in OTHERS)
