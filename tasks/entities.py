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

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from gatewise.tasks import hub, tagging
from gatewise.tasks.extras import EXTRAS, paths
from gatewise.tasks.tagging import Sentence
from gatewise.tasks.task import (
    Array,
    Baseline,
    Dataset,
    Metric,
    Pattern,
    Published,
    Recipe,
    Scale,
    Task,
)

NAME = "entities"
TFDS = "entities-tfds"
TAGS = ("O", *(f"{edge}-{kind}" for kind in ("PER", "ORG", "LOC", "MISC") for edge in "BI"))


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
    return _dataset(list(map(read, paths(NAME))), (train, validation, test), length)


def build_tfds(train: int, validation: int, test: int, length: int) -> Dataset:
    """The same of the sentences that TensorFlow Datasets has."""
    splits = [
        [(tuple(words), tuple(map(TAGS.index, tags))) for words, tags in rows if words]
        for rows in hub.rows(TFDS)
    ]
    return _dataset(splits, (train, validation, test), length)


def _dataset(splits: list[list[Sentence]], counts: tuple[int, int, int], length: int) -> Dataset:
    trained, validated, tested = tagging.published(splits, counts, length)
    return tagging.dataset_of(trained, validated, tested, length, 20_000, len(TAGS))


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
    return {"entity F1": tagging.span_f1(dataset, rows, answers, entities)}


def baselines(dataset: Dataset) -> tuple[Baseline, ...]:
    """Each word's most frequent tag."""
    usual, _ = tagging.usual_tags(dataset.details["train"], str)
    tested = dataset.details["test"]
    answers = [[usual.get(word, 0) for word in words] for words, _ in tested]
    name = "most frequent tag of the word"
    scores = answer_scores(dataset, np.arange(len(answers)), answers)
    return (
        Baseline(name, tagging.share_right(answers, tested), "accuracy"),
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
    source=EXTRAS[NAME].source,
    scales={
        "smoke": _scale(400, 200, 300, 20, epochs=1),
        "quick": _scale(8000, 1000, 2500, 30, epochs=6),
        "standard": _scale(14_000, 3250, 3453, 60, epochs=10),
        "paper": _scale(14_041, 3250, 3453, 113, epochs=20),
    },
    build=build,
    baselines=baselines,
    texts=lambda dataset: tagging.texts(dataset, TAGS),
    answer_scores=answer_scores,
    extra=NAME,
    context=(
        Published(
            0.9094,
            "entity F1",
            "bidirectional LSTM and CRF over characters and pretrained words, on the same split",
            "Lample et al., Neural Architectures for Named Entity Recognition, 2016",
        ),
    ),
)
TASKS = (
    replace(
        TASK,
        name=TFDS,
        summary="named entities of news sentences as BIO tags, from TensorFlow Datasets",
        source=EXTRAS[TFDS].source,
        build=build_tfds,
        extra=TFDS,
    ),
)
