"""What the final runs scored on every test example."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from gatewise.benchmark.records import packed
from gatewise.benchmark.records.packed import DamagedScores, Scores
from gatewise.report.reading.checks import UnreadableResults
from gatewise.report.statistics.effects import Array

ROUNDED = 2.0 ** -(packed.MANTISSA + 1)
"""By how much, as a share of it, a packed score may differ from what the run had, if it is none of
those that are kept as they are."""


@dataclass(frozen=True)
class Examples:
    """What the final runs of one task scored on every test example.

    ``sums [runs, examples]`` holds for each run, at the place that ``places`` gives its experiment,
    the example's sum of weight × score over its targets, and ``weights [examples]`` the sums of its
    weights, so that a run's test score is the ratio of their totals.
    """

    places: Mapping[str, int]
    sums: Array
    weights: Array


def read(folder: Path, runs: pd.DataFrame) -> Examples | None:
    """Scores by example of one task's final runs, or None where one of them left none.

    Raises:
        UnreadableResults: the file is damaged, or does not agree with ``runs.csv``.
    """
    path = folder / packed.file_name(runs["task"].iloc[0], runs["data_sha256"].iloc[0])
    finished = np.flatnonzero(runs["status"] == "finished")
    if not len(finished) or runs["data_sha256"].nunique() > 1 or not path.is_file():
        return None
    try:
        known = packed.unpack(path.read_bytes())
    except (OSError, DamagedScores) as error:
        raise UnreadableResults(f"{path}: {error}; `gatewise run` writes it anew") from None
    rows = {name: k for k, name in enumerate(known.experiments)}
    names = [str(name) for name in runs["experiment"]]
    if not {names[k] for k in finished} <= rows.keys():
        return None
    sums = np.outer(runs["chance"], known.weights).astype(np.float32)  # of those that diverged
    said = runs["test_score"].to_numpy(float)
    rounded = ROUNDED if known.rounded else 0.0
    for k in finished:
        sums[k] = _agreeing(known, rows[names[k]], float(said[k]), rounded, path)
    return Examples({name: k for k, name in enumerate(names)}, sums, known.weights)


def _agreeing(known: Scores, row: int, said: float, rounded: float, path: Path) -> Array:
    """A run's scores, whose mean is the one that runs.csv says to the last digit."""
    sums, total = known.sums[row], float(known.weights.sum(dtype=np.float64))
    mean, size = (float(x.sum(dtype=np.float64)) / total for x in (sums, np.abs(sums)))
    if abs(said - mean) > rounded * size + 1e-6:
        raise UnreadableResults(
            f"{path}: scores of {known.experiments[row]} of mean {mean:.6g}; allowed is about the "
            f"test_score of runs.csv, {said:.6g}"
        )
    exact: Array = sums + np.abs(sums) * ((said - mean) / size) if size else sums
    return exact
