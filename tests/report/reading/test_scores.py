"""Scores by example: read where all runs left them, held against the scores of the tables."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from gatewise.benchmark.records import packed
from gatewise.benchmark.records.packed import Scores
from gatewise.report.reading import checks, results

TWO = {"lstm": 0.0, "gru": 0.0}


def only(folder: Path, task: str) -> Path:
    (path,) = (folder / "scores").glob(f"{task}-*.npz")
    return path


def without(path: Path, name: str) -> None:
    """Leave one run out of a file."""
    found = packed.unpack(path.read_bytes())
    keep = [k for k, known in enumerate(found.experiments) if known != name]
    left = Scores([found.experiments[k] for k in keep], found.sums[keep], found.weights)
    path.write_bytes(packed.pack(left))


def test_example_scores_are_read_where_all_runs_left_them(save, save_examples):
    folder = save(tasks=("labelling", "video"), loss=TWO, seeds=2)
    save_examples(folder, np.random.default_rng(0), examples=30)
    found = results.read(folder)
    assert set(found.examples) == {"labelling", "video"}
    examples = found.examples["video"]
    run = found.final[found.final["task"] == "video"].iloc[2]
    sums = examples.sums[examples.places[run["experiment"]]]
    assert sums.sum() / examples.weights.sum() == pytest.approx(run["test_score"], rel=1e-6)
    without(only(folder, "video"), run["experiment"])
    assert set(results.read(folder).examples) == {"labelling"}


def test_a_diverged_run_scores_chance_on_every_example(save, save_examples):
    def change(runs, curves):
        runs.loc[0, "status"] = "diverged"

    folder = save(change, tasks=("labelling",), loss=TWO, seeds=2)
    save_examples(folder, np.random.default_rng(0))
    without(only(folder, "labelling"), "0000000000000000")
    examples = results.read(folder).examples["labelling"]
    assert examples.sums[0] == pytest.approx(0.2 * examples.weights)


def test_scores_of_another_mean_than_the_table_says_are_refused(save, save_examples):
    folder = save(tasks=("labelling",), loss=TWO, seeds=2)
    save_examples(folder, np.random.default_rng(0))
    path = only(folder, "labelling")
    known = packed.unpack(path.read_bytes())
    known.sums[1] *= 1.1
    path.write_bytes(packed.pack(known))
    with pytest.raises(checks.UnreadableResults, match="allowed is about the test_score"):
        results.read(folder)


def test_a_damaged_file_is_named_with_its_cure(save, save_examples):
    folder = save(tasks=("labelling",), loss=TWO, seeds=2)
    save_examples(folder, np.random.default_rng(0))
    path = only(folder, "labelling")
    path.write_bytes(path.read_bytes()[:-30])
    with pytest.raises(checks.UnreadableResults, match=r"scores/.+writes it anew"):
        results.read(folder)
