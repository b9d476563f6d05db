"""What changed between two studies: who took part, the settings, the scores, and what was found."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from gatewise.report.findings import claims, judgement
from gatewise.report.findings.judgement import Evidence
from gatewise.report.reading import diagnoses
from gatewise.report.reading import runs as of_runs
from gatewise.report.reading.results import Results, read
from gatewise.report.reading.runs import TaskRuns
from gatewise.report.reading.scores import Examples
from gatewise.report.statistics import families
from gatewise.report.statistics.mixtures import Errors
from gatewise.report.study import judged
from gatewise.report.tables import hyperparameters

UNIT = ("metric", "unit", "higher_is_better")
SETTINGS = (
    *UNIT,
    *("scale", "learning", "budget", "learning_rate", "clip_norm", "dropout", "batch_size"),
    *("data_sha256", "margin", "version", "commit", "keras", "backend"),
)
PLACE = ["task", "match", "architecture"]
FIRST, SECOND = "first", "second"


@dataclass(frozen=True)
class Comparison:
    """The second study seen from the first.

    members:
        What only one of them has: columns kind (task, architecture or seed), name, study.
    settings:
        What differs on tasks that both have: columns task, setting, first, second.
    scores:
        Both mean test scores of every cell that both have in one unit, and the improvement from the
        first to the second, all seeds of both: columns task,
        match, architecture, first, second, difference, low, high, verdict. All of them are one
        family; on other data, or without scores by example, a statement is but probable.
    verdicts:
        Verdicts that are others now: columns task, match, architecture, reference, first, second.
    findings:
        Findings whose outcome is another now, each judged as the study's report does: columns
        finding, claim, first, second.
    """

    members: pd.DataFrame
    settings: pd.DataFrame
    scores: pd.DataFrame
    verdicts: pd.DataFrame
    findings: pd.DataFrame

    def to_json(self) -> dict[str, Any]:
        """Plain data: for each table its rows, with None where there is no number."""
        tables = {"members": self.members, "settings": self.settings, "scores": self.scores}
        tables |= {"verdicts": self.verdicts, "findings": self.findings}
        return {
            name: table.astype(object).where(table.notna(), None).to_dict("records")
            for name, table in tables.items()
        }


def compare(first: Path, second: Path, generator: np.random.Generator) -> Comparison:
    """What changed from the study in the first folder to that in the second.

    Raises:
        UnreadableResults: a table or a diagnosis is missing, damaged or not ours.
    """
    folders = {FIRST: first, SECOND: second}
    both = {name: read(folder) for name, folder in folders.items()}
    verdicts = {n: judged(r) for n, r in both.items()}
    outcomes = {n: _findings(folders[n], both[n], verdicts[n], generator) for n in both}
    key = [*PLACE, "reference"]
    return Comparison(
        members=_members(both),
        settings=_settings(both),
        scores=_scores(both),
        verdicts=_changed({n: v[[*key, "verdict"]] for n, v in verdicts.items()}, key),
        findings=_changed(outcomes, ["finding", "claim"]),
    )


def _members(both: dict[str, Results]) -> pd.DataFrame:
    rows = []
    for kind in ("task", "architecture", "seed"):
        sides = {name: dict.fromkeys(results.final[kind]) for name, results in both.items()}
        for name, other in ((FIRST, SECOND), (SECOND, FIRST)):
            rows += [(kind, str(m), name) for m in sides[name] if m not in sides[other]]
    return pd.DataFrame(rows, columns=["kind", "name", "study"])


def _settings(both: dict[str, Results]) -> pd.DataFrame:
    rows = []
    for task in both[FIRST].tasks:
        mine = [results.final[results.final["task"] == task] for results in both.values()]
        for setting in SETTINGS:
            values = [", ".join(sorted(set(runs[setting].astype(str)))) for runs in mine]
            if all(values) and values[0] != values[1]:
                rows.append((task, setting, *values))
    return pd.DataFrame(rows, columns=["task", "setting", FIRST, SECOND])


def _scores(both: dict[str, Results]) -> pd.DataFrame:
    means = [
        results.final.groupby(PLACE, sort=False)["test_score"].mean().rename(name)
        for name, results in both.items()
    ]
    table = pd.concat(means, axis=1, join="inner").reset_index()
    counted = [results.final.groupby("task")[list(UNIT)].first() for results in both.values()]
    same = (counted[0].reindex(counted[1].index) == counted[1]).all(axis=1)
    table = table[table["task"].isin(same.index[same])]
    rows, errors = [], []
    for (task, match), cells in table.groupby(["task", "match"], sort=False):
        runs, sign, margin = _side_by_side(both, str(task), str(match))
        contrasts = [
            {f"{SECOND} {name}": sign, f"{FIRST} {name}": -sign} for name in cells["architecture"]
        ]
        errors.append(runs.errors(contrasts).over(np.full(len(contrasts), margin)))
        rows += [(value, margin, runs.sampled) for value in runs.estimates(contrasts)]
    values, margins, sampled = np.array(rows, float).reshape(-1, 3).T
    found = families.together(values / margins, Errors.joined(errors))
    said = [families.worded(s, bool(c)) for s, c in zip(found.statement, sampled, strict=True)]
    bounds = {"low": found.low * margins, "high": found.high * margins}
    return table.assign(difference=values, **bounds, verdict=said)


def _side_by_side(both: dict[str, Results], task: str, match: str) -> tuple[TaskRuns, float, float]:
    """The runs of both studies on a task, architectures told apart by study; sign and margin."""
    sides = []
    for side, results in both.items():
        mine = results.final[(results.final["task"] == task) & (results.final["match"] == match)]
        named = {name: f"{side} " + mine[name] for name in ("architecture", "experiment")}
        sides.append(mine.assign(**named))
    runs = pd.concat(sides)
    same = runs["data_sha256"].nunique() == 1
    last = sides[-1].iloc[0]
    known = of_runs.of_task(runs, _shared(both, task) if same else None)
    return known, 1.0 if last["higher_is_better"] else -1.0, float(last["margin"])


def _shared(both: dict[str, Results], task: str) -> Examples | None:
    """Scores by example of both studies' runs of a task."""
    places: dict[str, int] = {}
    known = []
    for side, results in both.items():
        if task not in results.examples:
            return None
        known.append(results.examples[task])
        before = len(places)
        places |= {f"{side} {id}": before + at for id, at in known[-1].places.items()}
    if not np.array_equal(known[0].weights, known[1].weights):
        return None
    return Examples(places, np.concatenate([e.sums for e in known]), known[0].weights)


def _findings(
    folder: Path, results: Results, verdicts: pd.DataFrame, generator: np.random.Generator
) -> pd.DataFrame:
    shares = hyperparameters.shares(results, generator)
    every = diagnoses.every(folder, results.final)
    found = claims.judge(Evidence.of(results, verdicts, shares, every))
    return judgement.table(found)[["finding", "claim", "outcome"]]


def _changed(sides: dict[str, pd.DataFrame], key: list[str]) -> pd.DataFrame:
    """The rows of both sides whose last column differs."""
    renamed = [t.rename(columns={t.columns[-1]: side}) for side, t in sides.items()]
    table = renamed[0].merge(renamed[1], on=key)
    return table[table[FIRST] != table[SECOND]].reset_index(drop=True)
