"""What a task is: data, an input-output pattern, a score, and what the score must be compared with.

A task is one module of this package that defines ``TASK``; :mod:`tasks` finds it there.
Nothing here knows Keras: a task *declares* its inputs and outputs, and
``benchmark/models.py`` builds the layers that the declaration asks for.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from types import MappingProxyType
from typing import Any, TypeAlias

import numpy as np

from gatewise.identity import later, spelled
from gatewise.tasks.metric import KINDS, Array, Metric

HASHED = 1024
"""Examples hashed at a time."""


class UnknownScale(ValueError):
    """A scale that a task does not declare."""


class Pattern(StrEnum):
    """How inputs and outputs of a recurrent network line up in time."""

    SEQUENCE_TO_CLASS = "sequence to class"
    SYNCHRONOUS = "synchronous"
    NEXT_STEP = "next step"
    """Each step predicts the input that comes next, so nothing may read ahead."""
    ENCODER_DECODER = "encoder-decoder"
    VECTOR_TO_SEQUENCE = "vector to sequence"
    """An input of one step, then a sequence that is decoded from it."""

    @property
    def decodes(self) -> bool:
        """Whether answers are sequences that are decoded token by token."""
        return self in (Pattern.ENCODER_DECODER, Pattern.VECTOR_TO_SEQUENCE)


@dataclass(frozen=True)
class Tokens:
    """An input of token ids, ``int32 [examples, steps]``; id 0 is padding.

    Each id below ``vocabulary`` is embedded in ``width`` dimensions. Embeddings start uniform in
    ±``spread``: wide ones learn faster, narrow ones keep rare words from being learned by heart.
    """

    vocabulary: int
    width: int
    spread: float = 0.05


@dataclass(frozen=True)
class Frames:
    """An input of grey images, ``float32 [examples, steps, height, width]`` or :class:`Levels`.

    An encoder, shared over time, turns each frame into ``features`` numbers: convolutions, or dense
    layers over windows of the full height that are ``window`` columns wide, an even number.
    """

    height: int
    width: int
    features: int
    window: int = later(0)


@dataclass(frozen=True)
class Vectors:
    """An input of feature vectors, ``float32 [examples, steps, size]``, fed as it is."""

    size: int


Input: TypeAlias = "Tokens | Frames | Vectors"


@dataclass(frozen=True)
class Levels:
    """Grey images in a byte a pixel, of which what is read comes as ``float32`` from 0 to 1.

    stored:
        ``uint8 [examples, steps, height, width]``, from 0 to ``full``; ``levels[index]`` is
        ``stored[index] / full``.
    """

    stored: Array
    full: int
    dtype = np.dtype(np.float32)

    @property
    def shape(self) -> tuple[int, ...]:
        """Of the images; the examples are its first axis."""
        return self.stored.shape

    def __len__(self) -> int:
        return len(self.stored)

    def __getitem__(self, index: Any) -> Array:
        read: Array = self.stored[index] / self.dtype.type(self.full)
        return read


@dataclass(frozen=True)
class Split:
    """The examples of one split; every array has examples as its first axis.

    inputs:
        One array per declared input; several inputs of one task are concatenated, step by step,
        after their embedding or encoder.
    lengths:
        ``int32 [examples]``: how many steps of the input are real. Padding is on the right.
    targets:
        ``int32 [examples]`` (sequence to class) or ``[examples, steps]``; ``float32`` where the
        metric is a squared error, and 0 or 1 in ``[examples, steps, classes]`` where it is nats of
        labels. Where a sequence is decoded they are its tokens, the end token included; the
        decoder reads them shifted right by one, behind ``Dataset.begin``.
    weights:
        ``float32 [examples]`` or ``[examples, steps]``: 0 where there is nothing to predict, as in
        padding.
    groups:
        Named parts of the targets that are also scored apart, each ``bool`` of the weights' shape.
    parents:
        Where examples are trees, ``int32 [examples, steps]``: the step of the node above; -1 for
        the root, which is the first step, and for steps that are no node.
    """

    inputs: Mapping[str, Array | Levels]
    lengths: Array
    targets: Array
    weights: Array
    groups: Mapping[str, Array] = field(default_factory=lambda: MappingProxyType({}))
    parents: Array | None = None

    def __len__(self) -> int:
        return len(self.lengths)

    @property
    def steps_needed(self) -> Array:
        """Number of steps that each example needs, of input or of target, ``[examples]``."""
        if self.weights.ndim == 1:
            return self.lengths
        ends = np.arange(1, self.weights.shape[1] + 1)
        return np.maximum(self.lengths, np.where(self.weights > 0, ends, 0).max(axis=1))

    def take(self, rows: Array) -> Split:
        """The examples at ``rows``, in that order."""
        return Split(
            inputs={name: array[rows] for name, array in self.inputs.items()},
            lengths=self.lengths[rows],
            targets=self.targets[rows],
            weights=self.weights[rows],
            groups={name: array[rows] for name, array in self.groups.items()},
            parents=None if self.parents is None else self.parents[rows],
        )


@dataclass(frozen=True)
class Dataset:
    """A task's data at one scale, ready for training.

    ``classes`` is the number of values a target can take, 1 if targets are numbers. ``begin`` is
    the id that a decoder starts from, ``end`` the id it stops at. ``details``
    holds what only the task's own functions need (vocabularies, reference texts).
    """

    train: Split
    validation: Split
    test: Split
    inputs: Mapping[str, Input]
    classes: int
    begin: int | None = None
    end: int | None = None
    details: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))

    def checksum(self) -> str:
        """SHA-256 over every array of every split, in a fixed order."""
        kinds = ", ".join(f"{name!r}: {spelled(kind)}" for name, kind in self.inputs.items())
        digest = hashlib.sha256(f"{{{kinds}}} {self.classes}".encode())
        for split in (self.train, self.validation, self.test):
            named = {**split.inputs, "lengths": split.lengths, "targets": split.targets}
            if split.parents is not None:
                named["parents"] = split.parents
            for name, array in sorted({**named, "weights": split.weights, **split.groups}.items()):
                digest.update(f"{name} {array.dtype} {array.shape}".encode())
                for start in range(0, len(array), HASHED):
                    digest.update(array[start : start + HASHED].tobytes())
        return digest.hexdigest()


@dataclass(frozen=True)
class Recipe:
    """How a task is trained at one scale, before any tuning; the same for every architecture.

    parameters:
        The budget of recurrent parameters; the width of each architecture follows from it.
    epochs, patience:
        At most so many passes over the data; stop after ``patience`` of them in a row without a
        gain.
    least_gain:
        Share of the task's margin that the validation score has to become better by, and more, to
        count as a gain.
    schedule:
        What becomes of the learning rate: ``constant``, or ``halving`` after every pass without a
        gain.
    """

    parameters: int
    epochs: int
    patience: int = 2
    batch_size: int = 32
    learning_rate: float = 3e-3
    clip_norm: float = 1.0
    dropout: float = 0.1
    least_gain: float = 0.0
    schedule: str = "constant"


@dataclass(frozen=True)
class Scale:
    """A task's size: the options its ``build`` gets, and its recipe."""

    options: Mapping[str, int]
    recipe: Recipe

    def until_no_gain(self, patience: int = 3) -> Scale:
        """The same with epochs that are a ceiling.

        The learning rate is halved after every pass that gains no tenth of the margin, and training
        ends after ``patience`` of them in a row.
        """
        ending = replace(self.recipe, patience=patience, least_gain=0.1, schedule="halving")
        return replace(self, recipe=ending)


