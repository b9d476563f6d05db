"""The next character of nested tags with random names.

    text      < k u o > < a f > < / a f > < / k u o >
    closing               . . . . ^ ^ ^       ^ ^ ^ ^

The XML modelling of Jozefowicz, Zaremba & Sutskever 2015. A tag's name has 2 to 10 random letters.
Again and again a fair coin decides: open a new tag, or close the one opened last (stop, if none is
open); after 50 decisions only the latter is left. A name can only be guessed when its tag opens and
is certain when it closes: the group ``closing`` are the characters from the name's first letter to
``>`` behind ``</``. Many steps may lie between the two, and other names.

Here an example is a text of fixed length, documents one after another and cut at the end; empty
documents are left out. The dial is ``depth``, how many tags may be open at once: at 1 every name is
read just before it is asked for. The paper has no such limit; 50, the default, is none. The
baseline counts which character follows a pair of them.

By notes of others on the paper, which was not at hand, its networks have 250,000 parameters or a
million, in one to four layers, and read one stream in batches of 20, gradients over 35 steps; the
rate is halved where validation gains nothing. At scale ``paper`` cells have 250,000 recurrent
parameters, in one layer, names are as long as theirs, texts have 200 characters, all of which
gradients reach, and the rate is halved likewise. At ``quick`` names have at most four letters.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count

import numpy as np

from gatewise.tasks.kept import Splits, kept_splits
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
    Tokens,
)
from gatewise.tasks.text import split_by_content

LETTERS = "abcdefghijklmnopqrstuvwxyz"
IDS = {character: i for i, character in enumerate(f"</>{LETTERS}", 1)}
CODES = np.zeros(128, np.int32)
"""By the code of a character its id."""
CODES[[ord(character) for character in IDS]] = list(IDS.values())
SHORTEST = 2
"""Fewest letters of a name."""
DECISIONS = 50
DRAWN = 4096
"""So many names or tosses are drawn at once, for the time that a draw takes."""
DEPTHS = (1, 2, 4)


def random_names(longest: int, generator: np.random.Generator) -> Iterator[str]:
    """Without end, names of 2 to ``longest`` random letters."""
    letters = np.frombuffer(LETTERS.encode(), np.uint8)
    while True:
        sizes = generator.integers(SHORTEST, longest + 1, DRAWN)
        written = generator.choice(letters, sizes.sum()).tobytes().decode()
        for end, size in zip(sizes.cumsum().tolist(), sizes.tolist(), strict=True):
            yield written[end - size : end]


def fair_coins(generator: np.random.Generator) -> Iterator[bool]:
    """Without end, the tosses of a fair coin."""
    while True:
        yield from (generator.random(DRAWN) < 0.5).tolist()


def document(names: Iterator[str], coins: Iterator[bool], depth: int) -> list[str]:
    """The tags of one document, without their brackets: ``["kuo", "af", "/af", "/kuo"]``."""
    tags: list[str] = []
    opened: list[str] = []
    for decisions in count():
        if decisions < DECISIONS and len(opened) < depth and next(coins):
            opened.append(next(names))
            tags.append(opened[-1])
        elif opened:
            tags.append(f"/{opened.pop()}")
        else:
            break
    return tags


def text(length: int, names: Iterator[str], coins: Iterator[bool], depth: int) -> str:
    """The first ``length`` characters of one document after another."""
    written = ""
    while len(written) < length:
        written += "".join([f"<{tag}>" for tag in document(names, coins, depth)])
    return written[:length]


def draw(train: int, validation: int, test: int, length: int, longest: int, depth: int) -> Splits:
    """Texts as ids of characters; the same for the same options."""
    generator, other = np.random.default_rng(0).spawn(2)
    drawn = random_names(longest, generator), fair_coins(other)
    # One character more than there are steps: the last one is only a target.
    texts = [text(length + 1, *drawn, depth) for _ in range(train + validation + test)]
    tested, validated, trained = split_by_content(texts, str, test, validation, train)
    return encode(trained), encode(validated), encode(tested)


def build(**options: int) -> Dataset:
    """The dataset of :func:`draw`, drawn once."""
    return Dataset(
        *kept_splits("xml", __file__, options, lambda: draw(**options)),
        inputs={"characters": Tokens(len(IDS) + 1, 16)},
        classes=len(IDS) + 1,
    )


def encode(texts: list[str]) -> Split:
    """Each step's target is the next character of its text; all texts are of one length."""
    ids = CODES[np.frombuffer("".join(texts).encode(), np.uint8)].reshape(len(texts), -1)
    read, targets = ids[:, :-1], ids[:, 1:]
    # A step is within a closing tag if a slash came after the last bracket.
    step = np.arange(1, read.shape[1] + 1)
    slash, bracket = (
        np.maximum.accumulate(np.where(read == IDS[character], step, 0), axis=1)
        for character in "/>"
    )
    return Split(
        inputs={"characters": read},
        lengths=np.full(len(texts), read.shape[1], np.int32),
        targets=targets,
        weights=np.ones(targets.shape, np.float32),
        groups={"closing": slash > bracket},
    )


def baselines(dataset: Dataset) -> tuple[Baseline, ...]:
    """The character that most often follows the last two, everywhere and in closing tags."""

    def pairs(split: Split) -> tuple[np.ndarray, np.ndarray]:
        last = split.inputs["characters"][:]
        before = np.pad(last, ((0, 0), (1, 0)))[:, :-1]
        return before, last

    counts = np.zeros((dataset.classes,) * 3, np.int64)
    np.add.at(counts, (*pairs(dataset.train), dataset.train.targets), 1)
    right = counts[pairs(dataset.test)].argmax(axis=-1) == dataset.test.targets
    closing = dataset.test.groups["closing"]
    return (
        Baseline("last two characters", float(right.mean()), "accuracy"),
        Baseline("last two characters", float(right[closing].mean()), "closing"),
    )


def _scale(
    train: int,
    validation: int,
    test: int,
    length: int,
    longest: int,
    depth: int,
    epochs: int,
    rate: float = 0.01,
    budget: int = 20_000,
) -> Scale:
    options = {"train": train, "validation": validation, "test": test}
    recipe = Recipe(budget, epochs, patience=epochs, learning_rate=rate, dropout=0.0)
    return Scale({**options, "length": length, "longest": longest, "depth": depth}, recipe)


SUMMARY = "next character of random tags, nested up to {} deep"
TASK = Task(
    name="xml",
    summary=SUMMARY.format(DECISIONS),
    pattern=Pattern.NEXT_STEP,
    metric=Metric("accuracy", "share of characters"),
    margin=0.01,
    source=Source.generated(
        "Jozefowicz, Zaremba & Sutskever, "
        "An Empirical Exploration of Recurrent Network Architectures, 2015"
    ),
    scales={
        "smoke": _scale(256, 128, 256, 32, 4, DECISIONS, epochs=1),
        "quick": _scale(8000, 500, 2000, 64, 4, DECISIONS, 32, rate=0.02).until_no_gain(),
        "standard": _scale(20_000, 1000, 4000, 100, 10, DECISIONS, epochs=12),
        "paper": _scale(
            100_000, 2000, 10_000, 200, 10, DECISIONS, epochs=20, rate=3e-3, budget=250_000
        ).until_no_gain(),
    },
    build=build,
    baselines=baselines,
    dial=Dial("xml", DECISIONS, "open tags"),
)
TASKS = tuple(TASK.turned("depth", depth, SUMMARY.format(depth)) for depth in DEPTHS)
