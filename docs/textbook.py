"""docs/textbook.md: what lectures say of recurrent networks, each beside what the cells here do.

    python -m docs.textbook

Everything is computed by the cells of the catalogue and the tasks of the registry; nothing is drawn
by hand. The last section trains two networks, a minute each.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pandas as pd
import tensorflow as tf

from gatewise import GRU, OPEN, VANILLA, Bias, Dense, Gated, Recurrent, tanh, tasks
from gatewise.benchmark.architectures import catalogue
from gatewise.benchmark.architectures.cell import Cell
from gatewise.benchmark.architectures.notation import linear
from gatewise.benchmark.studies.plan import asked
from gatewise.benchmark.studies.study import Study
from gatewise.benchmark.training.trainer import Trainer

PAGE = Path(__file__).parent / "textbook.md"
UNITS, STEPS, EXAMPLES = 32, 60, 64
SHUT = 1e3
"""A bias that holds a sigmoid at 0 or 1 to the last bit."""


def layer(cell: Cell) -> Recurrent:
    """A layer of a cell with as many inputs as units, every step's output kept."""
    made = Recurrent(cell, UNITS, return_sequences=True)
    made.build((None, None, UNITS))
    return made


def inputs(seed: int = 0, size: float = 1.0) -> Any:
    """``[examples, steps, units]``, normal."""
    drawn = np.random.default_rng(seed).normal(0, size, (EXAMPLES, STEPS, UNITS))
    return tf.constant(drawn, tf.float32)


def sensitivity(made: Recurrent, x: Any) -> np.ndarray:
    """Of each step's input the mean norm of ∂(v·h_T)/∂x_t for a random v, ``[steps]``."""
    direction = tf.constant(np.random.default_rng(1).normal(size=(UNITS,)), tf.float32)
    with tf.GradientTape() as tape:
        tape.watch(x)
        read = tf.reduce_sum(made(x)[:, -1] * direction)
    gradient = tape.gradient(read, x)
    return np.linalg.norm(gradient.numpy(), axis=-1).mean(axis=0)


def table(rows: pd.DataFrame) -> str:
    """In Markdown, four digits."""
    told = rows.map(lambda value: value if isinstance(value, str) else f"{value:.4g}")
    lines = [told.columns, ["---"] * len(told.columns), *told.to_numpy()]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def vanishing() -> str:
    """r^(T - t) of a linear network, and what tanh makes of it."""
    rows = []
    for r in (0.8, 0.9, 1.0, 1.1):
        known = {"r": r}
        for kind in (linear, tanh):
            made = layer(replace(VANILLA, candidate=kind(Dense("x") + Dense("h"))))
            made.arrays["kernel"].assign(np.eye(UNITS))
            made.arrays["recurrent"].assign(r * made.arrays["recurrent"])
            norms = sensitivity(made, inputs())
            known[f"{kind.name}, 10 back"] = norms[-11] / norms[-1]
            known[f"{kind.name}, 50 back"] = norms[-51] / norms[-1]
        rows.append(known | {"r^10": r**10, "r^50": r**50})
    return f"""## The vanishing product

A linear network h_t = R h_(t-1) + x_t whose R is r times an orthogonal matrix passes the gradient
back by exactly r a step: ‖∂h_T/∂x_t‖ = r^(T - t) ‖∂h_T/∂x_T‖. With tanh the slope 1 - h² comes into
every factor, so that even r = 1 vanishes, and r > 1 no longer explodes.

{table(pd.DataFrame(rows))}
"""


def late_inputs() -> str:
    """How much of what the last output hears each part of the sequence says, before training."""
    rows = []
    for name in ("vanilla", "NFG", "gru", "lstm-bias0", "lstm", "lstm-chrono"):
        norms = sensitivity(layer(catalogue.find(name).cell), inputs())
        shares = norms.reshape(4, -1).sum(axis=1) / norms.sum()
        rows.append({"cell": name} | dict(zip(QUARTERS, shares, strict=True)))
    return f"""## Late inputs dominate

The share that each quarter of {STEPS} steps has in what the last output hears, ‖∂h_T/∂x_t‖ summed
over its steps, in networks that are not trained yet. The vanilla network and an LSTM whose forget
gate starts at one half hear the last quarter alone; a forget bias of 1, and chrono initialisation
more so, is how one says before training that the past matters. (NFG never forgets.)

{table(pd.DataFrame(rows))}
"""


