"""The part of speech of every word of a sentence.

    the   jury  said  it    did   find  that
    DET   NOUN  VERB  PRON  VERB  VERB  ADP

The Brown corpus with its tags mapped to the twelve universal ones (Petrov, Das & McDonald 2012).
The network sees each word in lower case and, because a third of all words are rare, its shape: the
last three letters and whether it begins with a capital. The baseline gives every word its most
frequent tag in the training split, and an unknown word that of the training words seen once.
Sentences longer than the scale's ``length`` are left out.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Sequence

import numpy as np

from tasks.task import (
    Baseline,
    Dataset,
    Example,
    Metric,
    Pattern,
    Recipe,
    Scale,
    Source,
    Split,
    Task,
    Texts,
    Tokens,
)
from tasks.text import Vocabulary, lengths_of, rectangle, split_by_content
from tasks.vendored import CHECKSUMS, read_rows

FILE = "brown.tsv.gz"
TAGS = ("NOUN", "VERB", "ADJ", "ADV", "PRON", "DET", "ADP", "NUM", "CONJ", "PRT", "X", ".")
BROWN = {
    "NOUN": "nn nns np nps nr nrs nn$ nns$ np$ nps$ nr$",
    "VERB": "vb vbd vbg vbn vbz be bed bedz beg bem ben ber bez do dod doz hv hvd hvg hvn hvz md",
    "ADJ": "jj jjr jjs jjt jj$ od",
    "ADV": "rb rbr rbt rb$ rn ql qlp wql wrb",
    "PRON": "pn pn$ pp$ pp$$ ppl ppls ppo pps ppss wp$ wpo wps ex",
    "DET": "at dt dt$ dti dts dtx abl abn abx ap ap$ wdt",
    "ADP": "in cs",
    "NUM": "cd cd$",
    "CONJ": "cc",
    "PRT": "rp to *",
    "X": "uh nil",
    ".": ". , : ; -- ( ) `` '' ' \"",
}
"""Brown's tags under each universal one. ``*``, a bare "not", is a particle."""
UNIVERSAL = {tag: universal for universal, tags in BROWN.items() for tag in tags.split()}
DECORATION = re.compile(r"^fw-|-(tl|hl|nc)\b")

Sentence = tuple[tuple[str, ...], tuple[int, ...]]


def universal(tag: str) -> int:
    """Number of the universal tag of a raw Brown tag, such as ``fw-nn-tl`` or ``ppss+bem*``."""
    plain = DECORATION.sub("", tag).split("+")[0]
    plain = plain.replace("*", "") or "*"
    return TAGS.index(UNIVERSAL[plain])


def shape(word: str) -> str:
    """The last three letters, behind ``^`` if the word begins with a capital."""
    digits = re.sub(r"\d", "0", word[-3:].lower())
    return f"{'^' if word[:1].isupper() else ''}{digits}"


def build(train: int, validation: int, test: int, length: int, vocabulary: int) -> Dataset:
    """The sentences as ids of words and of shapes; the training split makes both vocabularies."""
    numbers: dict[str, int] = {}
    sentences: list[Sentence] = []
    for _, text in read_rows(FILE):
        tokens = text.split(" ")
        if len(tokens) > length:
            continue
        spelled, tags = zip(*(token.rsplit("/", 1) for token in tokens), strict=True)
        for tag in tags:
            if tag not in numbers:
                numbers[tag] = universal(tag)
        sentences.append((spelled, tuple(numbers[tag] for tag in tags)))
    tested, validated, trained = split_by_content(
        sentences, lambda s: " ".join(s[0]).lower(), test, validation, train
    )
    known = Vocabulary.of(
        ([w.lower() for w in spelled] for spelled, _ in trained), vocabulary, least=2
    )
    shapes = Vocabulary.of(([shape(w) for w in s] for s, _ in trained), 2000, least=3)

    def split(examples: list[Sentence]) -> Split:
        rows = [known.ids(w.lower() for w in spelled) for spelled, _ in examples]
        lengths = lengths_of(rows)
        return Split(
            inputs={
                "words": rectangle(rows, length),
                "shapes": rectangle([shapes.ids(map(shape, s)) for s, _ in examples], length),
            },
            lengths=lengths,
            targets=rectangle([tags for _, tags in examples], length),
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


def baselines(dataset: Dataset) -> tuple[Baseline, ...]:
    """Each word's most frequent tag, counted with the whole training vocabulary."""
    counts: dict[str, Counter[int]] = defaultdict(Counter)
    for spelled, tags in dataset.details["train"]:
        for word, tag in zip(spelled, tags, strict=True):
            counts[word.lower()][tag] += 1
    once = Counter(tag for seen in counts.values() if seen.total() == 1 for tag in seen)
    fallback = once.most_common(1)[0][0] if once else 0
    best = {word: seen.most_common(1)[0][0] for word, seen in counts.items()}
    right = [
        best.get(word.lower(), fallback) == tag
        for spelled, tags in dataset.details["test"]
        for word, tag in zip(spelled, tags, strict=True)
    ]
    return (Baseline("most frequent tag of the word", float(np.mean(right)), "accuracy"),)


def tagged(dataset: Dataset, names: Sequence[str]) -> Texts:
    """Sentences as they are printed, and the names of their tags."""

    def named(tags: Sequence[int]) -> str:
        return " ".join(names[tag] for tag in tags)

    def example(row: int) -> Example:
        spelled, tags = dataset.details["test"][row]
        return Example(" ".join(spelled), (named(tags),))

    return Texts(named, example)


def _scale(train: int, validation: int, test: int, length: int, epochs: int) -> Scale:
    options = {"train": train, "validation": validation, "test": test, "length": length}
    return Scale({**options, "vocabulary": 20_000}, Recipe(parameters=40_000, epochs=epochs))


TASK = Task(
    name="labelling",
    summary="universal part-of-speech tag of every word of a sentence",
    pattern=Pattern.SYNCHRONOUS,
    metric=Metric("accuracy", "share of words"),
    margin=0.005,
    source=Source(
        "Francis & Kučera, A Standard Corpus of Present-Day Edited American English, 1964/1979",
        "distributed with the permission of the copyright holder, redistribution permitted",
        CHECKSUMS[FILE],
    ),
    scales={
        "smoke": _scale(400, 200, 300, 12, epochs=1),
        "quick": _scale(8000, 1000, 2500, 24, epochs=4),
        "standard": _scale(30_000, 2000, 4000, 40, epochs=6),
        "paper": _scale(46_000, 3000, 6000, 60, epochs=12),
    },
    build=build,
    baselines=baselines,
    texts=lambda dataset: tagged(dataset, TAGS),
)
