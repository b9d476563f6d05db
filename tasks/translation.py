"""English sentences into Spanish.

    i'm happy .   ->   <begin> estoy feliz . <end>

Short pairs from Tatoeba, split by English sentence. An English sentence often has several Spanish
translations: training uses every pair, cross-entropy in validation and test the one with the lowest
Tatoeba number, BLEU and chrF all that the scale's length admits (lower-cased, by token). A Spanish
word outside the vocabulary is one more token, ``<unk>``, to cross-entropy; in BLEU and chrF it can
never be produced and counts as wrong. Baselines: a bigram model of the Spanish side, which never
reads the source, and a dictionary that translates word by word, learnt from the training pairs as
the lexicon of IBM's model 1 (Brown et al. 1993). The probe ``shuffled source`` gives every test
example another one's English sentence: a model that reads its source does far worse there.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from scipy import sparse

from gatewise.tasks import hub
from gatewise.tasks.extras import EXTRAS
from gatewise.tasks.task import (
    Array,
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
from gatewise.tasks.text import (
    UNKNOWN,
    Vocabulary,
    corpus_scores,
    lengths_of,
    rectangle,
    split_by_content,
    words,
)
from gatewise.tasks.vendored import CHECKSUMS, read_rows

FILE = "tatoeba_eng_spa.tsv.gz"
MULTI30K = "translation-multi30k"
SPECIAL = ("<begin>", "<end>")
BEGIN, END = 2, 3
EM_STEPS = 6


class Pair(NamedTuple):
    """One English sentence and one of its translations, in words."""

    english: tuple[str, ...]
    spanish: tuple[str, ...]


def build(train: int, validation: int, test: int, length: int, vocabulary: int) -> Dataset:
    """Pairs of at most ``length`` English and ``length + 2`` Spanish tokens, as ids."""
    rows = sorted(read_rows(FILE), key=lambda row: int(row[4]))
    pairs = [Pair(tuple(words(row[0])), tuple(words(row[1]))) for row in rows]
    tested, validated, trained = split_by_content(
        short(pairs, length), lambda pair: " ".join(pair.english), test, validation, train
    )
    return dataset_of(trained, validated, tested, length, vocabulary)


def build_multi30k(train: int, validation: int, test: int, length: int, vocabulary: int) -> Dataset:
    """The first pairs that are short enough of each published split, German in Spanish's place."""
    counts = (train, validation, test)
    trained, validated, tested = (
        short([Pair(tuple(words(en)), tuple(words(de))) for en, de in rows], length)[:count]
        for rows, count in zip(hub.rows(MULTI30K), counts, strict=True)
    )
    return dataset_of(trained, validated, tested, length, vocabulary)


def short(pairs: list[Pair], length: int) -> list[Pair]:
    """Pairs of at most ``length`` and ``length + 2`` tokens."""
    return [p for p in pairs if 0 < len(p.english) <= length and 0 < len(p.spanish) <= length + 2]


def dataset_of(
    trained: list[Pair], validated: list[Pair], tested: list[Pair], length: int, vocabulary: int
) -> Dataset:
    """Pairs as ids; the training pairs make both vocabularies."""
    trained = list(dict.fromkeys(trained))
    english = Vocabulary.of((p.english for p in trained), vocabulary, least=2)
    spanish = Vocabulary.of((p.spanish for p in trained), vocabulary, least=2, special=SPECIAL)
    references = _references(tested)

    def split(examples: list[Pair]) -> Split:
        source = [english.ids(pair.english) for pair in examples]
        target = [[*spanish.ids(pair.spanish), END] for pair in examples]
        ends = lengths_of(target)
        return Split(
            inputs={"words": rectangle(source, length)},
            lengths=lengths_of(source),
            targets=rectangle(target, length + 3),
            weights=(np.arange(length + 3) < ends[:, None]).astype(np.float32),
        )

    return Dataset(
        train=split(trained),
        validation=split(_first(validated)),
        test=split(_first(tested)),
        inputs={"words": Tokens(len(english), 64, spread=1.0)},
        classes=len(spanish),
        begin=BEGIN,
        end=END,
        details={"english": english, "spanish": spanish, "references": references},
    )


