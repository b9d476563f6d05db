"""The Brown corpus as documents, for the tasks that read it as running text."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import groupby

import numpy as np

from gatewise.tasks.task import Dataset, Example, Read, Source, Split, Texts
from gatewise.tasks.text import Vocabulary, rectangle, split_by_content
from gatewise.tasks.vendored import CHECKSUMS, read_rows

FILE = "brown.tsv.gz"
SOURCE = Source(
    "Francis & Kučera, A Standard Corpus of Present-Day Edited American English, 1964/1979",
    "distributed with the permission of the copyright holder, redistribution permitted",
    CHECKSUMS[FILE],
)
TEST_DOCUMENTS, VALIDATION_DOCUMENTS = 60, 40
"""Of 500, each of about 2,000 words; the others are for training."""
TAG = re.compile(r"/[^/ ]+(?= |$)")
TWICE = re.compile(r"([;?!]) \1(?= |$)")
TIGHT = ((r"`` | ''", '"'), (r" ([,.;:?!)])", r"\1"), (r"\( ", "("))


def sentences(tagged: str) -> str:
    """The words of a tagged sentence; the corpus writes ``;``, ``?`` and ``!`` twice."""
    return TWICE.sub(r"\1", TAG.sub("", tagged))


def printed(spelled: str) -> str:
    """Tokens as they stand in print: quotation marks and punctuation close to their word."""
    for pattern, instead in TIGHT:
        spelled = re.sub(pattern, instead, spelled)
    return spelled


def documents() -> list[list[list[str]]]:
    """Test, validation and training documents, each a list of sentences of tokens and spaces.

    Which document is in which part is the same at every scale.
    """
    texts = {
        name: [sentences(tagged) for _, tagged in rows]
        for name, rows in groupby(read_rows(FILE), key=lambda row: row[0])
    }
    parts = split_by_content(
        texts.items(), lambda item: item[0], TEST_DOCUMENTS, VALIDATION_DOCUMENTS, len(texts)
    )
    return [[text for _, text in part] for part in parts]


def texts(dataset: Dataset) -> Texts:
    """Excerpts: the first half is what is given, the second what followed it in print."""
    known, joint = dataset.details["vocabulary"], dataset.details["joint"]
    test = dataset.test

    def write(ids: Sequence[int]) -> str:
        return joint.join(known.tokens[i] for i in ids)

    def example(row: int) -> Example:
        read, target = (array[row].tolist() for array in (test.inputs["tokens"], test.targets))
        half = len(read) // 2
        return Example(write(read[:half]), (write(target[half - 1 :]),))

    def read(text: str) -> Read:
        tokens = tuple(text.lower().split() if joint else text)
        return Read(tokens, {"tokens": known.ids(tokens)})

    return Texts(write, example, read)


def excerpts(texts: Sequence[Sequence[str]], count: int, length: int, known: Vocabulary) -> Split:
    """A random sample of at most ``count`` excerpts of ``length`` steps, the next token as target.

    Excerpts of one text lie side by side: a target is in one excerpt alone.
    """
    found = [(text, start) for text in texts for start in range(0, len(text) - length, length)]
    chosen = np.sort(np.random.default_rng(0).permutation(len(found))[:count])
    places = [found[i] for i in chosen]
    ids = rectangle([known.ids(text[start : start + length + 1]) for text, start in places])
    return Split(
        inputs={"tokens": np.ascontiguousarray(ids[:, :-1])},
        lengths=np.full(len(ids), length, np.int32),
        targets=np.ascontiguousarray(ids[:, 1:]),
        weights=np.ones((len(ids), length), np.float32),
    )
