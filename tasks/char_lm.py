"""The next character of running English text.

    read     T h e _ j u r y _ s a i
    target   h e _ j u r y _ s a i d

Excerpts of ``length`` characters from the Brown corpus. Documents, not excerpts, are divided
between the splits. A network starts each excerpt without knowing what came before it, and so do the
baselines: n-gram models of the same training excerpts. Nothing is lower-cased; characters seen
fewer than 20 times in the training documents are unknown.
"""

from __future__ import annotations

from functools import partial

from gatewise.tasks import brown, ngrams
from gatewise.tasks.task import Dataset, Metric, Pattern, Published, Recipe, Scale, Task, Tokens
from gatewise.tasks.text import Vocabulary

ORDERS = (3, 4, 5, 6, 7)
METRIC = Metric("nats", "nats a character", "bits per character")


def build(train: int, validation: int, test: int, length: int) -> Dataset:
    """Excerpts as ids of characters."""
    parts = [
        [brown.printed(" ".join(sentences)) for sentences in part] for part in brown.documents()
    ]
    known = Vocabulary.of(parts[2], size=100, least=20)
    tested, validated, trained = (
        brown.excerpts(texts, count, length, known)
        for texts, count in zip(parts, (test, validation, train), strict=True)
    )
    return Dataset(
        train=trained,
        validation=validated,
        test=tested,
        inputs={"tokens": Tokens(len(known), 24)},
        classes=len(known),
        details={"vocabulary": known, "joint": ""},
    )


def _scale(
    train: int, validation: int, test: int, length: int, epochs: int, budget: int, batch: int = 16
) -> Scale:
    options = {"train": train, "validation": validation, "test": test, "length": length}
    return Scale(options, Recipe(budget, epochs, batch_size=batch, learning_rate=0.01, dropout=0.0))


TASK = Task(
    name="char-lm",
    summary="next character of English prose",
    pattern=Pattern.NEXT_STEP,
    metric=METRIC,
    margin=0.02,
    source=brown.SOURCE,
    scales={
        "smoke": _scale(400, 100, 200, 32, epochs=2, budget=10_000),
        "quick": _scale(9000, 500, 2000, 80, epochs=8, budget=60_000, batch=32).annealed(peak=0.01),
        "standard": _scale(30_000, 1500, 4000, 120, epochs=10, budget=200_000),
        "paper": _scale(29_000, 2000, 4000, 160, epochs=25, budget=600_000),
    },
    build=build,
    texts=brown.texts,
    baselines=partial(ngrams.baselines, metric=METRIC, orders=ORDERS),
    context=(
        Published(
            1.75,
            "bits per character",
            "word trigrams of 583 million words, on the whole corpus",
            "Brown et al., An Estimate of an Upper Bound for the Entropy of English, 1992",
        ),
    ),
)
