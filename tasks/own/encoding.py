"""From examples to arrays, by what the training split alone knows, and from numbers to answers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

import numpy as np

from gatewise.tasks.own.examples import number
from gatewise.tasks.own.packed import Packed
from gatewise.tasks.own.reading import Reading
from gatewise.tasks.own.rows import told
from gatewise.tasks.tagging import shape
from gatewise.tasks.task import Array, Dataset, Input, Split, Tokens, Vectors
from gatewise.tasks.text import PADDING, Vocabulary

LARGEST = 20_000
"""Most tokens of a vocabulary."""
FEW = 20
"""So many different whole numbers are classes, where nothing else is said."""
COVERED = 98
"""Percent of the training texts that are read whole, where nothing else is said."""
LONGEST = 256
WIDTHS: Mapping[str, int] = {"words": 64, "characters": 32, "shapes": 16}
SPELLINGS = {"words": str.lower, "characters": str.lower, "shapes": shape}
"""By input what of a token is looked up."""


@dataclass(frozen=True)
class Answers:
    """What a label can be: one of ``classes``, or, where there are none, a number.

    Numbers are trained on as multiples of ``spread`` from ``mean``, those of the training split.
    """

    classes: tuple[str, ...] = ()
    mean: float = 0.0
    spread: float = 1.0


@dataclass(frozen=True)
class Encoding:
    """What turns examples into arrays: learned from training examples, and kept with a model.

    Attributes:
        answers: what a label can be.
        vocabularies: of tokens, by input; empty where numbers are read.
        mean, spread: of each feature; empty where tokens are read.
        by: what a token is.
        length: most steps that are read.
        every_step: whether each step has an answer.
    """

    answers: Answers
    length: int
    every_step: bool
    by: str = ""
    vocabularies: Mapping[str, Vocabulary] = field(default_factory=lambda: MappingProxyType({}))
    mean: tuple[float, ...] = ()
    spread: tuple[float, ...] = ()

    @property
    def inputs(self) -> dict[str, Input]:
        """What a network is told of the arrays."""
        if not self.vocabularies:
            return {"numbers": Vectors(len(self.mean))}
        return {name: Tokens(len(v), WIDTHS[name]) for name, v in self.vocabularies.items()}

    def split(self, examples: Packed) -> Split:
        """The arrays of examples whose answers are among those known."""
        lengths = np.minimum(examples.lengths, self.length).astype(np.int32)
        answers = self._targets(examples)
        if not self.every_step:
            ones = np.ones(len(examples), np.float32)
            return Split(self._inputs(examples), lengths, answers, ones)
        targets = np.zeros((len(examples), self.length), answers.dtype)
        inside = np.arange(self.length) < lengths[:, None]
        targets[inside] = answers
        return Split(self._inputs(examples), lengths, targets, inside.astype(np.float32))

    def _inputs(self, examples: Packed) -> dict[str, Array]:
        """What a network reads, ``[examples, length]`` and features behind, of each input."""
        if not self.vocabularies:
            mean, spread = (np.array(of, np.float32) for of in (self.mean, self.spread))
            numbers = np.zeros((len(examples), self.length, len(self.mean)), np.float32)
            for row, steps in zip(numbers, examples.each("reads", self.length), strict=True):
                row[: len(steps)] = (steps - mean) / spread
            return {"numbers": numbers}
        return {name: self._ids(name, examples) for name in self.vocabularies}

    def _ids(self, name: str, examples: Packed) -> Array:
        """Of one input of tokens, ``int32 [examples, length]``."""
        known = self.vocabularies[name].ids(map(SPELLINGS[name], examples.known))
        ids, found = np.array(known), np.full((len(examples), self.length), PADDING, np.int32)
        for row, steps in zip(found, examples.each("reads", self.length), strict=True):
            row[: len(steps)] = ids[steps]
        return found

    def _targets(self, examples: Packed) -> Array:
        """Of all answers to steps that are read, one behind the other."""
        given = np.concatenate([*examples.each("answers", self.length)])
        named = given.dtype == np.int32
        said = [examples.known[of] for of in given] if named else given.tolist()
        if self.answers.classes:
            places = {name: place for place, name in enumerate(self.answers.classes)}
            return np.array([places[str(of)] for of in said], np.int32)
        numbers = np.array([float(of) for of in said])
        return ((numbers - self.answers.mean) / self.answers.spread).astype(np.float32)


def learned(reading: Reading, by: str, train: Packed, answers: Answers) -> Encoding:
    """The encoding that training examples, and they alone, give."""
    lengths, every_step = train.lengths, train.every_step
    fitting = min(LONGEST, int(np.percentile(lengths, COVERED, method="higher")))
    length = reading.length or (fitting if by else int(lengths.max()))
    if not by:
        steps = np.concatenate([*train.each("reads")]).astype(np.float64)
        spread = steps.std(axis=0)
        return Encoding(
            answers,
            length,
            every_step,
            mean=tuple(steps.mean(axis=0).tolist()),
            spread=tuple(np.where(spread > 0, spread, 1.0).tolist()),
        )
    names = ["characters" if by == "character" else "words", *(["shapes"] if every_step else [])]
    seen = np.bincount(np.concatenate([*train.each("reads", length)]), minlength=len(train.known))
    vocabularies = {name: _vocabulary(train.known, seen, SPELLINGS[name]) for name in names}
    return Encoding(answers, length, every_step, by, vocabularies)


def _vocabulary(known: Sequence[str], seen: Array, spelled: Callable[[str], str]) -> Vocabulary:
    """Of texts that were seen so many times, by how they are spelled."""
    counts: Counter[str] = Counter()
    for place in np.flatnonzero(seen).tolist():
        counts[spelled(known[place])] += int(seen[place])
    return Vocabulary.ranked(counts, LARGEST, least=2)


def answers_of(train: Packed, kind: str) -> Answers:
    """What labels can be, by all training examples."""
    given = [answer for _, answer in train.labels()]
    if kind == "classes":
        return Answers(tuple(sorted({str(answer) for answer in given})))
    numbers = np.array(given, np.float64)
    return Answers(mean=float(numbers.mean()), spread=float(numbers.std()) or 1.0)


# --- Classes or numbers ----------------------------------------------------------------------


def kind_of(reading: Reading, examples: Packed) -> str:
    """Whether the labels are ``classes`` or ``numbers``.

    Numbers that are not whole are numbers, and so are more whole ones than :data:`FEW`.

    Raises:
        InvalidData: some labels are numbers and others are not, there is one class alone, or almost
            as many classes as labels.
    """
    column = reading.tags or reading.label or reading.series
    if reading.series or reading.answers == "numbers":
        for row, answer in examples.labels():
            number(reading, row, column, answer)
        kind = "numbers"
    else:
        kind = reading.answers or _looks_like(reading, column, examples)
    different = {str(answer) for _, answer in examples.labels()}
    if len(different) == 1:
        raise told(
            reading.file,
            f"every label is {different.pop()!r}; allowed are two or more that differ",
            column=column,
        )
    count = sum(1 for _ in examples.labels())
    if kind == "classes" and len(different) > count / 2:
        raise told(
            reading.file,
            f"{len(different)} different labels of {count}; allowed are classes that come again, "
            "or numbers",
            column=column,
        )
    return kind


def _looks_like(reading: Reading, column: str, examples: Packed) -> str:
    seen: dict[str, int] = {}
    for row, answer in examples.labels():
        seen.setdefault(str(answer), row)
    numbers = {answer for answer in seen if _is_number(answer)}
    if not numbers:
        return "classes"
    others = [answer for answer in seen if answer not in numbers]
    fractions = any(not float(answer).is_integer() for answer in numbers)
    if others and (fractions or len(numbers) > FEW):
        raise told(
            reading.file,
            f"{others[0]!r} among numbers; allowed are numbers alone, or --answers classes",
            seen[others[0]],
            column,
        )
    return "numbers" if fractions or len(numbers) > FEW else "classes"


def _is_number(answer: str) -> bool:
    try:
        return bool(np.isfinite(float(answer)))
    except ValueError:
        return False


def require_known(reading: Reading, answers: Answers, examples: Packed, where: str) -> None:
    """Refuse classes that the training split lacks.

    Raises:
        InvalidData: a label is in another split alone.
    """
    known = set(answers.classes)
    for row, answer in examples.labels():
        if known and str(answer) not in known:
            raise told(
                reading.file,
                f"{answer!r} is in the {where} split and not in training; allowed are labels with "
                "examples enough for both",
                row,
                reading.tags or reading.label,
            )


def dataset_of(encoding: Encoding, splits: Mapping[str, Packed]) -> Dataset:
    """The arrays of all splits; ``details`` keeps the examples and their encoding."""
    train, validation, test = (encoding.split(splits[n]) for n in ("train", "validation", "test"))
    return Dataset(
        train,
        validation,
        test,
        inputs=encoding.inputs,
        classes=max(1, len(encoding.answers.classes)),
        details={**splits, "encoding": encoding},
    )
