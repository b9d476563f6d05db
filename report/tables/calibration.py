"""The benchmark's own error rates, on its own runs of lstm.

One architecture under several names cannot differ from itself: whatever the pipeline calls a
difference there is false, and an effect that is planted is known. Every number here goes through
the functions that judge a study (:func:`.effects.over_seeds_and_examples` and
:func:`.families.judge`).

**What is exchangeable.** Seeds: which of two disjoint halves of the runs is called A and which B is
a toss, on any test set, so that an A/A difference has mean 0 whatever the test set is. All names
share one test set and so its luck cancels: A/A alone would not notice an error made for the test
sample, even if it is drawn anew. So the test sample is drawn anew in every trial *and* planted
effects fall on a random tenth of the examples, ten times as large there: the luck of the sample is
then in the difference, and coverage and power answer for it.

**What stands for what.** In pairs the two halves are disjoint runs. Families and planted effects
draw their seeds with replacement from all runs, each name by itself, because eight disjoint sets of
runs are seldom at hand; that is exact for the distribution that the runs make up. Runs of different
seeds are compared where a study compares equal ones, so that power here is that of unpaired runs, a
lower bound where equal seeds go together.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from statsmodels.stats.proportion import proportion_confint

from gatewise.report.names import REFERENCE
from gatewise.report.reading.results import Results
from gatewise.report.statistics import power as powers
from gatewise.report.statistics.effects import (
    LEVEL,
    Array,
    Effect,
    over_seeds,
    over_seeds_and_examples,
)
from gatewise.report.statistics.families import DIFFERENT, judge

FAMILY = 7
EFFECTS = (0.5, 1.0, 2.0)
"""Planted effects, in margins."""
SPREAD = 10
"""An effect falls on one example in so many, and is so many times as large there."""

PAIR, FAMILYWISE = "A/A, a pair", "A/A, any in a family of 7 after Holm"
COVERAGE, POWER = "coverage", "power"
SEEDS = "seeds for power 0.8"
MEASURES = {
    PAIR: "false verdicts of a difference, one architecture under two names",
    FAMILYWISE: "families with any false difference, one architecture under eight names",
    COVERAGE: "95% intervals that hold the planted effect",
    POWER: "planted effects found to be a difference in the right direction",
    SEEDS: "seeds at which the power is 0.8",
}


class TooFewRuns(ValueError):
    """A study with too few runs of lstm to calibrate on."""


@dataclass(frozen=True)
class Runs:
    """One task's runs of one architecture.

    ``scores [runs]``, turned so that more is better; ``sums [runs, examples]`` (turned as well) and
    ``weights [examples]`` as in :class:`.scores.Examples`, or None.
    """

    task: str
    margin: float
    scores: Array
    sums: Array | None
    weights: Array | None


def calibrate(
    results: Results, generator: np.random.Generator, seeds: int = 5, resamples: int = 1000
) -> pd.DataFrame:
    """Error rates, coverage and power of a study's pipeline on its runs of lstm, task by task.

    Returns:
        Columns task, measure (a key of :data:`MEASURES`), effect (planted, in margins; NaN where
        none is), seeds, runs (of lstm, from which seeds were drawn), examples (0: their scores are
        unknown and seeds alone vary), trials, rate, and low and high, its 95% interval (Wilson)
        over trials; where ``measure`` is seeds, ``rate`` is their number.

    Raises:
        TooFewRuns: no task has ``2 * seeds`` runs of lstm, ``seeds`` is below 2, or ``resamples``
            below 1.
    """
    if seeds < 2:
        raise TooFewRuns(f"seeds={seeds!r}: allowed are whole numbers from 2")
    if resamples < 1:
        raise TooFewRuns(f"resamples={resamples!r}: allowed are whole numbers from 1")
    tasks = reference_runs(results, 2 * seeds)
    rows = [row for runs in tasks for row in _task(runs, generator, seeds, resamples)]
    return pd.DataFrame(rows)


def reference_runs(results: Results, least: int) -> list[Runs]:
    """The final runs of lstm, task by task; tasks with fewer than ``least`` are left out.

    Raises:
        TooFewRuns: no task has so many.
    """
    found = []
    counts = dict.fromkeys(results.tasks, 0)
    main = results.main[results.main["architecture"] == REFERENCE]
    for task, mine in main.groupby("task", sort=False):
        counts[str(task)] = len(mine)
        sign = 1.0 if mine["higher_is_better"].iloc[0] else -1.0
        examples = results.examples.get(str(task))
        places = [] if examples is None else [examples.places[e] for e in mine["experiment"]]
        found.append(
            Runs(
                task=str(task),
                margin=float(mine["margin"].iloc[0]),
                scores=sign * mine["test_score"].to_numpy(),
                sums=None if examples is None else sign * examples.sums[places],
                weights=None if examples is None else examples.weights,
            )
        )
    enough = [runs for runs in found if len(runs.scores) >= least]
    if not enough:
        task, count = max(counts.items(), key=lambda item: item[1])
        raise TooFewRuns(
            f"final runs of {REFERENCE} on {task!r}: {count}; allowed are {least} or more"
        )
    return enough


def _task(
    runs: Runs, generator: np.random.Generator, seeds: int, resamples: int
) -> Iterator[dict[str, object]]:
    count = len(runs.scores)

    def row(measure: str, hits: int, effect: float = np.nan) -> dict[str, object]:
        low, high = proportion_confint(hits, resamples, method="wilson")
        return _row(runs, measure, seeds, effect) | {
            "trials": resamples,
            "rate": hits / resamples,
            "low": float(low),
            "high": float(high),
        }

    def halves() -> list[Effect]:
        drawn = generator.permutation(count)
        return [_difference(runs, drawn[:seeds], drawn[seeds : 2 * seeds], generator)]

    yield row(PAIR, _false(halves, runs.margin, resamples))

    def family() -> list[Effect]:
        reference, *others = generator.integers(0, count, (1 + FAMILY, seeds))
        sample = _sample(runs, generator)
        return [_difference(runs, other, reference, generator, sample) for other in others]

    yield row(FAMILYWISE, _false(family, runs.margin, resamples))
    for effect in EFFECTS:
        covered = found = 0
        for _ in range(resamples):
            one, other = generator.integers(0, count, (2, seeds))
            planted = _difference(runs, one, other, generator, plant=effect * runs.margin)
            judged = judge([planted], np.array([runs.margin]))
            covered += bool(judged["low"][0] <= effect * runs.margin <= judged["high"][0])
            found += judged["p"][0] < 1 - LEVEL and judged["difference"][0] > 0
        yield row(COVERAGE, covered, effect)
        yield row(POWER, found, effect)
        needed = seeds_for_power(runs, effect * runs.margin)
        yield _row(runs, SEEDS, seeds, effect) | {"trials": 0, "rate": needed}


def _row(runs: Runs, measure: str, seeds: int, effect: float) -> dict[str, object]:
    return {
        "task": runs.task,
        "measure": measure,
        "effect": effect,
        "seeds": seeds,
        "runs": len(runs.scores),
        "examples": 0 if runs.sums is None else runs.sums.shape[1],
    }


def _false(draw: Callable[[], Sequence[Effect]], margin: float, resamples: int) -> int:
    """How many families of A/A differences hold a verdict of a difference."""
    hits = 0
    for _ in range(resamples):
        effects = draw()
        judged = judge(effects, np.full(len(effects), margin))
        hits += any(said in DIFFERENT for said in judged["verdict"])
    return hits


def _sample(runs: Runs, generator: np.random.Generator) -> Array | None:
    """Test examples drawn anew, with replacement."""
    if runs.sums is None:
        return None
    examples = runs.sums.shape[1]
    return generator.integers(0, examples, examples)


def _difference(
    runs: Runs,
    first: Array,
    second: Array,
    generator: np.random.Generator,
    sample: Array | None = None,
    plant: float = 0.0,
) -> Effect:
    """The paired difference of the runs ``first [seeds]`` and ``second``, with a planted effect."""
    if runs.sums is None or runs.weights is None:
        return over_seeds(runs.scores[first] - runs.scores[second] + plant)
    drawn = _sample(runs, generator) if sample is None else sample
    assert drawn is not None
    weights = runs.weights[drawn]
    gap = runs.sums[np.ix_(first, drawn)] - runs.sums[np.ix_(second, drawn)]
    if plant:
        gap = gap + SPREAD * plant * weights * (generator.random(len(drawn)) < 1 / SPREAD)
    return over_seeds_and_examples(gap, weights)


def seeds_for_power(runs: Runs, effect: float, power: float = powers.POWER) -> float:
    """How many seeds find an effect with probability ``power`` in an uncorrected comparison.

    From the variances of all runs: those of a difference of two independent runs, and of an effect
    that falls on one example in :data:`SPREAD`.
    """
    known = over_seeds(runs.scores)
    example_variance, examples = 0.0, 0
    if runs.weights is not None:
        share = runs.weights / runs.weights.sum(dtype=float)
        example_variance = effect**2 * (SPREAD - 1) * float(share @ share)
        examples = len(runs.weights)
    one = Effect(effect, known.seeds, 2 * known.seed_variance, example_variance, examples)
    if one.error == 0:
        return 2.0

    def enough(seeds: int) -> bool:
        return powers.difference_power(one.at(seeds), 1 - LEVEL) >= power

    return powers.first_number(enough, least=2)
