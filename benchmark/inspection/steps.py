"""What a trained run makes of one text, token by token: as it is, and with a gate held."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import tensorflow as tf

from gatewise import tasks
from gatewise.benchmark.architectures.layers import Recurrent
from gatewise.benchmark.inspection.lesions import lesion
from gatewise.benchmark.inspection.watching import Reading, layers_of, watched
from gatewise.tasks.task import Array, Task
from gatewise.tasks.text import UNKNOWN

if TYPE_CHECKING:
    from gatewise.benchmark.training.trainer import Trainer

HELD: Mapping[str, float] = {"0": 0.0, "1": 1.0}
SHOWN = 5
"""Answers that are kept of a step, the likeliest ones."""


class NoWatch(ValueError):
    """A task or a text that cannot be watched."""


@dataclass(frozen=True)
class Course:
    """One way through a text of T tokens: as trained, or with ``gate`` held ``at`` 0 or 1.

    ``gates`` and ``states`` are of the first layer that reads forward, by name, ``[T, n]``;
    ``answers [T, classes]`` are the probabilities, of a whole text's class those after each token.
    """

    gate: str
    at: str
    gates: Mapping[str, Array]
    states: Mapping[str, Array]
    answers: Array


@dataclass(frozen=True)
class Steps:
    """A text as a run reads it: its tokens, which of them it knows, and all courses through it."""

    tokens: tuple[str, ...]
    known: tuple[bool, ...]
    left_out: int
    courses: tuple[Course, ...]
    classes: Mapping[int, str]
    """Names of those that are shown."""


def require_watchable(task: Task) -> None:
    """Refuse a task that does not read tokens, or does not answer with classes.

    Raises:
        NoWatch: it is such a one.
    """
    if not is_watchable(task):
        allowed = ", ".join(n for n, other in tasks.registry().items() if is_watchable(other))
        raise NoWatch(f"task {task.name!r}: allowed are those that read tokens: {allowed}")


def is_watchable(task: Task) -> bool:
    """Whether a task reads tokens and answers with classes."""
    classes = task.metric.kind in ("accuracy", "nats")
    other = task.pattern.decodes or task.trees or task.frames
    return task.texts is not None and classes and not other


def steps(trainer: Trainer, text: str) -> Steps:
    """Go through a text with the trainer's model as it is, and with each gate held at 0 and at 1.

    A text is read as far as the longest that was trained on.

    Raises:
        NoWatch: the task cannot be watched, or the text has no token.
    """
    require_watchable(trainer.task)
    assert trainer.task.texts is not None
    texts = trainer.task.texts(trainer.dataset)
    if texts.read is None:
        raise NoWatch(f"task {trainer.task.name!r}: it says of no text how it is read")
    read = texts.read(text)
    most = next(iter(trainer.dataset.train.inputs.values())).shape[1]
    tokens = read.tokens[:most]
    if not tokens:
        raise NoWatch(f"text {text!r}: allowed is any of at least one token")
    ids = {name: np.array(row[:most], np.int32) for name, row in read.ids.items()}
    courses = tuple(_courses(trainer.model, ids))
    shown = {int(k) for course in courses for row in course.answers for k in likeliest(row)}
    return Steps(
        tokens,
        tuple(bool(one != UNKNOWN) for one in next(iter(ids.values()))),
        len(read.tokens) - len(tokens),
        courses,
        {k: texts.write([k]) for k in sorted(shown)},
    )


def likeliest(answers: Array) -> Array:
    """The classes that are shown of a step, likeliest first."""
    return np.argsort(-answers, kind="stable")[:SHOWN]


def _courses(model: Any, ids: Mapping[str, Array]) -> Iterator[Course]:
    free, readings = _through(model, ids)
    yield free
    for gate in next(iter(readings)).cell.holdable:
        for at, value in HELD.items():
            values = {
                layer: np.full(reading.gate(gate).shape[-1], value)
                for layer, reading in readings.items()
            }
            with lesion(values, gate):
                yield _through(model, ids, gate, at)[0]


def _through(
    model: Any, ids: Mapping[str, Array], gate: str = "", at: str = ""
) -> tuple[Course, Mapping[Recurrent, Reading]]:
    """One course, and what passed every layer.

    Where a text has one answer the batch is all its beginnings, so that a layer that reads
    backwards sees of each no more than is there.
    """
    length = len(next(iter(ids.values())))
    rows = 1 if model.every_step else length
    lengths = np.arange(length - rows, length, dtype=np.int32) + 1
    inputs = {name: tf.constant(np.tile(row, (rows, 1))) for name, row in ids.items()}
    stacks = layers_of(model)
    with ExitStack() as entered:
        watches = {la: entered.enter_context(watched(la)) for stack in stacks for la in stack}
        logits = model({"inputs": inputs, "lengths": tf.constant(lengths)})
    readings = {la: watch.reading for la, watch in watches.items() if watch.reading is not None}
    first = stacks[0][0]
    reading = readings[first]
    answers = tf.nn.softmax(tf.cast(logits, tf.float64)).numpy()
    course = Course(
        gate,
        at,
        {name: reading.gate(name)[:, -1] for name in first.cell.gates},
        {name: _last(reading.after, k) for k, name in enumerate(_states(first))},
        answers[0] if model.every_step else answers,
    )
    return course, readings


def _states(layer: Recurrent) -> Sequence[str]:
    return ("h", "c") if layer.cell.has_memory else ("h",)


def _last(after: Sequence[Sequence[Any]], state: int) -> Array:
    """A state behind every step of the batch's last row, the whole text."""
    return np.stack([np.asarray(states[state])[-1] for states in after])


# --- As a page holds it -----------------------------------------------------------------------


def to_json(found: Steps) -> dict[str, Any]:
    """As plain data: means of three digits, single units in percent, five answers a step.

    Units stand in the order of their output behind the last token, the same in all courses.
    """
    order = np.argsort(-found.courses[0].states["h"][-1], kind="stable")
    return {
        "tokens": list(found.tokens),
        "known": list(found.known),
        "left_out": found.left_out,
        "classes": {str(k): name for k, name in found.classes.items()},
        "units": len(order),
        "courses": [_course(course, order) for course in found.courses],
    }


def _course(course: Course, order: Array) -> dict[str, Any]:
    return {
        "gate": course.gate,
        "at": course.at,
        "gates": {name: _values(values, order) for name, values in course.gates.items()},
        "states": {name: _values(values, order) for name, values in course.states.items()},
        "answers": [
            [[int(k), round(float(p[k]), 4)] for k in likeliest(p)] for p in course.answers
        ],
    }


def _values(values: Array, order: Array) -> dict[str, Any]:
    """``mean`` by step of the sizes, and every unit; those before a projection are not in order."""
    ordered = values[:, order] if values.shape[1] == len(order) else values
    return {
        "mean": [round(float(size), 3) for size in np.abs(values).mean(axis=1)],
        "units": [[round(100 * float(v)) for v in step] for step in ordered],
    }
