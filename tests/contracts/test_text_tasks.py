"""What the text tasks hold, seen from the files they are made of: their arrays, not their notes.

``tests/contracts/test_tasks.py`` cannot compare texts, for to a network two sentences with unknown
words may look alike. Here sentences are compared that have none, at the scale that is compared.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest

from gatewise.tasks import labelling, sentiment, translation
from gatewise.tasks.text import UNKNOWN, words
from gatewise.tasks.vendored import read_rows

MODULES = {module.TASK.name: module for module in (labelling, sentiment, translation)}


@pytest.fixture(scope="module")
def datasets():
    return {name: module.TASK.load("quick") for name, module in MODULES.items()}


@pytest.fixture(params=list(MODULES))
def dataset(request, datasets):
    return datasets[request.param]


def known_sentences(split) -> set[tuple[int, ...]]:
    rows = zip(split.inputs["words"].tolist(), split.lengths.tolist(), strict=True)
    return {tuple(row[:n]) for row, n in rows if UNKNOWN not in row}


def test_no_sentence_is_in_two_splits(dataset):
    splits = [known_sentences(s) for s in (dataset.train, dataset.validation, dataset.test)]
    assert all(len(sentences) > 100 for sentences in splits)
    for one, other in combinations(splits, 2):
        assert not one & other


def test_every_id_is_learnt_from_the_training_split(dataset):
    """A vocabulary that had seen another split would hold ids that training never shows."""
    for name, kind in dataset.inputs.items():
        shown = set(np.unique(dataset.train.inputs[name]))
        assert set(range(UNKNOWN, kind.vocabulary)) <= shown
    targets = set(np.unique(dataset.train.targets[dataset.train.weights > 0]))
    assert set(range(dataset.classes)) - targets <= {0, UNKNOWN, dataset.begin}


@pytest.mark.parametrize("name", ["labelling", "sentiment"])
@pytest.mark.parametrize("part", ["train", "test"])
def test_ids_spell_the_sentences_that_baselines_read(name, part, datasets):
    """Network and baseline are scored on the same sentences: one id a word, one word an id."""
    dataset = datasets[name]
    split = getattr(dataset, part)
    spelled = defaultdict(set)
    for row, n, (sentence, _) in zip(
        split.inputs["words"].tolist(), split.lengths, dataset.details[part], strict=True
    ):
        for id, word in zip(row[:n], sentence, strict=True):
            spelled[id].add(word.lower())
    assert all(len(found) == 1 for id, found in spelled.items() if id != UNKNOWN)


@pytest.mark.parametrize("part", ["train", "test"])
def test_every_word_has_the_tag_that_the_corpus_gives_it(part, datasets):
    tagged = defaultdict(set)
    for _, text in read_rows(labelling.FILE):
        tokens = [token.rsplit("/", 1) for token in text.split(" ")]
        tagged[tuple(word for word, _ in tokens)].add(tuple(tag for _, tag in tokens))
    dataset = datasets["labelling"]
    split = getattr(dataset, part)
    for row, n, (sentence, _) in zip(
        split.targets.tolist(), split.lengths, dataset.details[part], strict=True
    ):
        allowed = [[labelling.universal(tag) for tag in tags] for tags in tagged[sentence]]
        assert row[:n] in allowed


def test_sentences_rated_zero_are_left_out(datasets):
    cut = sentiment.TASK.scale("quick").options["length"]
    ratings = defaultdict(set)
    for _, rating, text in read_rows(sentiment.FILE):
        ratings[tuple(words(text)[:cut])].add(float(rating))
    details = datasets["sentiment"].details
    parts = ("train", "validation", "test")
    used = {tuple(sentence) for part in parts for sentence, _ in details[part]}
    zero = {sentence for sentence, found in ratings.items() if found == {0.0}}
    assert len(zero) > 30
    assert not used & zero


def test_penalty_is_chosen_on_the_validation_split(datasets):
    """With its classes turned round, the worst penalty looks best: the score must fall."""
    dataset = datasets["sentiment"]
    turned = [(sentence, not positive) for sentence, positive in dataset.details["validation"]]
    misled = replace(dataset, details={**dataset.details, "validation": turned})
    (honest,), (misguided,) = map(sentiment.baselines, (dataset, misled))
    assert misguided.score < honest.score - 0.01


def test_cross_entropy_is_of_the_translation_with_the_lowest_number(datasets):
    length = translation.TASK.scale("quick").options["length"]
    found = {}
    for english, spanish, _, _, number, _ in read_rows(translation.FILE):
        key, target = tuple(words(english)), words(spanish)
        if len(target) <= length + 2:
            found[key] = min(found.get(key, (int(number), target)), (int(number), target))
    dataset = datasets["translation"]
    english, spanish = dataset.details["english"], dataset.details["spanish"]
    lowest = defaultdict(set)
    for key, (_, target) in found.items():
        lowest[tuple(english.ids(key))].add((*spanish.ids(target), translation.END))
    for split in (dataset.validation, dataset.test):
        for i, n in enumerate(split.lengths):
            said = tuple(split.targets[i][split.weights[i] > 0].tolist())
            assert said in lowest[tuple(split.inputs["words"][i, :n].tolist())]


def test_shuffled_sources_keep_their_own_lengths(datasets):
    shuffled = translation.shuffle_source(datasets["translation"].test)
    np.testing.assert_array_equal(shuffled.lengths, (shuffled.inputs["words"] > 0).sum(axis=1))


def test_bigram_model_counts_training_and_weighs_by_validation(datasets):
    dataset = datasets["translation"]

    def nats(**changed):
        return translation._bigram_nats(replace(dataset, **changed))

    assert nats(test=dataset.train) < nats() - 0.1
    # Weights that suit sentences already counted trust the bigrams too much.
    assert nats(validation=dataset.train) > nats()
