from __future__ import annotations

import numpy as np
import pytest

from gatewise import tasks
from gatewise.benchmark.architectures.catalogue import CATALOGUE
from gatewise.benchmark.networks.budget import (
    TOLERANCE,
    matched_width,
    recurrent_parameters,
    solve_width,
)
from gatewise.benchmark.networks.models import build_model
from gatewise.benchmark.studies.study import misfit
from gatewise.tasks.task import Dataset, Pattern, Tokens


def fake(width=64, classes=10):
    """A data set of which only the declaration is read."""
    nothing: object = None
    return Dataset(nothing, nothing, nothing, {"words": Tokens(100, width)}, classes)


@pytest.fixture(scope="module")
def datasets():
    return {name: task.load("smoke") for name, task in tasks.present().items()}


@pytest.mark.parametrize(
    "architecture", [a for a in CATALOGUE.values() if not a.cell.window], ids=lambda a: a.name
)
def test_every_architecture_meets_every_quick_budget(architecture, datasets):
    for name, dataset in datasets.items():
        if misfit(name, architecture.name):
            continue
        task = tasks.find(name)
        budget = task.scale("quick").recipe.parameters
        width = solve_width(dataset, task.pattern, architecture, budget)
        missed = abs(width.parameters - budget)
        wider = recurrent_parameters(dataset, task.pattern, architecture, width.units + 1)
        assert missed <= max(TOLERANCE * budget, (wider - width.parameters) / 2)
        assert bool(width.note) == (missed > TOLERANCE * budget)


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


@pytest.mark.parametrize("task", ["char-lm", "translation", "adding"])
@pytest.mark.parametrize("name", ["NIG", "gru", "vanilla", "bi-lstm"])
def test_matched_in_all_parameters_the_built_models_have_equally_many(task, name, datasets):
    """Counted on the models, the readout with them; a unit more or less is the finest step."""
    if misfit(task, name):
        pytest.skip(f"{name} does not fit {task}")
    dataset, pattern = datasets[task], tasks.find(task).pattern
    budget = tasks.find(task).scale("quick").recipe.parameters

    def total(architecture, match, more=0):
        width = matched_width(dataset, pattern, CATALOGUE[architecture], match, budget)
        units = width.units + more
        return build_model(dataset, pattern, CATALOGUE[architecture], units, 0).count_params()

    wanted = total("lstm", "parameters")
    assert total("lstm", "all") == wanted
    found, wider, narrower = (total(name, "all", more) for more in (0, 1, -1))
    assert abs(found - wanted) <= min(abs(wider - wanted), abs(narrower - wanted))


def test_at_matched_width_all_are_as_wide_as_lstm():
    lstm, vanilla = CATALOGUE["lstm"], CATALOGUE["vanilla"]
    wide = matched_width(fake(), Pattern.SYNCHRONOUS, vanilla, "width", 3000)
    assert wide == solve_width(fake(), Pattern.SYNCHRONOUS, lstm, 3000)


def test_a_width_is_the_nearest_of_all_and_a_huge_budget_takes_no_time():
    """Against a search through every width; 1e18 took longer than anybody waited."""
    shape = fake(), Pattern.SEQUENCE_TO_CLASS, CATALOGUE["lstm"]
    every = [recurrent_parameters(*shape, units) for units in range(1, 120)]
    for budget in (1, 300, 1000, 4321, 20_000, 65_536):
        nearest = min(range(119), key=lambda n: abs(every[n] - budget))
        assert solve_width(*shape, budget).units == nearest + 1
    assert solve_width(*shape, 10**18).units > 10**8
