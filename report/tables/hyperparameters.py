"""Where the hyper-parameters matter: functional analysis of variance of the search's trials.

The only file that imports optuna.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from gatewise.report.reading.results import Results
from gatewise.report.statistics.effects import Array
from gatewise.report.tables.trials import PARAMETERS, design

LEAST_TRIALS = 20
MOST_TRIALS = 500
RESAMPLES = 10
TREES = 32


def shares(results: Results, generator: np.random.Generator) -> pd.DataFrame:
    """The part of the variance of a trial's validation score that each hyper-parameter explains.

    Functional ANOVA (Hutter, Hoos & Leyton-Brown 2014) on a random forest: main effects, as shares
    of the whole variance, so that what is missing to 1 is interaction. Trials of all architectures
    are pooled after each architecture's mean is taken out, as every architecture draws from the
    same space; all are of one length, and none was chosen (:func:`.trials.design`). More than
    :data:`MOST_TRIALS` are sampled. Intervals are share ± 1.96 standard deviations over bootstrap
    samples of the trials, and stand or fall with the forest.

    Returns:
        Columns task, parameter, trials, points (different values of it), decades (that they span;
        NaN where one is 0), trained (share of a full training that a trial had), share, low, high;
        tasks with fewer than :data:`LEAST_TRIALS` trials are left out.
    """
    rows = []
    for task, trials in design(results).groupby("task", sort=False):
        known = trials.dropna(subset=["validation_score"])
        searched = [name for name in PARAMETERS if known[name].nunique() > 1]
        if len(known) < LEAST_TRIALS or not searched:
            continue
        score = known["validation_score"]
        centred = (score - score.groupby(known["architecture"]).transform("mean")).to_numpy()
        points = known[searched]
        if len(points) > MOST_TRIALS:
            chosen = generator.choice(len(points), MOST_TRIALS, replace=False)
            points, centred = points.iloc[chosen], centred[chosen]
        whole = np.array(_main_effects(points, centred))
        drawn = []
        for _ in range(RESAMPLES):
            rows_drawn = generator.integers(0, len(points), len(points))
            drawn.append(_main_effects(points.iloc[rows_drawn], centred[rows_drawn]))
        half = 1.96 * np.std(drawn, axis=0, ddof=1)
        low, high = np.maximum(whole - half, 0), np.minimum(whole + half, 1)
        for k, name in enumerate(searched):
            place = (str(task), name, len(known), known[name].nunique(), _decades(known[name]))
            rows.append((*place, known["trained"].iloc[0], whole[k], low[k], high[k]))
    names = "task parameter trials points decades trained share low high"
    return pd.DataFrame(rows, columns=names.split())


def _decades(values: pd.Series) -> float:
    return float(np.log10(values.max() / values.min())) if values.min() > 0 else np.nan


def _main_effects(points: pd.DataFrame, values: Array) -> list[float]:
    """Each column's share of the variance of ``values``."""
    import optuna
    from optuna.distributions import BaseDistribution, CategoricalDistribution, FloatDistribution

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    kinds: dict[str, BaseDistribution] = {
        str(name): CategoricalDistribution(sorted({int(v) for v in column}))
        if name == "batch_size"
        else FloatDistribution(column.min(), column.max(), log=bool(name != "dropout"))
        for name, column in points.items()
    }
    study = optuna.create_study()
    study.add_trials(
        [
            optuna.trial.create_trial(
                params={n: int(v) if n == "batch_size" else v for n, v in point.items()},
                distributions=kinds,
                value=float(value),
            )
            for point, value in zip(points.to_dict("records"), values, strict=True)
        ]
    )
    evaluator = optuna.importance.FanovaImportanceEvaluator(n_trees=TREES, seed=0)
    found = evaluator.evaluate(study)
    return [float(found.get(name, 0.0)) for name in kinds]
