from __future__ import annotations

import json
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from itertools import islice
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf

from gatewise import tasks
from gatewise.benchmark.architectures import catalogue
from gatewise.benchmark.networks.models import build_model
from gatewise.benchmark.networks.scoring import SCORING
from gatewise.benchmark.records.experiment import Experiment
from gatewise.benchmark.records.provenance import PROVENANCE, provenance
from gatewise.benchmark.training.trainer import Trainer, weighted_mean
from gatewise.tasks.task import Task


def family(task: Task) -> str:
    """One name for tasks that differ in their dial alone."""
    return task.dial.family if task.dial else task.name


def experiment(task: str, architecture: str = "lstm", **options) -> Experiment:
    recipe = tasks.find(task).scale("smoke").recipe
    chosen = {
        "budget": 2000,
        "epochs": 2,
        "patience": 2,
        "batch_size": recipe.batch_size,
        "learning_rate": recipe.learning_rate,
        "clip_norm": recipe.clip_norm,
        "dropout": recipe.dropout,
        "seed": 0,
        **options,
    }
    definition = json.dumps(catalogue.find(architecture).describe(), sort_keys=True)
    return Experiment(task, "smoke", architecture, definition, data_sha256="", **chosen)


def trainer(of: Experiment) -> Trainer:
    task = tasks.find(of.task)
    return Trainer(task, task.load(of.scale), of.group)


def lasting(result) -> dict:
    """A result without its times."""
    volatile = {"wall_seconds", "cpu_seconds", "compile_seconds", "finished_at"}
    kept = {k: v for k, v in result.to_json().items() if k not in volatile}
    for row in kept["curve"]:
        row.pop("seconds")
    return kept


@pytest.fixture(scope="module")
def labelling():
    return trainer(experiment("labelling"))


def test_same_experiment_same_numbers_to_the_last_bit(labelling):
    """Also when other trials ran through the compiled step in between."""
    first = labelling.train(experiment("labelling", seed=1))
    labelling.train(experiment("labelling", seed=2, learning_rate=0.05, dropout=0.6))
    assert lasting(labelling.train(experiment("labelling", seed=1))) == lasting(first)
    fresh = trainer(experiment("labelling"))
    again = fresh.train(experiment("labelling", seed=1))
    assert lasting(again) == lasting(first)
    assert (again.examples.score == first.examples.score).all()


def test_scores_by_example_add_up_to_the_test_score(labelling):
    found = labelling.train(experiment("labelling"))
    assert found.examples.score.shape == (len(labelling.dataset.test),)
    ratio = found.examples.score.sum() / found.examples.weight.sum()
    assert ratio == pytest.approx(found.test_score, rel=1e-6)
    assert labelling.train(experiment("labelling", phase="tuning")).examples is None


def test_a_result_says_what_made_it(labelling):
    assert labelling.train(experiment("labelling")).made == provenance()
    assert tuple(provenance()) == PROVENANCE


def test_one_compile_serves_trials_of_any_setting(labelling):
    labelling.train(experiment("labelling"))
    second = labelling.train(
        experiment("labelling", seed=9, learning_rate=0.1, clip_norm=0.1, dropout=0.4)
    )
    assert second.compile_seconds == 0
    assert len(labelling.bounds) == 2
    assert labelling.step.experimental_get_tracing_count() == 1


def test_every_setting_matters(labelling):
    base = lasting(labelling.train(experiment("labelling")))
    for option in ({"learning_rate": 0.05}, {"clip_norm": 0.01}, {"dropout": 0.7}, {"seed": 1}):
        assert lasting(labelling.train(experiment("labelling", **option))) != base, option


def test_training_learns(labelling):
    result = labelling.train(experiment("labelling", epochs=8, patience=8, learning_rate=0.02))
    losses = [epoch.train_loss for epoch in result.curve]
    assert losses[-1] < 0.5 * losses[0]
    assert result.test_score > 0.6
    assert result.validation_score == max(epoch.validation_score for epoch in result.curve)
    assert result.best_epoch == 1 + int(
        np.argmax([epoch.validation_score for epoch in result.curve])
    )


def test_a_step_moves_the_words_of_its_batch_and_no_others(labelling):
    of = experiment("labelling")
    words = labelling.model.front.parts["words"].embeddings
    labelling.pace(of, steps=0)
    before = np.array(words)
    labelling.pace(of, steps=1)
    moved = (np.array(words) != before).any(axis=1)
    (batch,) = islice(labelling.batches.shuffled(np.random.default_rng(0)), 1)
    named = np.isin(np.arange(len(before)), batch.arrays["inputs"]["words"])
    assert not (moved & ~named).any()
    assert moved.sum() >= named.sum() - 1, "all but the padding"


