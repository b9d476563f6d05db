"""Simulated studies with known effects. Test data: no number here is a result."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from gatewise.benchmark.records import columns, packed
from gatewise.report.reading import diagnoses
from tests.report.diagnosed import record

# name: pattern, metric, unit, chance, margin, score of lstm, baselines
TASKS = {
    "labelling": ("synchronous", "accuracy", "share of words", 0.20, 0.005, 0.90),
    "sentiment": ("sequence to class", "accuracy", "share of sentences", 0.50, 0.01, 0.75),
    "translation": ("encoder-decoder", "nats", "nats a token", 5.0, 0.05, 2.0),
    "video": ("synchronous", "accuracy", "share of frames", 0.10, 0.01, 0.80),
}
# share of the skill of lstm that is lost; NIG by construction nothing at all
LOSS = {
    "lstm": 0.0,
    "NIG": 0.0,
    "NFG": 0.30,
    "NOG": 0.10,
    "gru": 0.0,
    "vanilla": 0.40,
    "bi-lstm": -0.10,
    "stacked-lstm": 0.02,
}
GATES = {
    "NIG": {"write": "open"},
    "NFG": {"keep": "open"},
    "NOG": {"emit": "open"},
    "vanilla": {"write": "open", "keep": "shut", "emit": "open"},
    "gru": {"write": "1 - keep", "emit": "open", "reset": "learned"},
}


def simulate(
    generator: np.random.Generator,
    loss: Mapping[str, float] = LOSS,
    tasks: Sequence[str] = tuple(TASKS),
    seeds: int = 5,
    noise: float = 0.003,
    epochs: int = 4,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """runs.csv and curves.csv of a study in which each architecture loses a known share of skill.

    ``noise`` is the standard deviation of the skill over seeds; half of its variance is shared by
    all architectures of a seed, as it is in paired runs.
    """
    names = list(loss)
    index = pd.MultiIndex.from_product(
        [tasks, names, range(seeds)], names=["task", "architecture", "seed"]
    )
    runs = index.to_frame(index=False)
    count = len(runs)
    facts = pd.DataFrame.from_dict(
        TASKS, orient="index", columns=["pattern", "metric", "unit", "chance", "margin", "lstm"]
    )
    runs = runs.join(facts, on="task")
    runs["perfect"] = np.where(runs["metric"] == "accuracy", 1.0, 0.0)
    runs["higher_is_better"] = runs["metric"] == "accuracy"
    shared = generator.normal(size=(len(tasks), 1, seeds)) * noise * np.sqrt(0.5)
    own = generator.normal(size=(len(tasks), len(names), seeds)) * noise * np.sqrt(0.5)
    gap = runs["perfect"] - runs["chance"]
    skill = (runs["lstm"] - runs["chance"]) / gap
    skill *= 1 - runs["architecture"].map(dict(loss))
    skill += (shared + own).ravel()
    runs["test_score"] = runs["chance"] + skill * gap
    runs["validation_score"] = runs["test_score"]
    runs["experiment"] = [f"{k:016x}" for k in range(count)]
    runs["cpu_seconds"] = 10 + generator.gamma(5, 1, count)
    runs["finished_at"] = "2026-01-01T00:00:00+00:00"
    runs["source"] = "a simulation, not data"
    runs["status"] = "finished"
    runs["phase"] = "final"
    runs["match"] = "parameters"
    runs["diverged_step"] = np.nan
    runs["budget_note"] = ""
    blank = {"dial": "", "dial_value": np.nan, "dial_unit": "", "mlflow_experiment": ""}
    blank |= {"solved": np.nan, "solved_step": np.nan}
    runs = runs.assign(**blank)
    fixed: dict[str, Any] = {
        "parameters": 40000,
        "units": 90,
        "epochs_run": epochs,
        "padded_share": 0.2,
    }
    fixed |= {"schedule": "constant", "repetition": 0, "still_gaining": False}
    fixed["test_examples"] = 1000
    for name, column in columns.RUNS.items():
        if name not in runs:
            runs[name] = fixed.get(name, "simulated" if column.kind == "text" else 1)
    gates = {"write": "learned", "keep": "learned", "emit": "learned", "reset": "open"}
    for gate, usual in gates.items():
        runs[f"gate.{gate}"] = [_gates(name).get(gate, usual) for name in runs["architecture"]]
    text = runs["task"] == "translation"
    runs["test.bleu"] = np.where(text, 20 * skill, np.nan)
    runs["test.hidden"] = np.where(runs["task"] == "video", runs["test_score"] - 0.1, np.nan)
    runs["baseline.bigram language model [nats]"] = np.where(text, 4.0, np.nan)
    runs["baseline.word-by-word dictionary [bleu]"] = np.where(text, 12.8, np.nan)
    tagged = np.where(runs["task"] == "labelling", 0.97, np.nan)
    runs["published.a paper (Someone 2000) [accuracy]"] = tagged
    kinds = ("gate.", "test.", "baseline.", "published.")
    extra = [name for name in runs if name.startswith(kinds)]
    curves = (
        runs[["experiment", "task", "architecture", "seed"]]
        .loc[runs.index.repeat(epochs)]
        .reset_index(drop=True)
    )
    epoch = np.tile(np.arange(1, epochs + 1), count)
    grown = 1 - 0.5**epoch
    chance, final = (runs[n].to_numpy().repeat(epochs) for n in ("chance", "test_score"))
    curves = curves.assign(
        epoch=epoch,
        step=epoch * 100,
        train_loss=2.0 / epoch,
        validation_loss=2.1 / epoch,
        validation_score=chance + (final - chance) * grown,
        seconds=epoch * 1.0,
    )
    return runs[[*columns.RUNS, *extra]], curves[list(columns.CURVES)]


def _gates(name: str) -> dict[str, str]:
    """Gates of an architecture; of a corner such as NIG-NOG the union of its parts."""
    found: dict[str, str] = {}
    for part in name.split("-") if name.startswith("N") else [name]:
        found |= GATES.get(part, {})
    if name.startswith("gru"):
        found |= GATES["gru"]
        found |= {"reset": "open"} if "no-reset" in name else {}
        found |= {"write": "open", "keep": "shut"} if "no-update" in name else {}
    return found


Save = Callable[..., Path]


@pytest.fixture
def save(tmp_path: Path) -> Save:
    """Write a simulated study; ``change(runs, curves)`` may alter its tables in place."""

    def saved(
        change: Callable[[pd.DataFrame, pd.DataFrame], object] | None = None,
        seed: int = 1,
        **options: object,
    ) -> Path:
        runs, curves = simulate(np.random.default_rng(seed), **options)
        if change:
            change(runs, curves)
        folder = tmp_path / "study"
        folder.mkdir(exist_ok=True)
        runs.to_csv(folder / "runs.csv", index=False)
        curves.to_csv(folder / "curves.csv", index=False)
        return folder

    return saved


@pytest.fixture
def save_examples() -> Callable[..., None]:
    return _save_examples


def _save_examples(
    folder: Path, generator: np.random.Generator, examples: int = 60, noise: float = 0.05
) -> None:
    """Leave scores by test example that agree with ``runs.csv``, some examples harder than others.

    Examples have one to four targets; what makes one hard is shared by all runs of a task, and
    ``noise`` is what a run adds to each.
    """
    runs = pd.read_csv(folder / "runs.csv", dtype={"experiment": str}, keep_default_na=False)
    for (task, data), mine in runs[runs["phase"] == "final"].groupby(["task", "data_sha256"]):
        weight = generator.integers(1, 5, examples).astype(np.float32)
        hard = generator.normal(0, 0.1, examples)
        score = hard + generator.normal(0, noise, (len(mine), examples))
        score += mine["test_score"].to_numpy()[:, None] - (score @ weight)[:, None] / weight.sum()
        sums = (score * weight).astype(np.float32)
        path = folder / packed.file_name(str(task), str(data))
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(packed.pack(packed.Scores(list(mine["experiment"]), sums, weight)))


@pytest.fixture
def load(tmp_path):
    """The tables of records, each written under the name that it gives itself."""

    def loaded(*records):
        paths = []
        for k, data in enumerate(records):
            data["experiment"] = f"{k:016x}"
            paths.append(tmp_path / f"{k:016x}.json")
            paths[-1].write_text(json.dumps(data), encoding="utf-8")
        return diagnoses.of(paths)

    return loaded


@pytest.fixture
def diagnosed(load):
    return load(record(), record("vanilla", (), 0.5), record("NFG", ("write", "emit"), 0.8))
