from __future__ import annotations

import numpy as np
import pytest

from gatewise.tasks import translation
from gatewise.tasks.translation import BEGIN, END, TASK, shuffle_source


@pytest.fixture(scope="module")
def dataset():
    return TASK.load("quick")


def test_splits_share_no_english_sentence(dataset):
    """Compared as ids: a sentence whose ids match another split's has an unknown word."""
    sentences = [
        {
            tuple(row[:n])
            for row, n in zip(s.inputs["words"].tolist(), s.lengths, strict=True)
            if 1 not in row
        }
        for s in (dataset.train, dataset.validation, dataset.test)
    ]
    assert not sentences[0] & sentences[2]
    assert not sentences[0] & sentences[1]
    assert not sentences[1] & sentences[2]


def test_targets_end_with_the_end_token(dataset):
    test = dataset.test
    last = test.weights.sum(axis=1).astype(int) - 1
    assert (test.targets[np.arange(len(test)), last] == END).all()
    assert not (test.targets == BEGIN).any()


def test_perfect_decoding_scores_bleu_100_but_for_unknown_words(dataset):
    known = [i for i in range(len(dataset.test)) if 1 not in dataset.test.targets[i]][:500]
    decoded = [[t for t in dataset.test.targets[i].tolist() if t not in (0, END)] for i in known]
    scores = TASK.answer_scores(dataset, np.array(known), decoded)
    assert scores["bleu"] == pytest.approx(100)
    assert scores["chrf"] == pytest.approx(100)
    wrong = TASK.answer_scores(dataset, np.array(known), decoded[1:] + decoded[:1])
    assert wrong["bleu"] < 10


def test_every_reference_of_a_sentence_counts(dataset):
    """Any one of an English sentence's translations is a perfect answer."""
    several = [i for i, r in enumerate(dataset.details["references"]) if len(r) > 1]
    assert several
    vocabulary = dataset.details["spanish"]
    rows, decoded = [], []
    for i in several:
        ids = vocabulary.ids(dataset.details["references"][i][-1].split(" "))
        if 1 not in ids:
            rows.append(i)
            decoded.append(ids)
    assert len(rows) > 20
    assert TASK.answer_scores(dataset, np.array(rows), decoded)["bleu"] == pytest.approx(100)


def test_shuffled_source_moves_every_source(dataset):
    shuffled = shuffle_source(dataset.test)
    rows = np.arange(len(dataset.test))
    assert (shuffled.targets == dataset.test.targets).all()
    moved = (shuffled.inputs["words"] != dataset.test.inputs["words"]).any(axis=1)
    # Only equal sentences could look unmoved, and the test split has none twice.
    assert moved.mean() > 0.99
    assert sorted(map(tuple, shuffled.inputs["words"].tolist())) == sorted(
        map(tuple, dataset.test.inputs["words"].tolist())
    )
    assert len(rows) == len(shuffled)


def test_bigram_model_beats_chance_and_dictionary_translates(dataset):
    from gatewise.tasks.task import chance

    bigram, dictionary = TASK.baselines(dataset)
    assert 2.5 < bigram.score < chance(dataset, TASK.metric)
    assert 8 < dictionary.score < 25


def test_dictionary_learns_words_from_a_tiny_corpus():
    """On four pairs Model 1 finds the only consistent lexicon."""
    from gatewise.tasks.task import Dataset, Split, Tokens

    source = np.array([[4, 5], [4, 6], [7, 5], [7, 6]], np.int32)
    target = np.array([[14, 15, END], [14, 16, END], [17, 15, END], [17, 16, END]], np.int32)
    split = Split({"words": source}, np.full(4, 2, np.int32), target, np.ones((4, 3), np.float32))
    corpus = Dataset(split, split, split, {"words": Tokens(8, 4)}, 20, BEGIN, END)
    assert translation._word_by_word(corpus) == [[14, 15], [14, 16], [17, 15], [17, 16]]