def _references(pairs: list[Pair]) -> list[list[str]]:
    """All translations of each English sentence, in the order of :func:`_first`."""
    found: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for pair in pairs:
        found[pair.english].append(" ".join(pair.spanish))
    return list(found.values())


def _first(pairs: list[Pair]) -> list[Pair]:
    """Each English sentence once, with its first translation."""
    found: dict[tuple[str, ...], Pair] = {}
    for pair in pairs:
        found.setdefault(pair.english, pair)
    return list(found.values())


def answer_scores(dataset: Dataset, rows: Array, decoded: list[list[int]]) -> dict[str, float]:
    """BLEU and chrF (0 to 100) of decoded ids against all references, lower-cased, by token."""
    tokens = dataset.details["spanish"].tokens
    written = [" ".join(tokens[i] for i in ids) for ids in decoded]
    references = [dataset.details["references"][row] for row in rows]
    return corpus_scores(written, references)


def texts(dataset: Dataset) -> Texts:
    """Spanish as tokens with spaces between; English words outside the vocabulary as ``<unk>``."""
    english, spanish = dataset.details["english"].tokens, dataset.details["spanish"].tokens
    test = dataset.test

    def example(row: int) -> Example:
        source = test.inputs["words"][row, : test.lengths[row]]
        references = tuple(dataset.details["references"][row])
        return Example(" ".join(english[i] for i in source), references)

    return Texts(lambda ids: " ".join(spanish[i] for i in ids), example)


def shuffle_source(split: Split) -> Split:
    """The split with every example reading another example's source."""
    other = np.roll(np.random.default_rng(0).permutation(len(split)), 1)
    moved = np.empty_like(other)
    moved[np.roll(other, 1)] = other
    return Split(
        inputs={name: array[moved] for name, array in split.inputs.items()},
        lengths=split.lengths[moved],
        targets=split.targets,
        weights=split.weights,
    )


def baselines(dataset: Dataset) -> tuple[Baseline, ...]:
    """The bigram model in nats a token and the word-by-word dictionary in BLEU."""
    bleu = answer_scores(dataset, np.arange(len(dataset.test)), _word_by_word(dataset))["bleu"]
    return (
        Baseline("bigram language model", _bigram_nats(dataset), "nats"),
        Baseline("word-by-word dictionary", bleu, "bleu"),
    )


def _bigrams(split: Split) -> tuple[Array, Array]:
    """Every (previous, next) pair of target tokens, the begin token included."""
    begin = np.full((len(split), 1), BEGIN, np.int32)
    previous = np.concatenate([begin, split.targets[:, :-1]], axis=1)
    real = split.weights > 0
    return previous[real], split.targets[real]


def _bigram_nats(dataset: Dataset) -> float:
    """Bigram, unigram and uniform model mixed, with the weights that suit the validation split."""
    size = dataset.classes
    previous, following = _bigrams(dataset.train)
    ones = np.ones(len(previous))
    pairs = sparse.csr_array((ones, (previous, following)), shape=(size, size))
    outgoing = np.maximum(np.bincount(previous, minlength=size), 1)
    unigram = np.bincount(following, minlength=size) / len(following)

    def nats(split: Split, bigram: float, uniform: float) -> float:
        v, w = _bigrams(split)
        seen = np.asarray(pairs[v, w]).ravel() / outgoing[v]
        p = bigram * seen + (1 - bigram - uniform) * unigram[w] + uniform / size
        return float(-np.log(p).mean())

    weights = [(b, u) for b in np.linspace(0.1, 0.9, 17) for u in (0.001, 0.01, 0.05)]
    best = min(weights, key=lambda mixed: nats(dataset.validation, *mixed))
    return nats(dataset.test, *best)


