"""What is timed: a training step of a sequence classifier, ours, Keras's, PyTorch's and others'.

A step is forward, backward and Adam on random data.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from importlib.util import find_spec
from typing import Any, TypeAlias

import numpy as np

from gatewise.benchmark.architectures import catalogue
from gatewise.benchmark.architectures.catalogue import Architecture

CLASSES = 2
OURS = "gatewise"
Step: TypeAlias = Callable[[], object]


class InvalidShape(ValueError):
    """A shape that is not four whole numbers."""


@dataclass(frozen=True)
class Shape:
    """Steps, examples, input width and units of a timed layer."""

    steps: int
    batch: int
    inputs: int
    units: int

    @classmethod
    def parse(cls, text: str) -> Shape:
        """From ``T,batch,inputs,units``.

        Raises:
            InvalidShape: not four whole numbers from 1.
        """
        parts = text.split(",")
        if len(parts) != 4 or not all(p.strip().isdigit() and int(p) > 0 for p in parts):
            raise InvalidShape(
                f"shape {text!r}: allowed are four whole numbers from 1: T,batch,inputs,units"
            )
        return cls(*(int(part) for part in parts))

    def __str__(self) -> str:
        return f"{self.steps},{self.batch},{self.inputs},{self.units}"

    def operations(self, parameters: int) -> float:
        """Floating-point operations of a step's products: forward once, backward twice."""
        return 6.0 * self.steps * self.batch * parameters


class UntimedArchitecture(ValueError):
    """An architecture that does not read vectors."""


def require_vectors(names: Sequence[str]) -> None:
    """Refuse what cannot be timed at a :class:`Shape`.

    Raises:
        UnknownArchitecture: no architecture has the name.
        UntimedArchitecture: it reads frames.
    """
    for name in names:
        if catalogue.find(name).cell.window:
            raise UntimedArchitecture(
                f"architecture={name!r} reads frames: allowed are {', '.join(catalogue.chains())}"
            )


@dataclass(frozen=True)
class Contestant:
    """A training step that ``make`` makes; ``parameters``: its recurrent ones, where we count."""

    make: Callable[[], Step]
    parameters: int | None = None


PEERS = {
    "NFG": "OriginalLSTM",
    "janet": "JANET",
    "mgu": "MGU",
    "peephole": "PeepholeLSTM",
    "RAN": "RAN",
    "gru-no-reset": "UGRNN",
    "Li-GRU": "LiGRU",
    "MUT3": "MUT3",
    "IndRNN": "IndRNN",
    "FastGRNN": "FastGRNN",
}
"""By name in our catalogue the layer of torchrecurrent whose cell computes the same."""


def contestants(shape: Shape, architectures: Sequence[str]) -> dict[str, Contestant]:
    """Every layer that is timed at a shape, by name; each is made only when it is asked for."""
    found = {f"{OURS} {name}": _of_catalogue(shape, name) for name in architectures}
    found["keras LSTM, jit"] = Contestant(partial(_keras, shape, "LSTM", True))
    found["keras LSTM"] = Contestant(partial(_keras, shape, "LSTM", False))
    found["keras GRU, jit"] = Contestant(partial(_keras, shape, "GRU", True))
    found["keras custom cell, jit"] = Contestant(partial(_keras, shape, "cell", True))
    if find_spec("torch"):
        found["torch nn.LSTM"] = Contestant(partial(_torch, shape, "LSTM"))
        found["torch nn.GRU"] = Contestant(partial(_torch, shape, "GRU"))
        found["torch nn.LSTMCell loop"] = Contestant(partial(_torch, shape, "LSTMCell"))
    if find_spec("torchrecurrent"):
        for name in (PEERS[name] for name in architectures if name in PEERS):
            found[f"torchrecurrent {name}"] = Contestant(partial(_torch, shape, name))
    return found