@dataclass(frozen=True)
class Source:
    """Where the data comes from, and on what terms.

    ``sha256`` is the checksum of the vendored file, or None where a library carries the data.
    """

    citation: str
    licence: str
    sha256: str | None = None

    @classmethod
    def generated(cls, after: str) -> Source:
        """What is made here, as the work ``after`` describes."""
        return cls(f"generated after {after}", "none")


@dataclass(frozen=True)
class Baseline:
    """A simple predictor and its test score in ``metric`` (the task's own, or a text score)."""

    name: str
    score: float
    metric: str


@dataclass(frozen=True)
class Example:
    """A test example to be read: what was given, and every text that would be right.

    ``picture`` holds the rows of a grey image from 0 to 255 where the source is one, else nothing.
    """

    source: str
    references: tuple[str, ...]
    picture: tuple[tuple[int, ...], ...] = ()


@dataclass(frozen=True)
class Texts:
    """How a task's answers are read: what it writes, or the labels that it gives.

    ``write(ids)`` is the text of the ids of a decoded sequence, or of the labels of an example's
    real steps (of the whole example: one label); ``example(row)`` is a test example, its
    references spelled in the same way; ``read(text)``, of language models, gives the ids of a
    prompt.
    """

    write: Callable[[Sequence[int]], str]
    example: Callable[[int], Example]
    read: Callable[[str], list[int]] | None = None


