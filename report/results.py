"""Reading what a study wrote."""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import pandas as pd

from gatewise.benchmark.records import columns
from gatewise.report import statistics

Array: TypeAlias = "np.ndarray[Any, Any]"

REFERENCE = "lstm"
"""The architecture that all others are compared with."""

MOST_EXAMPLES = 4096
"""More test examples than these are pooled, every so many-th with each other: the variance between
pools tells as much of the test sample's luck, and memory stays small."""

TEXT = frozenset(
    (
        *("experiment", "study", "task", "pattern", "scale", "architecture", "unit", "budget_note"),
        *("data_sha256", "source", "commit", "version", "python", "keras", "backend", "machine"),
        *("learning", "finished_at", "mlflow_run", "mlflow_experiment", "higher_is_better"),
        *("dial", "dial_unit", "task_summary", *columns.ALLOWED),
    )
)
LATER = frozenset(("dial", "dial_value", "dial_unit", "mlflow_experiment", "task_summary"))
"""Columns that older studies lack; there they are empty."""
# Empty where there is nothing to say: a run that diverged, a budget that was met, no tracker; the
# test split is read by final runs alone.
MAY_BE_EMPTY = frozenset(
    (
        *LATER,
        *("diverged_step", "budget_note", "mlflow_run", "test_score", "validation_score"),
        *("validation_loss", "train_loss", "best_epoch"),
    )
)


class UnreadableResults(ValueError):
    """A results folder without tables, or with a table that is not one of ours."""


@dataclass(frozen=True)
class Examples:
    """What the final runs of one task scored on every test example.

    ``sums [runs, examples]`` holds for each run, at the place that ``places`` gives its experiment,
    the example's sum of weight × score over its targets, and ``weights [examples]`` the sums of its
    weights, so that a run's test score is the ratio of their totals. ``seed`` decides which
    examples are drawn anew.
    """

    places: Mapping[str, int]
    sums: Array
    weights: Array
    seed: int = 0

    @cached_property
    def drawn(self) -> Array:
        """:func:`.statistics.resampled_scores` of all runs, the same for every contrast."""
        generator = np.random.default_rng(self.seed)
        return statistics.resampled_scores(self.sums, self.weights, generator)


@dataclass(frozen=True)
class Results:
    """A study's tables.

    runs:
        One row an experiment, the columns of :data:`.columns.RUNS`; ``test_score`` of a
        diverged run is chance level. ``skill`` stands beside it, the share of the way from chance
        to perfect: (score - chance) / (perfect - chance).
    curves:
        One row an epoch, the columns of :data:`.columns.CURVES`.
    examples:
        Scores by test example, for each task whose finished final runs all left them.
    """

    runs: pd.DataFrame
    curves: pd.DataFrame
    examples: Mapping[str, Examples] = field(default_factory=dict)

    @property
    def final(self) -> pd.DataFrame:
        """The runs at the chosen settings, whose test split was read."""
        return self.runs[self.runs["phase"] == "final"]

    @property
    def tuning(self) -> pd.DataFrame:
        """The trials of the search."""
        return self.runs[self.runs["phase"] == "tuning"]

    @property
    def matches(self) -> list[str]:
        """How widths were matched, the leading way first."""
        return [m for m in columns.ALLOWED["match"] if (self.final["match"] == m).any()]

    def matched(self, match: str) -> pd.DataFrame:
        """The final runs at one way of matching, the reference with them.

        At matched width all have the width of lstm, so lstm itself may have run only once.
        """
        runs = self.final[self.final["match"] == match]
        if (runs["architecture"] == REFERENCE).any():
            return runs
        references = self.final[
            (self.final["architecture"] == REFERENCE) & self.final["task"].isin(runs["task"])
        ]
        return pd.concat([references, runs])

    @property
    def dials(self) -> dict[str, tuple[str, float]]:
        """By task the family and setting of its dial, for tasks that have one."""
        known = self.final[self.final["dial"] != ""].drop_duplicates("task")
        return {str(r.task): (str(r.dial), float(r.dial_value)) for r in known.itertuples()}

    @property
    def main(self) -> pd.DataFrame:
        """The final runs at the leading way of matching: what tables and figures show."""
        return self.final[self.final["match"] == self.matches[0]]

    @property
    def tasks(self) -> list[str]:
        """Names of the tasks, in the order of the table."""
        return list(self.final["task"].unique())

    @property
    def architectures(self) -> list[str]:
        """Names of the architectures, the reference first."""
        return ordered(self.final["architecture"])


def ordered(names: Iterable[str]) -> list[str]:
    """Names of architectures, each once: the reference, then its gate ablations, then the rest."""
    found = list(dict.fromkeys(str(name) for name in names))
    first = (REFERENCE, "NIG", "NFG", "NOG")
    return [n for n in first if n in found] + [n for n in found if n not in first]


