"""A model that is taken away says in a new process what it said where it was trained."""

from __future__ import annotations

import csv
import gzip
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from gatewise import plugins, tasks
from gatewise.benchmark.execution import worker
from gatewise.benchmark.inspection import taking
from gatewise.benchmark.records.facts import measure
from gatewise.benchmark.studies.plan import recipe
from gatewise.benchmark.studies.study import Study
from gatewise.tasks.own.data import OwnData
from gatewise.tasks.own.reading import Reading
from gatewise.tasks.vendored import FOLDER


def reviews(folder):
    with gzip.open(FOLDER / "movie_snippets.tsv.gz", "rt", encoding="utf-8") as file:
        rows = [line.rstrip("\n").split("\t") for line in file][::20]
    path = folder / "reviews.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(("review", "sign"))
        writer.writerows((text, "good" if float(r) > 0 else "bad") for _, r, text in rows)
    return Reading(str(path), text="review", label="sign")


def brown(folder):
    path = folder / "brown.conll"
    with gzip.open(FOLDER / "brown.tsv.gz", "rt", encoding="utf-8") as file:
        sentences = [line.rstrip("\n").split("\t")[1].split(" ") for line in file][:400]
    parts = ([t.rpartition("/") for t in sentence] for sentence in sentences)
    blocks = ("".join(f"{w} {t[0] if t[0] in 'nva' else 'o'}\n" for w, _, t in of) for of in parts)
    path.write_text("\n".join(blocks), encoding="utf-8")
    return Reading(str(path), tokens="1", tags="2")


def carbon(folder):
    import statsmodels.api as sm

    path = folder / "co2.csv"
    sm.datasets.co2.load_pandas().data.dropna().reset_index(names="week").to_csv(path, index=False)
    return Reading(str(path), series="co2", step="week", horizon=4, length=24)


KINDS = {"text": reviews, "tokens": brown, "series": carbon}


@pytest.fixture(scope="module")
def taken(tmp_path_factory):
    """By kind: the data, the run, the file of the model and the model; trained for an epoch."""
    before, found = plugins.in_use(), {}
    for kind, reading in KINDS.items():
        folder = tmp_path_factory.mktemp(kind)
        own = OwnData.of(reading(folder))
        plugins.use([own])
        study = Study("mine", "smoke", (own.name,), ("gru",), seeds=1)
        facts = measure(own.name, "smoke", folder)
        worker.train_group([recipe(study, facts, "gru")], folder, keep_weights=False)
        experiment, result = taking.best(folder, "gru")
        model = taking.take(folder, own, experiment)
        model.save(folder / "model.keras")
        found[kind] = own, (experiment, result), folder / "model.keras", model
    plugins.use(before)
    return found


def given(kind, examples, own):
    """What the model reads of test examples, made without what is tested."""
    import tensorflow as tf

    if kind == "text":
        with Path(own.reading.path).open(encoding="utf-8", newline="") as file:
            rows = list(csv.reader(file))
        return tf.constant([rows[example.rows[0] - 1][0] for example in examples])
    if kind == "tokens":
        longest = max(len(example.reads) for example in examples)
        return tf.constant([[*e.reads, *[""] * (longest - len(e.reads))] for e in examples])
    # The level is taken off by the model: any other gives the same change.
    return np.stack([example.reads + 300.0 for example in examples])


@pytest.mark.parametrize("kind", KINDS)
def test_the_test_score_comes_back_from_what_users_have(taken, kind):
    own, (_, result), _, model = taken[kind]
    dataset = own.task.load("smoke")
    examples = dataset.details["test"]
    said = np.asarray(model(given(kind, examples, own)))
    encoding = dataset.details["encoding"]
    if kind == "text":
        right = [
            encoding.answers.classes[row.argmax()] == e.answer
            for row, e in zip(said, examples, strict=True)
        ]
    elif kind == "tokens":
        right = [
            encoding.answers.classes[step.argmax()] == tag
            for row, e in zip(said, examples, strict=True)
            for step, tag in zip(row, e.answer[: encoding.length], strict=False)
        ]
    else:
        answers = np.array([e.answer for e in examples])
        right = ((said - 300.0 - answers) / encoding.answers.spread) ** 2
    assert np.mean(right) == pytest.approx(result.test_score, abs=2e-5)


