"""Tables that are ours are read; of others the first fault is named."""

from __future__ import annotations

import numpy as np
import pytest

from gatewise.report.reading import checks, results, scores


def test_example_scores_are_read_where_all_runs_left_them(save, save_examples):
    folder = save(tasks=("labelling", "video"), loss={"lstm": 0.0, "gru": 0.0}, seeds=2)
    save_examples(folder, np.random.default_rng(0), examples=30)
    found = results.read(folder)
    assert set(found.examples) == {"labelling", "video"}
    examples = found.examples["video"]
    run = found.final[found.final["task"] == "video"].iloc[2]
    sums = examples.sums[examples.places[run["experiment"]]]
    assert sums.sum() / examples.weights.sum() == pytest.approx(run["test_score"], abs=1e-5)
    (folder / "examples" / f"{run['experiment']}.npz").unlink()
    assert set(results.read(folder).examples) == {"labelling"}


def test_a_diverged_run_scores_chance_on_every_example(save, save_examples):
    def change(runs, curves):
        runs.loc[0, "status"] = "diverged"

    folder = save(change, tasks=("labelling",), loss={"lstm": 0.0, "gru": 0.0}, seeds=2)
    save_examples(folder, np.random.default_rng(0))
    (folder / "examples" / "0000000000000000.npz").unlink()
    examples = results.read(folder).examples["labelling"]
    assert examples.sums[0] == pytest.approx(0.2 * examples.weights)


def test_many_examples_are_pooled_and_no_sum_is_lost(monkeypatch):
    monkeypatch.setattr(scores, "MOST_EXAMPLES", 4)
    pooled = scores._pooled(np.arange(10.0))
    assert pooled.tolist() == [0 + 4 + 8, 1 + 5 + 9, 2 + 6, 3 + 7]


@pytest.mark.parametrize(
    ("arrays", "said"),
    [
        ({"score": np.ones(60, np.float32)}, "whose mean is the test_score"),
        ({"score": np.ones(3, np.float32)}, r"allowed are \(60,\)"),
        ({"points": np.ones(60, np.float32)}, "no array 'score'"),
        ({"score": np.full(60, np.nan, np.float32)}, "finite"),
        ({"score": np.array([{}] * 60)}, "no array 'score'"),
        (b"not a zip", "no array 'score'"),
    ],
)
def test_damaged_example_scores_are_refused(save, save_examples, arrays, said):
    folder = save(tasks=("labelling",), loss={"lstm": 0.0, "gru": 0.0}, seeds=2)
    save_examples(folder, np.random.default_rng(0))
    path = folder / "examples" / "0000000000000001.npz"
    if isinstance(arrays, bytes):
        path.write_bytes(arrays)
    else:
        np.savez(path, weight=np.ones(60, np.float32), **arrays)
    with pytest.raises(checks.UnreadableResults, match=said):
        results.read(folder)
