"""A user's own data as a task of the registry, and what was understood of it."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from types import ModuleType
from typing import Any

import numpy as np

from gatewise.plugins import ChangedPlugin
from gatewise.tasks.own import linear
from gatewise.tasks.own.encoding import (
    SPELLINGS,
    Encoding,
    answers_of,
    dataset_of,
    kind_of,
    learned,
    require_known,
)
from gatewise.tasks.own.examples import TOKENS, Material
from gatewise.tasks.own.keeping import found_in
from gatewise.tasks.own.packed import Example
from gatewise.tasks.own.reading import Reading
from gatewise.tasks.own.splitting import Parts, parts
from gatewise.tasks.task import (
    Dataset,
    Metric,
    Pattern,
    Read,
    Recipe,
    Scale,
    Source,
    Task,
    Texts,
)
from gatewise.tasks.task import Example as Shown
from gatewise.tasks.text import cut

METRICS = {
    "classes": Metric("accuracy", "share of answers"),
    "numbers": Metric("squared error", "share of the variance"),
}
"""By what labels are; numbers are in standard deviations of the training split."""
SIZES = {"smoke": 400, "quick": 20_000, "standard": 100_000, "paper": 200_000}
"""By scale how many examples train at most; validation and test split are whole at each."""


class ChangedData(ChangedPlugin):
    """A file that is another one than when the command began."""


@dataclass(frozen=True)
class OwnData:
    """A file with what its columns are, and the task that it makes; an offer of the registries.

    Attributes:
        reading: the file and its columns.
        sha256: checksum of both, wherever the file lies.
        kind: whether labels are ``classes`` or ``numbers``.
        every_step: whether each step has one.
        by: what a token is; empty of numbers.
        margin: the smallest difference that matters: what chance in drawing the test split makes of
            a score, two standard errors of it.
    """

    reading: Reading
    sha256: str
    kind: str
    every_step: bool
    by: str
    margin: float

    @classmethod
    def of(cls, reading: Reading) -> OwnData:
        """The data of a file, read once to see what it is.

        Raises:
            InvalidReading, InvalidData: what no task can be made of.
        """
        sha256 = reading.sha256()
        read, split, kind = parted(reading, sha256)
        every_step = split.train.every_step
        found = cls(reading, sha256, kind, every_step, read.by, margin=1.0)
        dataset = found.build(len(split.train))
        return replace(found, margin=_margin(dataset, METRICS[kind]))

    @property
    def reference(self) -> str:
        """The file, as messages name it."""
        return self.reading.path

    @property
    def name(self) -> str:
        """The task's: the file's, without endings and what no name may have."""
        plain = re.sub(r"[^A-Za-z0-9]+", "-", self.reading.file.name.partition(".")[0]).strip("-")
        return f"own-{plain.lower()}" if plain else "own"

    @property
    def module(self) -> ModuleType:
        """What a plugin's module is to the registries: it has ``TASK``.

        Raises:
            ChangedData: the file here is another one.
            InvalidReading: it is not here.
        """
        return _module(self)

    @property
    def task(self) -> Task:
        """The task."""
        pattern = Pattern.SYNCHRONOUS if self.every_step else Pattern.SEQUENCE_TO_CLASS
        return Task(
            name=self.name,
            summary=self._summary(),
            pattern=pattern,
            metric=METRICS[self.kind],
            margin=self.margin,
            source=Source(self.reading.file.name, "the user's", self.sha256),
            scales={name: self._scale(name, most) for name, most in SIZES.items()},
            build=self.build,
            baselines=linear.baselines,
            texts=texts if self.by and self.kind == "classes" else None,
        )

    def _summary(self) -> str:
        reading, what = self.reading, "class" if self.kind == "classes" else "number"
        if reading.series:
            return f"{reading.series} {reading.horizon} steps ahead, of {reading.file.name}"
        of = (
            f"every {self.by or 'step'}" if self.every_step else "a text" if self.by else "a window"
        )
        return f"{reading.tags or reading.label}, the {what} of {of} of {reading.file.name}"

    def _scale(self, name: str, most: int) -> Scale:
        # As the tasks of ours that are most alike: sentiment, labelling, and those of numbers.
        if self.by and not self.every_step:
            recipe = Recipe(40_000, 16, learning_rate=1e-3, dropout=0.5)
        elif self.by:
            recipe = Recipe(40_000, 16)
        else:
            recipe = Recipe(20_000, 40)
        scale = Scale({"train": most}, recipe)
        if name == "smoke":
            return replace(scale, recipe=replace(recipe, epochs=1))
        return scale.until_no_gain(patience=4)

    def build(self, train: int) -> Dataset:
        """The data, of which at most so many examples train.

        Raises:
            ChangedData: the file is another one by now.
        """
        read, split, kind = parted(self.reading, self.sha256)
        # What is ordered in time ends with the latest.
        trained = split.train[-train:]
        # However few train, the answers are those of all that could.
        encoding = learned(self.reading, read.by, trained, answers_of(split.train, kind))
        splits = {"train": trained, "validation": split.validation, "test": split.test}
        for name in ("validation", "test"):
            require_known(self.reading, encoding.answers, splits[name], name)
        dataset = dataset_of(encoding, splits)
        forecast = {"forecast": bool(self.reading.series)}
        return replace(dataset, details={**dataset.details, **forecast})


@cache
def _module(own: OwnData) -> ModuleType:
    _require_unchanged(own.reading, own.sha256)
    module = ModuleType(f"gatewise_own_{own.sha256[:8]}")
    module.TASK = own.task  # type: ignore[attr-defined]
    return module


def _require_unchanged(reading: Reading, sha256: str) -> None:
    found = reading.sha256()
    if found != sha256:
        raise ChangedData(
            f"data {reading.path!r}: with its columns it has SHA-256 {found[:16]}; allowed is "
            f"{sha256[:16]}, which the study began with"
        )


@lru_cache(maxsize=1)
def parted(reading: Reading, sha256: str) -> tuple[Material, Parts, str]:
    """The examples of a file in their splits, and what their labels are; the last is kept."""
    _require_unchanged(reading, sha256)
    read = found_in(reading, sha256)
    kind = kind_of(reading, read.examples)
    return read, parts(reading, read), kind


def _margin(dataset: Dataset, metric: Metric) -> float:
    """Two standard errors of the test score at most, rounded up to one digit.

    Of a share at its most uncertain, one half; of a squared error that of the blind predictor.
    """
    count = float(dataset.test.weights.sum())
    deviation = 0.5
    if metric.kind == "squared error":
        scored = dataset.test.weights > 0
        errors = (dataset.test.targets[scored] - _blind(dataset)) ** 2
        deviation = float(np.std(errors))
    error = max(2 * deviation / math.sqrt(count), 1e-6)
    digit = 10.0 ** math.floor(math.log10(error))
    return float(f"{math.ceil(error / digit - 1e-9) * digit:.1g}")


def _blind(dataset: Dataset) -> float:
    """The number that a predictor answers that never looks."""
    return float(np.average(dataset.train.targets, weights=dataset.train.weights))


def texts(dataset: Dataset) -> Texts:
    """Examples as their tokens, and the names of their classes."""
    encoding: Encoding = dataset.details["encoding"]
    classes, joint = encoding.answers.classes, "" if encoding.by == "character" else " "

    def example(row: int) -> Shown:
        shown: Example = dataset.details["test"][row]
        read = shown.reads[: encoding.length]
        answers = shown.answer[: encoding.length] if encoding.every_step else (shown.answer,)
        return Shown(joint.join(map(str, read)), (" ".join(map(str, answers)),))

    def read(text: str) -> Read:
        tokens = tuple(cut(text) if encoding.every_step else TOKENS[encoding.by](text))
        spelled = {name: map(SPELLINGS[name], tokens) for name in encoding.vocabularies}
        return Read(tokens, {n: encoding.vocabularies[n].ids(of) for n, of in spelled.items()})

    return Texts(lambda ids: " ".join(classes[i] for i in ids), example, read)


RECORDED = ("kind", "every_step", "by", "margin", "sha256")


def recorded(own: OwnData) -> dict[str, Any]:
    """What a study keeps of its data, as plain data."""
    return {"reading": own.reading.recorded(), **{n: getattr(own, n) for n in RECORDED}}


def restored(record: Mapping[str, Any]) -> OwnData:
    """The inverse of :func:`recorded`."""
    return OwnData(Reading.restored(record["reading"]), **{n: record[n] for n in RECORDED})
