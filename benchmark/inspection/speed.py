"""How long a training step takes: ours against Keras's, PyTorch's and torchrecurrent's.

A step is forward, backward and Adam of a sequence classifier on random data, in one thread. All
contestants are timed in turn, round after round, by CPU time, so that what else the machine does
falls on all of them; what is reported are ratios within a round, and their spread.
"""

from __future__ import annotations

import ctypes
import gc
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from gatewise.benchmark.architectures import catalogue
from gatewise.benchmark.architectures.catalogue import Architecture

CLASSES = 2
REFERENCE = "gatewise lstm"
Step = Callable[[], object]


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


SHAPES = (
    Shape(100, 32, 64, 128),
    Shape(200, 64, 64, 64),
    Shape(40, 64, 32, 48),
    Shape(400, 16, 32, 96),
)


def lengths(texts: Sequence[str]) -> tuple[int, ...]:
    """Sequence lengths from text.

    Raises:
        InvalidShape: none, or one that is no whole number from 1.
    """
    for text in texts or ("",):
        if not text.isdecimal() or int(text) < 1:
            raise InvalidShape(f"lengths={text!r}: allowed are whole numbers from 1")
    return tuple(map(int, texts))


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


def contestants(shape: Shape, architectures: Sequence[str]) -> dict[str, Callable[[], Step]]:
    """Every layer that is timed at a shape, by name; each is made only when it is called."""
    made: dict[str, Callable[[], Step]] = {
        f"gatewise {name}": partial(_ours, shape, catalogue.find(name)) for name in architectures
    }
    made["keras LSTM, jit"] = partial(_keras, shape, "LSTM", True)
    made["keras LSTM"] = partial(_keras, shape, "LSTM", False)
    made["keras GRU, jit"] = partial(_keras, shape, "GRU", True)
    made["keras custom cell, jit"] = partial(_keras, shape, "cell", True)
    if find_spec("torch"):
        made["torch nn.LSTM"] = partial(_torch, shape, "LSTM")
        made["torch nn.GRU"] = partial(_torch, shape, "GRU")
        made["torch nn.LSTMCell loop"] = partial(_torch, shape, "LSTMCell")
    if find_spec("torchrecurrent"):
        for name in ("JANET", "MGU", "PeepholeLSTM"):
            made[f"torchrecurrent {name}"] = partial(_torch, shape, name)
    return made


def measure(
    steps: Mapping[str, Step], rounds: int, seconds: float
) -> Iterator[tuple[int, str, float]]:
    """CPU milliseconds a step: ``(round, name, milliseconds)``, the contestants in turn.

    Args:
        steps: what to time, warmed up.
        rounds: how often each has its turn.
        seconds: about how long a turn is.
    """
    counts = {name: max(1, int(seconds / _once(step))) for name, step in steps.items()}
    for round_ in range(rounds):
        for name, step in steps.items():
            before = time.process_time()
            for _ in range(counts[name]):
                step()
            yield round_, name, 1000 * (time.process_time() - before) / counts[name]


def _once(step: Step) -> float:
    for _ in range(3):
        step()
    before = time.perf_counter()
    step()
    return time.perf_counter() - before


def product_peak() -> float:
    """GFLOP/s of the fastest square matrix product found on one thread with NumPy's BLAS."""
    rng = np.random.default_rng(0)
    rates = []
    for size in (512, 1024):
        a, b = (rng.normal(size=(size, size)).astype(np.float32) for _ in range(2))
        for _ in range(8):
            before = time.process_time()
            a @ b
            rates.append(2e-9 * size**3 / (time.process_time() - before))
    return max(rates)


def vanishing(rounds: int, seconds: float) -> dict[str, list[float]]:
    """Ratio of a step's time with recurrent weights of 0.01 to one with ordinary weights.

    At 400 steps such gradients fall below the smallest normal float; denormal arithmetic would slow
    the step many times.
    """
    shape, found = SHAPES[3], {}
    for name in ("lstm", "vanilla", "gru"):
        steps = {
            "ordinary": _ours(shape, catalogue.find(name)),
            "small": _ours(shape, catalogue.find(name), recurrent_scale=0.01),
        }
        times: dict[str, list[float]] = {"ordinary": [], "small": []}
        for _, which, milliseconds in measure(steps, rounds, seconds):
            times[which].append(milliseconds)
        pairs = zip(times["small"], times["ordinary"], strict=True)
        found[name] = [small / ordinary for small, ordinary in pairs]
    return found


