"""Counts of multiplications, against hand-written ones, the printed equations, and TensorFlow's."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from gatewise.benchmark.architectures.architecture import Architecture
from gatewise.benchmark.architectures.catalogue import CATALOGUE
from gatewise.benchmark.architectures.cell import KERNEL, MATRIX, VECTOR
from gatewise.benchmark.architectures.engine.recurrence import Direct
from gatewise.benchmark.architectures.multiplications import multiplications
from tests.benchmark.architectures import printed
from tests.benchmark.architectures.layout import INPUTS, UNITS, arrays_of, built, parts

STABILISED = 2
"""An open gate of a normalised sLSTM is printed as 1, and is exp(-m) in what is carried: two
products by element more, each with what it lets through, where it is the write gate's one alone."""


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        # Products with W and R, then those by element: of gates with memory, candidate and output.
        ("vanilla", lambda d, n: n * (d + n)),
        ("lstm", lambda d, n: 4 * n * (d + n) + 3 * n),
        ("NFG", lambda d, n: 3 * n * (d + n) + 2 * n),
        ("NIG-NFG-NOG", lambda d, n: n * (d + n)),
        ("peephole", lambda d, n: 4 * n * (d + n) + 6 * n),
        ("CIFG", lambda d, n: 3 * n * (d + n) + 3 * n),
        ("gru", lambda d, n: 3 * n * (d + n) + 3 * n),
        ("gru-no-reset", lambda d, n: 2 * n * (d + n) + 2 * n),
        ("gru-no-update", lambda d, n: 2 * n * (d + n) + n),
        ("mgu", lambda d, n: 2 * n * (d + n) + 3 * n),
        ("IndRNN", lambda d, n: n * d + n),
        ("minGRU", lambda d, n: 2 * n * d + 2 * n),
        ("lstm-projected", lambda d, n: 8 * n * (d + n) + 2 * n * n + 6 * n),
        ("layernorm-lstm", lambda d, n: 4 * n * (d + n) + 16 * n + 8 * n + 2 * n + n + 3 * n),
        ("stacked-lstm", lambda d, n: 4 * n * (d + n) + 4 * n * (n + n) + 6 * n),
        ("bi-gru", lambda d, n: 2 * (3 * n * (d + n) + 3 * n)),
        ("conv-lstm", lambda d, n: 9 * 4 * n * (d + n) + 3 * n),
        ("graph-gru", lambda d, n: 3 * n * (d + 3 * n) + 3 * n),
    ],
)
@pytest.mark.parametrize(("inputs", "units"), [(1, 1), (3, 7), (64, 20)])
def test_the_count_is_the_one_by_hand(name, expected, inputs, units):
    assert CATALOGUE[name].multiplications(inputs, units) == expected(inputs, units)


@pytest.mark.parametrize("name", CATALOGUE)
def test_the_count_is_that_of_the_printed_equations(name):
    """Every product that ``gatewise show`` prints, in each layer and direction."""
    entry = CATALOGUE[name]
    layer = built(entry, np.random.default_rng(0))
    found = sum(in_print(entry, part) for level in parts(layer) for part in level)
    assert entry.multiplications(INPUTS, UNITS) == found + stabilised(entry)


def stabilised(entry: Architecture) -> int:
    """What the carried form of an sLSTM takes beyond the equations that it is equal to."""
    described: dict[str, Any] = entry.cell.describe()
    if described["kind"] != "ScalarLSTM" or not described.get("normalised", True):
        return 0
    open_gates = {name for name in ("write", "keep") if described.get(name) == "open"}
    return UNITS * (("write" in open_gates) + STABILISED * ("keep" in open_gates))


def in_print(entry: Architecture, part: Any) -> int:
    """Multiplications of a layer's equations; see :func:`.multiplications.multiplications`."""
    weights = printed.letters(part.declared, arrays_of(part))
    cell = printed.Printed(entry.equations, weights)
    trees = [tree for equation in cell.equations for tree in equation.trees]
    wide = part.state_size[-1] if entry.name == "lstm-projected" else UNITS
    seen = set().union(*map(matrices, trees))
    once = sum(int(np.prod(np.shape(weights[name]))) for name in seen)
    return once + sum(products(tree, weights, wide) for tree in trees)


def matrices(tree: Any) -> set[str]:
    """The matrices of an expression; one that is printed twice, W x of a tied gate, is one."""
    if not isinstance(tree, tuple):
        return set()
    here = {tree[1]} if tree[0] in ("@", "⊛") else set()
    return here.union(*map(matrices, tree[1:]))


def products(tree: Any, weights: Any, wide: int) -> int:
    """Multiplications by element of a parsed expression, whose values are ``wide``."""
    if not isinstance(tree, tuple):
        return 0
    kind, *under = tree
    found = sum(products(part, weights, wide) for part in under)
    if kind == "call" and under[0] == "N":
        return found + 2 * breadth(under[1], weights, wide)
    if kind in ("*", "/") and not any(constant(part) for part in under):
        return found + max(breadth(part, weights, wide) for part in under)
    return found


def constant(tree: Any) -> bool:
    """Whether an expression is a number, whatever it is made of."""
    if isinstance(tree, tuple):
        return tree[0] in ("+", "-", "*", "/") and all(constant(part) for part in tree[1:])
    return isinstance(tree, float)


def breadth(tree: Any, weights: Any, wide: int) -> int:
    """How many columns an expression has."""
    if isinstance(tree, float):
        return 1
    if isinstance(tree, str):
        return int(np.shape(weights[tree])[-1]) if tree in weights else wide
    kind, *under = tree
    if kind in ("@", "⊛"):
        return int(np.shape(weights[under[0]])[-1])
    return max(breadth(part, weights, wide) for part in (under[1:] if kind == "call" else under))


@pytest.mark.parametrize("name", ["vanilla", "lstm", "NFG", "gru", "mgu"])
def test_the_matrix_products_are_those_that_tensorflow_counts(name):
    """Its profile of the step's graph: two operations for each entry of a matrix."""
    cell, inputs, units = CATALOGUE[name].cell, 48, 64
    rng = np.random.default_rng(0)
    arrays = {
        n: (a.role, tf.constant(rng.normal(size=a.shape), "float32"))
        for n, a in cell.arrays(inputs, units).items()
    }
    of = {role: {n: a for n, (r, a) in arrays.items() if r == role} for role in (MATRIX, VECTOR)}
    (kernel,) = (a for role, a in arrays.values() if role == KERNEL)

    def step(x, *states):
        return cell.step(x @ kernel, states, of[VECTOR], Direct(of[MATRIX]))

    shapes = [tf.TensorSpec((1, n)) for n in (inputs, *cell.widths(units))]
    graph = tf.function(step).get_concrete_function(*shapes).graph
    options = tf.compat.v1.profiler.ProfileOptionBuilder.float_operation()
    options["output"] = "none"
    flops = tf.compat.v1.profiler.profile(graph, options=options).total_float_ops
    assert 2 * multiplications(cell, inputs, units) == pytest.approx(flops, rel=0.03)
