"""The data of a task: arrays, and the declaration of what they are to a network."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, TypeAlias

import numpy as np

from gatewise.identity import later, spelled
from gatewise.tasks.metric import Array

HASHED = 1024
"""Examples hashed at a time."""


@dataclass(frozen=True)
class Tokens:
    """An input of token ids, ``int32 [examples, steps]``; id 0 is padding.

    Each id below ``vocabulary`` is embedded in ``width`` dimensions. Embeddings start uniform in
    ±``spread``: wide ones learn faster, narrow ones keep rare words from being learned by heart.
    ``by_row``: a training step updates the embeddings of its batch's tokens and leaves the others
    where they are, which saves time where a batch has few of all tokens.
    """

    vocabulary: int
    width: int
    spread: float = 0.05
    by_row: bool = later(False)


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
    holds what only the task's own functions need (vocabularies, reference texts). ``longer`` are
    further test examples, of lengths within those trained at and beyond; what counts is each of
    their groups, see :mod:`.lengths`.
    """

    train: Split
    validation: Split
    test: Split
    inputs: Mapping[str, Input]
    classes: int
    begin: int | None = None
    end: int | None = None
    details: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    longer: Split | None = None

    @property
    def splits(self) -> dict[str, Split]:
        """Every split by name."""
        always = {"train": self.train, "validation": self.validation, "test": self.test}
        return always | ({} if self.longer is None else {"longer": self.longer})

    def checksum(self) -> str:
        """SHA-256 over every array of every split, in a fixed order."""
        kinds = ", ".join(f"{name!r}: {spelled(kind)}" for name, kind in self.inputs.items())
        digest = hashlib.sha256(f"{{{kinds}}} {self.classes}".encode())
        for split in self.splits.values():
            named = {**split.inputs, "lengths": split.lengths, "targets": split.targets}
            if split.parents is not None:
                named["parents"] = split.parents
            for name, array in sorted({**named, "weights": split.weights, **split.groups}.items()):
                digest.update(f"{name} {array.dtype} {array.shape}".encode())
                for start in range(0, len(array), HASHED):
                    digest.update(array[start : start + HASHED].tobytes())
        return digest.hexdigest()
