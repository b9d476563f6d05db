"""What a task is: data, an input-output pattern, a score, and what the score must be compared with.

A task is one module of this package that defines ``TASK``; :mod:`tasks` finds it there.
Nothing here knows Keras: a task *declares* its inputs and outputs (:mod:`.dataset`), and
``benchmark/networks`` builds the layers that the declaration asks for.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from types import MappingProxyType
from typing import Any

import numpy as np

# All that the file of a task needs comes from here.
from gatewise.tasks.dataset import Dataset, Split
from gatewise.tasks.dataset import Frames as Frames
from gatewise.tasks.dataset import Input as Input
from gatewise.tasks.dataset import Levels as Levels
from gatewise.tasks.dataset import Tokens as Tokens
from gatewise.tasks.dataset import Vectors as Vectors
from gatewise.tasks.metric import KINDS, Array, Metric
from gatewise.tasks.names import sized

MOST_PARAMETERS = 10**9
"""Recurrent parameters of a cell."""


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
        What becomes of the learning rate: ``constant``, ``halving`` after every pass without a
        gain, ``linear``, to 0 over all passes, ``thirds``, a third of it in each pass, or
        ``cosine``, to 0 over all passes as half a cosine falls (Loshchilov and Hutter 2017).
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

    def to_zero(self, peak: float, patience: int) -> Scale:
        """The same with a learning rate that falls from a peak to 0 over the epochs.

        They are a ceiling: training ends after ``patience`` passes in a row that gain no tenth of
        the margin, for nothing is gained any more at the smaller rates to come.
        """
        recipe = replace(self.recipe, learning_rate=peak, schedule="linear", least_gain=0.1)
        return replace(self, recipe=replace(recipe, patience=patience))

    def annealed(self, peak: float) -> Scale:
        """The same with a learning rate that falls from a peak to 0 as half a cosine does.

        All epochs are run: in the last ones, at hardly any rate, nothing is gained any more.
        """
        recipe = replace(self.recipe, learning_rate=peak, schedule="cosine", least_gain=0.1)
        return replace(self, recipe=replace(recipe, patience=recipe.epochs))

    def in_thirds(self, peak: float) -> Scale:
        """The same with a learning rate that is in each pass a third of what it was before.

        Training ends after the first pass that gains no tenth of the margin.
        """
        recipe = replace(self.recipe, learning_rate=peak, schedule="thirds", least_gain=0.1)
        return replace(self, recipe=replace(recipe, patience=1))


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
class Read:
    """A text as a network reads it: its ``tokens``, and by input the ids of each of them."""

    tokens: tuple[str, ...]
    ids: Mapping[str, Sequence[int]]


@dataclass(frozen=True)
class Texts:
    """How a task's answers are read: what it writes, or the labels that it gives.

    ``write(ids)`` is the text of the ids of a decoded sequence, or of the labels of an example's
    real steps (of the whole example: one label); ``example(row)`` is a test example, its
    references spelled in the same way; ``read(text)``, of tasks that read tokens, is what a network
    reads of any text.

    ``known``, where that is all there is to it, are the tokens by id of each input: of ``words`` in
    lower case, of ``shapes`` as :func:`.tagging.shape` spells them. A model can be taken away then.
    """

    write: Callable[[Sequence[int]], str]
    example: Callable[[int], Example]
    read: Callable[[str], Read] | None = None
    known: Mapping[str, Sequence[str]] | None = None


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
    solved:
        The primary score from which on the task counts as solved; None where there is no such.
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
    solved: float | None = None

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

    def turned(self, option: str, value: int, summary: str, dial: Dial | None = None) -> Task:
        """The task at another setting of a dial, which is the ``option`` of its build.

        The dial is the task's own, or another one that is given.
        """
        dial = dial or self.dial
        assert dial is not None
        return replace(
            self,
            name=f"{dial.family}-{value}",
            summary=summary,
            scales={
                name: replace(scale, options={**scale.options, option: value})
                for name, scale in self.scales.items()
            },
            dial=replace(dial, value=value),
        )

    def sized(self, parameters: int) -> Task:
        """The task with cells of so many recurrent parameters, whatever its recipes say."""
        return replace(
            self,
            name=sized(self.name, parameters),
            summary=f"{self.summary}, with {parameters:,} recurrent parameters",
            scales={
                name: replace(scale, recipe=replace(scale.recipe, parameters=parameters))
                for name, scale in self.scales.items()
            },
        )


def chance(dataset: Dataset, metric: Metric) -> float:
    """The test score of the best predictor that never looks at its input; see ``KINDS``."""
    train, test = dataset.train, dataset.test
    blind = KINDS[metric.kind].blind(train.targets, train.weights, test.targets, dataset.classes)
    return float(np.average(blind, weights=test.weights))
