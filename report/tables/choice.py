"""What to use: on each task the best, and of what cannot be told from it the smallest and fastest.

The subset of Gupta (1965, Technometrics 7:225): an architecture is left out only where another's
interval is clear of it, all pairs of all tasks sharing one error.
"""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pandas as pd

from gatewise.report.reading.results import Results
from gatewise.report.statistics.effects import LEVEL
from gatewise.report.tables import race

COLUMNS = (
    *("task", "best", "score", "unit"),
    *("as_good", "smallest", "parameters", "fastest", "cpu_seconds"),
)


def choices(results: Results, level: float = LEVEL) -> pd.DataFrame:
    """One row a task, at the leading way of matching.

    Columns: task; best, the architecture with the best mean score, and its score and unit; as_good,
    how many cannot be told from it, itself among them; smallest of those and its parameters in all;
    fastest to train of those and a run's mean CPU seconds.
    """
    raced = race.races(results.questions, results, level)
    sizes = results.main.groupby("task")["architecture"].nunique()
    pairs = int((sizes * (sizes - 1) / 2).sum())
    rows = []
    for task, mine in results.main.groupby("task", sort=False):
        paid = raced[str(task)].spent if task in raced else _nothing
        left = _left(results, str(task), mine, (1 - level) / max(pairs, 1), paid)
        rows.append(_row(mine, left))
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _nothing(architecture: str) -> float:
    return 1.0


def _left(
    results: Results, task: str, mine: pd.DataFrame, alpha: float, paid: race.Paid
) -> list[str]:
    """The architectures that no other is certainly better than, the best first."""
    runs = results.sides(mine)
    sign = 1.0 if mine["higher_is_better"].iloc[0] else -1.0
    pairs = list(combinations(runs.sides, 2))
    contrasts = [{one: sign, other: -sign} for one, other in pairs]
    spent = np.array([min(paid(one), paid(other)) for one, other in pairs])
    beaten = set()
    if pairs:
        value = runs.estimates(contrasts)
        clear = np.abs(value) > runs.errors(contrasts).quantile(alpha * spent / 2)
        ahead = zip(pairs, value > 0, clear, strict=True)
        beaten = {pair[1 if first else 0] for pair, first, sure in ahead if sure}
    means = {name: sign * side.mean for name, side in runs.sides.items()}
    return [name for name in sorted(means, key=lambda n: -means[n]) if name not in beaten]


def _row(mine: pd.DataFrame, left: list[str]) -> dict[str, object]:
    of = mine[mine["architecture"].isin(left)].groupby("architecture", sort=False)
    size = of["parameters"].first() + of["parameters_other"].first()
    time, score = of["cpu_seconds"].mean(), of["test_score"].mean()
    return {
        "task": mine["task"].iloc[0],
        "best": left[0],
        "score": score[left[0]],
        "unit": mine["unit"].iloc[0],
        "as_good": len(left),
        "smallest": size.idxmin(),
        "parameters": int(size.min()),
        "fastest": time.idxmin(),
        "cpu_seconds": time.min(),
    }
