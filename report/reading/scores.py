"""What the final runs scored on every test example."""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from gatewise.report.reading.checks import UnreadableResults
from gatewise.report.statistics.effects import Array

MOST_EXAMPLES = 4096
"""More test examples than these are pooled, every so many-th with each other: the variance between
pools tells as much of the test sample's luck, and memory stays small."""


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
        UnreadableResults: a file is damaged, or does not agree with ``runs.csv``.
    """
    finished = (runs["status"] == "finished").to_numpy()
    paths = [folder / f"{name}.npz" for name in runs["experiment"]]
    known = [k for k in np.flatnonzero(finished) if paths[k].is_file()]
    if not known or len(known) < finished.sum() or runs["data_sha256"].nunique() > 1:
        return None
    weights = _array(paths[known[0]], "weight")
    sums = np.empty((len(runs), min(len(weights), MOST_EXAMPLES)), np.float32)
    sums[:] = _pooled(weights) * runs["chance"].iloc[0]  # of those that diverged
    for k in known:
        scores = _array(paths[k], "score")
        said = float(runs["test_score"].iloc[k])
        total = float(scores.sum(dtype=np.float64) / weights.sum(dtype=np.float64))
        if scores.shape != weights.shape or not np.isclose(total, said, rtol=1e-4, atol=1e-6):
            raise UnreadableResults(
                f"{paths[k]}: {scores.shape} scores of mean {total:.6g}; allowed are "
                f"{weights.shape} whose mean is the test_score of runs.csv, {said:.6g}"
            )
        sums[k] = _pooled(scores)
    places = {str(name): k for k, name in enumerate(runs["experiment"])}
    return Examples(places, sums, _pooled(weights))


def _array(path: Path, name: str) -> Array:
    """One array of an example file, finite and of one axis."""
    try:
        # Read whole, for numpy.load reads a member in many pieces and a study has thousands.
        with zipfile.ZipFile(path) as file:
            member = io.BytesIO(file.read(f"{name}.npy"))
        array: Array = np.lib.format.read_array(member, allow_pickle=False)
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile, zlib.error) as error:
        raise UnreadableResults(f"{path}: no array {name!r} to read ({error})") from None
    if array.ndim != 1 or array.dtype.kind != "f" or not np.isfinite(array).all():
        raise UnreadableResults(
            f"{path}: array {name!r} of shape {array.shape} and type {array.dtype}; allowed are "
            "finite floating-point numbers, one a test example"
        )
    return array


def _pooled(values: Array) -> Array:
    if len(values) <= MOST_EXAMPLES:
        return values
    padded = np.zeros(-(-len(values) // MOST_EXAMPLES) * MOST_EXAMPLES, values.dtype)
    padded[: len(values)] = values
    pooled: Array = padded.reshape(-1, MOST_EXAMPLES).sum(axis=0)
    return pooled
