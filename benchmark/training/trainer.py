"""Training: one compiled step for a task and an architecture, and many experiments through it.

Learning rate, clip norm, dropout rate and seeds are variables of the step and never constants of
its graph, so a new experiment of the group compiles nothing.
"""

from __future__ import annotations

import ctypes
import gc
import hashlib
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, nullcontext, suppress
from datetime import UTC, datetime
from itertools import islice
from typing import Any

import numpy as np
import tensorflow as tf
from keras import ops

from gatewise.benchmark.architectures import catalogue
from gatewise.benchmark.networks import budget
from gatewise.benchmark.networks.models import build_model
from gatewise.benchmark.networks.scoring import SCORING
from gatewise.benchmark.randomness import derive_seed
from gatewise.benchmark.records.experiment import Epoch, Examples, Experiment, Result
from gatewise.benchmark.records.provenance import code, provenance
from gatewise.benchmark.training.batches import Batch, Batches, bucket_bounds
from gatewise.benchmark.training.optimiser import RowAdam
from gatewise.benchmark.training.programs import Programs
from gatewise.tasks.task import Array, Dataset, Split, Task, chance

BUCKETS = 2
EVALUATION_BATCH = 256
BLOWN_UP = 1e6
"""A loss so many times that of the first step is as good as none: the run diverged. From where the
numbers stop being finite is chance, and 1e33 is no score to compare by."""


class Clock:
    """Wall, CPU and compile time since it was made.

    A compiled function's first call on a shape traces and compiles; its whole duration counts.
    """

    def __init__(self) -> None:
        self._wall, self._cpu = time.perf_counter(), time.process_time()
        self.compile_seconds = 0.0

    @property
    def wall_seconds(self) -> float:
        return time.perf_counter() - self._wall

    @property
    def cpu_seconds(self) -> float:
        return time.process_time() - self._cpu


