"""Is a sentence from a film review positive?

    "effective but too tepid biopic"  ->  negative

10,605 sentences, each with the mean rating of twenty people from -4 to +4; the sign is the class,
and the 37 sentences rated exactly 0 are left out. Sentences longer than the scale's ``length`` are
cut at it. The baseline is a logistic regression on bags of words and of word pairs, its penalty
chosen on the validation split.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np

from gatewise.tasks.task import (
    Baseline,
    Dataset,
    Example,
    Metric,
    Pattern,
    Read,
    Recipe,
    Scale,
    Source,
    Split,
    Task,
    Texts,
    Tokens,
)
from gatewise.tasks.text import Vocabulary, lengths_of, rectangle, split_by_content, words
from gatewise.tasks.vendored import CHECKSUMS, read_rows

FILE = "movie_snippets.tsv.gz"
CLASSES = ("negative", "positive")
PENALTIES = (0.03, 0.1, 0.3, 1.0, 3.0)

Rated = tuple[list[str], bool]
"""The tokens of a text, and whether it is positive."""


def build(train: int, validation: int, test: int, length: int, vocabulary: int) -> Dataset:
    """The sentences as ids, rarer words than two of the training split unknown."""
    rated = [
        (words(text)[:length], float(rating) > 0)
        for _, rating, text in read_rows(FILE)
        if float(rating) != 0
    ]
    tested, validated, trained = split_by_content(rated, content, test, validation, train)
    return dataset_of(tested, validated, trained, length, vocabulary)


def content(example: Rated) -> str:
    """What makes two texts the same."""
    return " ".join(example[0])


def dataset_of(
    tested: list[Rated],
    validated: list[Rated],
    trained: list[Rated],
    length: int,
    vocabulary: int,
) -> Dataset:
    """Texts as ids; the vocabulary is of words that stand twice in training texts."""
    known = Vocabulary.of((text for text, _ in trained), vocabulary, least=2)

    def split(examples: list[Rated]) -> Split:
        rows = [known.ids(text) for text, _ in examples]
        return Split(
            inputs={"words": rectangle(rows, length)},
            lengths=lengths_of(rows),
            targets=np.array([positive for _, positive in examples], np.int32),
            weights=np.ones(len(examples), np.float32),
        )

    return Dataset(
        train=split(trained),
        validation=split(validated),
        test=split(tested),
        inputs={"words": Tokens(len(known), 64, by_row=True)},
        classes=2,
        details={"train": trained, "validation": validated, "test": tested, "vocabulary": known},
    )


def baselines(dataset: Dataset) -> tuple[Baseline, ...]:
    """Logistic regression on word and word-pair counts, on the very sentences of the splits."""
    from sklearn.feature_extraction.text import CountVectorizer
    from sklearn.linear_model import LogisticRegression

    counter = CountVectorizer(analyzer=_terms, binary=True)
    features, classes = {}, {}
    for part in ("train", "validation", "test"):
        sentences = [sentence for sentence, _ in dataset.details[part]]
        fill = counter.fit_transform if part == "train" else counter.transform
        features[part] = fill(sentences)
        classes[part] = [positive for _, positive in dataset.details[part]]
    fitted = [
        LogisticRegression(C=c, solver="liblinear").fit(features["train"], classes["train"])
        for c in PENALTIES
    ]
    best = max(fitted, key=lambda model: model.score(features["validation"], classes["validation"]))
    score = float(best.score(features["test"], classes["test"]))
    return (Baseline("bag-of-words logistic regression", score, "accuracy"),)


def _terms(sentence: list[str]) -> list[str]:
    return [*sentence, *(f"{a} {b}" for a, b in pairwise(sentence))]


def texts(dataset: Dataset) -> Texts:
    """Sentences as words, and the names of the classes."""
    return replace(
        spelled(dataset, words, " "), known={"words": dataset.details["vocabulary"].tokens}
    )


def spelled(dataset: Dataset, cut: Callable[[str], Sequence[str]], joint: str) -> Texts:
    """Texts as the tokens that they are cut into, and the names of the classes."""

    def example(row: int) -> Example:
        tokens, positive = dataset.details["test"][row]
        return Example(joint.join(tokens), (CLASSES[positive],))

    def read(text: str) -> Read:
        tokens = tuple(cut(text))
        return Read(tokens, {"words": dataset.details["vocabulary"].ids(tokens)})

    return Texts(lambda ids: CLASSES[ids[0]], example, read)


def _scale(train: int, validation: int, test: int, length: int, epochs: int) -> Scale:
    options = {"train": train, "validation": validation, "test": test, "length": length}
    return Scale(
        {**options, "vocabulary": 8000},
        Recipe(40_000, epochs, patience=6, learning_rate=1e-3, dropout=0.5),
    )


TASK = Task(
    name="sentiment",
    summary="class of a film-review sentence: positive or negative",
    pattern=Pattern.SEQUENCE_TO_CLASS,
    metric=Metric("accuracy", "share of sentences"),
    margin=0.02,
    source=Source(
        "Hutto & Gilbert, VADER, ICWSM 2014: movie-review sentences with human ratings",
        "MIT",
        CHECKSUMS[FILE],
    ),
    scales={
        "smoke": _scale(400, 200, 400, 16, epochs=1),
        "quick": _scale(7500, 1000, 2000, 28, epochs=8).to_zero(peak=1.5e-3, patience=2),
        "standard": _scale(7500, 1000, 2000, 40, epochs=12),
        "paper": _scale(7500, 1000, 2000, 50, epochs=30),
    },
    build=build,
    baselines=baselines,
    texts=texts,
)
