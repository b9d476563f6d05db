"""One pass forwards through a model and back again, with all that passed; and that before training.

A finding on gradients at initialisation is about weights from a Gaussian, where ours start
orthogonal: :func:`at_start` draws every matrix of a fresh model from the Gaussian that has the
spread with which it starts, and leaves the biases.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import tensorflow as tf

from gatewise.benchmark.architectures.layers import Recurrent
from gatewise.benchmark.inspection.examples import Examples
from gatewise.benchmark.inspection.gradients import Flow, flow
from gatewise.benchmark.inspection.watching import Reading, layers_of, watched
from gatewise.benchmark.networks.models import build_model
from gatewise.benchmark.networks.scoring import Scoring
from gatewise.benchmark.randomness import derive_seed
from gatewise.benchmark.records.experiment import Experiment

if TYPE_CHECKING:
    from gatewise.benchmark.training.trainer import Trainer


@dataclass(frozen=True)
class Passed:
    """What passed each layer, and by state how the loss's gradient falls in the first of them."""

    readings: Mapping[Recurrent, Reading]
    gradient: Mapping[str, Flow]


def through(model: Any, scoring: Scoring, examples: Examples) -> Passed:
    """Go through a model as it is and back."""
    each = getattr(model, "every_step", False)
    stacks = layers_of(model)
    first = stacks[0][0]
    with ExitStack() as entered:
        tape = entered.enter_context(tf.GradientTape())
        watches = {la: entered.enter_context(watched(la)) for stack in stacks for la in stack}
        logits = model(examples.batch)
        losses = scoring.loss(logits, examples.batch["targets"])
        if losses.shape.rank == 2 and not each:
            losses = tf.reduce_sum(losses * examples.batch["weights"], axis=1)
        loss = tf.reduce_sum(examples.at_read(losses, each))
    readings = {la: watch.reading for la, watch in watches.items() if watch.reading is not None}
    kinds = ("h", "c") if first.cell.has_memory else ("h",)
    sources = [[after[k] for after in readings[first].after] for k in range(len(kinds))]
    gradients = tape.gradient(loss, sources, unconnected_gradients=tf.UnconnectedGradients.ZERO)
    del tape
    flows = {
        name: flow(np.stack(list(map(np.asarray, steps))), examples.read)
        for name, steps in zip(kinds, gradients, strict=True)
    }
    return Passed(readings, flows)


def at_start(trainer: Trainer, experiment: Experiment) -> dict[str, dict[str, float | None]]:
    """By state the factor a step of the gradient before training, weights from a Gaussian."""
    model = build_model(
        trainer.dataset,
        trainer.task.pattern,
        trainer.architecture,
        trainer.width.units,
        experiment.seed,
        trainer.learning,
    )
    generator = np.random.default_rng(derive_seed(experiment.seed, "gaussian start"))
    make_gaussian((layer for stack in layers_of(model) for layer in stack), generator)
    examples = Examples.of(trainer.dataset.validation, getattr(model, "every_step", False))
    found = through(model, trainer.scoring, examples).gradient
    return {state: {"rate": flow.rate} for state, flow in found.items()}


def make_gaussian(layers: Iterable[Recurrent], generator: np.random.Generator) -> None:
    """Draw every matrix of the layers from N(0, σ²), σ the root of its mean square as it was."""
    for layer in layers:
        for name, array in layer.arrays.items():
            if layer.declared[name].rows:
                spread = float(np.sqrt(np.mean(np.square(np.array(array)))))
                array.assign(generator.normal(0.0, spread, array.shape))
