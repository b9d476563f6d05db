"""How often a study's report is wrong, measured for this study.

Two ways, and both go through the functions that judge a study. *Simulated studies* have its tasks,
pairs, families and seeds, its typical spreads in margins and its example shares, and truths that
are known (:mod:`.nulls`). And lstm under several names, on *its own runs*, cannot differ from
itself, and an effect that is planted there is known.

Of own runs names draw their seeds with replacement from all runs, each by itself, because eight
disjoint sets of runs are seldom at hand, and see one test sample, which is drawn anew in every
trial. Planted effects fall on a random tenth of the examples, ten times as large there, so that the
luck of the sample is in the difference, and coverage and power answer for it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from statsmodels.stats.proportion import proportion_confint
from threadpoolctl import threadpool_limits

from gatewise.report.names import REFERENCE
from gatewise.report.reading import runs as of_runs
from gatewise.report.reading.calibration import COLUMNS
from gatewise.report.reading.results import Results
from gatewise.report.statistics import families, mixtures, moderated, nulls, sides
from gatewise.report.statistics.effects import Array
from gatewise.report.statistics.families import DIRECTIONS, Verdicts
from gatewise.report.statistics.nulls import Size
from gatewise.report.statistics.race import LOOKS
from gatewise.report.tables.verdicts import CONFIRMATORY

NAMES = 7
"""Further names of lstm, each compared with the first."""
EFFECTS = (0.5, 1.0, 2.0)
"""Planted effects, in margins."""
SPREAD = 10
"""An effect falls on one example in so many, and is so many times as large there."""
USUAL_SHARE = 0.1
"""The example share of simulated studies where a study's own is unknown."""
MOST_SHARE = 0.9
WHOLE = "the whole study, simulated"

FALSE, DISCOVERIES, DECIDED = "false certain", "false probable", "decided"
FAILING_FALSE, FAILING_DECIDED = "false certain, failing", "decided, failing"
RACED_FALSE, RACED_DECIDED = "false in a race", "decided in a race"
FAMILY, COVERAGE, POWER = "A/A", "coverage", "power"
MEASURES = {
    FALSE: "studies in which anything certain is false",
    DISCOVERIES: "statements called probable that are false, mean over studies",
    DECIDED: "confirmatory comparisons that are certain",
    FAILING_FALSE: "studies in which anything certain is false, where every second architecture "
    "fails in one run of ten",
    FAILING_DECIDED: "confirmatory comparisons that are certain, likewise",
    RACED_FALSE: "races of each architecture against one in which anything decided is false",
    RACED_DECIDED: "comparisons that such a race decides",
    FAMILY: "families with any false difference, lstm under eight names",
    COVERAGE: "families whose intervals all hold the planted effect",
    POWER: "planted effects found to be a difference in the right direction",
}
RACED = 5
"""Of so many trials one is also raced, which takes about as many times as long."""
SCENARIOS = {0.0: (0.0,), 1.0: (0.0, 1.0), 2.0: (0.0, 2.0)}
"""By planted difference, in margins, what an architecture's true mean is drawn from."""


class TooFewRuns(ValueError):
    """A number of seeds or trials to calibrate with that is out of range."""


@dataclass(frozen=True)
class Runs:
    """One task's runs of lstm.

    ``scores [runs]``, turned so that more is better; ``sums [runs, examples]`` (turned as well) and
    ``weights [examples]`` as in :class:`.scores.Examples`, or None.
    """

    task: str
    margin: float
    scores: Array
    sums: Array | None
    weights: Array | None


# For the same reason as of whoever judges: rates are to be the same on any number of cores.
@threadpool_limits.wrap(limits=1)
def calibrate(
    results: Results,
    verdicts: pd.DataFrame,
    generator: np.random.Generator,
    seeds: int = 5,
    resamples: int = 1000,
) -> pd.DataFrame:
    """Error rates, coverage and power of a study's verdicts.

    Args:
        results, verdicts: of the study, :func:`.verdicts.verdicts`.
        generator: of what is drawn.
        seeds: of each name of lstm; tasks with fewer than twice as many of its runs are left out.
        resamples: trials of each rate.

    Returns:
        Columns task (or :data:`WHOLE`), measure (a key of :data:`MEASURES`), effect (planted, in
        margins), seeds (the least of a side), runs (of lstm; of the study; the mean of races),
        examples (0: their scores are unknown), trials, rate, and low and high, its 95% interval
        (Wilson) over trials.

    Raises:
        TooFewRuns: ``seeds`` is below 2, or ``resamples`` below 1.
    """
    for name, value, least in (("seeds", seeds, 2), ("resamples", resamples, 1)):
        if value < least:
            raise TooFewRuns(f"{name}={value!r}: allowed are whole numbers from {least}")
    rows = list(_whole(sizes(results, verdicts), generator, resamples))
    for runs in reference_runs(results, 2 * seeds):
        rows += _own(runs, generator, seeds, resamples)
    return pd.DataFrame(rows, columns=list(COLUMNS))


# --- Simulated studies -----------------------------------------------------------------------


