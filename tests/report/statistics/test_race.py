"""Looks spend what they may, and a race is a function of its runs."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import special

from gatewise.report.statistics import nulls, race
from gatewise.report.statistics.families import BETTER, SMALL, UNKNOWN
from gatewise.report.statistics.mixtures import Errors
from gatewise.report.statistics.nulls import Size
from gatewise.report.statistics.race import DECIDED, ENDED, GIVEN_UP, LOOKS, RUNNING, Measured

MANY = 10_000
ZERO = np.zeros(1)


def measure(truth, spread=1.0, sample=0.0):
    """Scores whose means are the truth at any number of seeds, in margins."""

    def told(seeds):
        variance = np.square(spread) * (1 / seeds[1:] + 1 / seeds[0]) + sample
        errors = Errors(np.sqrt(variance)[:, None], np.ones((len(truth), 1)))
        return Measured(np.array(truth), errors, np.full(len(truth), sample))

    return told


@pytest.mark.parametrize(
    ("last", "seeds", "spent"),
    [
        (50, LOOKS, race.SPENT),
        (8, (3, 5, 8), (0.224, 0.248, 0.328)),
        (10, (3, 5, 8, 10), (0.126, 0.15, 0.23, 0.294)),
        (3, (3,), (0.8,)),
    ],
)
def test_all_looks_together_spend_the_error(last, seeds, spent):
    alpha, trials = 0.2, 40_000
    looks = race.looks(last, alpha)
    assert tuple(look.seeds for look in looks) == seeds
    steps = np.diff([0, *seeds])
    moves = np.random.default_rng(0).normal(size=(trials, len(seeds))) * np.sqrt(steps)
    place = np.abs(moves.cumsum(axis=1)) / np.sqrt(seeds)
    levels = np.array([look.level for look in looks])
    outside = place > -special.ndtri(levels / 2)
    assert outside.any(axis=1).mean() == pytest.approx(alpha * 0.8, abs=0.008)
    first = outside.argmax(axis=1)[outside.any(axis=1)]
    shares = np.bincount(first, minlength=len(seeds)) / trials / alpha
    assert shares == pytest.approx(spent, abs=0.02)
    assert (levels > 0.999 * alpha * np.array(spent)).all(), "looks see much the same runs"


def test_what_is_clear_leaves_early_and_what_is_near_its_margin_is_given_up():
    told = race.race(measure([3.0, 0.0, 1.0, 0.5], [0.2, 0.2, 0.2, 3.0]), np.full(5, MANY), 4)
    assert told.over
    assert told.verdicts.statement.tolist() == [BETTER, SMALL, BETTER, UNKNOWN]
    assert told.state.tolist() == [DECIDED, DECIDED, DECIDED, GIVEN_UP]
    assert told.looks[0] == 1
    assert told.seeds[0].tolist() == [LOOKS[0], race.reference_seeds(LOOKS[0], 4)]
    assert told.verdicts.low[0] > 0
    assert told.verdicts.p[0] < 0.05 < told.verdicts.p[3]


def test_a_test_set_that_is_too_small_is_told_at_the_first_look():
    told = race.race(measure([0.5], 0.1, sample=1.0), np.full(2, MANY), 1)
    assert (told.state[0], told.looks[0]) == (GIVEN_UP, 1)


def test_the_reference_has_the_root_of_its_pairs_times_the_seeds():
    assert race.reference_seeds(8, 1) == 8
    assert race.reference_seeds(8, 4) == 16
    told = race.race(measure([0.7] * 4, 1.5), np.zeros(5, int), 4)
    assert told.wanted.tolist() == [2 * LOOKS[0], *[LOOKS[0]] * 4]
    assert set(told.state) == {RUNNING}
    assert np.isnan(told.verdicts.low).all()
    assert not told.over


def test_more_runs_go_on_and_say_the_same_of_what_was_looked_at():
    """However many runs there are, looks that were passed are passed in the same way."""
    known = measure([3.0, 0.0, 0.8, 0.9], np.array([0.3, 1.0, 1.5, 2.0]))
    whole = race.race(known, np.full(5, MANY), 4)
    have = np.zeros(5, int)
    for _ in range(len(LOOKS) + 1):
        told = race.race(known, have, 4)
        left = told.state != RUNNING
        assert (told.looks <= whole.looks).all()
        for name in ("statement", "low", "high", "p"):
            mine, all_ = getattr(told.verdicts, name), getattr(whole.verdicts, name)
            assert (mine[left] == all_[left]).all()
        if told.over:
            break
        assert (told.wanted >= have).all()
        # One seed short of the look: nothing new is said.
        short = np.maximum(have, told.wanted - 1)
        assert race.race(known, short, 4).looks.tolist() == told.looks.tolist()
        have = told.wanted
    assert told.over
    assert (told.wanted == whole.wanted).all()


def test_a_short_race_decides_sooner_and_ends_at_its_last_look():
    """Its first look may spend more, and no pair is kept for seeds that will not come."""
    known = measure([1.13, 0.9], [0.5, 1.0])
    short = race.race(known, np.full(3, MANY), 36, 8)
    assert short.state.tolist() == [DECIDED, GIVEN_UP]
    assert race.race(known, np.full(3, MANY), 36).looks[0] > short.looks[0]
    assert (short.seeds <= [8, race.reference_seeds(8, 2)]).all()


def test_a_pair_that_might_be_decided_until_the_last_look_ends_there():
    def told(seeds):
        """Half way from a decision at any number of seeds."""
        near = 0.8 * -special.ndtri(race.looks(LOOKS[-1], 0.05)[-1].level / 2)
        return Measured(np.array([0.5]), Errors(np.full((1, 1), 0.5 / near), np.ones((1, 1))), ZERO)

    found = race.race(told, np.full(2, MANY), 1)
    assert (found.state[0], found.looks[0]) == (ENDED, len(LOOKS))
    assert found.over
    assert found.verdicts.statement.tolist() == [UNKNOWN]


@pytest.mark.parametrize(("share", "effects"), [(0.1, (0.0,)), (0.5, (0.0, 1.0))])
def test_a_race_is_seldom_wrong(share, effects):
    """A seeded slice of the table in docs/verdicts.md, slow starters among the runs."""
    generator = np.random.default_rng(3)
    sizes = [Size((8,) * 7, (), 1.0, share)] * 4
    told = [nulls.raced(sizes, effects, generator) for _ in range(40)]
    # Of 40 studies 5% are 2; 6 or more have a probability of under 1 in 50.
    assert sum(one.decided_false > 0 for one in told) < 6
    assert {one.pairs for one in told} == {24}


def test_a_race_finds_large_differences_with_few_runs():
    generator = np.random.default_rng(5)
    sizes = [Size((8,) * 7, (), 0.1, 0.1)] * 2
    told = nulls.raced(sizes, (0.0, 3.0), generator)
    assert told.decided == told.pairs == 12
    assert told.decided_false == 0
    assert told.runs < 2 * 7 * 12


def test_what_a_look_may_decide_is_known_before_it():
    """Half of what nothing is known of; then what is far from its bounds, not what lies on them."""
    effects = [3.0, 0.0, 1.0]
    nothing = race.race(measure(effects, [0.2] * 3), np.zeros(4, int), 3, last=8)
    assert nothing.likely.tolist() == [race.FIRST] * 3
    told = race.race(measure(effects, [1.5, 0.9, 0.9]), np.array([10, 3, 3, 3]), 3, last=8)
    assert told.state.tolist() == [RUNNING, GIVEN_UP, RUNNING]
    assert told.likely[0] > 0.5 > told.likely[2] > told.likely[1] == 0
    over = race.race(measure(effects, [0.01] * 3), np.full(4, MANY), 3, last=8)
    assert over.likely.tolist() == [0.0] * 3
