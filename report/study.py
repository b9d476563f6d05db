"""A study as the report sees it: everything that is computed from its tables, once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from gatewise.benchmark.records.columns import MATCHES
from gatewise.report.findings import claims
from gatewise.report.findings.judgement import NOT_TESTED, OUTCOMES, Evidence, Judgement
from gatewise.report.names import REFERENCE, Lattice, lattices
from gatewise.report.reading import calibration, diagnoses
from gatewise.report.reading import questions as record
from gatewise.report.reading.diagnoses import Diagnoses
from gatewise.report.reading.results import Results, read
from gatewise.report.statistics.race import STATES
from gatewise.report.tables import (
    choice,
    dial,
    fitness,
    gates,
    grid,
    hyperparameters,
    scores,
    search,
    standing,
    trials,
    verdicts,
)
from gatewise.report.tables.calibration import MEASURES
from gatewise.report.tables.grid import Grid
from gatewise.report.tables.standing import Standing
from gatewise.report.tables.verdicts import Asked
from gatewise.report.words import FACTS, date, number

CELLS = "cells"
"""The folder of the pictures of cells, ``NAME.svg`` each."""
DISCUSSION = "discussion.md"
"""What people make of a study, if they wrote it down beside its tables; headings from ### on."""
SEED = 20260101
"""Seed of what is drawn, so that a report of the same tables is the same."""


def asked(results: Results) -> list[Asked]:
    """What is compared besides everything with the reference: findings, cells proposed, sizes."""
    pairs = claims.asked(results.tasks, results.dials), gates.asked(results), dial.asked(results)
    return [pair for some in pairs for pair in some]


# Sums are split among threads, and their last digits with them: whoever judges is to get the same.
@threadpool_limits.wrap(limits=1)
def judged(results: Results) -> pd.DataFrame:
    """:func:`.verdicts.verdicts` of all that is compared, on the findings' other tasks too."""
    beside = claims.beside(results.tasks, results.dials)
    return verdicts.verdicts(results, asked(results), beside)


