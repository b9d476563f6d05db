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
from dataclasses import replace
from functools import cache

from gatewise.tasks import hub, tagging
from gatewise.tasks.extras import EXTRAS
from gatewise.tasks.tagging import Sentence
from gatewise.tasks.task import Baseline, Dataset, Metric, Pattern, Recipe, Scale, Source, Task
from gatewise.tasks.text import split_by_content
from gatewise.tasks.vendored import CHECKSUMS, read_rows

FILE = "brown.tsv.gz"
EWT = "labelling-ewt"
UPOS = hub.UPOS[:-1]
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


def universal(tag: str) -> int:
    """Number of the universal tag of a raw Brown tag, such as ``fw-nn-tl`` or ``ppss+bem*``."""
    plain = DECORATION.sub("", tag).split("+")[0]
    plain = plain.replace("*", "") or "*"
    return TAGS.index(UNIVERSAL[plain])


@cache
def read(token: str) -> tuple[str, int]:
    """Word and number of the universal tag of a token such as ``jury/nn``."""
    word, tag = token.rsplit("/", 1)
    return word, universal(tag)


def build(train: int, validation: int, test: int, length: int, vocabulary: int) -> Dataset:
    """The sentences as ids of words and of shapes; the training split makes both vocabularies."""
    sentences: list[Sentence] = []
    for _, text in read_rows(FILE):
        tokens = text.split(" ")
        if len(tokens) > length:
            continue
        spelled, tags = zip(*map(read, tokens), strict=True)
        sentences.append((spelled, tags))
    tested, validated, trained = split_by_content(
        sentences, lambda s: " ".join(s[0]).lower(), test, validation, train
    )
    return tagging.dataset_of(trained, validated, tested, length, vocabulary, len(TAGS))


def build_ewt(train: int, validation: int, test: int, length: int, vocabulary: int) -> Dataset:
    """The first sentences of each published split of a treebank of web English, 17 tags."""
    splits = [
        [(tuple(words), tuple(map(UPOS.index, tags))) for words, tags in rows if words]
        for rows in hub.rows(EWT)
    ]
    counts = (train, validation, test)
    trained, validated, tested = tagging.published(splits, counts, length)
    return tagging.dataset_of(trained, validated, tested, length, vocabulary, len(UPOS))


def baselines(dataset: Dataset) -> tuple[Baseline, ...]:
    """Each word's most frequent tag, counted with the whole training vocabulary."""
    usual, rare = tagging.usual_tags(dataset.details["train"], str.lower)
    tested = dataset.details["test"]
    answers = [[usual.get(word.lower(), rare) for word in words] for words, _ in tested]
    score = tagging.share_right(answers, tested)
    return (Baseline("most frequent tag of the word", score, "accuracy"),)


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
        "quick": _scale(8000, 1000, 2500, 24, epochs=8).in_thirds(peak=8e-3),
        "standard": _scale(30_000, 2000, 4000, 40, epochs=6),
        "paper": _scale(46_000, 3000, 6000, 60, epochs=12),
    },
    build=build,
    baselines=baselines,
    texts=lambda dataset: tagging.texts(dataset, TAGS),
)
TASKS = (
    replace(
        TASK,
        name=EWT,
        summary="universal part-of-speech tag of every word of web English",
        source=EXTRAS[EWT].source,
        scales={
            **TASK.scales,
            "standard": _scale(12_000, 2000, 2077, 40, epochs=6),
            "paper": _scale(12_500, 2001, 2077, 80, epochs=12),
        },
        build=build_ewt,
        extra=EWT,
    ),
)
