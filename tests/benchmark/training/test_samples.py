"""What runs write, from training to the file, and the command that goes on from a prompt."""

from __future__ import annotations

import json

import numpy as np
import pytest

from gatewise import tasks
from gatewise.benchmark.execution import worker
from gatewise.benchmark.inspection import sampling
from gatewise.benchmark.records import fields
from gatewise.benchmark.records.facts import measure
from gatewise.benchmark.studies.plan import recipe
from gatewise.benchmark.studies.study import Study
from gatewise.tasks.task import Pattern


@pytest.mark.parametrize(
    ("name", "ways"),
    [
        pytest.param("captioning", {"greedy", "beam 4"}, marks=pytest.mark.slow),
        ("translation", {"greedy", "beam 4"}),
        ("char-lm", {"greedy", "beam 4", "sampled"}),
        ("labelling", {"likeliest"}),
        ("sentiment", {"likeliest"}),
    ],
)
def test_a_final_run_keeps_its_answers(name, ways, tmp_path):
    facts = measure(name, "smoke", tmp_path)
    experiment = recipe(Study("s", "smoke", (name,), ("vanilla",), seeds=1), facts, "vanilla")
    worker.train_group([experiment], tmp_path, keep_weights=False)
    (path,) = (tmp_path / "samples").iterdir()
    assert path.name == f"{experiment.id}.json"
    record = json.loads(path.read_text(encoding="utf-8"))
    (*fixed,) = (field for field in fields.SAMPLES if "." not in field)
    assert list(record) == fixed
    assert len(record["examples"]) == 10
    for example in record["examples"]:
        assert {f"examples.{field}" for field in example} == set(fields.SAMPLES) - set(fixed)
        assert set(example["written"]) == ways
        assert all(example["references"])
        if name in ("labelling", "sentiment"):
            (said,), (reference,) = example["written"].values(), example["references"]
            assert len(said.split()) == len(reference.split())
        assert bool(example["picture"]) == (name == "captioning")


def test_a_model_is_trained_once_and_goes_on_from_the_prompt(tmp_path, monkeypatch):
    def author():
        return sampling.author("char-lm", "smoke", "vanilla", None, tmp_path, "The quick brown f")

    first = author()
    assert len(first.sampled(12, 0.7, seed=1)) == 12
    assert first.sampled(12, 0.7, seed=1) == first.sampled(12, 0.7, seed=1)
    assert [round(n, 3) for _, n in first.likeliest(5, 3)] == sorted(
        round(n, 3) for _, n in first.likeliest(5, 3)
    )
    tree = first.tree(branches=2, depth=2)
    assert len(tree) == len(tree[0].following) == 2
    monkeypatch.setattr(worker, "train_group", None)
    assert author().tree(2, 2) == tree


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("video", "smoke", "lstm", None), r"task 'video': allowed are char-lm, word-lm"),
        (("char-lm", "smoke", "lstm", "mine"), r"study 'mine' kept no such model; train one with"),
        (("char-lm", "smoke", "bi-lstm", None), r"'bi-lstm' would read ahead"),
    ],
)
def test_what_cannot_write_is_refused(arguments, message, tmp_path):
    with pytest.raises(ValueError, match=message):
        sampling.author(*arguments, tmp_path, "a")


def test_every_readable_task_reads_its_own_examples():
    for task in tasks.present().values():
        if task.texts is None:
            continue
        dataset = task.load("smoke")
        texts = task.texts(dataset)
        example = texts.example(0)
        if task.pattern in (Pattern.SYNCHRONOUS, Pattern.SEQUENCE_TO_CLASS):
            labels = np.atleast_1d(dataset.test.targets[0])[: dataset.test.lengths[0]]
            assert (texts.write(labels.tolist()),) == example.references
        assert example.source
        assert example.references
        if texts.read is None:
            continue
        read = texts.read(example.source)
        assert read.ids.keys() == dataset.inputs.keys()
        assert {len(ids) for ids in read.ids.values()} == {len(read.tokens)}
        if task.pattern is Pattern.NEXT_STEP:
            assert texts.write(*read.ids.values()) == example.source
