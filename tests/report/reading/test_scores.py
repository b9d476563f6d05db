"""Scores by example: read where all runs left them, held against the scores of the tables."""

from __future__ import annotations

from dataclasses import replace
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
    names = [found.experiments[k] for k in keep]
    left = replace(found, experiments=names, sums=found.sums[keep])
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


def test_scores_of_whole_texts_are_read_though_each_is_rounded_to_a_whole_number(
    save, save_examples
):
    """Their mean is that of the table to rounding, and is made the table's to the last digit."""
    folder = save(tasks=("labelling",), loss=TWO, seeds=2)
    save_examples(folder, np.random.default_rng(0))
    path = only(folder, "labelling")
    known = packed.unpack(path.read_bytes())
    # As if each example were a text of so many characters that all scores lie above 64.
    longer = np.float32(2 ** np.ceil(np.log2(64 / known.sums.min())))
    texts = Scores(known.experiments, known.sums * longer + 0.3, known.weights * longer)
    path.write_bytes(packed.pack(texts))
    assert packed.unpack(path.read_bytes()).rounded
    found = results.read(folder)
    examples = found.examples["labelling"]
    for run in found.final.itertuples():
        sums = examples.sums[examples.places[run.experiment]]
        assert sums.sum() / examples.weights.sum() == pytest.approx(run.test_score, rel=1e-6)


def test_a_damaged_file_is_named_with_its_cure(save, save_examples):
    folder = save(tasks=("labelling",), loss=TWO, seeds=2)
    save_examples(folder, np.random.default_rng(0))
    path = only(folder, "labelling")
    path.write_bytes(path.read_bytes()[:-30])
    with pytest.raises(checks.UnreadableResults, match=r"scores/.+writes it anew"):
        results.read(folder)
