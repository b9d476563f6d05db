"""Layers before and behind a network do what the tasks' own functions do."""

from __future__ import annotations

import gzip

import keras
import numpy as np
import pytest
import tensorflow as tf

from gatewise.benchmark.networks.portable import Answer, Measured, Words
from gatewise.tasks.own.examples import characters
from gatewise.tasks.tagging import shape
from gatewise.tasks.text import Vocabulary, rectangle, words
from gatewise.tasks.vendored import FOLDER

ODD = (
    "Don’t panic: it's 3½ km to Köln-Süd!",
    "हिन्दी में लिखा हुआ वाक्य, और विराम।",
    "می‌خواهم کتاب‌ها را بخوانم",
    "这本书 的质量还不错，2024年",
    "ÉCOLE ’tis _under_score_ ... a'b'c\u00a0x\ufeffy\tz",
    "Ⅷ и ещё ёлки; ΑΒΓ ΣΊΣΥΦΟΣ?",
)


def texts():
    """Real sentences in English and Spanish, and odd ones."""
    found = list(ODD)
    for name, column in (("movie_snippets.tsv.gz", 2), ("tatoeba_eng_spa.tsv.gz", 1)):
        with gzip.open(FOLDER / name, "rt", encoding="utf-8") as file:
            found += [line.rstrip("\n").split("\t")[column] for line in file][::10]
    return found


@pytest.mark.parametrize(("by", "cut"), [("word", words), ("character", characters)])
def test_texts_are_cut_in_the_graph_as_they_are_for_training(by, cut):
    spoken = texts()
    tokens = [cut(text) for text in spoken]
    known = Vocabulary.of(tokens, 100_000, least=2)
    layer = Words(known.tokens, by)
    assert len(spoken) > 4000
    found = np.asarray(layer(tf.constant(spoken)))
    expected = rectangle([known.ids(of) for of in tokens])
    different = [spoken[row] for row in np.flatnonzero((found != expected).any(axis=1))]
    assert different == []


def test_tokens_are_looked_up_by_themselves_and_by_shape():
    with gzip.open(FOLDER / "brown.tsv.gz", "rt", encoding="utf-8") as file:
        rows = [line.split("\t")[1].split() for line in file][::200]
    tokens = [[token.rpartition("/")[0] for token in row] for row in rows]
    tokens.append(["Ab", "X", "1990s", "Ñu", "ı", "'s", "12"])
    longest = max(map(len, tokens))
    padded = tf.constant([[*row, *[""] * (longest - len(row))] for row in tokens])
    for shapes, spelled in ((False, str.lower), (True, shape)):
        known = Vocabulary.of([list(map(spelled, row)) for row in tokens], 100_000)
        found = np.asarray(Words(known.tokens, shapes=shapes)(padded))
        assert np.array_equal(found, rectangle([known.ids(map(spelled, row)) for row in tokens]))


def test_texts_longer_than_the_length_are_cut():
    layer = Words(["", "", "a", "b"], "word", length=3)
    assert np.asarray(layer(tf.constant(["a b a b", "c"]))).tolist() == [[2, 3, 2], [1, 0, 0]]


def test_numbers_are_measured_and_told():
    raw = np.array([[[1.0, 10.0], [3.0, 20.0]]], np.float32)
    measured = np.asarray(Measured([1.0, 10.0], [2.0, 5.0])(raw))
    assert measured.tolist() == [[[0, 0], [1, 2]]]
    relative = np.asarray(Measured([0.0, 10.0], [2.0, 5.0], relative=True)(raw))
    assert relative.tolist() == [[[-1, 0], [0, 2]]]
    logits = np.array([[0.5]], np.float32)
    assert np.asarray(Answer(mean=1.0, spread=4.0)(logits)).tolist() == [3.0]
    assert np.asarray(Answer(mean=1.0, spread=4.0)(logits, raw)).tolist() == [6.0]
    p = np.asarray(Answer(("no", "yes"))(np.zeros((1, 2), np.float32)))
    assert p.tolist() == [[0.5, 0.5]]


def test_layers_are_what_they_were_after_saving(tmp_path):
    text = keras.Input((), dtype="string")
    ids = Words(["", "", "a", "b"], "word", 4)(text)
    model = keras.Model(
        text,
        Answer(("x", "y"), about={"reading": {"text": "t"}})(
            keras.layers.GlobalAveragePooling1D()(keras.layers.Embedding(4, 2, mask_zero=True)(ids))
        ),
    )
    model.save(tmp_path / "m.keras")
    loaded = keras.models.load_model(tmp_path / "m.keras")
    given = tf.constant(["a b", "b b c a a a"])
    assert np.array_equal(model.predict(given, verbose=0), loaded.predict(given, verbose=0))
    assert loaded.layers[-1].classes == ("x", "y")
    assert loaded.layers[-1].about == {"reading": {"text": "t"}}
