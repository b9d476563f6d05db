"""A trained model to take away: the best run of an architecture, whole in one file of Keras's."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from itertools import groupby
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from gatewise import tasks
from gatewise.benchmark.inspection import subjects
from gatewise.benchmark.networks.portable import Answer, Measured, Words
from gatewise.benchmark.records.experiment import Experiment, Result
from gatewise.benchmark.records.unpacking import known_runs
from gatewise.benchmark.training.trainer import Trainer
from gatewise.tasks.own.data import OwnData
from gatewise.tasks.own.encoding import Answers, Encoding
from gatewise.tasks.own.examples import unlabelled
from gatewise.tasks.own.packed import Example
from gatewise.tasks.own.reading import Reading
from gatewise.tasks.task import Dataset, Pattern, Task
from gatewise.tasks.text import Vocabulary

ANSWER = "answer"
"""The layer that knows the classes, and which columns are read."""
BATCH = 256
USES = {
    ".keras": """```python
import gatewise, keras
model = keras.models.load_model({name!r})
```

or `gatewise predict {name} FILE`. """,
    ".onnx": """```python
import onnxruntime
session = onnxruntime.InferenceSession({name!r})
(answers,) = session.run(None, {{session.get_inputs()[0].name: numbers}})
```

""",
    "": """```python
import tensorflow as tf
model = tf.saved_model.load({name!r})
answers = model.serve(inputs)
```

