"""What test folds that rotate with the seed would gain: the table of docs/verdicts.md.

    python -m docs.folds measured results/quick sentiment
    python -m docs.folds planted

``measured`` reads what a study's runs scored on every test example and says how much smaller the
standard error of a difference would be if seed s tested on fold s mod K. It is the most that can be
gained: training on other examples in each fold adds luck of its own, which is taken to be none.
``planted`` holds the formula against simulated studies of both designs with known variances.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from gatewise.report.names import ABLATIONS, REFERENCE
from gatewise.report.reading import results
from gatewise.report.reading import runs as of_runs
from gatewise.report.statistics import sides

SEEDS = (5, 8, 20)
FOLDS = ((4, 2000), (5, 1500))
"""How many and how large: with 1,000 sentences to validate on and 1,500 or 2,000 for the search."""


@dataclass(frozen=True)
class Parts:
    """The variances of a difference of two means: of seeds ``a``, of examples ``b`` and of both
    together ``c``, each of one seed and one example, summed over the two sides."""

    a: float
    b: float
    c: float

    def variance(self, seeds: int, size: int, folds: int = 1) -> float:
        """(σa² + σc²/E)/S + σb²/E Σ_k (S_k/S)²: E examples a fold, S_k of S seeds in fold k."""
        shares = np.bincount(np.arange(seeds) % folds) / seeds
        return float((self.a + self.c / size) / seeds + self.b / size * (shares**2).sum())

    def gain(self, seeds: int, now: int, folds: int, size: int) -> float:
        """By what share the standard error shrinks, from one split of ``now`` examples."""
        return float(1 - np.sqrt(self.variance(seeds, size, folds) / self.variance(seeds, now)))


def measured(folder: Path, task: str) -> None:
    """Print a line a gate: its removal against the reference."""
    read = results.read(folder)
    mine = read.main[read.main["task"] == task]
    scores = read.examples[task]
    now = int(mine["test_examples"].iloc[0])
    runs = of_runs.of_task(mine, scores)
    luck = dict(zip(runs.sides, runs.known.variance, strict=True))
    names = [name for name in (*ABLATIONS.values(), "gru") if name in runs.sides]
    print("| pair | seeds | example share | " + " | ".join(f"{k} × {n:,}" for k, n in FOLDS) + " |")
    for seeds in SEEDS:
        shares, gains = [], []
        for name in names:
            pair = [runs.sides[REFERENCE], runs.sides[name]]
            c = sum(len(side.scores) * side.noise for side in pair)
            a = max(0.0, luck[REFERENCE] + luck[name] - c / now)
            parts = Parts(a, sides.sample_variance(pair, np.array([1.0, -1.0])) * now, c)
            shares.append(parts.b / now / parts.variance(seeds, now))
            gains.append([parts.gain(seeds, now, k, n) for k, n in FOLDS])
            _line(f"{REFERENCE}, {name}", seeds, shares[-1], gains[-1])
        _line("mean", seeds, float(np.mean(shares)), np.mean(gains, axis=0).tolist())


def _line(pair: str, seeds: int, share: float, gains: list[float]) -> None:
    print(f"| {pair} | {seeds} | {share:.2f} | " + " | ".join(f"{g:.1%}" for g in gains) + " |")


def planted(studies: int, seed: int) -> None:
    """Print standard errors by the formula, and of simulated differences, for both designs."""
    generator, parts = np.random.default_rng(seed), Parts(a=0.5, b=60.0, c=40.0)
    print("| seeds | folds × examples | by the formula | simulated |")
    for seeds in SEEDS:
        for folds, size in ((1, 200), (4, 200), (5, 150)):
            drawn = [_difference(parts, seeds, folds, size, generator) for _ in range(studies)]
            formula = np.sqrt(parts.variance(seeds, size, folds))
            print(f"| {seeds} | {folds} × {size} | {formula:.3f} | {np.std(drawn):.3f} |")


def _difference(
    parts: Parts, seeds: int, folds: int, size: int, generator: np.random.Generator
) -> float:
    """A difference of means whose truth is 0: seed s is tested on fold s mod K."""
    taste = generator.normal(0, np.sqrt(parts.b), (folds, size))
    tested = taste[np.arange(seeds) % folds]
    noise = generator.normal(0, np.sqrt(parts.c), (seeds, size))
    luck = generator.normal(0, np.sqrt(parts.a), seeds)
    return float(np.mean(luck + (tested + noise).mean(axis=1)))


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    tables = parser.add_subparsers(dest="table", required=True)
    real = tables.add_parser("measured")
    real.add_argument("folder", type=Path)
    real.add_argument("task")
    drawn = tables.add_parser("planted")
    drawn.add_argument("--studies", type=int, default=2000)
    drawn.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    if asked.table == "planted":
        planted(asked.studies, asked.seed)
    else:
        measured(asked.folder, asked.task)


if __name__ == "__main__":
    main()
