"""How often races are wrong and what they cost: the tables of docs/verdicts.md.

    python -m docs.races null --studies 1200
    python -m docs.races null --studies 1200 --last 8
    python -m docs.races cost --studies 100

``null`` simulates whole races with known truths (:mod:`gatewise.report.statistics.nulls`).
``cost`` simulates studies like the reference study's first edition: each task and architecture has
the mean, spread and CPU time that it had there, and the comparisons of gates with lstm are decided
by a race, or by the same number of seeds for all.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
from statsmodels.stats.proportion import proportion_confint

from gatewise.report.names import REFERENCE
from gatewise.report.reading import results
from gatewise.report.statistics import families, mixtures, moderated, nulls, race, sides
from gatewise.report.statistics.effects import Array
from gatewise.report.statistics.mixtures import Errors
from gatewise.report.statistics.nulls import Size
from gatewise.report.statistics.race import Measured

COMMITTED = Path(__file__).parents[1] / "results" / "first"
GATES = ("NIG", "NFG", "NOG", "NIG-NFG-NOG", "vanilla", "gru")
"""Each gate left out, no gate, and the two classics: what is asked on each task."""
SEEDS = (3, 5, 8, 12, 20, 32, 50)
EXAMPLES = 100


def sizes(
    tasks: int, pairs: int, share: float, spread: float = 1.0, late: float = nulls.LATE
) -> list[Size]:
    """Tasks alike; the test sample makes ``share`` of a variance at 8 seeds."""
    return [Size((8,) * (1 + pairs), (), spread, share, late)] * tasks


SCENARIOS: dict[str, tuple[list[Size], tuple[float, ...]]] = {
    "share 0.0": (sizes(6, 6, 0.0, late=0), (0.0,)),
    "share 0.1": (sizes(6, 6, 0.1, late=0), (0.0,)),
    "share 0.3": (sizes(6, 6, 0.3, late=0), (0.0,)),
    "share 0.7": (sizes(6, 6, 0.7, late=0), (0.0,)),
    "slow starters, share 0.0": (sizes(6, 6, 0.0), (0.0,)),
    "slow starters, share 0.1": (sizes(6, 6, 0.1), (0.0,)),
    "slow starters, share 0.7": (sizes(6, 6, 0.7), (0.0,)),
    "30 architectures": (sizes(5, 30, 0.1, late=0), (0.0,)),
    "one small family": (sizes(1, 7, 0.1, late=0), (0.0,)),
    "two architectures a task": (sizes(10, 2, 0.1, late=0), (0.0,)),
    "two, slow starters": (sizes(10, 2, 0.1), (0.0,)),
    "differences of just a margin": (sizes(6, 6, 0.1, 0.5, late=0), (-1.0, 0.0, 1.0)),
    "wide margin, differences of it": (sizes(6, 6, 0.1, 0.2, late=0), (-1.0, 0.0, 1.0)),
    "power: none or two margins": (sizes(6, 6, 0.1, late=0), (-2.0, 0.0, 2.0)),
}


def null(studies: int, seed: int, last: int) -> None:
    """Print a line a scenario, of races to ``last`` seeds."""
    print("| scenario | pairs | races with a false statement | at most | decided | runs a pair |")
    print("|---|---|---|---|---|---|")
    for name, (tasks, effects) in SCENARIOS.items():
        generator = np.random.default_rng([seed, *name.encode()])
        told = [nulls.raced(tasks, effects, generator, last) for _ in range(studies)]
        wrong = sum(one.decided_false > 0 for one in told)
        _, most = proportion_confint(wrong, studies, method="wilson")
        pairs = told[0].pairs
        decided, runs = (
            np.mean([getattr(t, n) for t in told]) / pairs for n in ("decided", "runs")
        )
        line = f"{wrong / studies:.3f} | {most:.3f} | {decided:.2f} | {runs:.1f}"
        print(f"| {name} | {pairs} | {line} |", flush=True)


class Committed:
    """One task as it was in the committed study; the reference comes first.

    ``means``, ``spreads`` in margins and ``seconds`` of CPU a run are ``[1 + n]``.
    """

    def __init__(self, runs: pd.DataFrame) -> None:
        sign = 1.0 if runs["higher_is_better"].iloc[0] else -1.0
        runs = runs.assign(score=sign * runs["test_score"] / runs["margin"])
        names = [REFERENCE, *(n for n in GATES if n in set(runs["architecture"]))]
        groups = runs.groupby("architecture")
        self.means = groups["score"].mean()[names].to_numpy()
        self.spreads = groups["score"].std()[names].to_numpy()
        self.seconds = groups["cpu_seconds"].mean()[names].to_numpy()
        self.pairs = len(names) - 1
        self.contrasts = np.hstack([-np.ones((self.pairs, 1)), np.eye(self.pairs)])

    @property
    def truth(self) -> Array:
        found: Array = self.contrasts @ self.means
        return found

    def drawn(self, generator: np.random.Generator, seeds: Array, share: float) -> race.Measure:
        """A study's runs, ``seeds [1 + n]`` of each side, as a race measures them."""
        sample = share / (1 - share) * float(np.median(self.spreads)) ** 2 / 8
        every = []
        for mean, spread, n in zip(self.means, self.spreads, seeds, strict=True):
            taste = generator.normal(0, np.sqrt(sample * EXAMPLES), EXAMPLES)
            luck = generator.normal(mean, spread, int(n)) + taste.mean()
            every.append(sides.Side(luck, taste - taste.mean()))
        apart = np.array([sides.sample_variance(every, row) for row in self.contrasts])

        def measure(count: Array) -> Measured:
            seen = [sides.Side(s.scores[:n], s.taste) for s, n in zip(every, count, strict=True)]
            errors = mixtures.errors(moderated.spreads(seen, 0.01), count, self.contrasts, apart)
            return Measured(self.contrasts @ [side.mean for side in seen], errors, apart)

        return measure