def test_early_stopping_waits_for_patience(labelling):
    stopped = labelling.train(experiment("labelling", epochs=30, patience=1, learning_rate=0.05))
    scores = [epoch.validation_score for epoch in stopped.curve]
    assert stopped.epochs_run < 30
    assert stopped.epochs_run == stopped.best_epoch + 1
    assert scores[-1] <= scores[-2]


def test_what_is_perfect_is_not_trained_further():
    of = experiment("anbn", epochs=6, patience=6, budget=2000, learning_rate=0.03)
    trained = trainer(replace(of, scale="quick"))
    result = trained.train(of)
    assert result.validation_score == 1.0
    assert result.best_epoch == result.epochs_run < 6
    assert not result.still_gaining(trained.task.metric, trained.task.margin)
    assert [epoch.validation_score < 1.0 for epoch in result.curve[:-1]] == [True] * (
        result.epochs_run - 1
    )


def test_the_rate_is_halved_after_an_epoch_without_a_gain_and_compiles_nothing(labelling):
    """Up to there a training is the constant one's to the last bit, and not after it."""
    options = {"epochs": 8, "patience": 8, "learning_rate": 0.1}
    constant = labelling.train(experiment("labelling", **options))
    halved = labelling.train(experiment("labelling", **options, schedule="halving"))
    assert halved.compile_seconds == 0
    losses = [[epoch.train_loss for epoch in r.curve] for r in (constant, halved)]
    scores = [epoch.validation_score for epoch in constant.curve]
    without = next(n for n in range(1, 8) if scores[n] <= max(scores[:n]))
    assert losses[0][: without + 1] == losses[1][: without + 1]
    assert losses[0][without + 1] != losses[1][without + 1]


def test_the_rate_falls_to_zero_over_the_epochs_and_compiles_nothing(labelling):
    """The first epoch is the constant one's to the last bit; at a rate near 0 little moves."""
    options = {"epochs": 4, "patience": 4, "learning_rate": 0.01}
    constant = labelling.train(experiment("labelling", **options))
    falling = labelling.train(experiment("labelling", **options, schedule="linear"))
    assert falling.compile_seconds == 0
    losses = [[epoch.train_loss for epoch in r.curve] for r in (constant, falling)]
    assert losses[0][0] == losses[1][0]
    assert losses[0][1] != losses[1][1]
    assert falling.epochs_run == 4


def test_only_gains_that_count_put_off_the_end(labelling):
    options = {"epochs": 8, "patience": 2, "learning_rate": 0.01}
    ended = labelling.train(experiment("labelling", **options, least_gain=0.9))
    assert (ended.best_epoch, ended.epochs_run) == (1, 3)
    scores = [epoch.validation_score for epoch in ended.curve]
    assert ended.validation_score == scores[0] < scores[2]


@pytest.mark.parametrize("rate", [1e30, 1e12])
def test_divergence_is_a_result(labelling, rate):
    """1e30 overflows, 1e12 gives losses of 1e11; both count as chance and say at which step."""
    result = labelling.train(experiment("labelling", learning_rate=rate))
    assert result.status == "diverged"
    assert result.diverged_step is not None
    assert result.diverged_step >= 1
    from gatewise.tasks.task import chance

    assert result.test_score == chance(labelling.dataset, labelling.task.metric)


def test_what_diverges_only_in_the_test_split_counts_as_chance(labelling, monkeypatch):
    measured = Trainer._per_target

    def without_bound(self, split, clock):
        scores, losses = measured(self, split, clock)
        return scores, losses * (np.inf if split is self.dataset.test else 1)

    monkeypatch.setattr(Trainer, "_per_target", without_bound)
    result = labelling.train(experiment("labelling", epochs=1))
    assert result.status == "diverged"
    assert result.diverged_step == result.steps
    assert result.examples is None
    assert result.validation_score == result.test_score


def test_tuning_never_reads_the_test_split(labelling):
    result = labelling.train(experiment("labelling", phase="tuning"))
    assert result.test_score is None
    assert not result.test


def test_a_stop_leaves_no_result(labelling):
    assert labelling.train(experiment("labelling"), stopped=lambda: True) is None


# Every task with one architecture, and one task of each pattern with those that read otherwise.
PADDED = [(name, "lstm") for name, task in tasks.present().items() if name == family(task)] + [
    (name, architecture)
    for name in ("sentiment", "labelling", "translation")
    for architecture in ("bi-lstm", "stacked-vanilla")
]


