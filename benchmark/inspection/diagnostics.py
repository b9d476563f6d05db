"""Why a gate matters: what a trained run does with its gates, and what becomes of it without them.

Four looks at one trained run. All are taken on validation examples, the same for every run on the
same data; the test split is never read.

gate use
    Values of each learned gate over time and units; a unit is left-saturated where its gate is
    below 0.1 and right-saturated where it is above 0.9 (Karpathy, Johnson & Fei-Fei 2015).
gradient flow
    ||∂loss/∂h_{r-k}|| at lag k before the step r at which the loss is read, and the same of c;
    beside it the geometric rate that the Jacobian of a step predicts (Bengio, Simard & Frasconi
    1994). For the vanilla cell that Jacobian is diag(1 - h²) R.
memory horizon
    How much the output at step r changes when the input of step r - k is another example's.
lesions
    The score when a trained gate is held at its mean, at 0 or at 1, without training again: what is
    needed to *work*, beside what is needed to *learn* (the architecture trained without it).

Looked at is the first layer that reads forward; of an encoder-decoder, of the encoder. Lesions
hold a gate in every layer, direction and decoder, as the trained ablation lacks it everywhere.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import tensorflow as tf
from keras import ops

from gatewise import tasks
from gatewise.benchmark.architectures import catalogue
from gatewise.benchmark.architectures.cell import BIAS
from gatewise.benchmark.architectures.cell import Array as Declared
from gatewise.benchmark.architectures.engine.backend import Tensor, Tensors, pullback
from gatewise.benchmark.architectures.engine.recurrence import Direct, Named, Product, Step
from gatewise.benchmark.architectures.layers import Recurrent
from gatewise.benchmark.execution import worker
from gatewise.benchmark.randomness import derive_seed
from gatewise.benchmark.records.columns import FORGOTTEN, HELD, OPEN, SHUT
from gatewise.benchmark.records.experiment import Experiment, Result
from gatewise.benchmark.records.tables import latest_runs
from gatewise.benchmark.studies.presets import LSTM_GATES
from gatewise.benchmark.training.batches import Batches, steps_needed
from gatewise.files import write_atomically
from gatewise.tasks.task import Array, Pattern, Split

if TYPE_CHECKING:
    from gatewise.benchmark.training.trainer import Trainer

DIAGNOSED = (*LSTM_GATES, "gru", "vanilla")
"""The architectures that a whole study is diagnosed with."""
EXAMPLES = 64
BINS = 20
MOST_LAGS = 48
"""Lags at which the horizon is measured; further apart the further back."""
JACOBIANS = 32
CERTAIN = 1e4
"""A drive whose sigmoid is exactly 0 or 1 in single precision."""
Curve: TypeAlias = "list[float | None]"


class NoDiagnosis(ValueError):
    """A run that is not there, or that none of the diagnostics can look into."""


# --- Watching a layer ------------------------------------------------------------------------


@dataclass(frozen=True)
class Reading:
    """What passed through a layer as it read T steps of B sequences.

    ``step(z, states) -> states`` is one step; ``drives[t] [B, k]``, ``before[t]`` and ``after[t]``
    are its arguments and its result, ``after`` as computed, before padding carries the old states
    on; ``gates[t]`` the learned gates' values by name, ``[B, n]``. All in double precision.
    """

    step: Any
    drives: Tensors
    before: tuple[Tensors, ...]
    after: tuple[Tensors, ...]
    gates: tuple[Mapping[str, Tensor], ...]

    def gate(self, name: str) -> Array:
        """A gate's values, ``[T, B, n]``."""
        # A gate that sees its bias alone has one value for all sequences; one before a projection
        # is wider than the output.
        shape = (*self.after[0][0].shape[:-1], self.gates[0][name].shape[-1])
        return np.stack([np.broadcast_to(gates[name], shape) for gates in self.gates])