Cost = tuple[int, int, float]
"""Comparisons decided, those of them falsely, and CPU seconds."""


def fixed(
    tasks: list[Committed], seeds: int, root: bool, generator: np.random.Generator, share: float
) -> Cost:
    """A study of so many seeds for all, of the reference √k times as many if ``root``."""
    told, cost, truth = [], 0.0, np.concatenate([task.truth for task in tasks])
    for task in tasks:
        shared = race.reference_seeds(seeds, task.pairs) if root else seeds
        count = np.array([shared, *[seeds] * task.pairs])
        told.append(task.drawn(generator, count, share)(count))
        cost += float(count @ task.seconds)
    errors = Errors.joined([one.errors for one in told])
    said = families.together(np.concatenate([one.estimate for one in told]), errors).statement
    return int((said != families.UNKNOWN).sum()), int(nulls.false(said, truth).sum()), cost


def raced(tasks: list[Committed], last: int, generator: np.random.Generator, share: float) -> Cost:
    """A race that is planned for at most ``last`` seeds."""
    family, decided, wrong, cost = sum(task.pairs for task in tasks), 0, 0, 0.0
    for task in tasks:
        count = np.array([race.reference_seeds(last, task.pairs), *[last] * task.pairs])
        found = race.race(task.drawn(generator, count, share), count, family, last)
        decided += int((found.state == race.DECIDED).sum())
        wrong += int(nulls.false(found.verdicts.statement, task.truth).sum())
        cost += float(np.minimum(found.wanted, count) @ task.seconds)
    return decided, wrong, cost


def designs(tasks: list[Committed], studies: int, share: float) -> Iterator[tuple[str, Array]]:
    """By design the mean of what it decides, says falsely and costs."""
    for seeds in SEEDS:
        for root in (False, True):
            generator = np.random.default_rng(seeds)
            every = [fixed(tasks, seeds, root, generator, share) for _ in range(studies)]
            yield f"{seeds} seeds{', √k of lstm' * root}", np.mean(every, axis=0)
    for last in race.LOOKS:
        generator = np.random.default_rng(last)
        told = [raced(tasks, last, generator, share) for _ in range(studies)]
        yield f"race to {last}", np.mean(told, axis=0)


def cost(studies: int, share: float) -> None:
    """Print a line a design, and what the race costs beside a fixed one that decides as many."""
    main = results.read(COMMITTED).main
    tasks = [Committed(mine) for _, mine in main.groupby("task", sort=False)]
    tasks = [task for task in tasks if task.pairs > 1]
    pairs = sum(task.pairs for task in tasks)
    print(f"| {pairs} pairs of {len(tasks)} tasks, share {share} | decided | false | CPU hours |")
    print("|---|---|---|---|")
    plain: list[tuple[float, float]] = []
    for name, (decided, wrong, seconds) in designs(tasks, studies, share):
        print(
            f"| {name} | {decided / pairs:.3f} | {wrong:.3f} | {seconds / 3600:.2f} |", flush=True
        )
        if name.endswith("seeds"):
            plain.append((decided, seconds))
    part = seconds / np.interp(decided, *np.array(plain).T)
    print(f"\nthe race costs {part:.0%} of the plain design that decides as many")


def main() -> None:
    parser = argparse.ArgumentParser(description="How often races are wrong, and what they cost.")
    parser.add_argument("which", choices=("null", "cost"))
    parser.add_argument("--studies", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--share", type=float, default=0.1)
    parser.add_argument("--last", type=int, default=race.LOOKS[-1])
    given = parser.parse_args()
    if given.which == "null":
        null(given.studies, given.seed, given.last)
    else:
        cost(given.studies, given.share)


if __name__ == "__main__":
    main()
