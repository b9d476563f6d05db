"""How long a training step takes: ours against Keras's, PyTorch's and torchrecurrent's.

All of :mod:`.contestants` are timed in one thread and in turn, round after round, by CPU time, so
that what else the machine does falls on all of them; what is reported are ratios within a round,
and their spread.
"""

from __future__ import annotations

import ctypes
import gc
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from gatewise.benchmark.architectures import catalogue
from gatewise.benchmark.inspection.contestants import (
    OURS,
    InvalidShape,
    Shape,
    Step,
    contestants,
    ours,
)

REFERENCE = f"{OURS} lstm"
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
            "ordinary": ours(shape, catalogue.find(name)),
            "small": ours(shape, catalogue.find(name), recurrent_scale=0.01),
        }
        times: dict[str, list[float]] = {"ordinary": [], "small": []}
        for _, which, milliseconds in measure(steps, rounds, seconds):
            times[which].append(milliseconds)
        pairs = zip(times["small"], times["ordinary"], strict=True)
        found[name] = [small / ordinary for small, ordinary in pairs]
    return found


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
    entered = contestants(shape, names)
    steps = {name: contestant.make() for name, contestant in entered.items()}
    times: dict[str, list[float]] = {name: [] for name in steps}
    for _, name, milliseconds in measure(steps, rounds, seconds):
        times[name].append(milliseconds)
    reference = np.array(times[REFERENCE])
    rows = []
    for name, values in times.items():
        ratios = np.array(values) / reference
        count = entered[name].parameters
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
        steps = {name: ours(shape, vanilla, learning=name) for name in algorithms}
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