class Watch:
    """A plain loop over time, eager and in double precision; called as the engine's ``recur``.

    Double precision, because a gradient that falls geometrically leaves the range of single
    precision within a hundred steps.
    """

    def __init__(self) -> None:
        self.reading: Reading | None = None

    def __call__(
        self,
        step: Step,
        drive: Tensor,
        states: Tensors,
        matrices: Named,
        parameters: Named,
        mask: Tensor | None = None,
        reverse: bool = False,
        multiply: Product = ops.matmul,
    ) -> tuple[Tensor, Tensors]:
        narrow = drive.dtype
        matrices, parameters = (
            {name: ops.cast(a, "float64") for name, a in named.items()}
            for named in (matrices, parameters)
        )
        drives = ops.unstack(ops.cast(drive, "float64"))
        real = None if mask is None else ops.unstack(mask > 0)
        states = tuple(ops.cast(s, "float64") for s in states)

        def watched(z: Tensor, states: Tensors) -> tuple[Tensors, Mapping[str, Tensor]]:
            trace = Direct(matrices, multiply)
            return step(z, states, parameters, trace), trace.named

        before: dict[int, Tensors] = {}
        after: dict[int, Tensors] = {}
        carried: dict[int, Tensors] = {}
        gates: dict[int, Mapping[str, Tensor]] = {}
        order = range(len(drives))
        for t in reversed(order) if reverse else order:
            before[t] = states
            after[t], gates[t] = watched(drives[t], states)
            if real is None:
                states = after[t]
            else:
                pairs = zip(after[t], states, strict=True)
                states = tuple(ops.where(real[t], new, old) for new, old in pairs)
            carried[t] = states
        self.reading = Reading(
            lambda z, states: watched(z, states)[0],
            tuple(drives),
            tuple(before[t] for t in order),
            tuple(after[t] for t in order),
            tuple(gates[t] for t in order),
        )
        outputs = ops.stack([carried[t][0] for t in order])
        return ops.cast(outputs, narrow), tuple(ops.cast(s, narrow) for s in states)


@contextmanager
def watched(layer: Recurrent) -> Iterator[Watch]:
    """The layer runs the plain loop until the end of the block."""
    usual, layer.loop = layer.loop, (watch := Watch())
    try:
        yield watch
    finally:
        layer.loop = usual


def layers_of(model: Any) -> list[list[Recurrent]]:
    """The recurrent layers of each stack of a model of chains; the first one reads forward."""
    stacks = model.recurrent_layers
    return [[layer for level in stack.levels for layer in level] for stack in stacks]


# --- The fixed examples ----------------------------------------------------------------------


@dataclass(frozen=True)
class Examples:
    """Fixed validation examples as one batch.

    ``batch`` is what a model takes; ``real [B, T]`` marks the input's steps that are no padding,
    ``answered [B, S]`` those of a decoder's; ``read [B]`` is the step at which the loss is read,
    the last that is answered or, of a whole sequence, the last.
    """

    batch: Mapping[str, Any]
    real: Array
    answered: Array
    read: Array

    @classmethod
    def of(cls, split: Split, every_step: bool, most: int = EXAMPLES) -> Examples:
        """``most`` examples evenly spread over a split."""
        rows = np.linspace(0, len(split) - 1, min(most, len(split))).astype(int)
        chosen = split.take(rows)
        width = int(steps_needed(chosen).max())
        (batch,) = Batches(chosen, len(chosen), (width,)).in_order()
        arrays = batch.arrays
        steps = next(iter(arrays["inputs"].values())).shape[1]
        real = np.arange(steps) < chosen.lengths[:, None]
        weights = arrays["weights"]
        answered = weights > 0 if weights.ndim == 2 else np.ones((len(chosen), 1), bool)
        read = chosen.lengths - 1
        if every_step:
            ends = np.where(answered, np.arange(answered.shape[1]), -1)
            read = np.minimum(ends.max(axis=1), read)
        return cls(arrays, real, answered, np.maximum(read, 0))

    def at_read(self, values: Tensor, every_step: bool) -> Tensor:
        """What counts for each example of ``values [B, S, ...]``: those of the step read."""
        return tf.gather(values, self.read, axis=1, batch_dims=1) if every_step else values


# --- Gate use --------------------------------------------------------------------------------


@dataclass(frozen=True)
class GateUse:
    """How one gate is used: its mean, and the shares of its values that are saturated.

    ``histogram``: share of the values in each of 20 equal bins from 0 to 1. ``by_step``: mean at
    each step. ``left_by_unit``, ``right_by_unit``: of each unit the share of steps at which it is
    below 0.1 and above 0.9.
    """

    mean: float
    left: float
    right: float
    histogram: Curve
    by_step: Curve
    left_by_unit: Curve
    right_by_unit: Curve