def asked(task, dataset, path):
    """Test examples as a user's file has them, and what is right of each row that is answered."""
    shown = [task.texts(dataset).example(row) for row in range(len(dataset.test))]
    sources, right = zip(*((e.source, e.references[0]) for e in shown), strict=True)
    if task.name == "sentiment":
        with path.open("w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows([["sentence"], *([source] for source in sources)])
        return right
    blocks = ("".join(f"{token}\t\n" for token in source.split(" ")) for source in sources)
    path.write_text("\n".join(blocks), encoding="utf-8")
    return [tag for tags in right for tag in tags.split(" ")]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "ending", "columns"),
    [("sentiment", "csv", {"text": "sentence"}), ("labelling", "tsv", {})],
)
def test_tasks_of_ours_are_taken_and_answer_a_file_in_a_new_process(
    name, ending, columns, tmp_path
):
    task = tasks.find(name)
    study = Study("ours", "smoke", (name,), ("gru",), seeds=1)
    experiment = recipe(study, measure(name, "smoke", tmp_path), "gru")
    worker.train_group([experiment], tmp_path, keep_weights=False)
    experiment, result = taking.best(tmp_path, "gru", taking.task_of(tmp_path, "gru"))
    taking.take(tmp_path, None, experiment).save(tmp_path / "m.keras")
    new = tmp_path / f"new.{ending}"
    right = asked(task, task.load("smoke"), new)
    options = [word for n, column in columns.items() for word in (f"--{n}", column)]
    gatewise = Path(sys.executable).with_name("gatewise")
    command = [str(gatewise), "predict", str(tmp_path / "m.keras"), str(new)]
    run = subprocess.run([*command, *options], capture_output=True, text=True, check=True)
    said = [row["answer"] for row in csv.DictReader(run.stdout.splitlines())]
    share = np.mean([one == other for one, other in zip(said, right, strict=True)])
    assert share == pytest.approx(result.test_score, abs=2e-5)
    assert str(task.source.sha256) in taking.card(None, experiment, result, tmp_path / "m.keras")


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("translation", "it answers with a sequence that is decoded step by step"),
        ("char-lm", "it says what comes next, as `gatewise sample` shows"),
        ("flipflop", "it says what comes next"),
        ("video", "it reads films"),
        ("modular", "it reads neither texts nor tokens"),
    ],
)
def test_what_no_file_of_a_user_has_is_refused_in_one_line(name, why):
    task = tasks.find(name)
    with pytest.raises(taking.NoTake, match=f"task '{name}': {why}.*such as sentiment"):
        taking._ours(task, None)


NEW = """
import sys
import gatewise
import keras
import numpy as np
for path in sys.argv[1:]:
    model = keras.models.load_model(path)
    weights = [w.sum() for w in model.get_weights()]
    print(model.get_layer("answer").classes, float(np.sum(weights)))
"""


def test_it_loads_in_a_new_process_with_one_import(taken):
    paths = [str(path) for _, _, path, _ in taken.values()]
    run = subprocess.run(
        [sys.executable, "-c", NEW, *paths], capture_output=True, text=True, check=True
    )
    lines = run.stdout.splitlines()
    for line, (own, _, _, model) in zip(lines, taken.values(), strict=True):
        classes = own.task.load("smoke").details["encoding"].answers.classes
        total = float(np.sum([w.sum() for w in model.get_weights()]))
        said, number = line.rsplit(" ", 1)
        assert said == str(classes)
        assert float(number) == pytest.approx(total, rel=1e-6)


def test_files_without_labels_are_answered_row_by_row(taken, tmp_path):
    _, _, path, _ = taken["text"]
    new = tmp_path / "new.csv"
    new.write_text("id,words\n1,an effective film\n2,too tepid\n")
    model = taking.load(path)
    found = list(taking.predictions(model, taking.reading_of(model, new, {"text": "words"})))
    assert [row["row"] for row in found] == [2, 3]
    assert {row["answer"] for row in found} <= {"good", "bad"}
    _, _, path, _ = taken["tokens"]
    (tmp_path / "new.conll").write_text("The DT\njury NN\n\nSaid VB\n")
    model = taking.load(path)
    tagged = taking.predictions(model, taking.reading_of(model, tmp_path / "new.conll", {}))
    assert [(row["row"], row["token"]) for row in tagged] == [(1, "The"), (2, "jury"), (4, "Said")]
    # Longer than all of training: no step is left without an answer.
    (tmp_path / "new.conll").write_text("word DT\n" * 300)
    tagged = taking.predictions(model, taking.reading_of(model, tmp_path / "new.conll", {}))
    assert [row["row"] for row in tagged] == list(range(1, 301))
    own, _, path, _ = taken["series"]
    model = taking.load(path)
    (row,) = taking.predictions(model, taking.reading_of(model, Path(own.reading.path), {}))
    assert 360 < float(row["answer"]) < 380


def test_the_card_says_what_it_is_worth_and_where_it_is_from(taken):
    own, (experiment, result), path, _ = taken["text"]
    card = taking.card(own, experiment, result, path)
    for said in (own.sha256, f"{result.test_score:.4g}", "keras.models.load_model('model.keras')"):
        assert said in card


def test_what_is_no_model_or_no_run_is_refused(taken, tmp_path):
    _, _, path, _ = taken["text"]
    with pytest.raises(taking.NoTake, match=r"architecture 'mgu': study 'text.*' has gru"):
        taking.best(path.parent, "mgu")
    (tmp_path / "m.keras").write_text("no model")
    with pytest.raises(taking.NoTake, match=r"m.keras': .*allowed is one that `gatewise take`"):
        taking.load(tmp_path / "m.keras")