""",
}
"""By the file's ending how a model is used, in the model's card."""


class NoTake(ValueError):
    """A model that cannot be taken, or a file that is none."""


def best(folder: Path, architecture: str, task: str = "") -> tuple[Experiment, Result]:
    """The run of an architecture, on ``task`` if it is named, whose validation score is the best.

    The test score is not looked at, so that it still says what the model is worth.

    Raises:
        NoTake: the study has no finished run of it.
    """
    runs = [
        (e, r)
        for e, r in known_runs(folder)
        if e.phase == "final" and r.status == "finished" and e.task == (task or e.task)
    ]
    mine = [run for run in runs if run[0].architecture == architecture]
    if not mine:
        known = ", ".join(dict.fromkeys(e.architecture for e, _ in runs)) or "none"
        on = f" on {task}" if task else ""
        raise NoTake(f"architecture {architecture!r}: study {folder.name!r} has {known}{on}")
    sign = 1.0 if tasks.find(mine[0][0].task).metric.higher_is_better else -1.0
    return max(mine, key=lambda run: sign * run[1].validation_score)


def task_of(folder: Path, architecture: str) -> str:
    """The one task of a study's finished runs of an architecture.

    Raises:
        NoTake: they are of several.
    """
    runs = known_runs(folder)
    found = dict.fromkeys(e.task for e, _ in runs if e.architecture == architecture)
    if len(found) > 1:
        raise NoTake(f"study {folder.name!r}: allowed is --task with one of {', '.join(found)}")
    return next(iter(found), "")


def take(folder: Path, own: OwnData | None, experiment: Experiment) -> Any:
    """The model of a run with all that was learned of the data: vocabulary, labels, normalisation.

    Its weights are those that were kept, or trained again. Without data of a user's ``own`` it is
    of a task of ours that reads texts or tokens.

    Raises:
        NoTake: the task is another one, or the data or the architecture is not what it was.
    """
    if reason := subjects.refusal(experiment):
        raise NoTake(reason)
    if own is None:
        task = tasks.find(experiment.task)
        _ours(task, task.load(experiment.scale))
    return whole(subjects.trained(folder, experiment), own)


def whole(trainer: Trainer, own: OwnData | None) -> Any:
    """A functional model around the trained layers of a :class:`.models.Reader`."""
    encoding, reading = _own(trainer.dataset, own) if own else _ours(trainer.task, trainer.dataset)
    reader = trainer.model
    raw, read = _front(encoding, reader, reading)
    sequence, states = _again(reader.recurrence, "recurrence")(read)
    logits = _again(reader.readout, "readout")(sequence if reader.every_step else states[-1][0])
    about = {"reading": reading.recorded()}
    answer = Answer(**asdict(encoding.answers), about=about, name=ANSWER)
    said = answer(logits, raw) if reading.series else answer(logits)
    model = keras.Model(raw, said, name=re.sub(r"\W", "_", trainer.task.name))
    for name in ("recurrence", "readout"):
        model.get_layer(name).set_weights(getattr(reader, name).get_weights())
    for name in encoding.vocabularies:
        model.get_layer(f"{name}_embedding").set_weights(reader.front.parts[name].get_weights())
    return model


def _own(dataset: Dataset, own: OwnData) -> tuple[Encoding, Reading]:
    """How data of a user's own is read, and from which columns.

    Where each step has an answer none is cut off, as some were for training.
    """
    encoding: Encoding = dataset.details["encoding"]
    length = 0 if encoding.every_step else encoding.length
    return encoding, replace(own.reading, path=own.reading.file.name, length=length)


def _ours(task: Task, dataset: Dataset) -> tuple[Encoding, Reading]:
    """How a task of ours reads texts or tokens, from columns that a user names.

    Texts are cut where they were in training; tokens, which have an answer each, are not.

    Raises:
        NoTake: its answers, or what it reads, are in no table.
    """
    if reason := _in_no_table(task):
        raise NoTake(f"task {task.name!r}: {reason}; allowed are such as sentiment and labelling")
    texts = task.texts(dataset) if task.texts else None
    if texts is None or texts.known is None:
        how = "neither texts nor tokens" if texts is None else "texts in a way that no layer knows"
        raise NoTake(
            f"task {task.name!r}: it reads {how}; allowed are such as sentiment and labelling"
        )
    every_step = task.pattern is Pattern.SYNCHRONOUS
    length = 0 if every_step else next(iter(dataset.train.inputs.values())).shape[1]
    reading = Reading(task.name, text="text", label="label", length=length)
    if every_step:
        reading = Reading(task.name, tokens="1", tags="2")
    classes = tuple(texts.write([place]) for place in range(dataset.classes))
    known = {name: Vocabulary(tuple(tokens)) for name, tokens in texts.known.items()}
    return Encoding(Answers(classes), length, every_step, "word", known), reading


def _in_no_table(task: Task) -> str:
    """Why what a task reads or answers cannot be columns of a file; empty if it may."""
    if task.pattern.decodes:
        return "it answers with a sequence that is decoded step by step, and not with a class"
    if task.pattern is Pattern.NEXT_STEP:
        return "it says what comes next, as `gatewise sample` shows of a language model"
    if task.frames or task.trees:
        return f"it reads {'films' if task.frames else 'trees'}, which are no columns of a table"
    return ""


def _again(layer: Any, name: str) -> Any:
    """A layer of the same configuration that has no weights yet."""
    return type(layer).from_config({**layer.get_config(), "name": name})


def _front(encoding: Encoding, reader: Any, reading: Reading) -> tuple[Any, Any]:
    """What users give, and what the recurrence reads of it, masked where it is padding."""
    if not encoding.vocabularies:
        raw = keras.Input((None, len(encoding.mean)), name="numbers")
        relative = bool(reading.series)
        return raw, Measured(encoding.mean, encoding.spread, relative, name="measured")(raw)
    by = "" if encoding.every_step else encoding.by
    raw = keras.Input(() if by else (None,), dtype="string", name="text" if by else "tokens")
    read, most = [], reading.length or None
    for name, known in encoding.vocabularies.items():
        looked_up = Words(known.tokens, by, most, name == "shapes", name=name)(raw)
        part = reader.front.parts[name]
        # Ids of padding are 0, and the steps behind a text's end are masked by them.
        embedded = keras.layers.Embedding(
            part.input_dim, part.output_dim, mask_zero=True, name=f"{name}_embedding"
        )
        read.append(embedded(looked_up))
    return raw, read[0] if len(read) == 1 else keras.layers.Concatenate(name="joined")(read)


# --- What it says of a file ------------------------------------------------------------------


def load(path: Path) -> Any:
    """A model that was taken.

    Raises:
        NoTake: it is no such file.
    """
    try:
        model = keras.models.load_model(path)
        assert model.get_layer(ANSWER).about
    except (OSError, ValueError, TypeError, AttributeError, AssertionError) as error:
        first = str(error).strip().splitlines()[:1]
        raise NoTake(
            f"model {str(path)!r}: {''.join(first)}; allowed is one that `gatewise take` wrote"
        ) from None
    return model


def reading_of(model: Any, file: Path, columns: Mapping[str, Any]) -> Reading:
    """The columns that the model was trained on, of another file; ``columns`` are other names."""
    recorded = model.get_layer(ANSWER).about["reading"]
    return Reading.restored({**recorded, **columns, "path": str(file.resolve())})


def predictions(model: Any, reading: Reading) -> Iterator[dict[str, Any]]:
    """What the model says of a file: a row, or a row a step, with the number of the file's row.

    Raises:
        InvalidData: the file has a row that cannot be read.
    """
    for examples in _batches(unlabelled(reading)):
        said = np.asarray(model(_given(examples, reading), training=False))
        for example, answer in zip(examples, said, strict=True):
            yield from _told(model.get_layer(ANSWER), example, answer)


def _batches(examples: Iterator[Example]) -> Iterator[list[Example]]:
    """Examples in their order; those of numbers, which have no padding, of one length at a time."""

    def steps(example: Example) -> int:
        return 0 if isinstance(example.reads, tuple) else len(example.reads)

    for _, alike in groupby(examples, key=steps):
        batch = []
        for example in alike:
            batch.append(example)
            if len(batch) == BATCH:
                yield batch
                batch = []
        if batch:
            yield batch


def _given(examples: Sequence[Example], reading: Reading) -> Any:
    if reading.text:
        return tf.constant([example.text for example in examples])
    if reading.tokens:
        longest = max(len(example.reads) for example in examples)
        padded = [[*e.reads, *[""] * (longest - len(e.reads))] for e in examples]
        return tf.constant(padded)
    return np.stack([np.asarray(example.reads)[: reading.length or None] for example in examples])


def _told(layer: Answer, example: Example, answer: Any) -> Iterator[dict[str, Any]]:
    tokens = isinstance(example.reads, tuple) and not example.text
    if answer.ndim == bool(layer.classes):
        yield {"row": example.rows[0], **_likeliest(layer, answer)}
        return
    for place, (row, said) in enumerate(zip(example.rows, answer, strict=False)):
        token = {"token": example.reads[place]} if tokens else {}
        yield {"row": row, **token, **_likeliest(layer, said)}


def _likeliest(layer: Answer, p: Any) -> dict[str, Any]:
    if not layer.classes:
        return {"answer": f"{p:.6g}"}
    return {"answer": layer.classes[int(p.argmax())], "p": f"{p.max():.4f}"}


# --- What is said of it ----------------------------------------------------------------------


def card(own: OwnData | None, experiment: Experiment, result: Result, file: Path) -> str:
    """A model card in Markdown: what it is, what it was trained on, what it is worth."""
    task = own.task if own else tasks.find(experiment.task)
    metric = f"{task.metric.kind} ({task.metric.unit})"
    made = "\n".join(f"- {name}: {value}" for name, value in result.made.items())
    chance = "that is chance in drawing the test split" if own else "that is what the task says"
    use = USES[file.suffix].format(name=file.name)
    return f"""# {file.name}

