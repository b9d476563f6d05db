"""What the report says of one task."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from gatewise.report.names import REFERENCE
from gatewise.report.reading import examples
from gatewise.report.reading.diagnoses import Diagnoses
from gatewise.report.reading.results import Results
from gatewise.report.study import Study
from gatewise.report.tables import lengths, scores
from gatewise.report.tables.diagnosis import decay, learn_or_work
from gatewise.report.tables.standing import Standing
from gatewise.report.tables.verdicts import DOUBTS
from gatewise.report.words import SETTINGS, slug, spread

LINKED = ["seed", "test_score", "status", "mlflow_run", "mlflow_experiment"]
"""What the list of every run says of one."""


@dataclass(frozen=True)
class Why:
    """What a task's page says of why: :func:`.diagnosis.decay` and
    :func:`.diagnosis.learn_or_work`."""

    found: Diagnoses
    decay: pd.DataFrame
    lesions: pd.DataFrame
    examples: int
    seed: int
    again: tuple[str, ...]
    """Architectures whose weights, trained again, do not score as the run did."""


@dataclass(frozen=True)
class TaskPage:
    """What the report says of one task."""

    name: str
    slug: str
    facts: dict[str, Any]
    digits: int
    baselines: list[tuple[str, str, float]]
    published: list[tuple[str, str, float]]
    standing: Standing
    scores: pd.DataFrame
    verdicts: pd.DataFrame
    other_pairs: pd.DataFrame
    doubts: list[str]
    """In words what keeps verdicts here from being certain."""
    further: pd.DataFrame
    lengths: pd.DataFrame
    solved: pd.DataFrame
    curves: pd.DataFrame
    settings: dict[str, str]
    runs: list[tuple[str, list[Any]]]
    """By architecture its runs at the leading way of matching, in the order of seeds."""
    sizes: dict[str, dict[str, Any]]
    """By architecture its row of ``scores``."""
    way: str
    examples: list[examples.Example]
    why: Why | None


def of_task(study: Study, task: str) -> TaskPage:
    """The page of one task.

    Raises:
        UnreadableResults: an example that a run answered is damaged.
    """
    results, found = study.results, study.verdicts
    runs = results.main[results.main["task"] == task]
    first = runs.iloc[0] if len(runs) else results.final[results.final["task"] == task].iloc[0]
    mine = found[(found["task"] == task) & (found["match"] == results.matches[0])]
    against = mine[mine["reference"] == REFERENCE]
    way, shown = examples.read(study.folder, runs)
    names = ("pattern", "scale", "metric", "unit", "chance", "perfect", "margin", "source")
    sizes = ("train_examples", "test_examples", "padded_share", "data_sha256")
    return TaskPage(
        name=task,
        slug=slug(task),
        facts={name: first[name] for name in (*names, *sizes, "task_summary", "higher_is_better")},
        digits=4 if first["metric"] == "accuracy" else 3,
        baselines=scores.beside(runs, "baseline"),
        published=scores.beside(runs, "published"),
        standing=study.standings.get(task, Standing()),
        scores=study.scores[study.scores["task"] == task],
        verdicts=against.sort_values("difference", ascending=False),
        other_pairs=mine[mine["reference"] != REFERENCE],
        doubts=[text for d, text in DOUBTS.items() if mine["doubt"].str.contains(d).any()],
        further=scores.further_scores(runs),
        lengths=lengths.by_length(runs),
        solved=lengths.beside(runs),
        curves=scores.curves(results, task),
        settings={name: spread(runs[name]) for name in SETTINGS},
        runs=[
            (name, list(mine.sort_values("seed").itertuples()))
            for name, mine in runs.groupby("architecture", sort=False)[LINKED]
        ],
        sizes=study.scores[study.scores["task"] == task].set_index("architecture").to_dict("index"),
        way=way,
        examples=shown,
        why=_why(study.diagnoses, results, task),
    )


def _why(found: Diagnoses, results: Results, task: str) -> Why | None:
    """Of a task's diagnosed runs; None where there are none."""
    mine = found.of_task(task)
    if mine.runs.empty:
        return None
    seed = int(mine.runs["seed"].min())
    runs = results.main[(results.main["task"] == task) & (results.main["seed"] == seed)]
    validation = runs.set_index("architecture")["validation_score"]
    differing = ~np.isclose(mine.runs["score"], mine.runs["recorded"], rtol=1e-4)
    return Why(
        found=mine,
        decay=decay(mine),
        lesions=learn_or_work(mine, validation),
        examples=int(mine.runs["examples"].max()),
        seed=seed,
        again=tuple(mine.runs["architecture"][differing]),
    )
