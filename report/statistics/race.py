"""A race: pairs are looked at after a few numbers of seeds, and leave it when they are decided.

All pairs of a task share one side, the reference. At each look every pair that still runs is
judged at a level which that look can afford, so that all looks together spend its share of the
family's error. Intervals are repeated confidence intervals (Jennison and Turnbull 1989, J. R.
Statist. Soc. B 51:305): they hold at all looks together, whenever one stops and for whatever
reason, so that a race may be left and gone on with. What a pair that has left did not spend is not
given to the others: it may, on other draws, be the one that is spoken of falsely.

A race is a function of its runs: the look that a pair has come to follows from which seeds are
there, however and in what order they came.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import TypeAlias

import numpy as np
from scipy import special

from gatewise.report.statistics import families
from gatewise.report.statistics.effects import LEVEL, Array
from gatewise.report.statistics.families import UNKNOWN, Verdicts
from gatewise.report.statistics.mixtures import Errors

LOOKS = (3, 5, 8, 12, 20, 32, 50)
"""Seeds of a pair's architecture at each look of the longest race."""
SPENT = (0.008, 0.032, 0.112, 0.176, 0.2, 0.16, 0.112)
"""The part of its error that each of them may spend: few seeds seldom decide whatever they are
given, and are what runs that fail by chance deceive most. A fifth is kept back: where a task has
two architectures beside the reference and single runs fail, races that spent all of it were wrong
in 5.3% of 1,100. A shorter race has the first of these looks, and shares evenly among them what the
others would have spent: it has no later look to keep it for."""
GIVE_UP = 0.1
"""A pair is given up where the last look would decide it with a smaller probability than this."""
FIRST = 0.5
"""What a pair's first look is taken to decide with, before anything is known of it."""
POINTS, WIDEST = 401, 12.0
"""Of the recursive integration, and the largest bound, in standard errors, that it looks for."""

RUNNING, DECIDED, GIVEN_UP, ENDED = "running", "decided", "given up", "undecided at the last look"
STATES = (RUNNING, DECIDED, GIVEN_UP, ENDED)
"""How it stands with a pair; in the last two it stays undecided."""


@dataclass(frozen=True)
class Look:
    """One look of a race: at so many ``seeds`` of each architecture, at a ``level``."""

    seeds: int
    level: float


@cache
def looks(last: int, alpha: float) -> tuple[Look, ...]:
    """The looks of a race to ``last`` seeds, whose levels together spend four fifths of ``alpha``.

    Error spending (Lan and DeMets 1983, Biometrika 70:659): with Brownian motion B(n) the bound b_j
    solves P(|B(n_i)| < b_i for all i < j, |B(n_j)| ≥ b_j) = spent_j α, by recursive integration
    (Armitage, McPherson and Rowe 1969). The level 2 Φ(-b_j/√n_j) is higher than what is spent, as
    looks see much the same runs. The test sample's part of an error, the same at all looks, makes
    them more alike, and the bounds safe.
    """
    seeds = (*(n for n in LOOKS if n < last), last)
    shared = sum(SPENT[len(seeds) :]) / len(seeds)
    found, before = [], 0
    place, density = np.zeros(1), np.ones(1)
    for n, part in zip(seeds, SPENT, strict=False):
        step = np.sqrt(n - before)
        bound = _bound(place, density, step, (part + shared) * alpha, WIDEST * np.sqrt(n))
        found.append(Look(n, float(2 * special.ndtr(-bound / np.sqrt(n)))))
        grid = np.linspace(-bound, bound, POINTS)
        kernel = np.exp(-(((grid[:, None] - place) / step) ** 2) / 2) / (step * np.sqrt(2 * np.pi))
        density = kernel @ density * (grid[1] - grid[0])
        place, before = grid, n
    return tuple(found)


def _bound(place: Array, density: Array, step: float, spent: float, high: float) -> float:
    """What ``density`` over ``place`` passes with probability ``spent`` after a normal step."""
    low = 0.0
    for _ in range(60):
        bound = (low + high) / 2
        out = special.ndtr((place - bound) / step) + special.ndtr((-place - bound) / step)
        low, high = (bound, high) if out @ density > spent else (low, bound)
    return high


def reference_seeds(seeds: int, pairs: int) -> int:
    """Seeds of the reference that ``pairs`` comparisons of ``seeds`` each share.

    √pairs times as many make all intervals shortest for the runs (Dunnett 1964, equal spreads).
    """
    return round(seeds * np.sqrt(pairs))


@dataclass(frozen=True)
class Measured:
    """What some runs say of a task's pairs, in margins; all of n entries.

    ``sample [n]`` is the part of the errors' variance that the test sample makes.
    """

    estimate: Array
    errors: Errors
    sample: Array


Measure: TypeAlias = Callable[[Array], Measured]
"""From how many seeds of each side ``[1 + n]`` count, the reference first, to what they say."""


