from __future__ import annotations

import numpy as np
import pytest

import tasks
from benchmark.architectures.catalogue import CATALOGUE, ON_VECTORS
from benchmark.budget import TOLERANCE, recurrent_parameters, solve_width
from tasks.task import Dataset, Pattern, Tokens


def fake(width=64, classes=10):
    """A data set of which only the declaration is read."""
    nothing: object = None
    return Dataset(nothing, nothing, nothing, {"words": Tokens(100, width)}, classes)


@pytest.fixture(scope="module")
def declared():
    """Each task's data, read once."""
    return [(task, task.load("smoke")) for task in tasks.registry().values()]


@pytest.mark.parametrize("name", ON_VECTORS)
def test_every_architecture_meets_every_quick_budget(name, declared):
    """Within the tolerance, or as near as whole units allow, and then it says why not."""
    for task, dataset in declared:
        budget = task.scale("quick").recipe.parameters
        width = solve_width(dataset, task.pattern, CATALOGUE[name], budget)
        missed = abs(width.parameters - budget)
        wider = recurrent_parameters(dataset, task.pattern, CATALOGUE[name], width.units + 1)
        assert missed <= (wider - width.parameters) / 2
        assert (width.note == "") == (missed <= TOLERANCE * budget)
        assert missed <= 1.1 * TOLERANCE * budget


def test_nearest_width_is_found():
    for budget in (500, 3000, 40_000):
        for name in ("lstm", "vanilla", "bi-gru", "stacked-lstm"):
            architecture = CATALOGUE[name]
            found = solve_width(fake(), Pattern.SYNCHRONOUS, architecture, budget)
            distances = [abs(architecture.parameters(64, n) - budget) for n in range(1, 400)]
            assert found.units == 1 + int(np.argmin(distances))


def test_missed_budget_says_why():
    found = solve_width(fake(), Pattern.SYNCHRONOUS, CATALOGUE["bi-lstm"], 1500)
    assert "of 1500: one unit more or less is" in found.note


def test_decoder_counts_and_has_the_width_of_both_directions():
    lstm, both = CATALOGUE["lstm"], CATALOGUE["bi-lstm"]
    one = recurrent_parameters(fake(), Pattern.ENCODER_DECODER, lstm, 20)
    assert one == 2 * lstm.parameters(64, 20)
    two = recurrent_parameters(fake(), Pattern.ENCODER_DECODER, both, 20)
    assert two == 2 * lstm.parameters(64, 20) + lstm.parameters(64, 40)


def test_budget_below_one_is_refused():
    with pytest.raises(ValueError, match="parameters=0: allowed are whole numbers from 1"):
        solve_width(fake(), Pattern.SYNCHRONOUS, CATALOGUE["lstm"], 0)