def sizes(results: Results, verdicts: pd.DataFrame) -> list[Size]:
    """How large a study is at its leading way of matching, task by task."""
    leading = verdicts[verdicts["match"] == results.matches[0]]
    found = []
    for task, mine in results.matched(results.matches[0]).groupby("task", sort=False):
        rows = leading[leading["task"] == task]
        known = of_runs.of_task(mine, None)
        places = {name: k for k, name in enumerate(known.sides)}
        pairs = tuple(
            (places[r.architecture], places[r.reference], r.family == CONFIRMATORY)
            for r in rows.itertuples()
        )
        share = rows["example_share"].median() if rows["example_share"].notna().any() else None
        spread = np.sqrt(np.nanmedian(known.known.variance)) / float(mine["margin"].iloc[0])
        if pairs and np.isfinite(spread):
            share = USUAL_SHARE if share is None else min(float(share), MOST_SHARE)
            found.append(Size(tuple(map(int, known.units)), pairs, float(spread), share))
    return found


def _whole(
    found: list[Size], generator: np.random.Generator, trials: int
) -> Iterator[dict[str, Any]]:
    if not found:
        return
    runs = sum(sum(size.units) for size in found)
    seeds = min(min(size.units) for size in found)
    for effect, means in SCENARIOS.items():
        told = [nulls.simulated(found, means, generator) for _ in range(trials)]
        hits = {
            FALSE: sum(one.certain_false > 0 for one in told),
            DISCOVERIES: sum(one.probable_false / max(one.probable, 1) for one in told),
            DECIDED: sum(one.certain / max(one.confirmatory, 1) for one in told),
        }
        for measure, hit in hits.items():
            yield _row((WHOLE, measure, effect, seeds, runs, 0), hit, trials)
        failed = [nulls.simulated(found, means, generator, fail=True) for _ in range(trials)]
        hits = {
            FAILING_FALSE: sum(one.certain_false > 0 for one in failed),
            FAILING_DECIDED: sum(one.certain / max(one.confirmatory, 1) for one in failed),
        }
        for measure, hit in hits.items():
            yield _row((WHOLE, measure, effect, seeds, runs, 0), hit, trials)
        races = [nulls.raced(found, means, generator) for _ in range(-(-trials // RACED))]
        place = LOOKS[0], round(float(np.mean([one.runs for one in races]))), 0
        wrong = sum(one.decided_false > 0 for one in races)
        yield _row((WHOLE, RACED_FALSE, effect, *place), wrong, len(races))
        told_of = sum(one.decided / one.pairs for one in races)
        yield _row((WHOLE, RACED_DECIDED, effect, *place), told_of, len(races))


# --- The study's own runs --------------------------------------------------------------------


def reference_runs(results: Results, least: int) -> list[Runs]:
    """The final runs of lstm, task by task; tasks with fewer than ``least`` are left out."""
    found = []
    main = results.main[results.main["architecture"] == REFERENCE]
    for task, mine in main.groupby("task", sort=False):
        if len(mine) < least:
            continue
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
    return found


def _own(
    runs: Runs, generator: np.random.Generator, seeds: int, trials: int
) -> Iterator[dict[str, Any]]:
    examples = 0 if runs.sums is None else runs.sums.shape[1]

    def row(measure: str, effect: float, hits: float) -> dict[str, Any]:
        place = (runs.task, measure, effect, seeds, len(runs.scores), examples)
        return _row(place, hits, trials)

    for effect in (0.0, *EFFECTS):
        told = [family(runs, effect, generator, seeds) for _ in range(trials)]
        if not effect:
            yield row(FAMILY, 0.0, sum(bool(np.isin(t.statement, DIRECTIONS).any()) for t in told))
            continue
        held = [bool(((t.low <= effect) & (effect <= t.high)).all()) for t in told]
        yield row(COVERAGE, effect, sum(held))
        yield row(POWER, effect, sum(float((t.low > 0).mean()) for t in told))


def family(runs: Runs, effect: float, generator: np.random.Generator, seeds: int) -> Verdicts:
    """lstm under :data:`NAMES` further names, each better by a planted effect, in margins."""
    drawn = generator.integers(0, len(runs.scores), (1 + NAMES, seeds))
    gain = effect * runs.margin
    found = _names(runs, drawn, gain, generator)
    contrasts = np.hstack([-np.ones((NAMES, 1)), np.eye(NAMES)])
    known, units = moderated.spreads(found), np.full(1 + NAMES, seeds)
    sample = np.array([sides.sample_variance(found, contrast) for contrast in contrasts])
    errors = mixtures.errors(known, units, contrasts, sample)
    estimate = contrasts @ np.array([side.mean for side in found])
    return families.together(estimate / runs.margin, errors.over(np.full(NAMES, runs.margin)))


def _names(
    runs: Runs, drawn: Array, gain: float, generator: np.random.Generator
) -> list[sides.Side]:
    """The names' runs ``drawn [names, seeds]``; all but the first are better by ``gain``."""
    gains = [0.0, *[gain] * NAMES]
    if runs.sums is None or runs.weights is None:
        return [sides.plain(runs.scores[d] + g) for d, g in zip(drawn, gains, strict=True)]
    sample = generator.integers(0, runs.sums.shape[1], runs.sums.shape[1])
    weights, sums = runs.weights[sample], runs.sums[:, sample]
    found = []
    for mine, more in zip(drawn, gains, strict=True):
        hit = generator.random(len(sample)) < 1 / SPREAD
        found.append(sides.of_examples(sums[mine] + SPREAD * more * weights * hit, weights))
    return found


def _row(place: tuple[Any, ...], hits: float, trials: int) -> dict[str, Any]:
    names = ("task", "measure", "effect", "seeds", "runs", "examples")
    low, high = proportion_confint(hits, trials, method="wilson")
    rates = {"trials": trials, "rate": hits / trials, "low": float(low), "high": float(high)}
    return dict(zip(names, place, strict=True)) | rates
