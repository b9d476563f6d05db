"""From a task's declaration and an architecture to a Keras model.

Around the recurrence everything is the same for every architecture: an embedding or a frame
encoder in front, dropout on both sides, one dense readout.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import keras
from keras import ops

from gatewise.benchmark.architectures.catalogue import Architecture
from gatewise.benchmark.architectures.engine.backend import Tensor, Tensors, uniform
from gatewise.benchmark.architectures.layers import RecurrentStack
from gatewise.benchmark.architectures.learning import Learning
from gatewise.benchmark.architectures.trees import GraphRecurrent, TreeRecurrent, height
from gatewise.benchmark.networks.budget import PATCH, decoder_tokens, features
from gatewise.benchmark.networks.encoders import FrameEncoder, WindowEncoder, patches
from gatewise.benchmark.randomness import derive_seed
from gatewise.tasks.task import Dataset, Frames, Input, Pattern, Tokens

Batch = Mapping[str, Any]
"""Tensors of one batch: ``inputs`` by name, ``lengths [B]`` (absent if no step is padding),
``targets`` and ``weights``."""


class Dropout(keras.layers.Layer):
    """Dropout whose rate is a variable, so that one compiled step serves trials of any rate."""

    def __init__(self, seed: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.rate = self.add_weight(name="rate", shape=(), initializer="zeros", trainable=False)
        self.generator = keras.random.SeedGenerator(seed)
        self.supports_masking = True

    def call(self, x: Tensor, training: bool = False) -> Tensor:
        if not training:
            return x
        kept = uniform(ops.shape(x), self.generator) >= self.rate
        return ops.where(kept, x / (1.0 - self.rate), 0.0)


class Front(keras.layers.Layer):
    """Each declared input embedded or encoded, all concatenated: ``[batch, steps, features]``."""

    def __init__(self, inputs: Mapping[str, Input], seed: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.declared = dict(inputs)
        self.parts = {
            name: part
            for name, kind in self.declared.items()
            if (part := _encoder(kind, derive_seed(seed, name))) is not None
        }

    @property
    def features(self) -> int:
        return sum(features(kind) for kind in self.declared.values())

    @property
    def by_row(self) -> tuple[keras.Variable, ...]:
        """Embeddings of which a training step updates the rows of its batch alone."""
        return tuple(
            self.parts[name].embeddings
            for name, kind in self.declared.items()
            if isinstance(kind, Tokens) and kind.by_row
        )

    def build(self, input_shape: Any = None) -> None:
        for name, part in self.parts.items():
            kind = self.declared[name]
            frame = (kind.height, kind.width) if isinstance(kind, Frames) else ()
            part.build((None, None, *frame))

    def call(self, inputs: Mapping[str, Tensor], training: bool = False) -> Tensor:
        encoded = [
            self.parts[name](inputs[name]) if name in self.parts else inputs[name]
            for name in self.declared
        ]
        return encoded[0] if len(encoded) == 1 else ops.concatenate(encoded, axis=-1)


class FrameFront(keras.layers.Layer):
    """One input of frames as patches, for a convolutional cell; nothing to learn."""

    features = PATCH**2
    by_row: tuple[keras.Variable, ...] = ()

    def call(self, inputs: Mapping[str, Tensor]) -> Tensor:
        (frames,) = inputs.values()
        return patches(frames, PATCH)


def _encoder(kind: Input, seed: int) -> keras.layers.Layer | None:
    if isinstance(kind, Tokens):
        start = keras.initializers.RandomUniform(-kind.spread, kind.spread, seed=seed)
        return keras.layers.Embedding(kind.vocabulary, kind.width, embeddings_initializer=start)
    if isinstance(kind, Frames):
        if kind.window:
            return WindowEncoder(kind.features, kind.window, seed=seed)
        return FrameEncoder(kind.features, seed=seed)
    return None


class Reader(keras.Model):
    """Front, recurrence, readout: one answer for a sequence, or one for every step.

    ``call(batch)`` gives logits ``[batch, classes]`` or ``[batch, steps, classes]``. A
    convolutional cell reads patches of the frames, and its output's maximum over the frame is read.
    """

    def __init__(
        self,
        dataset: Dataset,
        pattern: Pattern,
        architecture: Architecture,
        units: int,
        seed: int,
        learning: str = "bptt",
    ) -> None:
        super().__init__()
        self.every_step = pattern in (Pattern.SYNCHRONOUS, Pattern.NEXT_STEP)
        self.front = (
            FrameFront()
            if architecture.cell.window
            else Front(dataset.inputs, derive_seed(seed, "front"))
        )
        self.dropouts = [Dropout(derive_seed(seed, "dropout", i)) for i in range(2)]
        self.recurrence = self._over(
            dataset, architecture, units, derive_seed(seed, "recurrence"), learning
        )
        self.width = architecture.directions * units
        self.readout = _readout(dataset.classes, seed)

    def _over(
        self, dataset: Dataset, architecture: Architecture, units: int, seed: int, learning: str
    ) -> Any:
        return _stack(architecture, units, dataset, seed, learning)

    def build(self, input_shape: Any = None) -> None:
        self.front.build(None)
        self.recurrence.build((None, None, self.front.features))
        self.readout.build((None, self.width))

    def call(self, batch: Batch, training: bool = False) -> Tensor:
        return self.readout(self.read(batch, training))

    def encoded(self, batch: Batch, training: bool = False) -> Tensors:
        """What each recurrence reads ``[B, T, features]``."""
        return (self.dropouts[0](self.front(batch["inputs"]), training=training),)

    def read(self, batch: Batch, training: bool = False) -> Tensor:
        """What the readout reads."""
        (x,) = self.encoded(batch, training)
        return self.dropouts[1](self._read(x, batch), training=training)

    def _read(self, x: Tensor, batch: Batch) -> Tensor:
        outputs, states = self.recurrence(x, mask=_mask(batch, x))
        read = outputs if self.every_step else states[-1][0]
        # What a channel found counts wherever in the frame it is.
        return ops.max(read, axis=(-3, -2)) if self.recurrence.cell.window else read

    def start(self, rows: int) -> tuple[Tensors, ...]:
        """The states before anything is read."""
        return tuple(
            tuple(ops.zeros((rows, size)) for size in level[0].state_size)
            for level in self.recurrence.levels
        )

    def decode(
        self, read: Tensor, states: tuple[Tensors, ...]
    ) -> tuple[Tensor, tuple[Tensors, ...]]:
        """Logits ``[B, S, classes]`` after each token of ``read [B, S]``, and the states then.

        For a task of one input of tokens, whose next one is the target.
        """
        (name,) = self.front.declared
        outputs, states = self.recurrence(self.front({name: read}), initial_state=states)
        return self.readout(outputs), states

    @property
    def recurrent_layers(self) -> tuple[keras.layers.Layer, ...]:
        return (self.recurrence,)


class Translator(keras.Model):
    """An encoder whose last states start a decoder of the same cell.

    Where the input is a single vector, the decoder reads it itself, as its first input in place of
    a token (Vinyals et al. 2015), and there is no other encoder.

    The decoder reads the target shifted right by one, behind the begin token (teacher forcing).
    It has as many units as the encoder has in all directions together, so that the states fit
    without further weights. ``call(batch)`` gives logits ``[batch, target steps, classes]``.
    """

    def __init__(
        self,
        dataset: Dataset,
        pattern: Pattern,
        architecture: Architecture,
        units: int,
        seed: int,
        learning: str = "bptt",
    ) -> None:
        super().__init__()
        assert dataset.begin is not None
        Learning.parse(learning).require(architecture.cell, decodes=True)
        self.begin = dataset.begin
        self.front = Front(dataset.inputs, derive_seed(seed, "front"))
        words = {"previous": decoder_tokens(dataset)}
        self.target_front = Front(words, derive_seed(seed, "target front"))
        self.dropouts = [Dropout(derive_seed(seed, "dropout", i)) for i in range(3)]
        alone = pattern is Pattern.VECTOR_TO_SEQUENCE
        self.decoder = _stack(
            architecture.forward,
            units if alone else architecture.directions * units,
            dataset,
            derive_seed(seed, "decoder"),
            learning,
        )
        self.encoder = (
            self.decoder
            if alone
            else _stack(architecture, units, dataset, derive_seed(seed, "recurrence"), learning)
        )
        self.readout = _readout(dataset.classes, seed)

    def build(self, input_shape: Any = None) -> None:
        self.front.build()
        self.target_front.build()
        if self.encoder is not self.decoder:
            self.encoder.build((None, None, self.front.features))
        self.decoder.build((None, None, self.target_front.features))
        self.readout.build((None, self.decoder.units))

    def call(self, batch: Batch, training: bool = False) -> Tensor:
        return self.readout(self.read(batch, training))

    def encoded(self, batch: Batch, training: bool = False) -> Tensors:
        """What encoder and decoder read, each ``[B, T, features]``."""
        begin = ops.full_like(batch["targets"][:, :1], self.begin)
        previous = ops.concatenate([begin, batch["targets"][:, :-1]], axis=1)
        return self._source(batch, training), self._written(previous, training)

    def read(self, batch: Batch, training: bool = False) -> Tensor:
        """What the readout reads."""
        source, written = self.encoded(batch, training)
        states = self._encode(source, batch)
        outputs, _ = self.decoder(written, initial_state=states)
        return self.dropouts[2](outputs, training=training)

    def encode(self, batch: Batch) -> tuple[Tensors, ...]:
        """The last states of every layer after reading the source."""
        return self._encode(self._source(batch), batch)

    def _source(self, batch: Batch, training: bool = False) -> Tensor:
        return self.dropouts[0](self.front(batch["inputs"]), training=training)

    def _written(self, previous: Tensor, training: bool = False) -> Tensor:
        return self.dropouts[1](self.target_front({"previous": previous}), training=training)

    def _encode(self, source: Tensor, batch: Batch) -> tuple[Tensors, ...]:
        states: tuple[Tensors, ...] = self.encoder(source, mask=_mask(batch, source))[1]
        return states

    def decode(
        self, previous: Tensor, states: tuple[Tensors, ...]
    ) -> tuple[Tensor, tuple[Tensors, ...]]:
        """Logits ``[B, S, classes]`` after the tokens ``previous [B, S]``, and the states then."""
        outputs, states = self.decoder(self._written(previous), initial_state=states)
        return self.readout(outputs), states

    @property
    def recurrent_layers(self) -> tuple[RecurrentStack, ...]:
        return (self.decoder,) if self.encoder is self.decoder else (self.encoder, self.decoder)


class TreeReader(Reader):
    """A :class:`Reader` of the tree or the graph of each example; the answer is the root's."""

    def _over(
        self, dataset: Dataset, architecture: Architecture, units: int, seed: int, learning: str
    ) -> Any:
        Learning.parse(learning).require_whole(architecture.name)
        trees = [s.parents for s in (dataset.train, dataset.validation, dataset.test)]
        rounds = 1 + max(height(parents) for parents in trees if parents is not None)
        return STRUCTURES[architecture.over](architecture.cell, units, rounds=rounds, seed=seed)

    def _read(self, x: Tensor, batch: Batch) -> Tensor:
        return self.recurrence(x, batch["parents"])