def gate_use(values: Array, real: Array) -> GateUse:
    """Use of a gate from its values ``[T, B, n]`` at the steps that are ``real [T, B]``."""
    seen = values[real]
    left, right = seen < SHUT, seen > OPEN
    counts, _ = np.histogram(seen, BINS, (0.0, 1.0))
    steps = np.flatnonzero(real.any(axis=1))
    return GateUse(
        mean=float(seen.mean()),
        left=float(left.mean()),
        right=float(right.mean()),
        histogram=_curve(counts / seen.size),
        by_step=_curve([values[t][real[t]].mean() for t in steps]),
        left_by_unit=_curve(left.mean(axis=0)),
        right_by_unit=_curve(right.mean(axis=0)),
    )


# --- Gradient flow ---------------------------------------------------------------------------


@dataclass(frozen=True)
class Flow:
    """How a gradient falls with the lag.

    ``norms``: at lag 0, 1, ... the geometric mean over examples of ||∂loss/∂s_{r-k}||, as a share
    of that at lag 0; ``examples``: of how many. ``slopes``: of each example the slope of a line
    through its log norms from lag 1 on, and ``rate`` the factor a step that they have in the mean.
    """

    norms: Curve
    examples: list[int]
    slopes: Curve
    rate: float | None


def flow(gradients: Array, read: Array) -> Flow:
    """Decay of ``gradients [T, B, n]`` at lags before the steps ``read [B]``."""
    norms = by_lag(np.linalg.norm(gradients, axis=-1), read)
    with np.errstate(divide="ignore", invalid="ignore"):
        logs = np.log(norms / norms[:, :1])
    logs[~np.isfinite(logs[:, 0])] = np.nan
    known = ~np.isnan(logs)
    slopes = np.array([_slope(row) for row in logs])
    count = known.sum(axis=0)
    enough = 2 * count >= max(count[0], 1)
    total = np.where(known, logs, 0.0).sum(axis=0)
    with np.errstate(invalid="ignore"):
        means = np.exp(total[enough] / count[enough])
    fitted = slopes[np.isfinite(slopes)]
    return Flow(
        norms=_curve(means),
        examples=count[enough].tolist(),
        slopes=_curve(slopes),
        rate=float(np.exp(fitted.mean())) if fitted.size else None,
    )


def by_lag(values: Array, read: Array) -> Array:
    """``[T, B]`` as ``[B, lags]``: value k of a row is that of k steps before ``read``; NaN before
    the beginning."""
    places = read[:, None] - np.arange(int(read.max()) + 1)
    found = np.take_along_axis(values.T, np.maximum(places, 0), axis=1)
    return np.where(places >= 0, found, np.nan)


def _slope(logs: Array) -> float:
    """Slope of a least-squares line through the finite values from lag 1 on; NaN of under three."""
    lags = np.flatnonzero(np.isfinite(logs))
    lags = lags[lags > 0]
    return float(np.polyfit(lags, logs[lags], 1)[0]) if len(lags) >= 3 else math.nan


@dataclass(frozen=True)
class Predicted:
    """The rates a step that the Jacobian ∂s_t/∂s_{t-1} of the whole state predicts.

    Geometric means over ``samples`` steps of its spectral ``radius``, what a long product falls by
    if all steps were this one, and of its spectral ``norm``, what no product can fall more slowly
    than.
    """

    radius: float
    norm: float
    samples: int


def jacobians(step: Any, z: Tensor, states: Tensors) -> Array:
    """∂s_t/∂s_{t-1} ``[S, N, N]`` of a step at S drives and states of N numbers in all.

    Row i is the gradient of number i of the new state. All rows are one pullback, of each state
    repeated N times.
    """
    sizes = [s.shape[-1] for s in states]
    count, whole = states[0].shape[0], sum(sizes)
    z, *repeated = (ops.repeat(x, whole, axis=0) for x in (z, *states))
    unit = ops.tile(ops.eye(whole, dtype="float64"), (count, 1))
    rows = pullback(lambda *s: step(z, s), repeated, tf.split(unit, sizes, axis=-1))
    return np.asarray(ops.concatenate(rows, axis=-1)).reshape(count, whole, whole)