def _data(shape: Shape) -> tuple[Any, Any]:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(shape.batch, shape.steps, shape.inputs)).astype(np.float32)
    return x, rng.integers(0, CLASSES, shape.batch).astype(np.int32)


def _ours(
    shape: Shape, architecture: Architecture, recurrent_scale: float = 1.0, learning: str = "bptt"
) -> Step:
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


def parameters(shape: Shape, name: str) -> int | None:
    """Recurrent parameters of one of our contestants at a shape; None of the others'."""
    if not name.startswith("gatewise "):
        return None
    architecture = catalogue.find(name.removeprefix("gatewise "))
    return architecture.parameters(shape.inputs, shape.units)


@dataclass(frozen=True)
class Timing:
    """One contestant at one shape: milliseconds a step and the ratio to our lstm.

    ``ratio_low`` and ``ratio_high`` are the quartiles of the rounds' ratios; ``peak_share`` is the
    share of the machine's product peak that the step's products amount to.
    """

    shape: str
    contestant: str
    milliseconds: float
    ratio: float
    ratio_low: float
    ratio_high: float
    peak_share: float


def compare(
    shape: Shape, architectures: Sequence[str], rounds: int, seconds: float, peak: float
) -> list[Timing]:
    """Time every contestant at a shape; ours first among the names, lstm always."""
    names = tuple(dict.fromkeys(("lstm", *architectures)))
    steps = {name: make() for name, make in contestants(shape, names).items()}
    times: dict[str, list[float]] = {name: [] for name in steps}
    for _, name, milliseconds in measure(steps, rounds, seconds):
        times[name].append(milliseconds)
    reference = np.array(times[REFERENCE])
    rows = []
    for name, values in times.items():
        ratios = np.array(values) / reference
        count = parameters(shape, name)
        share = np.nan
        if count is not None:
            share = shape.operations(count) / (np.median(values) * 1e6) / peak
        low, middle, high = np.quantile(ratios, (0.25, 0.5, 0.75))
        rows.append(
            Timing(str(shape), name, float(np.median(values)), middle, low, high, float(share))
        )
    return rows


LEARNING_SHAPE = Shape(1, 32, 16, 32)
"""Batch, inputs and units of the vanilla layer on which learning algorithms are compared."""
ALGORITHMS = ("bptt", "tbptt-50", "rtrl")


@dataclass(frozen=True)
class LearningCost:
    """What a training step costs by one learning algorithm on sequences of ``steps`` steps.

    ``milliseconds`` is the median CPU time, ``low`` and ``high`` its quartiles; ``megabytes`` the
    memory that the step takes while it runs, beyond its inputs and weights.
    """

    learning: str
    steps: int
    milliseconds: float
    low: float
    high: float
    megabytes: float


def learning_costs(
    every: Sequence[int], algorithms: Sequence[str], rounds: int, seconds: float
) -> list[LearningCost]:
    """Time, in turn, and memory of learning algorithms on the vanilla cell as T grows."""
    found = []
    for length in every:
        shape, vanilla = replace(LEARNING_SHAPE, steps=length), catalogue.find("vanilla")
        steps = {name: _ours(shape, vanilla, learning=name) for name in algorithms}
        times: dict[str, list[float]] = {name: [] for name in steps}
        for _, name, milliseconds in measure(steps, rounds, seconds):
            times[name].append(milliseconds)
        for name, step in steps.items():
            low, middle, high = (float(q) for q in np.quantile(times[name], (0.25, 0.5, 0.75)))
            found.append(LearningCost(name, length, middle, low, high, _megabytes(step)))
    return found


def _megabytes(step: Step) -> float:
    """How far a step's peak of resident memory lies above what is resident before it.

    Linux keeps the peak and can forget it; elsewhere it is not known, and NaN.
    """
    status, forget = Path("/proc/self/status"), Path("/proc/self/clear_refs")
    if not forget.exists():
        return float("nan")

    def resident(which: str) -> float:
        line = next(row for row in status.read_text().splitlines() if row.startswith(which))
        return int(line.split()[1]) / 1024

    gc.collect()
    # What the allocator holds back of the steps before would hide what this one takes.
    ctypes.CDLL(None).malloc_trim(0)
    before = resident("VmRSS")
    forget.write_text("5")
    step()
    return max(0.0, resident("VmHWM") - before)
