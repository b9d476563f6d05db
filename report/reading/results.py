"""The tables of a study's folder."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import pandas as pd

from gatewise.benchmark.records import columns
from gatewise.report.names import REFERENCE, ordered
from gatewise.report.reading import scores
from gatewise.report.reading.checks import (
    MOST_READINGS,
    TablesApart,
    UnreadableResults,
    require,
    state,
    table,
    texts,
)
from gatewise.report.reading.questions import Questions, questions
from gatewise.report.reading.runs import TaskRuns, of_task
from gatewise.report.reading.scores import Examples
from gatewise.tasks.names import plain

LARGEST = 1e100
"""Above it no square is a number."""
MOMENT, LONG_MOMENT = 0.02, 0.5
"""Seconds in which a command that has replaced one table replaces the other, and in which one does
that waits for a processor meanwhile."""


def _none_failed() -> pd.DataFrame:
    return pd.DataFrame(columns=list(columns.FAILURES))


@dataclass(frozen=True)
class Results:
    """A study's tables.

    runs:
        One row an experiment, the columns of :data:`.columns.RUNS`; ``test_score`` of a
        diverged run is chance level. ``skill`` stands beside it, the share of the way from chance
        to perfect: (score - chance) / (perfect - chance). ``repetition`` is 0 and ``still_gaining``
        whether the last epoch was the best, where the tables do not say.
    curves:
        One row an epoch, the columns of :data:`.columns.CURVES`.
    examples:
        Scores by test example, for each task whose finished final runs all left them.
    questions:
        What a raced study asked before its runs were there.
    failures:
        One row an experiment that gave no result, the columns of :data:`.columns.FAILURES`.
    """

    runs: pd.DataFrame
    curves: pd.DataFrame
    examples: Mapping[str, Examples] = field(default_factory=dict)
    questions: Questions = field(default_factory=Questions)
    failures: pd.DataFrame = field(default_factory=_none_failed)

    @cached_property
    def final(self) -> pd.DataFrame:
        """The runs at the chosen settings, whose test split was read."""
        return self.runs[self.runs["phase"] == "final"]

    @cached_property
    def tuning(self) -> pd.DataFrame:
        """The trials of the search."""
        return self.runs[self.runs["phase"] == "tuning"]

    @cached_property
    def matches(self) -> list[str]:
        """How widths were matched, the leading way first."""
        return [m for m in columns.MATCHES if (self.final["match"] == m).any()]

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

    def sides(self, runs: pd.DataFrame) -> TaskRuns:
        """:func:`.runs.of_task` of final runs of one task and one way of matching, made once."""
        made, key = self._made, tuple(runs["experiment"])
        if key not in made:
            made[key] = of_task(runs, self.examples.get(str(runs["task"].iloc[0])))
        return made[key]

    @cached_property
    def _made(self) -> dict[tuple[str, ...], TaskRuns]:
        return {}

    @cached_property
    def dials(self) -> dict[str, tuple[str, float]]:
        """By task the family and setting of its dial, for tasks that have one."""
        known = self.final[self.final["dial"] != ""].drop_duplicates("task")
        return {str(r.task): (str(r.dial), float(r.dial_value)) for r in known.itertuples()}

    @cached_property
    def families(self) -> dict[str, str]:
        """By task the family that it is a setting of: its dial's, or all its sizes."""
        return {task: self.dials.get(task, (plain(task), 0.0))[0] for task in self.tasks}

    @cached_property
    def leading(self) -> list[str]:
        """A task of each family that differs in a dial or in size alone: the one with the most
        architectures, of these the largest and hardest. The others have figures of their own."""
        known = self.main.groupby("task", sort=False).agg(
            architectures=("architecture", "nunique"),
            budget=("budget", "first"),
            dial_value=("dial_value", "first"),
        )
        family = known.index.to_series().map(self.families)
        leads = known.sort_values(list(known)).groupby(family).tail(1).index
        return [str(task) for task in known.index if task in leads]

    @cached_property
    def gaps(self) -> dict[str, float]:
        """Each task's distance from chance to perfect, in its unit."""
        firsts = self.final.groupby("task", sort=False).first()
        return {str(t): abs(row["perfect"] - row["chance"]) for t, row in firsts.iterrows()}

    @cached_property
    def main(self) -> pd.DataFrame:
        """The final runs at the leading way of matching: what tables and figures show."""
        return self.final[self.final["match"] == self.matches[0]]

    @cached_property
    def tasks(self) -> list[str]:
        """Names of the tasks, in the order of the table."""
        return list(self.final["task"].unique())

    @cached_property
    def architectures(self) -> list[str]:
        """Names of the architectures, the reference first."""
        return ordered(self.final["architecture"])


