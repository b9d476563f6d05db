"""Is a whole film review positive?

    "Zentropa has much in common with The Third Man, another noir-like film ..."  ->  positive

25,000 reviews from IMDB, half of them positive, which the median writes in 174 words: a network
has to keep what it read a hundred steps ago. Reviews longer than ``length`` are cut: their first
words are read. These are the training half of Maas et al. (2011), whose test half is not in the
package: this split is gatewise's own, and published accuracies are of other reviews. The task
``sentiment-imdb-tfds`` has both halves. The baseline is that of ``sentiment``.
"""

from __future__ import annotations

import csv
import io
from dataclasses import replace

from gatewise.tasks import hub, sentiment
from gatewise.tasks.extras import EXTRAS, paths
from gatewise.tasks.task import Dataset, Metric, Pattern, Published, Recipe, Scale, Task
from gatewise.tasks.text import split_by_content, words

NAME = "sentiment-imdb"
TFDS = "sentiment-imdb-tfds"
BREAK = "<br />"
"""How the reviews' files write the end of a line."""


def build(train: int, validation: int, test: int, length: int, vocabulary: int) -> Dataset:
    """Reviews as ids of words."""
    (path,) = paths(NAME)
    rows = csv.reader(io.StringIO(path.read_text(encoding="utf-8"), newline=""))
    rated = dict.fromkeys((text, label == "1") for text, label, source in rows if source == "imdb")
    reviews = [spelled(text, positive, length) for text, positive in rated]
    tested, validated, trained = split_by_content(
        reviews, sentiment.content, test, validation, train
    )
    return sentiment.dataset_of(tested, validated, trained, length, vocabulary)


def build_tfds(train: int, validation: int, test: int, length: int, vocabulary: int) -> Dataset:
    """Reviews of the published halves; validation is cut from the training half."""
    learnt, tested = (
        [spelled(text, positive, length) for text, positive in rows] for rows in hub.rows(TFDS)
    )
    validated, trained = split_by_content(learnt, sentiment.content, validation, train)
    (chosen,) = split_by_content(tested, sentiment.content, test)
    return sentiment.dataset_of(chosen, validated, trained, length, vocabulary)


def spelled(text: str, positive: bool, length: int) -> sentiment.Rated:
    """The first words of a review, and its class."""
    return cut(text)[:length], positive


def cut(text: str) -> list[str]:
    """The words of a review."""
    return words(text.replace(BREAK, " "))


def _scale(train: int, validation: int, test: int, length: int, epochs: int) -> Scale:
    options = {"train": train, "validation": validation, "test": test, "length": length}
    recipe = Recipe(40_000, epochs, patience=3, learning_rate=1e-3, dropout=0.5)
    return Scale({**options, "vocabulary": 10_000}, recipe)


TASK = Task(
    name=NAME,
    summary="class of a whole film review: positive or negative",
    pattern=Pattern.SEQUENCE_TO_CLASS,
    metric=Metric("accuracy", "share of reviews"),
    margin=0.02,
    source=EXTRAS[NAME].source,
    scales={
        "smoke": _scale(400, 200, 400, 32, epochs=1),
        "quick": _scale(12_000, 1000, 2500, 120, epochs=6),
        "standard": _scale(18_000, 2000, 4500, 250, epochs=10),
        "paper": _scale(18_000, 2000, 4500, 500, epochs=20),
    },
    build=build,
    baselines=sentiment.baselines,
    texts=lambda dataset: sentiment.spelled(dataset, cut, " "),
    extra=NAME,
    context=(
        Published(
            0.9276,
            "accuracy",
            "LSTM of 1,024 units, pretrained on unlabelled reviews, on the published test half",
            "Dai & Le, Semi-supervised Sequence Learning, 2015",
        ),
    ),
)
TASKS = (
    replace(
        TASK,
        name=TFDS,
        summary="class of a whole film review, in the published halves",
        source=EXTRAS[TFDS].source,
        scales={
            **TASK.scales,
            "standard": _scale(22_000, 2500, 10_000, 250, epochs=10),
            "paper": _scale(22_000, 2500, 25_000, 500, epochs=20),
        },
        build=build_tfds,
        extra=TFDS,
    ),
)