@dataclass(frozen=True)
class Standing:
    """How a race stands on one task.

    state:
        ``[n]``, of each pair one of :data:`STATES`.
    looks:
        ``[n]``, how many looks it has passed; 0 leaves its verdict unknown.
    seeds:
        ``[n, 2]``, those of the architecture and of the reference at its last look.
    spent:
        ``[n]``, the level of its last look as a part of its error; of the first where there is
        none.
    estimate:
        ``[n]``, in margins, at its last look.
    verdicts:
        At its last look.
    ahead:
        Seeds of an architecture at the next look; at the last one where there is none.
    wanted:
        ``[1 + n]``, the seeds of each side, the reference first, that this look needs.
    likely:
        ``[n]``, how probable it is that this look decides a pair, as things stand; 0 of one that
        does not run. In what order looks are paid for may depend on it: they hold in any.
    """

    state: Array
    looks: Array
    seeds: Array
    spent: Array
    estimate: Array
    verdicts: Verdicts
    ahead: int
    wanted: Array
    likely: Array

    @property
    def over(self) -> bool:
        """Whether no further run would be looked at."""
        return not (self.state == RUNNING).any()


def race(
    measure: Measure, available: Array, family: int, last: int = LOOKS[-1], total: float = 1 - LEVEL
) -> Standing:
    """The race of one task's pairs, as far as its runs go.

    Args:
        measure: knows the scores; is asked about no more seeds than there are.
        available: ``[1 + n]``, seeds of each side that there are, the reference first.
        family: how many pairs share the error, on all tasks.
        last: seeds of an architecture at the last look.
        total: the family's error.
    """
    count = len(available) - 1
    state, passed = np.full(count, RUNNING, object), np.zeros(count, int)
    seeds, estimate = np.zeros((count, 2), int), np.full(count, np.nan)
    found = Verdicts(np.full(count, UNKNOWN, object), *np.full((3, count), np.nan))
    wanted, schedule = np.zeros(count + 1, int), looks(last, total / family)
    ahead, likely = schedule[0], np.full(count, FIRST)
    for look, later in zip(schedule, (*schedule[1:], schedule[-1]), strict=True):
        running = state == RUNNING
        if not running.any():
            break
        ahead, alpha = look, look.level
        wanted = _wanted(wanted, look.seeds, running)
        if (available < wanted).any():
            break
        told = measure(wanted)
        new = families.judge(told.estimate, told.errors, alpha)
        said = Verdicts(new.statement, np.minimum(1, new.p * total / alpha), new.low, new.high)
        for held, value in zip(vars(found).values(), vars(said).values(), strict=True):
            held[running] = value[running]
        estimate[running], seeds[running] = told.estimate[running], (look.seeds, wanted[0])
        passed[running] += 1
        likely = promise(told, later.level, look.seeds / later.seeds)
        hopeless = promise(told, schedule[-1].level, look.seeds / last) < GIVE_UP
        ended = np.full(count, look.seeds == last)
        after = [new.statement != UNKNOWN, ended, hopeless]
        state[running] = np.select(after, [DECIDED, ENDED, GIVEN_UP], RUNNING)[running]
    levels = np.array([look.level for look in schedule])
    spent = levels[np.maximum(passed - 1, 0)] * family / total
    likely = np.where(state == RUNNING, likely, 0.0)
    return Standing(state, passed, seeds, spent, estimate, found, ahead.seeds, wanted, likely)


def _wanted(before: Array, seeds: int, running: Array) -> Array:
    """Seeds of each side at a look of ``seeds``; a side never has fewer than before."""
    shared = reference_seeds(seeds, int(running.sum()))
    return np.maximum(before, np.concatenate([[shared], np.where(running, seeds, 0)]))


def promise(told: Measured, alpha: float, left: float) -> Array:
    """P ``[n]`` that a later look of level ``alpha`` decides a pair, from what is known now.

    The training's part T of the variance shrinks to T·``left`` = T n/n_later, the test sample's
    part S stays, and the spreads will be known well, so that the half width is then
    w = Φ⁻¹(1 - α/2) √(T left + S); the estimate will move by a normal of variance T (1 - left). A
    decision is |estimate| > w or |estimate| < 1 - w.
    """
    size, training = np.abs(told.estimate), np.maximum(told.errors.typical - told.sample, 0.0)
    width = -special.ndtri(alpha / 2) * np.sqrt(training * left + told.sample)
    move = np.maximum(np.sqrt(training * (1 - left)), 1e-12)

    def within(bound: Array) -> Array:
        chance: Array = special.ndtr((bound - size) / move) - special.ndtr((-bound - size) / move)
        return chance

    # Undecided is |estimate| between 1 - w and w; nothing is where the two cross.
    return 1 - np.maximum(0.0, within(width) - within(np.maximum(0.0, 1 - width)))
