"""Is a whole film review positive?

    "Zentropa has much in common with The Third Man, another noir-like film ..."  ->  positive

25,000 reviews from IMDB, half of them positive, which the median writes in 174 words: a network
has to keep what it read a hundred steps ago. Reviews longer than ``length`` are cut: their first
words are read. These are the training half of Maas et al. (2011), whose test half is not in the
package: this split is gatewise's own, and published accuracies are of other reviews. The baseline
is that of ``sentiment``.
"""

from __future__ import annotations

import csv
import io

from tasks import sentiment
from tasks.extras import EXTRAS, paths
from tasks.task import Dataset, Metric, Pattern, Published, Recipe, Scale, Task
from tasks.text import words

NAME = "sentiment-imdb"
BREAK = "<br />"
"""How the reviews' files write the end of a line."""


def build(train: int, validation: int, test: int, length: int, vocabulary: int) -> Dataset:
    """Reviews as ids of words."""
    (path,) = paths(NAME)
    rows = csv.reader(io.StringIO(path.read_text(encoding="utf-8"), newline=""))
    reviews = dict.fromkeys((text, label) for text, label, source in rows if source == "imdb")
    rated = [(words(text.replace(BREAK, " "))[:length], label == "1") for text, label in reviews]
    return sentiment.dataset_of(rated, (test, validation, train), length, vocabulary)


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
    extra=NAME,
    context=(
        Published(
            0.8833,
            "accuracy",
            "bag of words, linear classifier, on the published test half",
            "Maas et al., Learning Word Vectors for Sentiment Analysis, 2011",
        ),
    ),
)
