"""What every architecture must hold, ours or anybody's: ``gatewise check`` and our tests.

A check is given an architecture and says in one line what is amiss.
"""

from __future__ import annotations

import json
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from gatewise.benchmark.architectures.catalogue import Architecture
from gatewise.benchmark.architectures.layers import Recurrent, RecurrentStack
from gatewise.benchmark.architectures.trees import GraphRecurrent, TreeRecurrent
from gatewise.checks import Check

BATCH, STEPS, INPUTS, UNITS, PIXELS = 3, 6, 4, 5, 4
PARENTS = np.array([[-1, 0, 0, 1, 1, 2]] * BATCH, "int32")
"""Trees of six nodes, one a step."""
STEP, TOLERANCE = 1e-5, 1e-4
"""Of central differences, in double precision."""


def _layer(entry: Architecture, seed: int = 0) -> Any:
    """The architecture as layers, built."""
    if entry.over == "sequence":
        layer: Any = RecurrentStack(entry.cell, UNITS, entry.layers, entry.directions, seed=seed)
    else:
        kind = TreeRecurrent if entry.over == "tree" else GraphRecurrent
        layer = kind(entry.cell, UNITS, rounds=3, seed=seed)
    layer.build((None, None, INPUTS))
    return layer


def _inputs(entry: Architecture, steps: int = STEPS) -> Any:
    """Numbers to read, ``[batch, steps, inputs]``; of a cell over films with pixels between."""
    place = (PIXELS, PIXELS) if entry.cell.window else ()
    drawn = np.random.default_rng(0).normal(size=(BATCH, steps, *place, INPUTS))
    return tf.constant(drawn, "float32")


def _read(layer: Any, entry: Architecture, x: Any) -> list[Any]:
    """All that the layer gives: outputs and states, or the root's output."""
    given = layer(x) if entry.over == "sequence" else layer(x, PARENTS)
    return [np.asarray(array) for array in tf.nest.flatten(given)]


def description_is_plain_data(entry: Architecture) -> str:
    """Its name, its summary, its equations and its definition, which is part of identities."""
    described = entry.describe()
    if json.loads(json.dumps(described)) != described:
        return "describe() is no plain data"
    if not entry.name or any(c.isspace() or c == "," for c in entry.name):
        return f"name {entry.name!r}: allowed is text without commas and spaces"
    if not (entry.summary and entry.equations and all(entry.equations)):
        return "summary or equations are empty"
    return ""


def layers_and_directions_can_be_built(entry: Architecture) -> str:
    """A cell over trees or graphs is one layer."""
    if entry.over not in ("sequence", "tree", "graph"):
        return f"over={entry.over!r}: allowed are 'sequence', 'tree' and 'graph'"
    most = (64, 2) if entry.over == "sequence" else (1, 1)
    for name, high in zip(("layers", "directions"), most, strict=True):
        if not 1 <= getattr(entry, name) <= high:
            return f"{name}={getattr(entry, name)!r} over a {entry.over}: allowed are 1 to {high}"
    return ""


def parameters_are_as_many_as_said(entry: Architecture) -> str:
    """Budgets are solved from the number that is said."""
    built, said = _layer(entry).count_params(), entry.parameters(INPUTS, UNITS)
    return "" if built == said else f"parameters({INPUTS}, {UNITS}) is {said}; built are {built}"


def multiplications_can_be_counted(entry: Architecture) -> str:
    """On the step itself, which therefore computes by operators and by its trace alone."""
    counts = [entry.multiplications(INPUTS, units) for units in (UNITS, 2 * UNITS)]
    grows = 0 < counts[0] < counts[1]
    return "" if grows else f"of {UNITS} and {2 * UNITS} units they are {counts}: allowed is more"


def shapes_are_as_said(entry: Architecture) -> str:
    """Outputs and states at a width of some units."""
    found = [array.shape for array in _read(_layer(entry), entry, _inputs(entry))]
    width = entry.directions * UNITS
    if entry.over != "sequence":
        wanted = [(BATCH, UNITS)]
    else:
        place = (PIXELS, PIXELS) if entry.cell.window else ()
        sizes = Recurrent(entry.cell, UNITS).state_size
        states = [(BATCH, *place, entry.directions * size) for size in sizes] * entry.layers
        wanted = [(BATCH, STEPS, *place, width), *states]
    return "" if found == wanted else f"shapes are {found}: allowed are {wanted}"