def _word_by_word(dataset: Dataset) -> list[list[int]]:
    """The test split, each English word replaced by its most likely Spanish one.

    Model 1's expectation maximisation: t(s|e) is the expected share of e's occurrences aligned to
    s, where a Spanish word is aligned to each English word of its sentence in proportion to t.
    """
    size, train = dataset.classes, dataset.train
    sentence, i, j = np.nonzero(
        (train.inputs["words"][:, :, None] > 0) & (train.weights > 0)[:, None, :]
    )
    english, spanish = train.inputs["words"][sentence, i], train.targets[sentence, j]
    kept = (spanish != END) & (spanish != UNKNOWN)
    sentence, j, english, spanish = (a[kept] for a in (sentence, j, english, spanish))
    entries, entry = np.unique(english.astype(np.int64) * size + spanish, return_inverse=True)
    place = sentence * train.targets.shape[1] + j
    t = np.ones(len(entries))
    for _ in range(EM_STEPS):
        share = t[entry] / np.bincount(place, t[entry])[place]
        counts = np.bincount(entry, share)
        t = counts / np.bincount(entries // size, counts)[entries // size]
    # In rising order of t the last write, the most likely translation, stays.
    lexicon = np.zeros(int(entries.max() // size) + 1, np.int64)
    order = np.argsort(t, kind="stable")
    lexicon[entries[order] // size] = entries[order] % size
    rows = zip(dataset.test.inputs["words"][:], dataset.test.lengths, strict=True)
    return [
        [int(lexicon[e]) for e in row[:n] if e != UNKNOWN and e < len(lexicon) and lexicon[e]]
        for row, n in rows
    ]


def _scale(
    train: int,
    validation: int,
    test: int,
    length: int,
    vocabulary: int,
    epochs: int,
    budget: int,
    dropout: float = 0.3,
) -> Scale:
    options = {"train": train, "validation": validation, "test": test, "length": length}
    recipe = Recipe(budget, epochs, batch_size=64, learning_rate=4e-3, dropout=dropout)
    return Scale({**options, "vocabulary": vocabulary}, recipe)


TASK = Task(
    name="translation",
    summary="short English sentences into Spanish",
    pattern=Pattern.ENCODER_DECODER,
    metric=Metric("nats", "nats a token"),
    margin=0.05,
    source=Source(
        "tatoeba.org sentence pairs; authors named in the data file",
        "CC-BY 2.0 FR",
        CHECKSUMS[FILE],
    ),
    scales={
        "smoke": _scale(600, 200, 300, 5, 400, epochs=1, budget=40_000),
        "quick": _scale(9000, 800, 2000, 6, 1000, epochs=10, budget=60_000, dropout=0.1).annealed(
            peak=1e-2
        ),
        "standard": _scale(20_000, 1500, 3000, 10, 5000, epochs=24, budget=250_000),
        "paper": _scale(25_000, 1500, 3500, 14, 8000, epochs=25, budget=400_000),
    },
    build=build,
    baselines=baselines,
    probes={"shuffled source": shuffle_source},
    answer_scores=answer_scores,
    texts=texts,
)
TASKS = (
    replace(
        TASK,
        name=MULTI30K,
        summary="English descriptions of photographs into German",
        source=EXTRAS[MULTI30K].source,
        scales={
            "smoke": _scale(600, 200, 300, 12, 400, epochs=1, budget=40_000),
            "quick": _scale(9000, 800, 1000, 14, 2000, epochs=9, budget=120_000),
            "standard": _scale(29_000, 1014, 1000, 25, 5000, epochs=15, budget=250_000),
            "paper": _scale(29_000, 1014, 1000, 40, 8000, epochs=25, budget=400_000),
        },
        build=build_multi30k,
        extra=MULTI30K,
    ),
)
