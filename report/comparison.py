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
from gatewise.report.reading.results import Results, read
from gatewise.report.reading.scores import Examples
from gatewise.report.statistics.effects import Effect
from gatewise.report.statistics.families import judge
from gatewise.report.tables import hyperparameters
from gatewise.report.tables.runs import Contrast, TaskRuns
from gatewise.report.tables.verdicts import verdicts as compared

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
        first to the second, paired by seed and, on the same data, by test example: columns task,
        match, architecture, first, second, seeds, difference, low, high, verdict. Holm's correction
        runs over all of them; where no seed is in both there is no verdict.
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
    verdicts = {name: compared(r, generator, claims.pairs()) for name, r in both.items()}
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
    effects, margins = [], []
    for (task, match), cells in table.groupby(["task", "match"], sort=False):
        runs, sign, margin = _side_by_side(both, str(task), str(match))
        for name in cells["architecture"]:
            effects.append(_effect(runs, {f"{SECOND} {name}": sign, f"{FIRST} {name}": -sign}))
            margins.append(margin)
    judged = judge(effects, np.array(margins))
    names = ("seeds", "difference", "low", "high", "verdict")
    return table.assign(**{name: judged[name] for name in names})


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
    paired = TaskRuns(runs, _shared(both, task) if same else None, np.random.default_rng(0))
    return paired, 1.0 if last["higher_is_better"] else -1.0, float(last["margin"])


def _effect(runs: TaskRuns, contrast: Contrast) -> Effect:
    """The contrast at the seeds that both have; without any the difference of means alone."""
    if runs.seeds(contrast).any():
        return runs.effect(contrast)
    difference = sum(c * float(np.nanmean(runs.scores[n])) for n, c in contrast.items())
    return Effect(difference, 0, float("nan"))


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
    evidence = Evidence(
        verdicts[verdicts["match"] == results.matches[0]],
        results.dials,
        hyperparameters.shares(results, generator),
        diagnoses.read(folder, results.final),
    )
    return judgement.table(claims.judge(evidence))[["finding", "claim", "outcome"]]


def _changed(sides: dict[str, pd.DataFrame], key: list[str]) -> pd.DataFrame:
    """The rows of both sides whose last column differs."""
    renamed = [t.rename(columns={t.columns[-1]: side}) for side, t in sides.items()]
    table = renamed[0].merge(renamed[1], on=key)
    return table[table[FIRST] != table[SECOND]].reset_index(drop=True)