@dataclass(frozen=True)
class Study:
    """What a study's folder holds, and what follows from it.

    verdicts, every_worth, interactions, shares, scores:
        :func:`.verdicts.verdicts`, :func:`.gates.importance`, :func:`.gates.interactions`,
        :func:`.hyperparameters.shares`, :func:`.scores.scores`.
    """

    folder: Path
    results: Results
    diagnoses: Diagnoses
    verdicts: pd.DataFrame
    every_worth: pd.DataFrame
    interactions: pd.DataFrame
    shares: pd.DataFrame
    scores: pd.DataFrame
    judgements: list[Judgement]

    @classmethod
    def read(cls, folder: Path) -> Study:
        """The study of a folder.

        Raises:
            UnreadableResults: a table is missing or is not ours.
        """
        results, generator = read(folder), np.random.default_rng(SEED)
        found = judged(results)
        shares = hyperparameters.shares(results, generator)
        every = diagnoses.every(folder, results.final)
        return cls(
            folder=folder,
            results=results,
            diagnoses=diagnoses.read(folder, results.final),
            verdicts=found,
            every_worth=gates.importance(results),
            shares=shares,
            scores=scores.scores(results),
            interactions=gates.interactions(results),
            judgements=claims.judge(Evidence.of(results, found, shares, every)),
        )

    # --- What was found

    @cached_property
    def against(self) -> pd.DataFrame:
        """The comparisons with the reference at the leading way of matching."""
        return verdicts.against_lstm(self.verdicts, self.results)

    @cached_property
    def grid(self) -> Grid:
        """What the first screen shows of the leading tasks."""
        return grid.grid(self.against, self.results.gaps, self.results.leading)

    @cached_property
    def choices(self) -> pd.DataFrame:
        """:func:`.choice.choices`."""
        return choice.choices(self.results)

    @property
    def raced(self) -> str:
        """How its race stands, in a sentence; empty where there was none."""
        states = self.verdicts["race"].value_counts()
        told = ", ".join(f"{states[s]} {s}" for s in STATES if s in states)
        return told and (
            f"This study was raced: its comparisons with {REFERENCE} are the confirmatory family, "
            f"each judged at its last look and by the error that the look may spend; {told}. What "
            "else is compared pays for the looks too."
        )

    @cached_property
    def worth(self) -> pd.DataFrame:
        """What each gate is worth at the leading way of matching."""
        return self.every_worth[self.every_worth["match"] == self.results.matches[0]]

    def beside(self, row: Mapping[str, Any]) -> list[tuple[str, dict[str, Any]]]:
        """What the gate of a row of :attr:`worth` is worth at the other ways of matching."""
        place, every = ["task", "lattice", "gate"], self.every_worth
        same = (every[place] == [row[name] for name in place]).all(axis=1)
        others = every[same & (every["match"] != row["match"])].to_dict("records")
        return [(MATCHES[str(other["match"])], {**other}) for other in others]

    @cached_property
    def effort(self) -> pd.DataFrame:
        """:func:`.search.effort`."""
        return search.effort(self.results)

    @property
    def shortened(self) -> list[tuple[str, float]]:
        """The tasks whose trials had a part of the epochs, with that share."""
        parts = self.effort.groupby("task", sort=False)["trained"].first()
        return [(str(task), float(share)) for task, share in parts.items() if share < 1]

    @cached_property
    def dialled(self) -> pd.DataFrame:
        """:func:`.dial.dial`."""
        return dial.dial(self.results, self.against)

    @cached_property
    def needs(self) -> list[tuple[Lattice, pd.DataFrame]]:
        """:func:`.dial.need` of each cell whose gates were left out at several sizes."""
        cells = lattices(self.results.architectures)
        tables = [(lattice, dial.need(self.results, self.verdicts, lattice)) for lattice in cells]
        return [(lattice, table) for lattice, table in tables if len(table)]

    @cached_property
    def cells(self) -> dict[str, bytes]:
        """By architecture the picture of its cell, an SVG; without those that were not drawn."""
        drawn = {path.stem: path for path in (self.folder / CELLS).glob("*.svg")}
        return {n: drawn[n].read_bytes() for n in self.results.architectures if n in drawn}

    @cached_property
    def lattices(self) -> list[tuple[str, pd.DataFrame]]:
        """By lattice the worth of its gates on the leading tasks that have the whole of it."""
        led = self.worth[self.worth["task"].isin(self.results.leading)].dropna(subset=["shapley"])
        return [(str(name), rows) for name, rows in led.groupby("lattice", sort=False)]

    @cached_property
    def table(self) -> list[tuple[str, list[Any]]]:
        """For each architecture its row of scores by task, None where it did not run."""
        cells = {(row.task, row.architecture): row for row in self.scores.itertuples()}
        return [
            (name, [cells.get((task, name)) for task in self.results.tasks])
            for name in self.results.architectures
        ]

    @property
    def outcomes(self) -> dict[str, int]:
        """How many findings have each outcome."""
        return {o: sum(j.outcome == o for j in self.judgements) for o in OUTCOMES}

    @property
    def tests_any(self) -> bool:
        """Whether any finding is tested."""
        return self.outcomes[NOT_TESTED] < len(self.judgements)

    @property
    def counts(self) -> dict[str, int]:
        """How many comparisons with the reference have each verdict."""
        counts: dict[str, int] = self.against["verdict"].value_counts().to_dict()
        return counts

    @property
    def families(self) -> dict[str, int]:
        """How many comparisons each family has."""
        counts: dict[str, int] = self.verdicts["family"].value_counts().to_dict()
        return counts

    @property
    def doubted(self) -> dict[str, int]:
        """By doubt how many comparisons it keeps from being certain."""
        doubts = self.verdicts["doubt"]
        return {d: int(doubts.str.contains(d).sum()) for d in verdicts.DOUBTS}

    @cached_property
    def unended(self) -> list[tuple[str, float]]:
        """The tasks on which more final runs than may be were still gaining, with their share."""
        shares = self.results.main.groupby("task", sort=False)["still_gaining"].mean()
        return [(str(t), float(s)) for t, s in shares.items() if s > verdicts.UNENDED]

    @cached_property
    def gaining(self) -> dict[tuple[str, str], float]:
        """By task and architecture the share of final runs that were still gaining at their end."""
        places = zip(self.scores["task"], self.scores["architecture"], strict=True)
        return dict(zip(places, self.scores["still_gaining"], strict=True))

    def mark(self, task: str, architecture: str) -> str:
        """What follows a name in every table where its trainings had not ended."""
        return " ‡" if self.gaining.get((task, architecture), 0.0) > verdicts.UNENDED else ""

    @cached_property
    def standings(self) -> dict[str, Standing]:
        """By task what it is fit to say, :func:`.standing.standings`."""
        return standing.standings(self.results)

    @cached_property
    def fitness(self) -> pd.DataFrame:
        """:func:`.fitness.fitness`."""
        return fitness.fitness(self.results)

    @cached_property
    def predictors(self) -> pd.DataFrame:
        """:func:`.fitness.baselines`."""
        return fitness.baselines(self.standings)

    @property
    def outdone(self) -> list[str]:
        """The tasks on which lstm is not competitive with simple predictors."""
        return [task for task, found in self.standings.items() if not found.competitive]

    @cached_property
    def luck(self) -> list[tuple[str, float, float, float]]:
        """By task the part of the variance that the test sample makes: median and range."""
        known = self.verdicts.dropna(subset=["example_share"])
        shares = known.groupby("task", sort=False)["example_share"]
        return [(str(t), float(s.median()), float(s.min()), float(s.max())) for t, s in shares]

    @cached_property
    def protocols(self) -> list[dict[str, Any]]:
        """The published protocol's verdicts beside ours, one row for each pair that both judge."""
        place = ["task", "architecture"]
        ours = self.against[[*place, "statement", "verdict", "doubt"]]
        both = search.best_trials(self.results).merge(ours, on=place, suffixes=("", "_ours"))
        both["disagree"] = both["statement"] != both["statement_ours"]
        rows: list[dict[str, Any]] = both.to_dict("records")
        return rows

    # --- How it was made

    @property
    def name(self) -> str:
        """The study's name."""
        return ", ".join(self.results.runs["study"].unique())

    @property
    def seeds(self) -> list[int]:
        """The seeds of the final runs."""
        return sorted({int(seed) for seed in self.results.final["seed"]})

    @cached_property
    def fewest(self) -> int:
        """How many seeds the least known side of a comparison has."""
        sides = self.verdicts[["seeds", "reference_seeds"]]
        return int(sides.min().min() if len(sides) else self.scores["seeds"].min())

    @property
    def seeds_alone(self) -> list[str]:
        """The tasks whose scores by test example are unknown."""
        return [task for task in self.results.tasks if task not in self.results.examples]

    @property
    def command(self) -> str:
        """The last that ran the study; empty where nothing says so."""
        return self.calls[-1][1] if self.calls else ""

    @property
    def cpu_hours(self) -> float:
        """Of all runs."""
        return float(self.results.runs["cpu_seconds"].sum()) / 3600

    @property
    def finished(self) -> str:
        """When the last run ended."""
        return date(str(self.results.runs["finished_at"].max()))

    @property
    def made(self) -> dict[str, list[str]]:
        """What it ran on."""
        runs = self.results.runs
        return {called: sorted(set(runs[name].astype(str))) for name, called in FACTS.items()}

    @property
    def tuned(self) -> bool:
        """Whether there was a search, here or before.

        One from before is on record, whatever it chose; without a record it shows where settings of
        one task differ.
        """
        if len(self.results.tuning) > 0 or any(
            call.get("settings") for call in record.calls(self.folder)
        ):
            return True
        chosen = self.results.main.groupby("task")[list(trials.PARAMETERS)].nunique()
        return bool((chosen > 1).any(axis=None))

    @cached_property
    def diverged(self) -> list[str]:
        """Each final run that diverged, in words."""
        rows = self.results.final[self.results.final["status"] == "diverged"]
        return [
            f"{r.architecture} on {r.task}, seed {r.seed:g}, step {number(r.diverged_step, 0)}"
            for r in rows.itertuples()
        ]

    @cached_property
    def failed(self) -> list[str]:
        """Each experiment that gave no result, and why."""
        return [
            f"{r.architecture} on {r.task}, {'seed' if r.phase == 'final' else 'trial'} "
            f"{r.seed:g}: {r.reason}"
            for r in self.results.failures.itertuples()
        ]

    @property
    def mismatched(self) -> list[str]:
        """Each budget that was missed, in words."""
        noted = self.results.final[self.results.final["budget_note"] != ""]
        rows = noted.drop_duplicates(["task", "architecture"])
        return [f"{row.architecture} on {row.task}: {row.budget_note}" for row in rows.itertuples()]

    @cached_property
    def calibration(self) -> list[dict[str, Any]]:
        """The rows that ``gatewise calibrate`` left, none where it did not run."""
        rows = calibration.read(self.folder / calibration.CALIBRATION)
        # Rates of a procedure that is not ours any more say nothing of these verdicts.
        known = rows[rows["measure"].isin(MEASURES)]
        return [
            {str(name): value for name, value in row.items()} for row in known.to_dict("records")
        ]

    @cached_property
    def calls(self) -> list[tuple[str, str, str]]:
        """When, how and from which commit the study was run; none where nothing says so.

        Raises:
            UnreadableResults: the record is damaged.
        """
        try:
            return [
                (date(call["started_at"]), call["command"], call["commit"])
                for call in record.calls(self.folder)
            ]
        except (ValueError, KeyError, TypeError):
            raise record.damaged(self.folder) from None

    @cached_property
    def discussion(self) -> str:
        """What people wrote of it, as Markdown."""
        path = self.folder / DISCUSSION
        return path.read_text(encoding="utf-8") if path.is_file() else ""