def predicted(reading: Reading, read: Array, generator: np.random.Generator) -> Predicted | None:
    """Rates from the Jacobians of steps drawn among those between the first and the one read."""
    places = [(t, b) for b, last in enumerate(read.tolist()) for t in range(1, last + 1)]
    if not places:
        return None
    drawn = generator.choice(len(places), min(JACOBIANS, len(places)), replace=False)
    at = [places[k] for k in sorted(drawn.tolist())]
    z = ops.stack([reading.drives[t][b] for t, b in at])
    kinds = range(len(reading.before[0]))
    states = tuple(ops.stack([reading.before[t][k][b] for t, b in at]) for k in kinds)
    found = jacobians(reading.step, z, states)
    radii = np.abs(np.linalg.eigvals(found)).max(axis=-1)
    norms = np.linalg.norm(found, ord=2, axis=(-2, -1))
    with np.errstate(divide="ignore"):
        radius, norm = (float(np.exp(np.log(x).mean())) for x in (radii, norms))
    return Predicted(radius, norm, len(at))


# --- Memory horizon --------------------------------------------------------------------------


@dataclass(frozen=True)
class Horizon:
    """How far back the input still matters.

    ``change``: at each of ``lags`` the mean |Δ output| when the input step so far back is another
    example's; None where that changes the input of fewer than half of the examples. ``horizon``:
    the lag from which on it stays below 1% of that at the first; None if it is above to the end.
    """

    lags: list[int]
    change: Curve
    horizon: int | None


def horizon(model: Any, examples: Examples, generator: np.random.Generator) -> Horizon:
    """Swap one input step at a time and see what the output does."""
    inputs, read = examples.batch["inputs"], examples.read
    each = model.every_step if hasattr(model, "every_step") else False
    answer = tf.function(lambda batch: model(batch), autograph=False)
    rest = {k: tf.constant(v) for k, v in examples.batch.items() if k != "inputs"}

    def output(inputs: Mapping[str, Array]) -> Array:
        given = {name: tf.constant(array) for name, array in inputs.items()}
        return np.asarray(examples.at_read(answer({**rest, "inputs": given}), each))

    usual, change = output(inputs), []
    lags = spaced(int(read.max()) + 1, MOST_LAGS)
    order = np.stack([generator.permutation(len(read)) for _ in read])
    for lag in lags:
        swapped, changed = swap(inputs, examples.real, read - lag, order)
        difference = np.abs(output(swapped) - usual)[changed]
        if difference.ndim == 3:
            # What a decoder writes behind the end of the answer is no answer.
            difference = difference[examples.answered[changed]]
        enough = 2 * int(changed.sum()) >= len(read)
        change.append(float(difference.mean()) if enough else math.nan)
    return Horizon(lags, _curve(change), reach(lags, change))


def swap(
    inputs: Mapping[str, Array], real: Array, at: Array, order: Array
) -> tuple[dict[str, Array], Array]:
    """Inputs in which step ``at[b]`` of example b is that of another, and which ones changed.

    The other is the first of ``order[b]`` whose input at that step is real and differs; where there
    is none, or ``at`` is negative, nothing changes.
    """
    swapped = {name: array.copy() for name, array in inputs.items()}
    changed = np.zeros(len(at), bool)
    for b, t in enumerate(at.tolist()):
        if t < 0:
            continue
        others = order[b][real[order[b], t]]
        differs = np.zeros(len(others), bool)
        for array in inputs.values():
            differs |= (array[others, t] != array[b, t]).reshape(len(others), -1).any(axis=1)
        if differs.any():
            changed[b] = True
            for name, array in inputs.items():
                swapped[name][b, t] = array[others[differs.argmax()], t]
    return swapped, changed


def spaced(count: int, most: int) -> list[int]:
    """0 to ``count - 1``, or ``most`` of them, evenly spaced on a logarithmic scale."""
    if count <= most:
        return list(range(count))
    # Small lags fall on one whole number; ask for more points until enough are different.
    for points in range(most, 16 * most):
        found = np.unique(np.rint(np.geomspace(1, count, points)).astype(int) - 1)
        if len(found) >= most:
            break
    return [int(lag) for lag in found]


def reach(lags: Sequence[int], change: Sequence[float]) -> int | None:
    """The lag from which on the change stays below 1% of the first that was measured."""
    known = [(lag, c) for lag, c in zip(lags, change, strict=True) if math.isfinite(c)]
    if not known:
        return None
    remembered = [k for k, (_, c) in enumerate(known) if c > FORGOTTEN * known[0][1]]
    after = max(remembered, default=-1) + 1
    return known[after][0] if after < len(known) else None


# --- Lesions ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class Lesion:
    """The validation ``score`` with ``gate`` held ``at`` its mean, 0 or 1 in every layer."""

    gate: str
    at: str
    score: float


