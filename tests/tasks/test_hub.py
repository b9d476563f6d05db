"""The standard sets on records in the shape that their libraries give; what they hold is ours."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from gatewise import tasks
from gatewise.tasks import entities, hub
from gatewise.tasks.extras import AbsentData, FailedFetch
from gatewise.tasks.task import chance

PEOPLE, PLACES = ("Ada", "Bela", "Cora", "Dora"), ("Rome", "Oslo", "Kyiv", "Lima")
NUMBERS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
GERMAN = ("ein", "zwei", "drei", "vier", "fünf", "sechs", "sieben", "acht", "neun", "zehn")


def review(k):
    verdict = b"good" if k % 2 else b"bad"
    return {"label": k % 2, "text": b"Film number %d<br />was really %s." % (k, verdict)}


def named(k):
    words = [PEOPLE[k % 4], "left", PLACES[k // 4 % 4], NUMBERS[k % 10], "times", "."]
    return {
        "tokens": np.array([word.encode() for word in words], object),
        "ner": np.array([1, 0, 5, 0, 0, 0]),
        "pos": np.zeros(6, int),
        "chunks": np.zeros(6, int),
    }


def parsed(k):
    """``can't`` is one written form, which counts as the two words behind it."""
    words = [PEOPLE[k % 4], "can't", "ca", "n't", "see", NUMBERS[k % 10], PLACES[k // 4 % 4], "."]
    tags = ["PROPN", "_", "AUX", "PART", "VERB", "NUM", "PROPN", "PUNCT"]
    return {
        "idx": b"weblog-%d" % k,
        "tokens": np.array([word.encode() for word in words], object),
        "upos": np.array([hub.UPOS.index(tag) for tag in tags]),
    }


def translated(k):
    first, second = divmod(k, 10)
    return {
        "en": f"{NUMBERS[first % 10].capitalize()} dogs and {NUMBERS[second]} cats .",
        "de": f"{GERMAN[first % 10].capitalize()} Hunde und {GERMAN[second]} Katzen .",
    }


def acted(k):
    """A square of one colour crosses the picture, in the row of its action."""
    frames = 20 + k % 10
    film = np.zeros((frames, 256, 256, 3), np.uint8)
    for frame, x in zip(film, np.linspace(0, 192, frames).astype(int), strict=True):
        frame[64 * (k % 4) : 64 * (k % 4) + 64, x : x + 64] = (k % 256, 0, 255)
    return {"label": k % 4, "video": film}


def moving(k):
    """A square of 24 × 24 falls by a row of 4 pixels a frame, from the top again at the bottom."""
    film = np.zeros((20, 64, 64, 1), np.uint8)
    for step, frame in enumerate(film):
        y, x = 4 * ((k + step) % 11), 4 * (k // 11 % 11)
        frame[y : y + 24, x : x + 24] = 255 - k // 121
    return {"image_sequence": film}


RECORDS = {
    "imdb_reviews": review,
    "conll2003": named,
    "universal_dependencies/en_ewt": parsed,
    "bentrevett/multi30k": translated,
    "ucf101": acted,
    "moving_mnist": moving,
}
COUNTS = {"ucf101": 40}
"""Of the splits of fewer records than 400."""


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    """A hub whose splits hold other records each."""

    def read(id, split):
        first = {"train": 0, "dev": 400, "validation": 400, "test": 800}[split]
        return map(RECORDS[id], range(first, first + COUNTS.get(id, 400)))

    monkeypatch.setenv("GATEWISE_DATA", str(tmp_path))
    monkeypatch.setattr(hub, "READERS", dict.fromkeys(hub.READERS, read))
    return tmp_path


@pytest.mark.parametrize("name", list(hub.SETS))
def test_a_fetched_set_is_a_task(name, home):
    task = tasks.find(name)
    with pytest.raises(AbsentData, match=f"bring it with: gatewise data fetch {name}"):
        task.load("smoke")
    found = hub.fetch(name)
    assert [path.name for path in found] == [f"{s}.jsonl.gz" for s in hub.SETS[name].splits]
    assert not list(home.rglob("*.part"))
    dataset = task.load("smoke")
    assert dataset.checksum() == task.load("smoke").checksum()
    for split in (dataset.train, dataset.validation, dataset.test):
        assert 0 < len(split) <= 400
        assert split.targets.max() < dataset.classes
    assert np.isfinite(chance(dataset, task.metric))
    assert all(np.isfinite(baseline.score) for baseline in task.baselines(dataset))


def test_reviews_keep_their_published_halves():
    hub.fetch("sentiment-imdb-tfds")
    dataset = tasks.find("sentiment-imdb-tfds").load("smoke")
    texts, positive = zip(*dataset.details["test"], strict=True)
    assert {int(words[2]) for words in texts} == set(range(800, 1200))
    assert all(("good" in words) == sign for words, sign in zip(texts, positive, strict=True))


def test_words_keep_their_tags():
    hub.fetch("entities-tfds")
    dataset = tasks.find("entities-tfds").load("smoke")
    words, tags = dataset.details["train"][0]
    assert words == ("Ada", "left", "Rome", "one", "times", ".")
    assert [entities.TAGS[tag] for tag in tags] == [
        "B-PER",
        "O",
        "B-LOC",
        "O",
        "O",
        "O",
    ]


def test_a_form_of_several_words_is_left_out():
    hub.fetch("labelling-ewt")
    words, tags = tasks.find("labelling-ewt").load("smoke").details["train"][0]
    assert words == ("Ada", "ca", "n't", "see", "one", "Rome", ".")
    spelled = [hub.UPOS[tag] for tag in tags]
    assert spelled == ["PROPN", "AUX", "PART", "VERB", "NUM", "PROPN", "PUNCT"]


def test_german_is_what_is_written():
    hub.fetch("translation-multi30k")
    task = tasks.find("translation-multi30k")
    example = task.texts(task.load("smoke")).example(0)
    assert "hunde und" in example.references[0]
    assert "cats" in example.source


def test_films_are_made_grey_and_small():
    """Of 24 frames 16 are kept; 64 pixels of the square become 8."""
    action, text = hub.action(acted(100))
    assert action == 0
    film = hub.film(text, hub.ACTION_SIDE)
    grey = round(0.299 * 100 + 0.114 * 255)
    assert film.shape == (16, 32, 32)
    assert not film[:, 8:].any()
    np.testing.assert_array_equal(film[0, :8, :8], grey)
    np.testing.assert_array_equal(film[-1, :8, 24:], grey)
    across = film[:, 0].astype(float) @ np.arange(32) / film[:, 0].sum(axis=1)
    assert (np.diff(across) > 1).all()


def test_films_of_actions_keep_their_published_halves():
    hub.fetch("ucf101")
    task = tasks.find("ucf101")
    # Training and test colours differ: k is red, and the test half begins at 800.
    dataset = task.load("smoke")
    assert (len(dataset.train) + len(dataset.validation), len(dataset.test)) == (40, 40)
    for split, first in ((dataset.validation, 0), (dataset.train, 16), (dataset.test, 800)):
        k = first + np.arange(len(split))
        np.testing.assert_array_equal(split.targets, k % 4)
        grey = np.round(0.299 * (k % 256) + 0.114 * 255) / 255
        brightest = split.inputs["frames"][:].max(axis=(1, 2, 3))
        np.testing.assert_allclose(brightest, grey, atol=1e-6)


def test_the_next_frame_is_what_moves_on():
    hub.fetch("moving-mnist")
    split = tasks.find("moving-mnist").load("smoke").test
    shown = split.inputs["frames"][0]
    assert shown.shape == (19, 16, 16)
    assert shown.sum(axis=(1, 2)).tolist() == [36] * 19
    asked = split.targets[0].reshape(19, 16, 16)
    np.testing.assert_array_equal(asked[:-1], shown[1:])
    # The first test film is number 800, which begins 8 squares down.
    assert np.argwhere(asked[0])[0].tolist() == [9, 72 % 11]


def test_a_frame_is_foretold_by_each_square_alone():
    """Most squares stay as they are, so knowing them beats knowing none."""
    hub.fetch("moving-mnist")
    task = tasks.find("moving-mnist")
    dataset = task.load("smoke")
    (alone,) = task.baselines(dataset)
    assert alone.score < chance(dataset, task.metric)


def test_a_failed_download_says_why(monkeypatch):
    def broken(id, split):
        raise ConnectionError("first line\nno route to host")

    monkeypatch.setattr(hub, "READERS", dict.fromkeys(hub.READERS, broken))
    with pytest.raises(FailedFetch, match=r"tensorflow-datasets==.*download it: no route to host"):
        hub.fetch("labelling-ewt")


def test_a_missing_library_is_named(monkeypatch):
    def missing(id, split):
        raise ModuleNotFoundError("No module named 'datasets'")

    monkeypatch.setattr(hub, "READERS", dict.fromkeys(hub.READERS, missing))
    with pytest.raises(FailedFetch, match="needs a library: pip install datasets=="):
        hub.fetch("translation-multi30k")


def test_tags_are_numbered_as_the_library_numbers_them():
    utils = pytest.importorskip("tensorflow_datasets.core.dataset_builders.conll")
    assert tuple(hub.CONLL_TAGS) == utils.conll_dataset_builder_utils.NER_TAGS
    assert tuple(hub.UPOS) == utils.conllu_dataset_builder_utils.UPOS


def test_every_set_has_its_task_and_its_files():
    for name, kept in hub.SETS.items():
        task = tasks.find(name)
        assert dataclasses.asdict(task.source)["sha256"] is None
        assert [f"{split}.jsonl.gz" for split in kept.splits] == list(
            tasks.extras.EXTRAS[name].files
        )
