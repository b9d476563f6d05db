"""Data of one's own becomes a task that holds what every task holds."""

from __future__ import annotations

import csv
import gzip
import pickle
import random
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from gatewise import plugins, tasks
from gatewise.benchmark.records.meaning import meaning
from gatewise.plugins import ChangedPlugin
from gatewise.tasks import check
from gatewise.tasks.own import examples as of_examples
from gatewise.tasks.own.data import OwnData, recorded, restored
from gatewise.tasks.own.reading import Reading
from gatewise.tasks.own.rows import InvalidData
from gatewise.tasks.own.understanding import lines
from gatewise.tasks.vendored import FOLDER

pytestmark = pytest.mark.usefixtures("without_plugins")

LARGE = {check.margin_can_be_measured_at_quick, check.module_shows_a_worked_example}
"""What is asked of tasks for everybody alone."""


def written(path, header, rows):
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([header, *rows])
    return str(path)


def snippets(count):
    """Sentences of film reviews, their ratings and numbers."""
    with gzip.open(FOLDER / "movie_snippets.tsv.gz", "rt", encoding="utf-8") as file:
        rows = [line.rstrip("\n").split("\t") for line in file]
    return [
        (text, "good" if float(rating) > 0 else "bad", rating, number)
        for number, rating, text in rows[:: len(rows) // count][:count]
    ]


HEADER = ("review", "sign", "rating", "number")


@pytest.fixture
def reviews(tmp_path):
    return written(tmp_path / "reviews.csv", HEADER, snippets(600))


def digits(path, label, count=400):
    """Scikit-learn's digits column by column, each column a step; ``label(digit, column)``."""
    from sklearn.datasets import load_digits

    images, of = load_digits(return_X_y=True)
    rows = [
        (f"d{i}", t, *images[i].reshape(8, 8)[:, t], label(of[i], t))
        for i in range(count)
        for t in range(8)
    ]
    random.Random(0).shuffle(rows)
    return written(path, ("id", "at", *(f"p{k}" for k in range(8)), "label"), rows)


FEATURES = tuple(f"p{k}" for k in range(8))


def brown(path, count=500):
    """Sentences of the Brown corpus, a token a line, with their first letters of tags."""
    with gzip.open(FOLDER / "brown.tsv.gz", "rt", encoding="utf-8") as file:
        sentences = [next(file).rstrip("\n").split("\t")[1].split(" ") for _ in range(count)]
    lines = (
        "".join(f"{w} {t[0] if t[0] in 'nva' else 'o'}\n" for w, _, t in map(split, sentence))
        for sentence in sentences
    )
    path.write_text("\n".join(lines), encoding="utf-8")
    return str(path)


def split(token):
    return token.rpartition("/")


def carbon(path):
    """Weekly carbon dioxide on Mauna Loa, without the weeks that were not measured."""
    import statsmodels.api as sm

    table = sm.datasets.co2.load_pandas().data.dropna().reset_index(names="week")
    table["week"] = table["week"].dt.strftime("%Y-%m-%d")
    table.sample(frac=1, random_state=0).to_csv(path, index=False)
    return str(path)


def readings(folder):
    """A reading of every form and every kind of answer, by name."""
    reviewed = written(folder / "reviews.csv", HEADER, snippets(600))
    once = digits(folder / "digits.csv", lambda digit, column: digit)
    every = digits(
        folder / "ink.csv", lambda digit, column: "even" if (digit + column) % 2 else "odd"
    )
    windows = {"sequence": "id", "step": "at", "features": FEATURES, "label": "label"}
    return {
        "classes of texts": Reading(reviewed, text="review", label="sign"),
        "numbers of texts": Reading(reviewed, text="review", label="rating"),
        "tags": Reading(brown(folder / "brown.conll"), tokens="1", tags="2"),
        "classes of windows": Reading(once, **windows),
        "numbers of windows": Reading(once, **windows, answers="numbers"),
        "classes of steps": Reading(every, **windows),
        "series": Reading(
            carbon(folder / "co2.csv"), series="co2", step="week", horizon=4, length=24
        ),
    }


@pytest.fixture(scope="module")
def every(tmp_path_factory):
    found = readings(tmp_path_factory.mktemp("own"))
    return {name: OwnData.of(reading) for name, reading in found.items()}


FORMS = {
    "classes of texts": ("sequence to class", "accuracy"),
    "numbers of texts": ("sequence to class", "squared error"),
    "tags": ("synchronous", "accuracy"),
    "classes of windows": ("sequence to class", "accuracy"),
    "numbers of windows": ("sequence to class", "squared error"),
    "classes of steps": ("synchronous", "accuracy"),
    "series": ("sequence to class", "squared error"),
}


@pytest.mark.parametrize("name", FORMS)
def test_pattern_and_metric_are_inferred_and_all_contracts_hold(every, name):
    task = every[name].task
    assert (str(task.pattern), task.metric.kind) == FORMS[name]
    dataset = task.load("smoke")
    for contract in check.CHECKS:
        if contract not in LARGE:
            assert contract(task, dataset) == "", contract.__name__
    said = lines(every[name], "smoke")
    assert len(said) == 5
    assert ("asked   column 2, one of 4 classes" in said[1]) == (name == "tags")


@pytest.mark.parametrize("name", FORMS)
def test_a_linear_model_beats_what_never_looks(every, name):
    task = every[name].task
    dataset = task.load("quick")
    better = 1 if task.metric.higher_is_better else -1
    level = tasks.task.chance(dataset, task.metric)
    assert better * (task.baselines(dataset)[0].score - level) > 0


def test_the_file_and_its_columns_are_part_of_the_identity_in_every_process(reviews):
    own = OwnData.of(Reading(reviews, text="review", label="sign"))
    plugins.use([own])
    assert tasks.find("own-reviews").pattern == own.task.pattern
    assert meaning("own-reviews", "lstm")["plugin_sha256"] == own.sha256
    assert pickle.loads(pickle.dumps(own)) == own
    assert restored(recorded(own)) == own
    assert OwnData.of(Reading(reviews, text="review", label="rating")).sha256 != own.sha256
    with Path(reviews).open("a") as file:
        file.write("one more,good,1,0\n")
    with pytest.raises(ChangedPlugin, match=r"reviews.csv': with its columns it has SHA-256"):
        plugins.use([replace(own, margin=0.5)])


def test_normalisation_and_vocabulary_know_training_alone(every):
    own = every["classes of windows"]
    dataset = own.task.load("quick")
    trained = dataset.train.inputs["numbers"].reshape(-1, 8)
    assert np.allclose(trained.mean(axis=0), 0, atol=1e-5)
    varying = trained.std(axis=0) > 0
    assert np.allclose(trained.std(axis=0)[varying], 1, atol=1e-4)
    assert not np.allclose(dataset.test.inputs["numbers"].reshape(-1, 8).mean(axis=0), 0, atol=1e-3)
    worded = every["classes of texts"].task.load("quick")
    seen = {word for e in worded.details["train"] for word in e.reads}
    (known,) = worded.details["encoding"].vocabularies.values()
    assert set(known.tokens[2:]) <= seen


def test_rows_in_any_order_are_read_by_their_steps(every):
    from sklearn.datasets import load_digits

    images = load_digits().images.swapaxes(1, 2)
    read = {tuple(image.ravel()) for image in images[:400]}
    details = every["classes of windows"].task.load("quick").details
    for name in ("train", "validation", "test"):
        assert all(tuple(e.reads.ravel()) in read for e in details[name])


def test_windows_of_a_series_are_changes_and_no_split_reaches_into_another(every):
    import statsmodels.api as sm

    series = sm.datasets.co2.load_pandas().data["co2"].dropna().to_numpy()
    details = every["series"].task.load("quick").details
    cuts = [0, int(0.7 * len(series)), int(0.8 * len(series)), len(series)]
    for name, begin, end in zip(("train", "validation", "test"), cuts, cuts[1:], strict=False):
        windows = details[name]
        for window, start in ((windows[0], begin), (windows[-1], end - 24 - 4)):
            last = series[start + 23]
            assert np.allclose(window.reads[:, 0], series[start : start + 24] - last, atol=1e-4)
            assert window.answer == pytest.approx(series[start + 27] - last)


def test_groups_and_time_part_the_splits(tmp_path):
    rows = [(*row, f"author {i % 40}", i) for i, row in enumerate(snippets(400))]
    path = written(tmp_path / "r.csv", (*HEADER, "author", "day"), rows)
    grouped = OwnData.of(Reading(path, text="review", label="sign", group="author"))
    splits = grouped.task.load("quick").details
    authors = [{e.group for e in splits[name]} for name in ("train", "validation", "test")]
    assert [len(a) for a in authors] == [28, 4, 8]
    assert not authors[0] & authors[2]
    timed = OwnData.of(Reading(path, text="review", label="sign", time="day"))
    splits = timed.task.load("quick").details
    days = [[e.time for e in splits[name]] for name in ("train", "validation", "test")]
    assert max(days[0]) < min(days[1]) <= max(days[1]) < min(days[2])
    assert "by time (day)" in lines(timed, "quick")[2]


def test_what_is_in_two_groups_is_in_one_split_alone(tmp_path):
    rows = [
        (f"{text} {i // 4}", label, i % 40) for i, (text, label, _, _) in enumerate(snippets(400))
    ]
    rows += [(rows[0][0], rows[0][1], group) for group in range(40)]
    path = written(tmp_path / "r.csv", ("text", "label", "author"), rows)
    own = OwnData.of(Reading(path, text="text", label="label", group="author"))
    splits = own.task.load("quick").details
    found = [
        name
        for name in ("train", "validation", "test")
        if rows[0][0].lower() in {" ".join(e.reads) for e in splits[name]}
    ]
    assert len(found) <= 1
    assert "left out that were in two" in lines(own, "quick")[2]


def test_chinese_and_japanese_are_read_by_character(tmp_path):
    spoken = ("这本书的质量还不错", "とても面白い映画でした", "内容只适合消遣", "音楽は最高だった")
    rows = [(f"{spoken[i % 4]}{chr(0x4E00 + i)} 3", "ab"[i % 4 > 1]) for i in range(200)]
    path = written(tmp_path / "zh.csv", ("text", "label"), rows)
    own = OwnData.of(Reading(path, text="text", label="label"))
    assert own.by == "character"
    assert "characters" in own.task.load("quick").inputs
    assert own.task.texts(own.task.load("quick")).example(0).source.count(" ") == 0


def test_of_a_very_large_file_a_sample_by_content_is_kept(tmp_path, monkeypatch):
    monkeypatch.setattr(of_examples, "MOST", 150)
    path = written(tmp_path / "r.csv", HEADER, snippets(600))
    own = OwnData.of(Reading(path, text="review", label="sign"))
    assert sum(map(len, own.task.load("paper").splits.values())) == 150
    assert "150 texts, a sample of 600" in lines(own, "quick")[0]
    monkeypatch.setattr(of_examples, "MOST_ROWS", 1000)
    series = carbon(tmp_path / "co2.csv")
    with pytest.raises(
        InvalidData, match=r"row 1002: series goes on; allowed are 1,000 rows of one"
    ):
        OwnData.of(Reading(series, series="co2", step="week", horizon=1))
    options = {"sequence": "id", "step": "at", "features": FEATURES, "label": "label"}
    windows = Reading(digits(tmp_path / "d.csv", lambda digit, column: digit), **options)
    own = OwnData.of(windows)
    assert "125 sequences of 8 steps; 2,200 rows of others are not kept" in lines(own, "quick")[0]


def changed(place, value):
    rows = [list(row) for row in snippets(120)]
    row, column = place
    rows[row][column] = value
    return rows


@pytest.mark.parametrize(
    ("rows", "options", "said"),
    [
        (snippets(10), {"label": "sign"}, "10 examples; allowed are 100 or more"),
        (changed((5, 0), " "), {"label": "sign"}, "row 7, column 'review': is empty"),
        (changed((5, 0), "\u200d"), {"label": "sign"}, "row 7, column 'review': '\\u200d' has no"),
        (changed((5, 1), ""), {"label": "sign"}, "row 7, column 'sign': is empty"),
        (
            changed((5, 2), "nan"),
            {"label": "rating", "answers": "numbers"},
            "row 7, column 'rating'",
        ),
        (changed((5, 2), "high"), {"label": "rating"}, "row 7, column 'rating': 'high' among numb"),
        (
            [(t, "good", r, n) for t, _, r, n in snippets(120)],
            {"label": "sign"},
            "column 'sign': every label is 'good'; allowed are two or more that differ",
        ),
        (
            [(t, f"label of {n}", r, n) for t, _, r, n in snippets(120)],
            {"label": "sign"},
            "120 different labels of 120; allowed are classes that come again, or numbers",
        ),
        (
            [(t, s, r, n) for t, s, r, n in snippets(120)],
            {"label": "sign", "group": "sign"},
            "column 'sign': 2 groups; allowed are 10 or more",
        ),
        (
            [(t, s if i < 110 else "other", r, i) for i, (t, s, r, _) in enumerate(snippets(120))],
            {"label": "sign", "time": "number"},
            "row 112, column 'sign': 'other' is in the test split and not in training",
        ),
        (
            [(t, s, r, "soon") for t, s, r, _ in snippets(120)],
            {"label": "sign", "time": "number"},
            "row 2, column 'number': 'soon'; allowed are numbers, and dates as 2026-11-26",
        ),
    ],
)
def test_what_cannot_be_is_said_with_row_and_column(tmp_path, rows, options, said):
    path = written(tmp_path / "r.csv", HEADER, rows)
    with pytest.raises(InvalidData, match=re.escape(said)):
        OwnData.of(Reading(path, text="review", **options))


def test_mixed_types_of_json_are_refused(tmp_path):
    import json

    rows = [{"text": text, "label": label} for text, label, _, _ in snippets(120)]
    rows[7]["text"] = 8
    path = tmp_path / "r.jsonl"
    path.write_text("\n".join(map(json.dumps, rows)))
    with pytest.raises(
        InvalidData, match="row 8, column 'text': 8 is of type int; allowed is text"
    ):
        OwnData.of(Reading(str(path), text="text", label="label"))


def test_a_step_twice_and_a_number_that_is_none_are_refused(tmp_path):
    rows = [(i // 5, i % 5, i * 0.5, "ab"[i // 5 % 2]) for i in range(600)]
    options = {"sequence": "id", "step": "t", "features": ("x",), "label": "y"}
    header = ("id", "t", "x", "y")
    twice = written(tmp_path / "a.csv", header, [*rows, rows[3]])
    with pytest.raises(
        InvalidData, match=r"row 602, column 't': step '3' of sequence '0' is in row 5"
    ):
        OwnData.of(Reading(twice, **options))
    none = written(tmp_path / "b.csv", header, [*rows[:4], (0, 4, "NaN", "a"), *rows[5:]])
    with pytest.raises(InvalidData, match="row 6, column 'x': 'NaN'; allowed are finite numbers"):
        OwnData.of(Reading(none, **options))
