"""Every layer of the catalogue against the equations that the command prints of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import HealthCheck, assume, settings
from hypothesis import given as of
from hypothesis import strategies as st

from gatewise.benchmark.architectures.architecture import Architecture
from gatewise.benchmark.architectures.catalogue import CATALOGUE
from gatewise.benchmark.architectures.cell import InvalidCell
from gatewise.benchmark.architectures.cells import Gated
from gatewise.benchmark.architectures.gates import (
    OPEN,
    SHUT,
    As,
    Bias,
    Candidate,
    Dense,
    Diagonal,
    Drive,
    Gate,
    Not,
    Reset,
    Wired,
    linear,
    positive,
    relu,
    tanh,
)
from tests.benchmark.architectures import printed
from tests.benchmark.architectures.layout import answer, arrays_of, built, given, parts


@pytest.fixture
def rng():
    return np.random.default_rng(0)


@pytest.mark.parametrize("name", CATALOGUE)
def test_the_printed_equations_are_what_the_layer_computes(name, rng):
    """Over all steps, in double precision, to 1e-10."""
    entry = CATALOGUE[name]
    layer, x = built(entry, rng), given(entry, rng)
    expected = printed.outputs(entry, layer, x)
    np.testing.assert_allclose(answer(layer, x), expected, rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("name", CATALOGUE)
def test_every_gradient_is_that_of_the_printed_equations(name, rng):
    """Central differences of their evaluation, of every array and the input, in one direction."""
    entry = CATALOGUE[name]
    layer, x = built(entry, rng), given(entry, rng)
    found, seen = tf.constant(x), answer(layer, x)
    weight = rng.normal(size=seen.shape)
    flat = [part for level in parts(layer) for part in level]
    variables = [array.value for part in flat for array in part.arrays.values()]
    with tf.GradientTape() as tape:
        tape.watch(found)
        value = tf.reduce_sum(answer(layer, found) * weight)
    gradients = [np.asarray(g) for g in tape.gradient(value, [found, *variables])]
    directions = [rng.normal(size=g.shape) for g in gradients]
    arrays = [arrays_of(part) for part in flat]

    def loss(which: int, by: float) -> float:
        moved, place, at = [], 1, x + by * directions[0] if which == 0 else x
        for named in arrays:
            moved.append({})
            for name, array in named.items():
                moved[-1][name] = array + by * directions[place] if place == which else array
                place += 1
        return float((printed.outputs(entry, layer, at, moved) * weight).sum())

    step = 1e-6
    for which, (gradient, direction) in enumerate(zip(gradients, directions, strict=True)):
        expected = (loss(which, step) - loss(which, -step)) / (2 * step)
        assert (gradient * direction).sum() == pytest.approx(expected, rel=1e-5, abs=1e-6), which


@dataclass(frozen=True)
class Misprinted:
    """An architecture with other equations than its own."""

    of: str
    equations: tuple[str, ...]

    def __getattr__(self, name):
        return getattr(CATALOGUE[self.of], name)


def misprints():
    """Each entry with one thing wrong or missing."""
    changes = [
        ("lstm", "tanh(c)", "c"),
        ("lstm", "W_keep x", "W_write x"),
        ("lstm", "+ b_emit", ""),
        ("peephole", "p_emit * c", "p_emit * c'"),
        ("mgu", "R ((1 - keep) * h')", "(1 - keep) * (R h')"),
        ("mgu", "R ((1 - keep) * h')", "R (keep * h')"),
        ("minLSTM", "write, keep = write / (write + keep), keep / (write + keep)", ""),
        ("SRU", "p_emit * c'", "p_emit * c"),
        ("sLSTM", "c / n", "c"),
        ("RG-LRU", "-8", "-4"),
        ("janet", "- 1)", "- 2)"),
        ("delays-4", "h_3", "h_2"),
        ("TDNN", "x_7", "x_6"),
        ("MUT1", "tanh(x)", "x"),
        ("tree-lstm", "keep_k * c_k", "c_k"),
        ("graph-gru", "h_above", "h'"),
        ("conv-lstm", "R_emit ⊛ h'", "R_emit ⊛ h' + h'"),
    ]
    for name, old, new in changes:
        yield pytest.param(name, old, new, id=f"{name}: {old}")


@pytest.mark.parametrize(("name", "old", "new"), list(misprints()))
def test_a_misprint_is_noticed(name, old, new, rng):
    """So the test above can fail."""
    entry = CATALOGUE[name]
    lines = tuple(line.replace(old, new) for line in entry.equations)
    assert lines != entry.equations
    layer, x = built(entry, rng), given(entry, rng)
    wrong = Misprinted(name, tuple(filter(None, lines)))
    with np.errstate(all="ignore"):
        found = printed.outputs(wrong, layer, x)
    assert not np.allclose(answer(layer, x), found, atol=1e-6)


@pytest.mark.parametrize(
    ("equations", "message"),
    [
        (("h = tanh(W x + R g)",), "nothing says what g is"),
        (("g = tanh(W x)",), "nothing says what h is"),
        (("h = tanh(W x",), r"no '\)'"),
        (("h: W x",), "is no equation"),
        (("h = W x y",), "stops making sense at 'y'"),
        (("h = W x ?",), "not in the notation"),
        (("h = W x +",), "ends too early"),
    ],
)
def test_what_says_too_little_is_not_computed(equations, message, rng):
    cell_of = {"W": rng.normal(size=(3, 4)), "R": rng.normal(size=(4, 4))}
    with pytest.raises(printed.Unreadable, match=message):
        printed.Printed(equations, cell_of).along(rng.normal(size=(2, 3, 3)))


TERMS = (
    *(Dense(of) for of in Dense.sources),
    *(Dense("x", last=2), Dense("h", last=3), Dense("h", start="identity")),
    *(Diagonal(of) for of in Diagonal.sources),
    *(Bias(), Wired(), Wired("tanh"), Reset(Dense("h")), Reset(Dense("h") + Bias())),
)
drives = st.lists(st.sampled_from(TERMS), min_size=1, max_size=4, unique=True).map(
    lambda terms: Drive(tuple(terms))
)
names = st.sampled_from(["write", "keep", "emit", "reset", "candidate"])
gate_settings = st.one_of(
    st.sampled_from([OPEN, SHUT]),
    st.builds(Gate, drives, st.sampled_from(["sigmoid", "signed"])),
    st.builds(Gate, drives, among=st.lists(names, max_size=2).map(tuple)),
    st.builds(Not, names, st.sampled_from([0.0, 1.0])),
    st.builds(As, names),
)
activations = st.sampled_from([tanh, relu, linear, positive])
gated = st.fixed_dictionaries(
    {"candidate": st.builds(Candidate, activations, drives)},
    optional={
        **dict.fromkeys(("write", "keep", "emit", "reset"), gate_settings),
        "readout": activations,
        "skip": drives,
        "window": st.sampled_from([-1, 0, 0, 0, 2, 3]),
    },
)


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@of(gated, st.integers(0, 99))
def test_any_cell_that_can_be_written_computes_what_it_prints(chosen, seed):
    """Points of the notation that are in no catalogue; what contradicts itself is refused."""
    try:
        cell = Gated(**chosen)
    except InvalidCell:
        assume(False)
    entry, rng = Architecture("any", cell, ""), np.random.default_rng(seed)
    layer, x = built(entry, rng), given(entry, rng)
    with np.errstate(all="ignore"):
        found, expected = np.asarray(answer(layer, x)), printed.outputs(entry, layer, x)
    # What grows without bounds has no digits to compare.
    assume(np.isfinite(expected).all() and np.abs(expected).max() < 1e6)
    np.testing.assert_allclose(found, expected, rtol=1e-7, atol=1e-7)
