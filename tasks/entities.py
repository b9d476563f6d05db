"""The named entities of a news sentence, one BIO tag a word.

    EU     rejects  German  call  to  boycott  British  lamb
    B-ORG  O        B-MISC  O     O   O        B-MISC   O

CoNLL-2003 English in its published splits; sentences longer than ``length`` are left out of
training and cut in the others. The network sees each word in lower case and its shape. The primary
score is the share of words, of which every one has its own; the F1 of whole entities, type and both
ends right, is no mean over examples and stands beside it. The baseline gives every word its most
frequent tag in training, and an unknown word O.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import numpy as np

from tasks.extras import EXTRAS, paths
from tasks.labelling import shape, tagged
from tasks.task import (
    Array,
    Baseline,
    Dataset,
    Metric,
    Pattern,
    Recipe,
    Scale,
    Source,
    Split,
    Task,
    Tokens,
)
from tasks.text import Vocabulary, lengths_of, rectangle

NAME = "entities"
TAGS = ("O", *(f"{edge}-{kind}" for kind in ("PER", "ORG", "LOC", "MISC") for edge in "BI"))

Sentence = tuple[tuple[str, ...], tuple[int, ...]]


def read(path: Path) -> list[Sentence]:
    """The sentences of a file of ``word POS chunk tag`` lines."""
    sentences = []
    for block in path.read_text(encoding="utf-8").split("\n\n"):
        rows = [line.split(" ") for line in block.split("\n") if line.strip()]
        if rows and rows[0][0] != "-DOCSTART-":
            tags = tuple(TAGS.index(row[-1]) for row in rows)
            sentences.append((tuple(row[0] for row in rows), tags))
    return sentences


def build(train: int, validation: int, test: int, length: int) -> Dataset:
    """The first sentences of each published split."""
    published = [read(path) for path in paths(NAME)]
    trained = [s for s in published[0] if len(s[0]) <= length][:train]
    validated, tested = (
        [(words[:length], tags[:length]) for words, tags in sentences[:count]]
        for sentences, count in zip(published[1:], (validation, test), strict=True)
    )
    known = Vocabulary.of(([w.lower() for w in words] for words, _ in trained), 20_000, least=2)
    shapes = Vocabulary.of((list(map(shape, words)) for words, _ in trained), 2000, least=3)

    def split(sentences: list[Sentence]) -> Split:
        rows = [known.ids(word.lower() for word in words) for words, _ in sentences]
        lengths = lengths_of(rows)
        return Split(
            inputs={
                "words": rectangle(rows, length),
                "shapes": rectangle([shapes.ids(map(shape, w)) for w, _ in sentences], length),
            },
            lengths=lengths,
            targets=rectangle([tags for _, tags in sentences], length),
            weights=(np.arange(length) < lengths[:, None]).astype(np.float32),
        )

    return Dataset(
        train=split(trained),
        validation=split(validated),
        test=split(tested),
        inputs={"words": Tokens(len(known), 48), "shapes": Tokens(len(shapes), 16)},
        classes=len(TAGS),
        details={"train": trained, "test": tested},
    )


def entities(tags: list[int]) -> set[tuple[int, int, str]]:
    """First word, last word and type of every entity; an I that follows nothing begins one."""
    found, start, kind = set(), 0, ""
    for place, tag in enumerate([*tags, 0]):
        edge, _, now = TAGS[tag].partition("-")
        if kind and (edge != "I" or now != kind):
            found.add((start, place - 1, kind))
            kind = ""
        if edge != "O" and not kind:
            start, kind = place, now
    return found


def answer_scores(dataset: Dataset, rows: Array, answers: list[Any]) -> dict[str, float]:
    """F1 of whole entities over the given test sentences."""
    test = dataset.test
    right = said = both = 0
    for row, answer in zip(rows, answers, strict=True):
        gold = entities(test.targets[row, : test.lengths[row]].tolist())
        guess = entities([int(tag) for tag in answer])
        right, said, both = right + len(gold), said + len(guess), both + len(gold & guess)
    return {"entity F1": 2 * both / max(1, right + said)}


def baselines(dataset: Dataset) -> tuple[Baseline, ...]:
    """Each word's most frequent tag."""
    counts: dict[str, Counter[int]] = defaultdict(Counter)
    for words, tags in dataset.details["train"]:
        for word, tag in zip(words, tags, strict=True):
            counts[word][tag] += 1
    best = {word: seen.most_common(1)[0][0] for word, seen in counts.items()}
    answers = [[best.get(word, 0) for word in words] for words, _ in dataset.details["test"]]
    right = [
        a == b
        for answer, (_, tags) in zip(answers, dataset.details["test"], strict=True)
        for a, b in zip(answer, tags, strict=True)
    ]
    name = "most frequent tag of the word"
    scores = answer_scores(dataset, np.arange(len(answers)), answers)
    return (
        Baseline(name, float(np.mean(right)), "accuracy"),
        *(Baseline(name, score, metric) for metric, score in scores.items()),
    )


def _scale(train: int, validation: int, test: int, length: int, epochs: int) -> Scale:
    options = {"train": train, "validation": validation, "test": test, "length": length}
    return Scale(options, Recipe(40_000, epochs, dropout=0.3))


TASK = Task(
    name=NAME,
    summary="named entities of news sentences as BIO tags",
    pattern=Pattern.SYNCHRONOUS,
    metric=Metric("accuracy", "share of words"),
    margin=0.005,
    source=Source(EXTRAS[NAME].citation, EXTRAS[NAME].licence, EXTRAS[NAME].sha256),
    scales={
        "smoke": _scale(400, 200, 300, 20, epochs=1),
        "quick": _scale(8000, 1000, 2500, 30, epochs=6),
        "standard": _scale(14_000, 3250, 3453, 60, epochs=10),
        "paper": _scale(14_041, 3250, 3453, 113, epochs=20),
    },
    build=build,
    baselines=baselines,
    texts=lambda dataset: tagged(dataset, TAGS),
    answer_scores=answer_scores,
    extra=NAME,
)