class Trainer:
    """The model and compiled steps of one group of experiments.

    Args:
        task: the task.
        dataset: its data.
        group: what the experiments have in common (see :attr:`Experiment.group`).
        programs: where compiled programs are kept, if they are; then ``group`` has to say all that
            the steps depend on, its data too.
    """

    def __init__(
        self, task: Task, dataset: Dataset, group: Experiment, programs: Programs | None = None
    ) -> None:
        self.task, self.dataset = task, dataset
        self.group, self.programs = group, programs
        self.scoring = SCORING[task.metric.kind]
        self.architecture = catalogue.find(group.architecture)
        sized = (self.architecture, group.match, group.budget)
        self.width = budget.matched_width(dataset, task.pattern, *sized)
        self.learning = group.learning
        self.model = self._fresh(seed=0)
        self.optimizer = RowAdam(self.model.front.by_row)
        self.optimizer.build(self.model.trainable_variables)
        self.clip_norm = tf.Variable(1.0, trainable=False)
        self.bounds = bucket_bounds(dataset.train, BUCKETS)
        self.batches = Batches(dataset.train, group.batch_size, self.bounds)
        self._shapes: set[tuple[Any, ...]] = set()
        self._most = np.inf
        self.step = self._compiled(self._train_step, self._any_steps())
        self._score = self._compiled(self._score_step)
        self._answer = self._compiled(self._answer_step)
        self._encode = self._compiled(self._encode_step)
        self._decode = self._compiled(self._decode_step)
        # What is here now stays, but for the trainer before this one: the collections between
        # trainings then need not look through whole libraries.
        gc.unfreeze()
        gc.collect()
        gc.freeze()

    def train(
        self, experiment: Experiment, stopped: Callable[[], bool] = lambda: False
    ) -> Result | None:
        """Train the experiment from its seed and score it.

        ``stopped`` is asked after every epoch; once it says yes, there is no result.
        """
        clock = Clock()
        self._start(experiment)
        curve: list[Epoch] = []
        best: tuple[Epoch, list[Array]] | None = None
        steps, diverged, idle = 0, None, 0
        order = np.random.default_rng(derive_seed(experiment.seed, "order"))
        for epoch in range(1, experiment.epochs + 1):
            self.optimizer.learning_rate = experiment.rate(epoch, idle)
            losses = self._run_epoch(self.batches.shuffled(order), clock)
            if epoch == 1:  # its first loss is that of the weights as they were drawn
                self._most = BLOWN_UP * max(1.0, float(losses[0]))
            bad = np.flatnonzero(~self._sound(losses))
            if bad.size:
                diverged = steps + int(bad[0]) + 1
                break
            if stopped():
                return None
            steps += len(losses)
            score, loss = self.measure(self.dataset.validation, clock)
            seconds = clock.wall_seconds
            if not self._sound(loss):
                diverged = steps
                break
            curve.append(Epoch(epoch, steps, float(losses.mean()), loss, score, seconds))
            if best is None or self._gain(score, best[0].validation_score) > experiment.least_gain:
                best = curve[-1], [np.array(w) for w in self.model.get_weights()]
                if score == self.task.metric.perfect:  # no score that comes could be kept
                    break
                continue
            if epoch - best[0].epoch >= experiment.patience:
                break
            idle += 1
        final, examples = experiment.phase == "final", None
        test: dict[str, float] = {}
        level = chance(self.dataset, self.task.metric)
        if diverged is None:
            assert best is not None
            self.model.set_weights(best[1])
            if final:
                test, examples = self._test(clock, level)
                diverged = None if examples else steps
        recurrent = sum(layer.count_params() for layer in self.model.recurrent_layers)
        trainable = sum(int(np.prod(v.shape)) for v in self.model.trainable_variables)
        return Result(
            status="finished" if diverged is None else "diverged",
            diverged_step=diverged,
            test_score=(test.pop("score") if test else level) if final else None,
            validation_score=best[0].validation_score if best and diverged is None else level,
            validation_loss=best[0].validation_loss if best and diverged is None else np.nan,
            best_epoch=best[0].epoch if best and diverged is None else 0,
            epochs_run=len(curve),
            steps=steps if diverged is None else diverged,
            units=self.width.units,
            parameters=recurrent,
            parameters_other=trainable - recurrent,
            budget_note=self.width.note,
            padded_share=self.batches.padded_share,
            wall_seconds=clock.wall_seconds,
            cpu_seconds=clock.cpu_seconds,
            compile_seconds=clock.compile_seconds,
            finished_at=datetime.now(UTC).isoformat(timespec="seconds"),
            curve=tuple(curve),
            test=test,
            made=provenance(),
            examples=examples,
        )

    def pace(self, experiment: Experiment, steps: int = 12) -> tuple[float, float]:
        """Seconds of one step of the experiment, and of all compilation, by its first steps."""
        self._start(experiment)
        clock = Clock()
        batches = self.batches.shuffled(np.random.default_rng(0))
        taken = len(self._run_epoch(islice(batches, steps), clock))
        seconds = clock.wall_seconds - clock.compile_seconds
        return seconds / max(1, taken - len(self._shapes)), clock.compile_seconds

    def _fresh(self, seed: int) -> Any:
        return build_model(
            self.dataset,
            self.task.pattern,
            self.architecture,
            self.width.units,
            seed,
            self.learning,
        )

    def _start(self, experiment: Experiment) -> None:
        """Everything that training changes, as it is at the start of the experiment."""
        # Variables, not weights: the states of the random generators are among them.
        fresh = self._fresh(experiment.seed)
        for variable, start in zip(self.model.variables, fresh.variables, strict=True):
            variable.assign(start)
        del fresh, variable, start
        # A model refers to itself; left to chance, the models of many short trainings pile up.
        gc.collect()
        for dropout in self.model.dropouts:
            dropout.rate.assign(experiment.dropout)
        for variable in self.optimizer.variables:
            variable.assign(ops.zeros_like(variable))
        self.optimizer.learning_rate = experiment.learning_rate
        self.clip_norm.assign(experiment.clip_norm)

    @staticmethod
    def _compiled(function: Callable[..., Any], signature: Any = None) -> Any:
        return tf.function(function, signature, autograph=False, jit_compile=True)

    def _any_steps(self) -> list[dict[str, Any]] | None:
        """The signature of training batches, if a step that is traced once serves them all.

        Each number of steps has a program of its own all the same. A truncated loop, and one over
        trees, is traced for the number of its steps.
        """
        trees = self.dataset.train.parents is not None
        if len(self.bounds) == 1 or self.learning != "bptt" or trees:
            return None
        one, other = (self.batches.shaped(bucket).arrays for bucket in (0, 1))
        return [tf.nest.map_structure(_either, one, other)]

    def _scored(self, split: Split) -> Iterator[Batch]:
        """A split for evaluation, of one length: compiling for two costs more than it saves."""
        longest = max(self.bounds[-1], int(split.steps_needed.max()))
        return Batches(split, EVALUATION_BATCH, (longest,)).in_order()

    def _sound(self, losses: Any) -> Any:
        """Which losses are those of a run that has not diverged."""
        return np.isfinite(losses) & (losses <= self._most)

    def _gain(self, score: float, over: float) -> float:
        return score - over if self.task.metric.higher_is_better else over - score

    def loss(self, batch: dict[str, Any]) -> tf.Tensor:
        """What a training step lowers."""
        logits = self.model(batch, training=True)
        return weighted_mean(self.scoring.loss(logits, batch["targets"]), batch["weights"])

    def _train_step(self, batch: dict[str, Any]) -> tf.Tensor:
        with tf.GradientTape() as tape:
            loss = self.loss(batch)
        variables = self.model.trainable_variables
        gradients = tape.gradient(loss, [v.value for v in variables])
        self.optimizer.apply_clipped(gradients, variables, self.clip_norm)
        return loss

    def _score_step(self, batch: dict[str, Any]) -> tuple[tf.Tensor, tf.Tensor]:
        logits, targets = self.model(batch), batch["targets"]
        return self.scoring.score(logits, targets), self.scoring.loss(logits, targets)

    def _answer_step(self, batch: dict[str, Any]) -> tf.Tensor:
        return self.scoring.answer(self.model(batch))

    def _run_epoch(self, batches: Iterable[Batch], clock: Clock) -> Array:
        losses = [self._call(self.step, batch.arrays, clock) for batch in batches]
        return np.array([float(loss) for loss in losses])

    def _call(self, function: Any, arrays: dict[str, Any], clock: Clock) -> Any:
        shape = (id(function), *(x.shape for x in tf.nest.flatten(arrays)))
        if shape in self._shapes:
            return function(arrays)
        self._shapes.add(shape)
        before = time.perf_counter()
        with self._kept(function, arrays):
            result = function(arrays)
        clock.compile_seconds += time.perf_counter() - before
        _give_back_freed_memory()
        return result

    def _kept(self, function: Any, arrays: dict[str, Any]) -> AbstractContextManager[None]:
        """Where a program is compiled that is kept, if programs are."""
        if self.programs is None:
            return nullcontext()
        shapes = [tuple(x.shape) for x in tf.nest.flatten(arrays)]
        parts = (code(), self.group.id, function.python_function.__name__, shapes)
        return self.programs.kept(hashlib.sha256(repr(parts).encode()).hexdigest())

    def _per_target(self, split: Split, clock: Clock) -> tuple[Array, Array]:
        """Score and loss of every target of a split, in the weights' shape; 0 where padded."""
        scores = np.zeros(split.weights.shape, np.float32)
        losses = np.zeros(split.weights.shape, np.float32)
        for batch in self._scored(split):
            filled = self._call(self._score, batch.arrays, clock)
            for whole, part in zip((scores, losses), filled, strict=True):
                values = np.asarray(part)[: len(batch.rows)]
                if values.ndim == 1:
                    whole[batch.rows] = values
                else:
                    whole[batch.rows, : values.shape[1]] = values
        return scores, losses

    def measure(self, split: Split, clock: Clock | None = None) -> tuple[float, float]:
        """Mean score and loss of the model as it is over a split's targets."""
        scores, losses = self._per_target(split, clock or Clock())
        weights = split.weights
        return _average(scores, weights), _average(losses, weights)

    def _test(self, clock: Clock, level: float) -> tuple[dict[str, float], Examples | None]:
        """All scores of the test split: the primary one, its groups, probes and texts.

        Nothing of it where the run diverges there; a part where it does scores chance ``level``.
        """
        test = self.dataset.test
        scores, losses = self._per_target(test, clock)
        if not self._sound(_average(losses, test.weights)):
            return {}, None
        score = _average(scores, test.weights)
        found = {"score": score, **self.task.metric.aside(score)}
        found |= self._by_group(test, scores, losses, level)
        if self.dataset.longer is not None:
            longer = self.dataset.longer
            found |= self._by_group(longer, *self._per_target(longer, clock), level)
        for name, probe in self.task.probes.items():
            score, loss = self.measure(probe(test), clock)
            found[name] = score if self._sound(loss) else level
        if self.task.answer_scores is not None:
            answers = self.answers(test, clock)
            found |= self.task.answer_scores(self.dataset, np.arange(len(test)), answers)
        return found, Examples(_per_example(scores * test.weights), _per_example(test.weights))

    def _by_group(
        self, split: Split, scores: Array, losses: Array, level: float
    ) -> dict[str, float]:
        """Mean score of each group of a split's targets."""
        found = {}
        for name, group in split.groups.items():
            weights = split.weights * group
            sound = self._sound(_average(losses, weights))
            found[name] = _average(scores, weights) if sound else level
        return found

    def answers(self, split: Split, clock: Clock) -> list[Any]:
        """What the model says of each example; see :attr:`.task.Task.answer_scores`."""
        if self.task.pattern.decodes:
            return self.decode(split, clock)
        found: list[Any] = [None] * len(split)
        for batch in self._scored(split):
            said = np.asarray(self._call(self._answer, batch.arrays, clock))
            for i, row in enumerate(batch.rows):
                found[row] = said[i] if said.ndim == 1 else said[i, : split.lengths[row]]
        return found

    def decode(self, split: Split, clock: Clock) -> list[list[int]]:
        """Greedy translations of a split: for each example its token ids, without begin and end."""
        begin, end = self.dataset.begin, self.dataset.end
        decoded: list[list[int]] = [[] for _ in range(len(split))]
        for batch in self._scored(split):
            states = self._call(self._encode, batch.arrays, clock)
            state = {"previous": tf.fill([EVALUATION_BATCH, 1], begin), "states": states}
            written = []
            for _ in range(split.targets.shape[1]):
                state = self._call(self._decode, state, clock)
                written.append(state["previous"].numpy()[:, 0])
            for row, ids in zip(batch.rows, np.stack(written, axis=1).tolist(), strict=False):
                decoded[row] = ids[: ids.index(end)] if end in ids else ids
        return decoded

    def _encode_step(self, batch: dict[str, Any]) -> Any:
        return self.model.encode(batch)

    def _decode_step(self, state: dict[str, Any]) -> dict[str, Any]:
        logits, states = self.model.decode(state["previous"], state["states"])
        return {"previous": tf.argmax(logits, -1, tf.int32), "states": states}


def _give_back_freed_memory() -> None:
    """Hand back what compiling took, which stays with the process otherwise; GNU's C library only.

    Activations are not there yet, or come back once.
    """
    with suppress(AttributeError, OSError):
        ctypes.CDLL(None).malloc_trim(0)


def _either(one: Array, other: Array) -> tf.TensorSpec:
    """An array whose sides are those on which both agree."""
    sides = [a if a == b else None for a, b in zip(one.shape, other.shape, strict=True)]
    return tf.TensorSpec(sides, one.dtype)


def weighted_mean(values: tf.Tensor, weights: tf.Tensor) -> tf.Tensor:
    """Mean of what has weight."""
    return ops.sum(values * weights) / ops.sum(weights)


def _per_example(values: Array) -> Array:
    return values.reshape(len(values), -1).sum(axis=1, dtype=np.float64).astype(np.float32)


def _average(values: Array, weights: Array) -> float:
    # What has no weight may be anything, and 0 times infinity is no number.
    counted = np.where(weights > 0, values, 0).astype(np.float64)
    return float(np.average(counted, weights=weights))
