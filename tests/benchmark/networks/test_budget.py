from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from gatewise import tasks
from gatewise.benchmark.architectures.catalogue import CATALOGUE
from gatewise.benchmark.networks.budget import (
    TOLERANCE,
    WAYS,
    matched_width,
    places,
    recurrent_parameters,
    solve_width,
)
from gatewise.benchmark.networks.models import build_model
from gatewise.benchmark.records.columns import MATCHES
from gatewise.benchmark.studies.study import misfit
from gatewise.tasks.task import Dataset, Pattern, Tokens


def fake(width=64, classes=10):
    """A data set of which only the declaration is read."""
    nothing: object = None
    return Dataset(nothing, nothing, nothing, {"words": Tokens(100, width)}, classes)


@pytest.fixture(scope="module")
def datasets():
    return {name: task.load("smoke") for name, task in tasks.present().items()}


@pytest.fixture(scope="module")
def load():
    """The data of a task at its smallest, once."""
    return cache(lambda task: tasks.find(task).load("smoke"))


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
        missed = abs(width.reached - budget)
        wider = recurrent_parameters(dataset, task.pattern, architecture, width.units + 1)
        assert missed <= max(TOLERANCE * budget, (wider - width.reached) / 2)
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
    assert wide.units == solve_width(fake(), Pattern.SYNCHRONOUS, lstm, 3000).units


def test_every_way_of_matching_has_its_count():
    assert list(WAYS) == list(MATCHES)


@pytest.mark.parametrize("way", WAYS)
def test_lstm_is_as_wide_whatever_is_matched(way):
    """So it is trained once for all ways."""
    for pattern in Pattern:
        wide = solve_width(fake(), pattern, CATALOGUE["lstm"], 3000).units
        found = matched_width(fake(), pattern, CATALOGUE["lstm"], way, 3000)
        assert found.units == wide
        assert way == "parameters" or not found.note


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", CATALOGUE)
def test_every_architecture_is_matched_in_every_way(name, way, load):
    """No unit more or less comes nearer, on a task of its kind; counts grow with units."""
    entry = CATALOGUE[name]
    task = "listops" if entry.over != "sequence" else "video" if entry.cell.window else "labelling"
    dataset, pattern, budget = load(task), tasks.find(task).pattern, 3000
    count = WAYS[way].count
    lstm = solve_width(dataset, pattern, CATALOGUE["lstm"], budget).units
    wanted = budget if way == "parameters" else count(dataset, pattern, CATALOGUE["lstm"], lstm)
    found = matched_width(dataset, pattern, entry, way, budget)
    around = range(max(1, found.units - 1), found.units + 2)
    assert found.units == min(around, key=lambda n: abs(count(dataset, pattern, entry, n) - wanted))
    reached = count(dataset, pattern, entry, found.units)
    assert found.reached == reached
    assert bool(found.note) == (abs(reached - wanted) > TOLERANCE * wanted)


def test_a_state_is_what_is_carried_and_steps_are_those_of_both_directions():
    """By hand: lstm carries two numbers a unit, gru one; a decoder is as wide as both."""

    def matched(name, way):
        return matched_width(fake(), Pattern.ENCODER_DECODER, CATALOGUE[name], way, 30_000).units

    def of(way, name, n):
        return WAYS[way].count(fake(), Pattern.ENCODER_DECODER, CATALOGUE[name], n)

    n = matched("lstm", "state")
    assert of("state", "lstm", n) == 4 * n
    assert matched("gru", "state") == 2 * n
    assert of("state", "bi-gru", 10) == 2 * 10 + 20
    both = 2 * (4 * 10 * (64 + 10) + 30)
    assert of("multiplications", "bi-lstm", 10) == both + 4 * 20 * (64 + 20) + 60


def test_a_convolution_multiplies_at_every_pixel(load):
    film, entry = load("video"), CATALOGUE["conv-lstm"]
    (kind,) = film.inputs.values()
    rows, columns = -(-kind.height // 2), -(-kind.width // 2)
    assert places(film, entry) == rows * columns
    each = 9 * (4 + 7) * 4 * 7 + 3 * 7
    pattern = tasks.find("video").pattern
    assert WAYS["multiplications"].count(film, pattern, entry, 7) == rows * columns * each


def test_a_width_is_the_nearest_of_all_and_a_huge_budget_takes_no_time():
    """Against a search through every width; 1e18 took longer than anybody waited."""
    shape = fake(), Pattern.SEQUENCE_TO_CLASS, CATALOGUE["lstm"]
    every = [recurrent_parameters(*shape, units) for units in range(1, 120)]
    for budget in (1, 300, 1000, 4321, 20_000, 65_536):
        nearest = min(range(119), key=lambda n: abs(every[n] - budget))
        assert solve_width(*shape, budget).units == nearest + 1
    assert solve_width(*shape, 10**18).units > 10**8