def hold(
    declared: Mapping[str, Declared], arrays: Mapping[str, Array], gate: str, values: Array
) -> dict[str, Array]:
    """A layer's arrays with a gate held at ``values [n]``, whatever it reads.

    The gate's columns become 0 and its bias the drive whose sigmoid is the value: the same cell as
    one whose gate is that constant, and the compiled steps go on serving it.

    Args:
        declared: the arrays as the cell declares them.
        arrays: what is in them.
    """
    with np.errstate(divide="ignore"):
        drive = np.clip(np.log(values) - np.log1p(-values), -CERTAIN, CERTAIN)

    def held(name: str, array: Array) -> Array:
        kind = declared[name]
        constant = drive if BIAS in (kind.role, kind.family) else 0.0
        edges = np.cumsum([block.width for block in kind.blocks])[:-1]
        return np.concatenate(
            [
                np.broadcast_to(constant, part.shape) if block.name == gate else part
                for block, part in zip(kind.blocks, np.split(array, edges, axis=-1), strict=True)
            ],
            axis=-1,
        ).astype(array.dtype)

    return {name: held(name, array) for name, array in arrays.items()}


@contextmanager
def lesion(layers: Mapping[Recurrent, Array], gate: str) -> Iterator[None]:
    """Hold a gate in each layer at its values until the end of the block."""
    before = {layer: {n: np.array(v) for n, v in layer.arrays.items()} for layer in layers}
    try:
        for layer, values in layers.items():
            for name, array in hold(layer.declared, before[layer], gate, values).items():
                layer.arrays[name].assign(array)
        yield
    finally:
        for layer, arrays in before.items():
            for name, array in arrays.items():
                layer.arrays[name].assign(array)


# --- A run's diagnosis -----------------------------------------------------------------------


@dataclass(frozen=True)
class Diagnosis:
    """All four looks at one run; :data:`.columns.DIAGNOSTICS` says what is written."""

    examples: int
    steps: int
    score: float
    gates: Mapping[str, GateUse]
    gradient: Mapping[str, Flow]
    predicted: Predicted | None
    horizon: Horizon
    lesions: tuple[Lesion, ...]


def diagnose(trainer: Trainer) -> Diagnosis:
    """Look into the trainer's model as it is."""
    model, split = trainer.model, trainer.dataset.validation
    each = getattr(model, "every_step", False)
    examples = Examples.of(split, each)
    stacks = layers_of(model)
    first = stacks[0][0]
    generator = np.random.default_rng(derive_seed(0, "diagnostics"))
    with ExitStack() as entered:
        tape = entered.enter_context(tf.GradientTape())
        watches = {la: entered.enter_context(watched(la)) for stack in stacks for la in stack}
        logits = model(examples.batch)
        losses = trainer.scoring.loss(logits, examples.batch["targets"])
        if losses.shape.rank == 2 and not each:
            losses = tf.reduce_sum(losses * examples.batch["weights"], axis=1)
        loss = tf.reduce_sum(examples.at_read(losses, each))
    readings = {la: watch.reading for la, watch in watches.items() if watch.reading is not None}
    reading = readings[first]
    kinds = ("h", "c") if first.cell.has_memory else ("h",)
    sources = [[after[k] for after in reading.after] for k in range(len(kinds))]
    gradients = tape.gradient(loss, sources, unconnected_gradients=tf.UnconnectedGradients.ZERO)
    del tape
    reals = (examples.real.T, examples.answered.T)
    means = {
        la: {g: readings[la].gate(g)[reals[i]].mean(axis=0) for g in la.cell.gates}
        for i, stack in enumerate(stacks)
        for la in stack
    }
    return Diagnosis(
        examples=len(examples.read),
        steps=len(reading.drives),
        score=trainer.measure(split)[0],
        gates={g: gate_use(reading.gate(g), reals[0]) for g in first.cell.gates},
        gradient={
            name: flow(np.stack(list(map(np.asarray, steps))), examples.read)
            for name, steps in zip(kinds, gradients, strict=True)
        },
        predicted=predicted(reading, examples.read, generator),
        horizon=horizon(model, examples, generator),
        lesions=tuple(_lesions(trainer, means)),
    )


def _lesions(trainer: Trainer, means: Mapping[Recurrent, Mapping[str, Array]]) -> Iterator[Lesion]:
    for gate in next(iter(means)).cell.holdable:
        for at in HELD:
            values = {
                layer: mean[gate] if at == "mean" else np.full_like(mean[gate], float(at))
                for layer, mean in means.items()
            }
            with lesion(values, gate):
                yield Lesion(gate, at, trainer.measure(trainer.dataset.validation)[0])


