"""The next word of running English text.

    read     <end>  the   jury   said  it
    target   the    jury  said   it    did

Excerpts of ``length`` tokens from the Brown corpus, lower-cased, ``<end>`` behind every sentence.
Documents, not excerpts, are divided between the splits. A word outside the training split's
``vocabulary`` is ``<unk>``, a token to be predicted like any other: perplexities of different
vocabularies cannot be compared. The baselines are n-gram models of the same training excerpts.
"""

from __future__ import annotations

import gzip
from dataclasses import replace
from functools import partial

from gatewise.tasks import brown, ngrams
from gatewise.tasks.extras import EXTRAS, paths
from gatewise.tasks.task import Dataset, Metric, Pattern, Recipe, Scale, Task, Tokens
from gatewise.tasks.text import Vocabulary

ORDERS = (2, 3, 4)
METRIC = Metric("nats", "nats a word", "perplexity")
END = "<end>"
WIKITEXT = "word-lm-wikitext2"


def build(train: int, validation: int, test: int, length: int, vocabulary: int) -> Dataset:
    """Excerpts as ids of words."""
    parts = [
        [[END, *f" {END} ".join(sentences).lower().split(" ")] for sentences in part]
        for part in brown.documents()
    ]
    return dataset_of(parts, (test, validation, train), length, vocabulary)


def dataset_of(
    parts: list[list[list[str]]], counts: tuple[int, int, int], length: int, vocabulary: int
) -> Dataset:
    """The excerpts of test, validation and training documents, each a list of words."""
    known = Vocabulary.of(parts[2], vocabulary, least=2)
    tested, validated, trained = (
        brown.excerpts(texts, count, length, known)
        for texts, count in zip(parts, counts, strict=True)
    )
    return Dataset(
        train=trained,
        validation=validated,
        test=tested,
        inputs={"tokens": Tokens(len(known), 64)},
        classes=len(known),
        details={"vocabulary": known, "joint": " "},
    )


def _scale(
    train: int, validation: int, test: int, length: int, vocabulary: int, epochs: int, budget: int
) -> Scale:
    options = {"train": train, "validation": validation, "test": test, "length": length}
    recipe = Recipe(budget, epochs, learning_rate=4e-3, dropout=0.3)
    return Scale({**options, "vocabulary": vocabulary}, recipe)


def build_wikitext(train: int, validation: int, test: int, length: int, vocabulary: int) -> Dataset:
    """Excerpts of WikiText-2 in its published splits, each paragraph a sentence."""
    texts = []
    for path in paths(WIKITEXT):
        raw = gzip.decompress(path.read_bytes()).decode("utf-8").lower()
        lines = (line.split() for line in raw.split("\n"))
        texts.append([[word for line in lines if line for word in (END, *line)]])
    trained, validated, tested = texts
    parts = [tested, validated, trained]
    return dataset_of(parts, (test, validation, train), length, vocabulary)


TASK = Task(
    name="word-lm",
    summary="next word of English prose",
    pattern=Pattern.NEXT_STEP,
    metric=METRIC,
    margin=0.05,
    source=brown.SOURCE,
    scales={
        "smoke": _scale(200, 100, 200, 12, 400, epochs=1, budget=10_000),
        "quick": _scale(12_000, 500, 2000, 32, 3000, epochs=6, budget=60_000),
        "standard": _scale(28_000, 2000, 3500, 32, 8000, epochs=8, budget=150_000),
        "paper": _scale(18_000, 1200, 2400, 50, 16_000, epochs=15, budget=400_000),
    },
    build=build,
    texts=brown.texts,
    baselines=partial(ngrams.baselines, metric=METRIC, orders=ORDERS),
)
TASKS = (
    replace(
        TASK,
        name=WIKITEXT,
        summary="next word of Wikipedia articles",
        source=EXTRAS[WIKITEXT].source,
        build=build_wikitext,
        extra=WIKITEXT,
    ),
)