def outputs_are_finite(entry: Architecture) -> str:
    """From the very start, over some steps."""
    found = _read(_layer(entry), entry, _inputs(entry))
    return "" if all(np.isfinite(a).all() for a in found) else "an output or state is not finite"


def padding_changes_nothing(entry: Architecture) -> str:
    """A mask carries the states through what is no step."""
    if entry.over != "sequence":
        return ""
    layer, x = _layer(entry), _inputs(entry)
    noise = tf.concat([x, _inputs(entry)[:, ::-1]], axis=1)
    mask = tf.constant(np.arange(2 * STEPS) < np.full((BATCH, 1), STEPS))
    outputs, states = layer(x)
    longer, last = layer(noise, mask=mask)
    pairs = [(outputs, longer[:, :STEPS])]
    pairs += list(zip(tf.nest.flatten(states), tf.nest.flatten(last), strict=True))
    same = all(np.allclose(a, b, atol=1e-6) for a, b in pairs)
    return "" if same else "outputs or states differ where padding follows"


def one_seed_gives_the_same_weights(entry: Architecture) -> str:
    """And another one others."""
    weights = [_layer(entry, seed).get_weights() for seed in (1, 1, 2)]
    once, again, other = (np.concatenate([w.ravel() for w in found]) for found in weights)
    if not np.array_equal(once, again):
        return "seed=1 gives other weights the second time"
    return "seed=1 and seed=2 give the same weights" if np.array_equal(once, other) else ""


def made_again_it_gives_the_same(entry: Architecture) -> str:
    """From its configuration and its weights, as Keras saves and loads a layer."""
    layer, x = _layer(entry), _inputs(entry)
    kept = json.loads(json.dumps(keras.saving.serialize_keras_object(layer)))
    loaded = keras.saving.deserialize_keras_object(kept)
    if not loaded.built:
        loaded.build((None, None, INPUTS))
    loaded.set_weights(layer.get_weights())
    pairs = zip(_read(layer, entry, x), _read(loaded, entry, x), strict=True)
    return "" if all(np.array_equal(a, b) for a, b in pairs) else "a loaded layer reads otherwise"


def gradients_are_those_of_central_differences(entry: Architecture) -> str:
    """Of every array, in a random direction, in double precision."""
    generator = np.random.default_rng(0)
    kinds = {"sequence": Recurrent, "tree": TreeRecurrent, "graph": GraphRecurrent}
    given = {"return_sequences": True} if entry.over == "sequence" else {"rounds": 3}
    layer: Any = kinds[entry.over](entry.cell, UNITS, dtype="float64", **given)
    layer.build((None, None, INPUTS))
    layer.set_weights([0.5 * generator.normal(size=w.shape) for w in layer.get_weights()])
    x = tf.cast(_inputs(entry), "float64")

    def loss() -> Any:
        read = layer(x) if entry.over == "sequence" else layer(x, PARENTS)
        return tf.reduce_sum(tf.sin(read))

    variables = layer.trainable_variables
    with tf.GradientTape() as tape:
        value = loss()
    found = tape.gradient(value, [v.value for v in variables])
    for variable, gradient in zip(variables, found, strict=True):
        direction, values = generator.normal(size=variable.shape), []
        for sign in (1, -2):
            variable.assign(variable + sign * STEP * direction)
            values.append(float(loss()))
        variable.assign(variable + STEP * direction)
        expected = (values[0] - values[1]) / (2 * STEP)
        slope = float(tf.reduce_sum(gradient * direction)) if gradient is not None else 0.0
        if abs(slope - expected) > TOLERANCE * max(1.0, abs(expected)):
            return f"array {variable.name!r}: slope {slope:.6g}, by differences {expected:.6g}"
    return ""


CHECKS: tuple[Check, ...] = (
    description_is_plain_data,
    layers_and_directions_can_be_built,
    parameters_are_as_many_as_said,
    multiplications_can_be_counted,
    shapes_are_as_said,
    outputs_are_finite,
    padding_changes_nothing,
    one_seed_gives_the_same_weights,
    made_again_it_gives_the_same,
    gradients_are_those_of_central_differences,
)
