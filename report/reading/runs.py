"""One task's final runs as sides of comparisons, and contrasts of its architectures."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import pandas as pd

from gatewise.report.reading.scores import Examples
from gatewise.report.statistics import mixtures, moderated, sides
from gatewise.report.statistics.effects import LEVEL, Array, Interval
from gatewise.report.statistics.mixtures import Errors
from gatewise.report.statistics.moderated import Spreads
from gatewise.report.statistics.sides import Side

Contrast: TypeAlias = Mapping[str, float]
"""A linear combination of architectures: the coefficient of each one's score."""

RESOLUTION = 0.01
"""In margins, the finest that a score is believed to be known where none of its kind is finer."""


@dataclass(frozen=True)
class TaskRuns:
    """One task's final runs at one way of matching.

    sides:
        By architecture all of its runs; their units are seeds, or repetitions of the search where
        there are several.
    known:
        The spreads of all of them, moderated by one another, in the order of ``sides``.
    sampled:
        Whether the luck of the test sample is known: every run left its scores by example.
    """

    sides: Mapping[str, Side]
    known: Spreads
    sampled: bool

    @property
    def units(self) -> Array:
        """How many units each side has."""
        return np.array([len(side.scores) for side in self.sides.values()])

    def estimates(self, contrasts: Sequence[Contrast]) -> Array:
        """The contrasts' values, by the means over units."""
        means = np.array([side.mean for side in self.sides.values()])
        values: Array = self._matrix(contrasts) @ means
        return values

    def sample(self, contrasts: Sequence[Contrast]) -> Array:
        """The variance that the test sample makes in each contrast; 0 where it is unknown."""
        every = list(self.sides.values())
        return np.array([sides.sample_variance(every, c) for c in self._matrix(contrasts)])

    def errors(self, contrasts: Sequence[Contrast]) -> Errors:
        """How the errors of the contrasts are distributed."""
        return mixtures.errors(
            self.known, self.units, self._matrix(contrasts), self.sample(contrasts)
        )

    def intervals(self, contrasts: Sequence[Contrast], level: float = LEVEL) -> list[Interval]:
        """Each contrast with an interval of its own, for which no family is corrected."""
        reach = self.errors(contrasts).quantile((1 - level) / 2)
        values = self.estimates(contrasts)
        bounds = zip(values, values - reach, values + reach, strict=True)
        return [Interval(*map(float, bound)) for bound in bounds]

    def _matrix(self, contrasts: Sequence[Contrast]) -> Array:
        places = {name: k for k, name in enumerate(self.sides)}
        matrix = np.zeros((len(contrasts), len(places)))
        for row, contrast in zip(matrix, contrasts, strict=True):
            row[[places[name] for name in contrast]] = list(contrast.values())
        return matrix


def of_task(runs: pd.DataFrame, examples: Examples | None) -> TaskRuns:
    """The runs of one task.

    Args:
        runs: rows of ``runs.csv`` of one task and one way of matching.
        examples: what they scored on every test example, None where that is unknown.
    """
    found = {
        str(name): _side(mine, examples) for name, mine in runs.groupby("architecture", sort=False)
    }
    known = moderated.spreads(list(found.values()), _resolution(runs.iloc[0]))
    return TaskRuns(found, known, examples is not None)


def _side(runs: pd.DataFrame, examples: Examples | None) -> Side:
    rows = np.arange(len(runs))
    units = [rows[runs["repetition"] == k] for k in runs["repetition"].unique()]
    if len(units) == 1:
        units = [rows[k : k + 1] for k in rows]
    if examples is None:
        return sides.plain(_means(runs["test_score"].to_numpy(float), units))
    places = [examples.places[name] for name in runs["experiment"]]
    return sides.of_examples(_means(examples.sums[places], units), examples.weights)


def _means(values: Array, units: Iterable[Array]) -> Array:
    return np.array([values[unit].mean(axis=0) for unit in units])


def _resolution(run: pd.Series) -> float:
    """The step by which a score can differ: one answer more, or a small part of the margin."""
    answer = 1 / float(run["test_examples"]) if run["metric"] == "accuracy" else 0.0
    return max(answer, RESOLUTION * float(run["margin"]))