@pytest.mark.parametrize(("name", "architecture"), PADDED)
def test_padding_changes_no_output_and_no_loss(name, architecture):
    """The same examples in arrays twice as wide."""
    task = tasks.find(name)
    dataset = task.load("smoke")
    model = build_model(dataset, task.pattern, catalogue.find(architecture), 5, seed=0)
    split = dataset.test.take(np.arange(8))

    def widened(array: np.ndarray) -> np.ndarray:
        extra = np.ones_like(array) if array.dtype != np.float32 else np.zeros_like(array)
        return np.concatenate([array, extra], axis=1)

    narrow = {
        "inputs": dict(split.inputs),
        "targets": split.targets,
        "weights": split.weights,
        "lengths": split.lengths,
    }
    wide = {**narrow, "inputs": {n: widened(a) for n, a in split.inputs.items()}}
    if split.weights.ndim == 2:
        wide |= {"targets": widened(split.targets), "weights": widened(split.weights)}

    def scored(batch):
        logits = model(batch)
        losses = SCORING[task.metric.kind].loss(logits, batch["targets"])
        return logits, weighted_mean(losses, batch["weights"])

    (logits, loss), (wide_logits, wide_loss) = scored(narrow), scored(wide)
    if split.weights.ndim == 2:
        real = split.weights > 0
        wide_logits = wide_logits[:, : split.targets.shape[1]][real]
        logits = logits[real]
    np.testing.assert_allclose(wide_logits, logits, atol=1e-5)
    assert float(wide_loss) == pytest.approx(float(loss), rel=1e-6)


def test_longer_examples_are_scored_by_length():
    """Against the model alone on those of one length, without padding."""
    of = experiment("parity", epochs=1, patience=1, budget=500)
    trained = trainer(of)
    found, longer = trained.train(of).test, trained.dataset.longer
    assert list(found) == ["at 20", "at 40", "at 80", "at 160"]
    for steps in (20, 160):
        rows = longer.lengths == steps
        numbers, sums = longer.inputs["numbers"][rows, :steps], longer.targets[rows, :steps]
        said = np.argmax(trained.model({"inputs": {"numbers": numbers}, "targets": sums}), -1)
        assert found[f"at {steps}"] == pytest.approx((said == sums)[:, steps // 2 :].mean())


def test_greedy_decoding_follows_the_likeliest_token():
    """Step by step against the teacher-forced model fed its own output."""
    of = experiment("translation", epochs=3, learning_rate=0.02)
    trained = trainer(of)
    result = trained.train(of)
    assert set(result.test) == {"shuffled source", "bleu", "chrf"}
    from gatewise.benchmark.training.trainer import Clock

    split = trained.dataset.test.take(np.arange(6))
    decoded = trained.decode(split, Clock())
    steps = split.targets.shape[1]
    tokens = np.zeros((6, steps), np.int32)
    for step in range(steps):
        batch = {"inputs": split.inputs, "lengths": split.lengths, "targets": tokens}
        logits = trained.model({**batch, "weights": split.weights})
        tokens[:, step] = tf.argmax(logits[:, step], -1)
    end = trained.dataset.end
    for row, ids in zip(tokens.tolist(), decoded, strict=True):
        assert ids == (row[: row.index(end)] if end in row else row)


def test_initial_weights_are_a_function_of_the_seed_and_shared_between_architectures():
    task = tasks.find("labelling")
    dataset = task.load("smoke")

    def weights(name, seed):
        model = build_model(dataset, task.pattern, catalogue.find(name), 5, seed)
        return model.front.get_weights(), model.readout.get_weights()

    front, readout = weights("lstm", 3)
    again_front, _ = weights("lstm", 3)
    other_front, other_readout = weights("NFG", 3)
    for a, b, c in zip(front, again_front, other_front, strict=True):
        np.testing.assert_array_equal(a, b)
        np.testing.assert_array_equal(a, c)
    for a, b in zip(readout, other_readout, strict=True):
        np.testing.assert_array_equal(a, b)
    assert (weights("lstm", 4)[0][0] != front[0]).any()


def resident_megabytes() -> float:
    rows = Path("/proc/self/status").read_text().splitlines()
    return int(next(row for row in rows if row.startswith("VmRSS")).split()[1]) / 1024


def taken_by_trials(trials: int) -> list[float]:
    of = experiment("adding-25", epochs=1, patience=1, budget=500)
    shared = trainer(of)
    taken = []
    for seed in range(trials):
        shared.train(replace(of, seed=seed, learning_rate=1e-3 * (1 + seed % 5)))
        taken.append(resident_megabytes())
    return taken


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="resident memory is unknown")
def test_memory_is_flat_over_two_hundred_trials():
    """Within 50 MB of what it is after the first ten, in a process that has done nothing else.

    What other tests have freed, and the system has taken back or not, would be half of the number.
    """
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        taken = pool.submit(taken_by_trials, 200).result()
    print("MB after trials 1, 10, 50, 100, 200:", *(round(taken[i]) for i in (0, 9, 49, 99, 199)))
    assert max(taken[10:]) - taken[9] < 50