def read(folder: Path) -> Results:
    """The tables of a study's folder.

    Of tables that a command is about to replace, one may be new and the other old: what does not
    agree is read again as long as it changes.

    Raises:
        UnreadableResults: a file is missing, empty or cut short, or a column is missing, or a value
            is not allowed.
    """
    paths = folder / "runs.csv", folder / "curves.csv"
    for _ in range(MOST_READINGS):
        before = state(*paths)
        try:
            return _read(folder, *paths)
        except UnreadableResults as error:
            time.sleep(LONG_MOMENT if isinstance(error, TablesApart) else MOMENT)
            if before == state(*paths):
                raise
    return _read(folder, *paths)


def _read(folder: Path, runs_path: Path, curves_path: Path) -> Results:
    of_runs, of_curves = texts(runs_path, curves_path)
    runs = table(runs_path, columns.RUNS, text=of_runs)
    # Runs that all diverged in their first epoch have no curves.
    curves = table(curves_path, columns.CURVES, may_be_empty=True, text=of_curves)
    diverged = runs["status"] == "diverged"
    runs["test_score"] = runs["test_score"].where(~diverged, runs["chance"])
    gap = runs["perfect"] - runs["chance"]
    runs = runs.assign(
        skill=(runs["test_score"] - runs["chance"]) / gap,
        repetition=runs["repetition"].fillna(0).astype(int),
        still_gaining=_still_gaining(runs),
    )
    _check_values(runs, runs_path)
    _check_places(runs, runs_path)
    _check_tasks(runs, runs_path)
    known = curves["experiment"].isin(runs["experiment"])
    place = curves["experiment"], curves_path
    require(known, *place, "an experiment of runs.csv", TablesApart)
    traced = runs["experiment"].isin(curves["experiment"]) | diverged | (runs["phase"] != "final")
    place = runs["experiment"], runs_path
    require(traced, *place, "an experiment with epochs in curves.csv", TablesApart)
    final = runs[runs["phase"] == "final"]
    found = {
        str(task): examples
        for task, mine in final.groupby("task", sort=False)
        if (examples := scores.read(folder, mine)) is not None
    }
    return Results(runs, curves, found, questions(folder), _failures(folder))


def _failures(folder: Path) -> pd.DataFrame:
    path = folder / "failures.csv"
    return table(path, columns.FAILURES) if path.is_file() else _none_failed()


def _still_gaining(runs: pd.DataFrame) -> pd.Series:
    """Whether training ended too early; of tables that do not say so, whether the last epoch was
    the best."""
    if runs["still_gaining"].notna().all():
        return runs["still_gaining"]
    return runs["best_epoch"] == runs["epochs_run"]


def _check_values(runs: pd.DataFrame, path: Path) -> None:
    """What two columns say together."""
    final, score = runs["phase"] == "final", runs["test_score"]
    margin = runs["margin"]
    require((margin > 0) & (margin < LARGEST), margin, path, f"a number above 0, below {LARGEST}")
    for name in ("perfect", "chance", "cpu_seconds", "wall_seconds"):
        least = -LARGEST if name in ("perfect", "chance") else 0
        allowed = "a finite number" if least else "a finite number from 0"
        require(runs[name].between(least, LARGEST), runs[name], path, allowed)
    require(runs["test_examples"] >= 1, runs["test_examples"], path, "a whole number from 1")
    require(runs["perfect"] != runs["chance"], runs["chance"], path, "not the perfect score")
    fits = ~final | score.between(-LARGEST, LARGEST)
    require(fits, score, path, "a finite number in a final run")
    if not final.any():
        raise UnreadableResults(f"{path}: no finished run with phase 'final' yet")


def _check_places(runs: pd.DataFrame, path: Path) -> None:
    """Every experiment once, and one final run in a place."""
    final = runs[runs["phase"] == "final"]
    place = ["task", "architecture", "match", "phase", "repetition", "seed"]
    for rows, names in ((runs, ["experiment"]), (final, place)):
        twice = rows[rows.duplicated(names)]
        if len(twice):
            where = ", ".join(f"{name} {twice[name].iloc[0]!r}" for name in names)
            raise UnreadableResults(f"{path}: two runs have {where}; allowed is one")


def _check_tasks(runs: pd.DataFrame, path: Path) -> None:
    """What is a task's own is the same in all of its runs."""
    for name in ("margin", "unit", "metric", "perfect", "chance", "higher_is_better"):
        values = runs.groupby("task")[name].nunique()
        if (values > 1).any():
            raise UnreadableResults(
                f"{path}: column {name!r} has {int(values.max())} values on task "
                f"{values.idxmax()!r}; allowed is one a task"
            )