def read(folder: Path) -> Results:
    """The tables of a study's folder.

    Raises:
        UnreadableResults: a file is missing, empty or cut short, or a column is missing, or a value
            is not allowed.
    """
    runs_path, curves_path = folder / "runs.csv", folder / "curves.csv"
    runs = _table(runs_path, columns.RUNS)
    curves = _table(curves_path, columns.CURVES)
    for name, allowed in columns.ALLOWED.items():
        _require(runs[name].isin(allowed), runs[name], runs_path, " or ".join(allowed))
    direction = runs["higher_is_better"].astype(str).str.lower()
    _require(direction.isin(("true", "false")), direction, runs_path, "True or False")
    _require(runs["margin"] > 0, runs["margin"], runs_path, "a number above 0")
    _require(runs["perfect"] != runs["chance"], runs["chance"], runs_path, "not the perfect score")
    runs["higher_is_better"] = direction == "true"
    diverged = runs["status"] == "diverged"
    runs["test_score"] = runs["test_score"].where(~diverged, runs["chance"])
    final = runs["phase"] == "final"
    score = runs["test_score"]
    _require(~final | np.isfinite(score), score, runs_path, "a finite number in a final run")
    if not final.any():
        raise UnreadableResults(f"{runs_path}: no finished run with phase 'final' yet")
    for names in (["experiment"], ["task", "architecture", "match", "phase", "seed"]):
        rows = runs if names == ["experiment"] else runs[final]
        twice = rows[rows.duplicated(names)]
        if len(twice):
            place = ", ".join(f"{name} {twice[name].iloc[0]!r}" for name in names)
            raise UnreadableResults(f"{runs_path}: two runs have {place}; allowed is one")
    for name in ("margin", "unit", "metric", "perfect", "chance", "higher_is_better"):
        values = runs.groupby("task")[name].nunique()
        if (values > 1).any():
            raise UnreadableResults(
                f"{runs_path}: column {name!r} has {int(values.max())} values on task "
                f"{values.idxmax()!r}; allowed is one a task"
            )
    known = curves["experiment"].isin(runs["experiment"])
    _require(known, curves["experiment"], curves_path, "an experiment of runs.csv")
    traced = runs["experiment"].isin(curves["experiment"]) | diverged | ~final
    _require(traced, runs["experiment"], runs_path, "an experiment with epochs in curves.csv")
    gap = runs["perfect"] - runs["chance"]
    runs = runs.assign(skill=(score - runs["chance"]) / gap)
    found = {
        str(task): examples
        for task, mine in runs[final].groupby("task", sort=False)
        if (examples := _examples(folder / "examples", mine)) is not None
    }
    return Results(runs, curves, found)


def _examples(folder: Path, runs: pd.DataFrame) -> Examples | None:
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


def _table(path: Path, expected: Mapping[str, str]) -> pd.DataFrame:
    try:
        text = path.read_text(encoding="utf-8")
        if text and not text.endswith("\n"):
            raise UnreadableResults(f"{path}: cut short: its last line has no end")
        # An architecture may be called "None" or "NA": only an empty cell is empty.
        table = pd.read_csv(
            io.StringIO(text),
            dtype=dict.fromkeys(TEXT, "str"),
            keep_default_na=False,
            na_values={name: [""] if name in TEXT else ["", "nan"] for name in expected},
            float_precision="round_trip",
        )
    except FileNotFoundError:
        raise UnreadableResults(
            f"{path}: no such file; allowed is a folder that `gatewise run` wrote"
        ) from None
    except OSError as error:
        raise UnreadableResults(f"{path}: {error.strerror}") from None
    except (pd.errors.ParserError, pd.errors.EmptyDataError, UnicodeDecodeError) as error:
        raise UnreadableResults(f"{path}: not a table ({error})") from None
    for name in LATER & expected.keys() - set(table.columns):
        table[name] = np.nan
    if missing := [name for name in expected if name not in table.columns]:
        raise UnreadableResults(f"{path}: column {missing[0]!r} is missing")
    if table.empty:
        raise UnreadableResults(f"{path}: no rows; allowed is one or more")
    scores = [n for n in table.columns if str(n).startswith(("test.", "baseline.", "published."))]
    for name in [n for n in expected if n not in TEXT] + scores:
        numbers = pd.to_numeric(table[name].replace("", np.nan), errors="coerce")
        empty = table[name].isna() | (table[name].astype(str) == "")
        may_be_empty = name in MAY_BE_EMPTY or name in scores
        fine = (numbers.notna() | empty) if may_be_empty else numbers.notna()
        _require(fine, table[name].rename(name), path, "a number")
        table[name] = numbers
    for name in TEXT & set(expected):
        if name in MAY_BE_EMPTY:
            table[name] = table[name].fillna("")
        _require(table[name].notna(), table[name].fillna(""), path, "a text that is not empty")
    return table


def _require(fine: pd.Series, values: pd.Series, path: Path, allowed: str) -> None:
    """Raise with the first value that is not fine."""
    if not fine.all():
        row = int(np.flatnonzero(~fine.to_numpy())[0])
        found = "" if pd.isna(values.iloc[row]) else str(values.iloc[row])
        raise UnreadableResults(
            f"{path}: column {str(values.name)!r} has {found!r} in line {row + 2}; "
            f"allowed is {allowed}"
        )
