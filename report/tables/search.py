"""What the search of the hyper-parameters tried, and what it found."""

from __future__ import annotations

import numpy as np
import pandas as pd

from gatewise.report.names import REFERENCE, ordered
from gatewise.report.reading.results import Results
from gatewise.report.statistics.effects import LEVEL
from gatewise.report.statistics.families import BETTER, UNKNOWN, WORSE
from gatewise.report.statistics.summaries import best_of
from gatewise.report.statistics.tests import welch_p
from gatewise.report.tables.trials import PARAMETERS, PLACE, design, in_full


def best_trials(results: Results, share: float = 0.1, level: float = LEVEL) -> pd.DataFrame:
    """The published protocol: Welch's test on each architecture's best tenth of its trials.

    Greff et al. 2017 compare the best 10% of the trials of the search itself, which selects and
    tests on the same runs and corrects for nothing. Here by validation score, among the trials that
    were trained in full.

    Returns:
        Columns task, architecture, trials, difference, p, statement; empty without a search.
    """
    rows = []
    tried = design(results).groupby(["task", "architecture"]).size()
    for task, trials in in_full(results).groupby("task", sort=False):
        sign = 1.0 if trials["higher_is_better"].iloc[0] else -1.0
        best = {
            str(name): np.sort(sign * runs.dropna().to_numpy())[::-1]
            for name, runs in trials.groupby("architecture", sort=False)["validation_score"]
        }
        best = {
            n: v[: max(2, round(share * tried[task, n]))] for n, v in best.items() if len(v) >= 2
        }
        for name in ordered(best):
            if name == REFERENCE or REFERENCE not in best:
                continue
            difference = float(best[name].mean() - best[REFERENCE].mean())
            p = welch_p(best[name], best[REFERENCE])
            said = UNKNOWN if not p < 1 - level else BETTER if difference > 0 else WORSE
            rows.append((task, name, len(best[name]), difference, p, said))
    return pd.DataFrame(
        rows, columns=["task", "architecture", "trials", "difference", "p", "statement"]
    )


def effort(results: Results) -> pd.DataFrame:
    """Best validation score against the number of trials, as a share of the skill.

    One order of trials is luck; so for each number k the mean over all samples of k of the trials
    is taken (Dodge et al. 2019, here without replacement; :func:`.summaries.best_of`). That holds
    only of trials that nothing chose, :func:`.trials.design`; of several repetitions of the search
    it is the mean.

    Returns:
        Columns task, architecture, trials, best, trained (share of a full training that a trial
        had); empty without a search.
    """
    rows = []
    for (task, name, _), trials in design(results).groupby(list(PLACE), sort=False):
        first = trials.iloc[0]
        skill = (trials["validation_score"] - first["chance"]) / (
            first["perfect"] - first["chance"]
        )
        found = best_of(skill.dropna().to_numpy())
        rows += [(task, name, k, best, first["trained"]) for k, best in enumerate(found, 1)]
    table = pd.DataFrame(rows, columns=["task", "architecture", "trials", "best", "trained"])
    return table.groupby(["task", "architecture", "trials"], sort=False, as_index=False).mean()


def settings(results: Results) -> pd.DataFrame:
    """What every task and architecture was trained at, one row for each way of matching.

    And one for each repetition of the search, which chose by itself. ``trials`` is how many
    trainings it made, ``validation_score`` what that setting had when it was trained last, by which
    it was chosen; empty without a search. ``gatewise run --settings`` starts from this table.
    """
    place, point = list(PLACE), [*PLACE, *PARAMETERS]
    searched = results.tuning.groupby(place).agg(trials=("seed", "size"))
    last = results.tuning.sort_values("seed", kind="stable").drop_duplicates(point, keep="last")
    scores = last.set_index(point)["validation_score"]
    shown = results.final.drop_duplicates([*place, "match"]).drop(columns="validation_score")
    shown = shown.join(searched, on=place).join(scores, on=point)
    shown = shown.assign(trials=shown["trials"].fillna(0).astype(int))
    columns = ("units", "parameters", "trials", "validation_score")
    names = ["task", "scale", "architecture", "match", "repetition", *PARAMETERS, *columns]
    return shown[names].reset_index(drop=True)