# --- Runs of a study -------------------------------------------------------------------------


def path_of(folder: Path, experiment: Experiment) -> Path:
    """Where a run's diagnosis is kept."""
    return folder / "diagnostics" / f"{experiment.id}.json"


def find(
    folder: Path, names: Iterable[str], architectures: Sequence[str], seed: int
) -> list[tuple[Experiment, Result]]:
    """The study's finished final runs of these tasks and architectures at a seed, one of each pair.

    No task is all of them. Where widths were matched in two ways it is that by parameters.

    Raises:
        NoDiagnosis: there is none.
    """
    runs = [
        (e, r)
        for e, r in latest_runs(folder)
        if e.phase == "final" and e.seed == seed and r.status == "finished"
    ]
    by_place: dict[tuple[str, str], tuple[Experiment, Result]] = {}
    for e, r in sorted(runs, key=lambda run: run[0].match, reverse=True):
        by_place[e.task, e.architecture] = e, r
    wanted = tuple(names) or tuple(dict.fromkeys(e.task for e, _ in runs))
    places = [(task, architecture) for task in wanted for architecture in architectures]
    if found := [by_place[place] for place in places if place in by_place]:
        return found
    raise NoDiagnosis(
        f"study {folder.name!r} has no finished run of {', '.join(architectures)} on "
        f"{', '.join(wanted) or 'any task'} at seed {seed}; make them with `gatewise run`"
    )


def refusal(experiment: Experiment) -> str:
    """Why the diagnostics cannot look into a run; empty if they can.

    Its cell goes over trees or frames, its task has one step to read, it was learned forward in
    time, or its architecture has another definition by now.
    """
    name, entry = experiment.architecture, catalogue.find(experiment.architecture)
    if name not in catalogue.CHAINS:
        return f"architecture {name!r}: allowed are {', '.join(catalogue.CHAINS)}"
    if tasks.find(experiment.task).pattern is Pattern.VECTOR_TO_SEQUENCE:
        return f"task {experiment.task!r} has one step to read: nothing is further back"
    if experiment.learning == "rtrl":
        return f"learning={experiment.learning!r}: allowed are bptt and tbptt-K"
    if experiment.definition != json.dumps(entry.describe(), sort_keys=True):
        return f"architecture {name!r} is not what it was when the study ran"
    return ""


def trained(folder: Path, experiment: Experiment) -> Trainer:
    """The trainer with the run's trained weights: those that were kept, or trained again now.

    Training again gives the same weights and leaves the test split alone; they are kept.

    Raises:
        NoDiagnosis: the task's data is not what it was when the study ran.
    """
    trainer = worker.trainer(experiment.group)
    if trainer.dataset.checksum() != experiment.data_sha256:
        raise NoDiagnosis(f"data of task {experiment.task!r} is not what it was in the study")
    path = worker.weights_path(folder, experiment)
    if not path.exists():
        trainer.train(replace(experiment, phase="tuning"))
        path.parent.mkdir(exist_ok=True)
        trainer.model.save_weights(path)
    trainer.model.load_weights(path)
    return trainer


def write(folder: Path, experiment: Experiment, result: Result) -> Path:
    """Diagnose a run of a study and write what was found.

    Raises:
        NoDiagnosis: see :func:`refusal` and :func:`trained`.
    """
    if reason := refusal(experiment):
        raise NoDiagnosis(reason)
    found = diagnose(trained(folder, experiment))
    names = ("task", "architecture", "scale", "seed", "match")
    record = {"experiment": experiment.id, **{name: getattr(experiment, name) for name in names}}
    record |= {"recorded": result.validation_score, **asdict(found)}
    path = path_of(folder, experiment)
    write_atomically(path, json.dumps(_plain(record), allow_nan=False, indent=1))
    return path


def _curve(values: Any) -> Curve:
    """Numbers as plain data; None where there is none."""
    return [float(v) if math.isfinite(v) else None for v in values]


def _plain(value: Any) -> Any:
    """The same with numbers of six digits: more says nothing of a mean over examples."""
    if isinstance(value, float):
        return float(f"{value:.6g}") if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {name: _plain(part) for name, part in value.items()}
    return [_plain(part) for part in value] if isinstance(value, list | tuple) else value