def _of_catalogue(shape: Shape, name: str) -> Contestant:
    entry = catalogue.find(name)
    return Contestant(partial(ours, shape, entry), entry.parameters(shape.inputs, shape.units))


def _data(shape: Shape) -> tuple[Any, Any]:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(shape.batch, shape.steps, shape.inputs)).astype(np.float32)
    return x, rng.integers(0, CLASSES, shape.batch).astype(np.int32)


def ours(
    shape: Shape, architecture: Architecture, recurrent_scale: float = 1.0, learning: str = "bptt"
) -> Step:
    """A step of an architecture of the catalogue.

    Args:
        shape: what it reads.
        architecture: what reads.
        recurrent_scale: factor of its initial recurrent weights.
        learning: the algorithm, as in :mod:`.learning`.
    """
    from gatewise.benchmark.architectures.layers import RecurrentStack

    stack = RecurrentStack(
        architecture.cell,
        shape.units,
        architecture.layers,
        architecture.directions,
        learning=learning,
    )
    stack.build((None, None, shape.inputs))
    for variable in stack.trainable_variables:
        if "recurrent" in variable.name:
            variable.assign(variable * recurrent_scale)
    width = architecture.directions * shape.units
    return _keras_step(shape, stack, lambda x: stack(x)[1][-1][0], width, jit=True)


def _keras(shape: Shape, kind: str, jit: bool) -> Step:
    import keras

    if kind == "cell":
        # What a user writes who wants a gate removed: a cell of its own in Keras's generic loop.
        layer = keras.layers.RNN(keras.layers.LSTMCell(shape.units))
    else:
        layer = getattr(keras.layers, kind)(shape.units)
    layer.build((None, shape.steps, shape.inputs))
    return _keras_step(shape, layer, layer, shape.units, jit)


def _keras_step(shape: Shape, layer: Any, call: Callable[..., Any], width: int, jit: bool) -> Step:
    import keras
    import tensorflow as tf

    x, y = (tf.constant(array) for array in _data(shape))
    readout = keras.layers.Dense(CLASSES)
    readout.build((None, width))
    variables = [*layer.trainable_variables, *readout.trainable_variables]
    optimizer = keras.optimizers.Adam(1e-3)
    optimizer.build(variables)

    def step() -> Any:
        with tf.GradientTape() as tape:
            losses = tf.nn.sparse_softmax_cross_entropy_with_logits(y, readout(call(x)))
            loss = tf.reduce_mean(losses)
        optimizer.apply(tape.gradient(loss, [v.value for v in variables]), variables)
        return loss

    compiled = tf.function(step, jit_compile=jit, autograph=False)
    compiled()
    return lambda: compiled().numpy()


def _torch(shape: Shape, kind: str) -> Step:
    import torch

    torch.set_num_threads(1)
    torch.set_flush_denormal(True)
    data, classes = _data(shape)
    x = torch.from_numpy(data).transpose(0, 1).contiguous()
    y = torch.from_numpy(classes).long()
    read: Callable[[], Any]
    if kind in ("LSTM", "GRU"):
        layer = getattr(torch.nn, kind)(shape.inputs, shape.units)

        def read() -> Any:
            return layer(x)[0][-1]

    elif kind == "LSTMCell":
        layer = torch.nn.LSTMCell(shape.inputs, shape.units)

        def read() -> Any:
            state: Any = None
            for inputs in x:
                state = layer(inputs, state)
            return state[0]

    else:
        import torchrecurrent

        layer = getattr(torchrecurrent, kind)(shape.inputs, shape.units)

        def read() -> Any:
            return layer(x)[0][-1]

    readout = torch.nn.Linear(shape.units, CLASSES)
    optimizer = torch.optim.Adam([*layer.parameters(), *readout.parameters()])

    def step() -> None:
        optimizer.zero_grad()
        torch.nn.functional.cross_entropy(readout(read()), y).backward()
        optimizer.step()

    return step
