"""Every architecture against others, pair by pair. Above 0 is better."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, TypeAlias

import numpy as np
import pandas as pd

from gatewise.report.names import REFERENCE, ordered
from gatewise.report.reading.results import Results
from gatewise.report.statistics.effects import LEVEL, Effect
from gatewise.report.statistics.families import UNDECIDED, judge
from gatewise.report.statistics.power import seeds_to_decide
from gatewise.report.statistics.summaries import probability_of_improvement
from gatewise.report.statistics.tests import welch_p, wilcoxon_p
from gatewise.report.tables.runs import TaskRuns

Pair: TypeAlias = tuple[str, str]
"""An architecture, and what it is compared with."""

_PLACE = ("task", "match", "architecture", "reference", "diverged", "margin")
_BESIDE = (
    *("bootstrap_low", "bootstrap_high", "p_welch", "p_wilcoxon"),
    "probability_of_improvement",
)


def verdicts(
    results: Results,
    generator: np.random.Generator,
    pairs: Iterable[Pair] = (),
    level: float = LEVEL,
) -> pd.DataFrame:
    """Every architecture against lstm on every task, and further ``pairs``, paired by seed.

    ``difference`` is the mean improvement over ``reference`` in the task's unit; ``low`` and
    ``high`` bound its interval over seeds and, where example scores are known, test examples;
    ``example_share`` is the part of its variance that the test sample makes. Holm's correction
    runs over all rows of the table, once for the tests of difference and once for those of
    equivalence. ``seeds_needed`` is how many seeds in all would decide an undecided pair; bootstrap
    interval, Welch, Wilcoxon and the probability of improvement stand beside and decide nothing.
    """
    rows: list[dict[str, Any]] = []
    effects: list[Effect] = []
    for match in results.matches:
        for task, mine in results.matched(match).groupby("task", sort=False):
            runs = TaskRuns(mine, results.examples.get(str(task)), generator)
            diverged = set(mine.loc[mine["status"] == "diverged", "architecture"])
            sign = 1.0 if mine["higher_is_better"].iloc[0] else -1.0
            names = list(runs.scores)
            against_reference = [(n, REFERENCE) for n in ordered(names) if n != REFERENCE]
            for first, second in dict.fromkeys([*against_reference, *pairs]):
                contrast = {first: sign, second: -sign}
                if not {first, second} <= set(names) or not runs.seeds(contrast).any():
                    continue
                effects.append(runs.effect(contrast))
                drawn = runs.bootstrap(contrast, effects[-1].mean)
                one, other = (sign * runs.scores[n][runs.seeds(contrast)] for n in contrast)
                rows.append(
                    {
                        "task": task,
                        "match": match,
                        "architecture": first,
                        "reference": second,
                        "diverged": bool(diverged & {first, second}),
                        "margin": float(mine["margin"].iloc[0]),
                        "bootstrap_low": drawn.low,
                        "bootstrap_high": drawn.high,
                        "p_welch": welch_p(one, other),
                        "p_wilcoxon": wilcoxon_p(one - other),
                        "probability_of_improvement": probability_of_improvement(one, other),
                    }
                )
    columns = (*_PLACE, *_BESIDE)
    table = pd.DataFrame(rows, columns=list(columns))
    judged = judge(effects, table["margin"].to_numpy(float), level)
    table = table.assign(**judged)
    table["seeds_needed"] = _seeds_needed(effects, table, 1 - level)
    return table[[*_PLACE, *judged, *_BESIDE, "seeds_needed"]]


def _seeds_needed(effects: Sequence[Effect], table: pd.DataFrame, alpha: float) -> list[float]:
    """For each undecided pair, the seeds that decide it at the level Holm leaves to the next."""
    left = {
        name: alpha / max(1, int((table[name].notna() & ~(table[name] < alpha)).sum()))
        for name in ("p_holm", "p_equivalence_holm")
    }
    return [
        seeds_to_decide(effect, row.margin, left["p_holm"], left["p_equivalence_holm"])
        if row.verdict == UNDECIDED
        else np.nan
        for effect, row in zip(effects, table.itertuples(), strict=True)
    ]


def against_lstm(found: pd.DataFrame, results: Results) -> pd.DataFrame:
    """The rows of :func:`verdicts` that compare with lstm at the leading way of matching."""
    return found[(found["reference"] == REFERENCE) & (found["match"] == results.matches[0])]
