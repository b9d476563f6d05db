"""Whole simulated studies with known truths: how often is what is said of them false?

A study is drawn run by run and judged by the functions that judge a real one. Spreads differ from
architecture to architecture (log-normal), a share :data:`LATE` of the runs are slow starters that
end :data:`BEHIND` spreads lower, and all pairs of a task may share one side; each of these has
broken procedures whose error rates hold without it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from gatewise.report.statistics import failing, families, mixtures, moderated, race, sides
from gatewise.report.statistics.effects import LEVEL, Array
from gatewise.report.statistics.mixtures import Errors
from gatewise.report.statistics.race import Measured, Standing

DIFFER = 0.7
"""Standard deviation of the logarithm of an architecture's spread."""
LATE, BEHIND = 0.1, 5.0
FAIL, BELOW = 0.1, 15.0
"""In a study in which they do, the runs of every second architecture fail so often, and end so many
margins lower."""
EXAMPLES = 100
"""Test examples of a simulated task; what they do to a mean is scaled to the example share."""


@dataclass(frozen=True)
class Size:
    """How large a task of a study is.

    units:
        By side its seeds, or repetitions of the search.
    pairs:
        By pair the places of its two sides, and whether it is confirmatory.
    spread:
        The typical spread of one unit's score, in margins.
    share:
        The part of a difference's variance that the test sample makes.
    late:
        The share of runs that are slow starters.
    """

    units: tuple[int, ...]
    pairs: tuple[tuple[int, int, bool], ...]
    spread: float
    share: float
    late: float = LATE


@dataclass(frozen=True)
class Told:
    """What was said of one simulated study: counts of pairs."""

    confirmatory: int
    certain: int
    certain_false: int
    probable: int
    probable_false: int


@dataclass(frozen=True)
class Raced:
    """What a simulated race said and cost: counts of pairs, and its ``runs``."""

    pairs: int
    decided: int
    decided_false: int
    runs: int


def simulated(
    sizes: Sequence[Size],
    effects: Sequence[float],
    generator: np.random.Generator,
    fail: bool = False,
) -> Told:
    """One study, each architecture's true mean drawn from ``effects``, in margins.

    Args:
        fail: the runs of every second architecture fail, :data:`FAIL` of them.
    """
    parts = [_task(size, effects, generator, fail) for size in sizes]
    truth, estimate = (np.concatenate([part[k] for part in parts]) for k in (0, 1))
    errors = Errors.joined([part[2] for part in parts])
    fell = np.concatenate([part[3] for part in parts])
    confirms = np.array([sure for size in sizes for *_, sure in size.pairs], bool)
    seeds = np.array([min(s.units[one], s.units[two]) for s in sizes for one, two, _ in s.pairs])
    counts = [int(confirms.sum())]
    for mine, method in ((confirms, families.together), (~confirms, families.discovered)):
        chosen = Errors(errors.scale[mine], errors.weight[mine])
        said = method(estimate[mine], chosen).statement
        if method is families.together:
            each = (1 - LEVEL) / max(len(said), 1)
            undone = failing.undone(said, estimate[mine], fell[mine], seeds[mine], each)
            said = np.where(undone, families.UNKNOWN, said)
        counts += [int((said != families.UNKNOWN).sum()), int(false(said, truth[mine]).sum())]
    return Told(*counts)


def raced(
    sizes: Sequence[Size],
    effects: Sequence[float],
    generator: np.random.Generator,
    last: int = race.LOOKS[-1],
) -> Raced:
    """One race to ``last`` seeds, every side of a task but the first against the first.

    Of the sizes ``units`` say only how many sides there are, and with how many seeds the test
    sample makes ``share`` of a difference's variance; all pairs are one family.
    """
    family = sum(len(size.units) - 1 for size in sizes)
    told = [_race(size, effects, family, generator, last) for size in sizes]
    wrong = [false(standing.verdicts.statement, truth).sum() for truth, standing in told]
    decided = [(standing.state == race.DECIDED).sum() for _, standing in told]
    runs = [standing.wanted.sum() for _, standing in told]
    return Raced(family, *(int(sum(counts)) for counts in (decided, wrong, runs)))


def false(statement: Array, truth: Array) -> Array:
    """Which are false: a direction that is not there, 'too small' of a margin or more."""
    return (
        ((statement == families.BETTER) & (truth <= 0))
        | ((statement == families.WORSE) & (truth >= 0))
        | ((statement == families.SMALL) & (np.abs(truth) >= 1))
    )


def _race(
    size: Size, effects: Sequence[float], family: int, generator: np.random.Generator, last: int
) -> tuple[Array, Standing]:
    """Of a task's pairs the true differences, and the race to its end."""
    count = len(size.units)
    means = generator.choice(effects, count)
    most = np.array([race.reference_seeds(last, count - 1), *[last] * (count - 1)])
    drawn = [_side(int(n), mean, size, generator) for n, mean in zip(most, means, strict=True)]
    contrasts = np.hstack([-np.ones((count - 1, 1)), np.eye(count - 1)])
    sample = np.array([sides.sample_variance(drawn, contrast) for contrast in contrasts])

    def measure(seeds: Array) -> Measured:
        seen = [sides.Side(s.scores[:n], s.taste) for s, n in zip(drawn, seeds, strict=True)]
        errors = mixtures.errors(moderated.spreads(seen), seeds, contrasts, sample)
        return Measured(contrasts @ np.array([side.mean for side in seen]), errors, sample)

    return contrasts @ means, race.race(measure, most, family, last)


def _task(
    size: Size, effects: Sequence[float], generator: np.random.Generator, fail: bool
) -> tuple[Array, Array, Errors, Array]:
    """Of a task's pairs the true differences, the estimates, their errors, and how far runs fell.

    All in margins.
    """
    means = generator.choice(effects, len(size.units))
    drawn = [_side(n, mean, size, generator) for n, mean in zip(size.units, means, strict=True)]
    if fail:
        for side in drawn[1::2]:
            side.scores[:] -= BELOW * (generator.random(len(side.scores)) < FAIL)
        means[1::2] -= FAIL * BELOW
    contrasts = np.zeros((len(size.pairs), len(drawn)))
    for row, (first, second, _) in zip(contrasts, size.pairs, strict=True):
        row[first], row[second] = 1.0, -1.0
    known, units = moderated.spreads(drawn), np.array(size.units)
    sample = np.array([sides.sample_variance(drawn, contrast) for contrast in contrasts])
    estimate = contrasts @ np.array([side.mean for side in drawn])
    scores = [side.scores for side in drawn]
    worse = [min(drawn[one].mean, drawn[two].mean) for one, two, _ in size.pairs]
    fell = failing.falls(scores, worse)
    return contrasts @ means, estimate, mixtures.errors(known, units, contrasts, sample), fell


def _side(units: int, mean: float, size: Size, generator: np.random.Generator) -> sides.Side:
    spread = size.spread * np.exp(generator.normal(0, DIFFER))
    late = generator.random(units) < size.late
    luck = spread * (generator.normal(size=units) + BEHIND * (size.late - late))
    # Beside the luck of a typical number of units.
    sample = size.share / (1 - size.share) * size.spread**2 / float(np.median(size.units))
    taste = generator.normal(0, np.sqrt(sample * EXAMPLES), EXAMPLES)
    return sides.Side(mean + luck + taste.mean(), taste - taste.mean())
