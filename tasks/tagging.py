"""What the tasks that tag every token share: their encoding, the F1 of spans, the usual tag."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from typing import Any, TypeAlias

import numpy as np

from gatewise.tasks.task import Array, Dataset, Example, Read, Split, Texts, Tokens
from gatewise.tasks.text import Vocabulary, cut, lengths_of, rectangle

Sentence = tuple[tuple[str, ...], tuple[int, ...]]
"""Words, and the number of each one's tag."""

Spans: TypeAlias = "Callable[[list[int]], set[Any]]"
"""The whole things that a row of tags marks."""


def shape(word: str) -> str:
    """The last three letters, behind ``^`` if the word begins with a capital."""
    digits = re.sub(r"\d", "0", word[-3:].lower())
    return f"{'^' if word[:1].isupper() else ''}{digits}"


def tagged(
    inputs: Mapping[str, Sequence[list[int]]], tags: Iterable[tuple[int, ...]], length: int
) -> Split:
    """Rows of ids, as many in each input, and the tag of every token."""
    lengths = lengths_of(next(iter(inputs.values())))
    return Split(
        inputs={name: rectangle(rows, length) for name, rows in inputs.items()},
        lengths=lengths,
        targets=rectangle(list(tags), length),
        weights=(np.arange(length) < lengths[:, None]).astype(np.float32),
    )


def published(
    splits: Sequence[list[Sentence]], counts: tuple[int, int, int], length: int
) -> list[list[Sentence]]:
    """The first of training, validation and test sentences.

    Longer sentences than ``length`` are left out of training and cut in the others.
    """
    trained = [s for s in splits[0] if len(s[0]) <= length][: counts[0]]
    others = [
        [(words[:length], tags[:length]) for words, tags in sentences[:count]]
        for sentences, count in zip(splits[1:], counts[1:], strict=True)
    ]
    return [trained, *others]


def dataset_of(
    trained: list[Sentence],
    validated: list[Sentence],
    tested: list[Sentence],
    length: int,
    vocabulary: int,
    classes: int,
) -> Dataset:
    """Sentences as ids of lower-cased words and of shapes, of which training makes both."""
    spelled: Counter[str] = Counter()
    for words, _ in trained:
        spelled.update(words)
    known = Vocabulary.ranked(_summed(spelled, str.lower), vocabulary, least=2)
    shapes = Vocabulary.ranked(_summed(spelled, shape), 2000, least=3)
    # Words are few and tokens many.
    ids = {
        "words": cache(lambda word: known.id(word.lower())),
        "shapes": cache(lambda word: shapes.id(shape(word))),
    }

    def split(sentences: list[Sentence]) -> Split:
        inputs = {
            name: [list(map(id_of, words)) for words, _ in sentences] for name, id_of in ids.items()
        }
        return tagged(inputs, (tags for _, tags in sentences), length)

    return Dataset(
        train=split(trained),
        validation=split(validated),
        test=split(tested),
        inputs={
            "words": Tokens(len(known), 48, by_row=True),
            "shapes": Tokens(len(shapes), 16),
        },
        classes=classes,
        details={
            **{"train": trained, "test": tested, "ids": ids},
            "known": {"words": known.tokens, "shapes": shapes.tokens},
        },
    )


def _summed(counts: Counter[str], form: Callable[[str], str]) -> Counter[str]:
    """How often each form of the counted words was seen."""
    found: Counter[str] = Counter()
    for word, times in counts.items():
        found[form(word)] += times
    return found


def usual_tags(
    sentences: Iterable[Sentence], spelled: Callable[[str], str]
) -> tuple[dict[str, int], int]:
    """The most frequent tag of each word, and that of the words seen once."""
    counts: dict[str, Counter[int]] = defaultdict(Counter)
    for words, tags in sentences:
        for word, tag in zip(words, tags, strict=True):
            counts[spelled(word)][tag] += 1
    once = Counter(tag for seen in counts.values() if seen.total() == 1 for tag in seen)
    usual = {word: seen.most_common(1)[0][0] for word, seen in counts.items()}
    return usual, once.most_common(1)[0][0] if once else 0


def share_right(answers: Iterable[list[int]], sentences: Iterable[Sentence]) -> float:
    """The share of words whose tag is right."""
    pairs = zip(answers, (tags for _, tags in sentences), strict=True)
    return float(np.mean([a == b for said, tags in pairs for a, b in zip(said, tags, strict=True)]))


def span_f1(dataset: Dataset, rows: Array, answers: list[Any], spans: Spans) -> float:
    """F1 of whole spans over the given test sentences, 0 to 1."""
    test = dataset.test
    right = said = both = 0
    for row, answer in zip(rows, answers, strict=True):
        gold = spans(test.targets[row, : test.lengths[row]].tolist())
        guess = spans([int(tag) for tag in answer])
        right, said, both = right + len(gold), said + len(guess), both + len(gold & guess)
    return 2 * both / max(1, right + said)


def texts(dataset: Dataset, names: Sequence[str]) -> Texts:
    """Sentences as they are printed, and the names of their tags."""

    def named(tags: Sequence[int]) -> str:
        return " ".join(names[tag] for tag in tags)

    def example(row: int) -> Example:
        spelled, tags = dataset.details["test"][row]
        return Example(" ".join(spelled), (named(tags),))

    def read(text: str) -> Read:
        tokens = tuple(cut(text))
        ids = dataset.details["ids"]
        return Read(tokens, {name: list(map(ids[name], tokens)) for name in ids})

    return Texts(named, example, read, dataset.details["known"])