@dataclass(frozen=True)
class Published:
    """A number from the literature, shown as context: other data splits, sizes and budgets.

    ``score`` is in ``metric``, the task's kind or one of its further scores; ``model`` is what
    reached it, ``source`` where it is printed.
    """

    score: float
    metric: str
    model: str
    source: str


@dataclass(frozen=True)
class Dial:
    """How hard a task is made on purpose: ``adding-200`` is ``adding`` at a lag of 200 steps.

    Tasks of one ``family`` differ in ``value`` alone, which counts ``unit``; higher is harder.
    """

    family: str
    value: int
    unit: str


@dataclass(frozen=True)
class Task:
    """One task of the registry.

    margin:
        The smallest difference of the primary metric that matters.
    build:
        ``build(**scale.options) -> Dataset``; deterministic.
    baselines:
        Scores of simple predictors on the test split.
    probes:
        Altered test splits on which a trained model is scored too, ``{name: f(split)}``.
    answer_scores:
        ``f(dataset, rows, answers) -> {name: score}`` of whole answers to the test examples
        ``rows``: decoded ids without begin and end, or the likeliest label of every real step
        (for nats of labels ``bool [steps, classes]``: those more likely on than off). For scores
        that are no mean over targets; None if there are none.
    dial:
        The setting of the difficulty dial of a generated task.
    texts:
        ``f(dataset)``: how to read what a model writes or labels; None where it cannot be read.
    trees:
        Whether examples are trees too; see :attr:`Split.parents`.
    frames:
        Whether the input is a film, an image a step, so that a convolutional cell can read it.
    extra:
        Name of the data that ``gatewise data fetch`` brings; empty where none is needed.
    context:
        Published scores on this data; never a pass mark.
    """

    name: str
    summary: str
    pattern: Pattern
    metric: Metric
    margin: float
    source: Source
    scales: Mapping[str, Scale]
    build: Callable[..., Dataset]
    baselines: Callable[[Dataset], tuple[Baseline, ...]]
    probes: Mapping[str, Callable[[Split], Split]] = field(
        default_factory=lambda: MappingProxyType({})
    )
    answer_scores: Callable[[Dataset, Array, list[Any]], dict[str, float]] | None = None
    dial: Dial | None = None
    texts: Callable[[Dataset], Texts] | None = None
    trees: bool = False
    frames: bool = False
    extra: str = ""
    context: tuple[Published, ...] = ()

    def scale(self, name: str) -> Scale:
        """The declared scale of that name.

        Raises:
            UnknownScale: no such scale.
        """
        if name not in self.scales:
            raise UnknownScale(
                f"scale {name!r} of task {self.name!r}: allowed are {', '.join(self.scales)}"
            )
        return self.scales[name]

    def load(self, scale: str) -> Dataset:
        """The task's data at a scale.

        Raises:
            UnknownScale: no such scale.
            AbsentData: the data has to be fetched first.
        """
        return self.build(**self.scale(scale).options)

    def turned(self, option: str, value: int, summary: str) -> Task:
        """The task at another setting of its dial, which is the ``option`` of its build."""
        assert self.dial is not None
        return replace(
            self,
            name=f"{self.dial.family}-{value}",
            summary=summary,
            scales={
                name: replace(scale, options={**scale.options, option: value})
                for name, scale in self.scales.items()
            },
            dial=replace(self.dial, value=value),
        )


def chance(dataset: Dataset, metric: Metric) -> float:
    """The test score of the best predictor that never looks at its input; see ``KINDS``."""
    train, test = dataset.train, dataset.test
    blind = KINDS[metric.kind].blind(train.targets, train.weights, test.targets, dataset.classes)
    return float(np.average(blind, weights=test.weights))
