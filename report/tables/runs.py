"""One task's final runs, and contrasts of its architectures at equal seeds."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TypeAlias

import numpy as np
import pandas as pd

from gatewise.report.reading.scores import Examples
from gatewise.report.statistics.bootstrap import bootstrap_interval, two_way_interval
from gatewise.report.statistics.effects import (
    Array,
    Effect,
    Interval,
    over_seeds,
    over_seeds_and_examples,
)

Contrast: TypeAlias = Mapping[str, float]
"""A linear combination of architectures: the coefficient of each one's score."""


class TaskRuns:
    """One task's final runs, and contrasts of its architectures at equal seeds.

    Args:
        runs: rows of ``runs.csv`` of one task and one way of matching.
        examples: what they scored on every test example, None where that is unknown.
        generator: draws seeds anew for the bootstrap.
    """

    def __init__(
        self, runs: pd.DataFrame, examples: Examples | None, generator: np.random.Generator
    ) -> None:
        table = runs.pivot(index="seed", columns="architecture", values="test_score")
        self.scores = {str(name): table[name].to_numpy(float) for name in table}
        """By architecture the score at each seed, NaN where it did not run."""
        self.examples, self.generator = examples, generator
        if examples is not None:
            places = runs["experiment"].map(dict(examples.places))
            table = runs.assign(place=places).pivot(
                index="seed", columns="architecture", values="place"
            )
            self.places = {str(n): table[n].fillna(-1).to_numpy(int) for n in table}

    def seeds(self, contrast: Iterable[str]) -> Array:
        """Which seeds have a run of every architecture of the contrast, as a mask."""
        ran: Array = ~np.isnan(sum(self.scores[name] for name in contrast))
        return ran

    def at(self, contrast: Contrast) -> Array:
        """The contrast's value at each of its seeds."""
        seeds = self.seeds(contrast)
        return _combined(contrast, lambda name: self.scores[name][seeds])

    def effect(self, contrast: Contrast) -> Effect:
        """The contrast over seeds, and over test examples where they are known."""
        if self.examples is None:
            return over_seeds(self.at(contrast))
        sums, seeds = self.examples.sums, self.seeds(contrast)
        return over_seeds_and_examples(
            _combined(contrast, lambda name: sums[self.places[name][seeds]]),
            self.examples.weights,
        )

    def bootstrap(self, contrast: Contrast, estimate: float) -> Interval:
        """Its bootstrap interval: of both together, or BCa over seeds alone."""
        seeds = self.seeds(contrast)
        if seeds.sum() < 2:
            return Interval(estimate, np.nan, np.nan)
        if self.examples is None:
            return bootstrap_interval(self.at(contrast), self.generator)
        every = self.examples.drawn
        drawn = _combined(contrast, lambda name: every[:, self.places[name][seeds]])
        return two_way_interval(drawn, self.generator, estimate)


def _combined(contrast: Contrast, values: Callable[[str], Array]) -> Array:
    """The contrast's sum of coefficient × values."""
    total: Array = np.add.reduce([c * values(n) for n, c in contrast.items()])
    return total