{task.summary}. A `{experiment.architecture}` of {result.units} units, {result.parameters:,}
recurrent parameters and {result.parameters_other:,} others, trained by gatewise.

| | {metric} |
|---|---|
| validation split, on which it was chosen among its seeds | {result.validation_score:.4g} |
| test split, read once | {result.test_score:.4g} |

Differences below {task.margin:g} say nothing: {chance}.

## Data

{_data(own, task)} Vocabulary, labels and normalisation are of the
training split alone, and are in the model.

## Use

{use}It knows what its training data showed, and answers with a class or a number whatever it is
given: data of another kind is not refused.

## Made

- seed {experiment.seed}, learning rate {experiment.learning_rate:g}, dropout
  {experiment.dropout:g}, batch {experiment.batch_size}, {result.best_epoch} of at most
  {experiment.epochs} epochs
{made}
"""


def _data(own: OwnData | None, task: Task) -> str:
    """Where a model's data is from, in a card."""
    if own is None:
        sha256 = f" It has SHA-256 `{task.source.sha256}`." if task.source.sha256 else ""
        return f"{task.source.citation} ({task.source.licence}).{sha256}"
    columns = {n: v for n, v in own.reading.recorded().items() if n != "path"}
    read = ", ".join(f"{name} = {value}" for name, value in columns.items())
    return f"`{own.reading.file.name}`, {read}.\nWith its columns it has SHA-256 `{own.sha256}`."