STRUCTURES: Mapping[str, type[TreeRecurrent] | type[GraphRecurrent]] = {
    "tree": TreeRecurrent,
    "graph": GraphRecurrent,
}


def build_model(
    dataset: Dataset,
    pattern: Pattern,
    architecture: Architecture,
    units: int,
    seed: int,
    learning: str = "bptt",
) -> Reader | Translator:
    """A built model; its initial weights are a function of ``seed`` and of nothing else.

    Raises:
        InvalidLearning, UnsupportedLearning: ``learning`` is none, or cannot serve the model.
    """
    kind: type[Reader] | type[Translator]
    if architecture.over in STRUCTURES:
        kind = TreeReader
    else:
        kind = Translator if dataset.begin is not None else Reader
    model = kind(dataset, pattern, architecture, units, seed, learning)
    model.build()
    return model


def _stack(
    architecture: Architecture, units: int, dataset: Dataset, seed: int, learning: str
) -> RecurrentStack:
    return RecurrentStack(
        architecture.cell,
        units,
        architecture.layers,
        architecture.directions,
        chrono_steps=int(dataset.train.steps_needed.max()),
        learning=learning,
        seed=seed,
    )


def _readout(classes: int, seed: int) -> keras.layers.Dense:
    start = keras.initializers.GlorotUniform(seed=derive_seed(seed, "readout"))
    return keras.layers.Dense(classes, kernel_initializer=start)


def _mask(batch: Batch, x: Tensor) -> Tensor | None:
    if "lengths" not in batch:
        return None
    return ops.arange(ops.shape(x)[1])[None, :] < batch["lengths"][:, None]