QUARTERS = ("first quarter", "second", "third", "last quarter")


def residual() -> str:
    """A state that is only added to."""
    adding = Gated(candidate=tanh(Dense("x") + Bias()), write=OPEN, keep=OPEN)
    norms = sensitivity(layer(adding), inputs(size=0.01))
    return f"""## A residual state loses nothing

c_t = c_(t-1) + tanh(W x_t + b): the derivative of the last state by any earlier one is exactly 1.
Of small inputs, so that tanh is straight, the first of {STEPS} is heard
{norms[0] / norms[-1]:.6f} times as loudly as the last. This is what an LSTM with an open forget
gate is, and why a forget bias helps.
"""


def closed_gates() -> str:
    """A GRU whose gates are held is the simple network."""
    gru, vanilla = layer(GRU), layer(VANILLA)
    blocks = {b.name: k for k, b in enumerate(gru.declared["kernel"].blocks)}
    n = UNITS
    bias = gru.arrays["bias"].numpy()
    bias[blocks["keep"] * n : (blocks["keep"] + 1) * n] = -SHUT
    bias[blocks["reset"] * n : (blocks["reset"] + 1) * n] = SHUT
    gru.arrays["bias"].assign(bias)
    for name, array in vanilla.arrays.items():
        array.assign(gru.arrays[name][..., blocks["candidate"] * n :])
    apart = np.abs(gru(inputs()).numpy() - vanilla(inputs()).numpy()).max()
    return f"""## z = 0 and r = 1 make a simple network

A GRU, h = z h' + (1 - z) tanh(W x + R (r h') + b), whose biases hold z at 0 and r at 1, beside the
vanilla network with the same candidate weights, {EXAMPLES} sequences of {STEPS} steps: the outputs
differ by {apart:.1g} at most. An ablated gate is this, with the weights left out.
"""


def order() -> str:
    """The same words shuffled: who minds."""
    rows = [_shuffled(task) for task in ("sentiment", "smnist")]
    return f"""## Order matters, where it does

One lstm a task, trained on sequences as they are, and scored on the test split with the steps of
every sequence shuffled. Words in any order still say whether a review is kind; pixels in any order
say little.

{table(pd.DataFrame(rows))}
"""


def _shuffled(name: str) -> dict[str, Any]:
    task = tasks.find(name)
    experiment = asked(Study("textbook", "quick", (name,), ("lstm",), seeds=1), name, "lstm")
    trainer = Trainer(task, task.load("quick"), experiment.group)
    trainer.train(replace(experiment, phase="tuning"))
    test = trainer.dataset.test
    generator = np.random.default_rng(0)
    (key,) = test.inputs
    mixed = np.array(test.inputs[key][:])
    for row, length in zip(mixed, test.lengths, strict=True):
        row[:length] = generator.permutation(row[:length])
    scores = [trainer.measure(split)[0] for split in (test, replace(test, inputs={key: mixed}))]
    return {"task": name, "unit": task.metric.unit, "in order": scores[0], "shuffled": scores[1]}


SECTIONS: Sequence[Callable[[], str]] = (vanishing, late_inputs, residual, closed_gates, order)

HEAD = """# The textbook, measured

What a lecture on recurrent networks says, each claim beside what the cells here do. Written by
`python -m docs.textbook`; a test computes the sections that train nothing again. What trained gates
do, and how gradients fall with the lag after training, is in the report of a study that was looked
into by `gatewise diagnose`.
"""


def page(sections: Sequence[Callable[[], str]] = SECTIONS) -> str:
    """The page, or some of its sections."""
    keras.utils.set_random_seed(0)
    return "\n".join([HEAD, *(section() for section in sections)])


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
