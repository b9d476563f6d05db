from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from gatewise.tasks import brown, char_lm, word_lm
from gatewise.tasks.text import UNKNOWN


@pytest.fixture(scope="module")
def dataset():
    return char_lm.TASK.load("smoke")


def test_every_document_is_in_one_part():
    parts = brown.documents()
    assert [len(part) for part in parts] == [60, 40, 400]
    texts = [{" ".join(sentences) for sentences in part} for part in parts]
    for one, other in combinations(texts, 2):
        assert not one & other


def test_excerpts_are_printed_text_of_their_part(dataset):
    tokens = dataset.details["vocabulary"].tokens
    parts = brown.documents()
    for split, part in ((dataset.test, parts[0]), (dataset.train, parts[2])):
        whole = "\n".join(brown.printed(" ".join(sentences)) for sentences in part)
        for row, target in zip(split.inputs["tokens"][:40], split.targets, strict=False):
            ids = [*row, target[-1]]
            if UNKNOWN not in ids:
                assert "".join(tokens[i] for i in ids) in whole


def test_no_target_is_in_two_excerpts():
    """Of one text, in order: what one excerpt has last to predict the next has first to read."""
    from gatewise.tasks.text import Vocabulary

    text = [str(i) for i in range(100)]
    known = Vocabulary.of([text], 1000)
    split = brown.excerpts([text], 1000, 10, known)
    targets = split.targets.ravel()
    assert len(set(targets)) == len(targets) == 90
    np.testing.assert_array_equal(split.inputs["tokens"][1:, 0], split.targets[:-1, -1])


@pytest.mark.parametrize(
    ("tokens", "text"),
    [
        (
            "`` Who ? ? '' he asked ; ; then ( after all ) left .",
            '"Who?" he asked; then (after all) left.',
        ),
        ("Is it 1/2 , or Bob's ? ?", "Is it 1/2, or Bob's?"),
    ],
)
def test_text_is_printed_as_in_a_book(tokens, text):
    tagged = " ".join(f"{token}/nn-tl" for token in tokens.split(" "))
    assert brown.printed(brown.sentences(tagged)) == text


def test_words_follow_sentence_ends(dataset):
    data = word_lm.TASK.load("quick")
    tokens = data.details["vocabulary"].tokens
    assert word_lm.END in tokens
    share = (data.test.targets == tokens.index(word_lm.END)).mean()
    # 57,340 sentences of 20.3 tokens on average.
    assert 1 / 25 < share < 1 / 18


def test_n_grams_beat_bigrams_beat_chance(dataset):
    from gatewise.tasks.task import chance

    data = char_lm.TASK.load("quick")
    scores = {(b.name, b.metric): b.score for b in char_lm.TASK.baselines(data)}
    best = scores["n-gram model (Kneser-Ney)", "nats"]
    assert best < scores["bigram model", "nats"] - 0.3
    assert scores["bigram model", "nats"] < chance(data, char_lm.METRIC) - 0.3
    assert scores["n-gram model (Kneser-Ney)", "bits per character"] == pytest.approx(
        best / np.log(2)
    )
