from __future__ import annotations

import dataclasses
import json
import math

import pytest

from gatewise.benchmark.records.experiment import Epoch, Experiment, InvalidExperiment, Result
from gatewise.tasks.metric import Metric

EXAMPLE = Experiment(
    task="labelling",
    scale="smoke",
    architecture="lstm",
    definition="{}",
    budget=40_000,
    epochs=2,
    patience=2,
    batch_size=32,
    learning_rate=0.003,
    clip_norm=1.0,
    dropout=0.1,
    seed=0,
    data_sha256="00",
)


def test_identity_is_stable():
    """Written down once: a change of this value makes every committed run unknown."""
    assert EXAMPLE.id == "48d8885dc5770ce0"


@pytest.mark.parametrize("field", [f.name for f in dataclasses.fields(Experiment)])
def test_every_field_is_part_of_the_identity(field):
    value = getattr(EXAMPLE, field)
    named = {"match": "width", "phase": "tuning", "learning": "rtrl", "schedule": "halving"}
    other = {**named, "dropout": 0.2}.get(
        field, value + "x" if isinstance(value, str) else value + 1
    )
    assert dataclasses.replace(EXAMPLE, **{field: other}).id != EXAMPLE.id


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("seed", -1),
        ("epochs", 0),
        ("patience", 0),
        ("batch_size", 0),
        ("budget", 0),
        ("learning_rate", 0.0),
        ("clip_norm", -1.0),
        ("dropout", 1.0),
        ("match", "height"),
        ("phase", "half"),
        ("schedule", "exponential"),
        ("least_gain", -0.1),
        ("repetition", -1),
    ],
)
def test_values_out_of_range_are_refused_by_name(field, value):
    with pytest.raises(InvalidExperiment, match=f"{field}={value!r}: allowed are"):
        dataclasses.replace(EXAMPLE, **{field: value})


def test_learning_that_is_none_is_refused():
    with pytest.raises(ValueError, match="learning='tbptt': allowed are 'bptt', 'tbptt-K'"):
        dataclasses.replace(EXAMPLE, learning="tbptt")


def test_a_group_is_what_shares_a_compiled_step():
    trial = dataclasses.replace(
        EXAMPLE, seed=5, learning_rate=0.1, dropout=0.5, clip_norm=9.0, epochs=7, phase="tuning"
    )
    trial = dataclasses.replace(trial, schedule="halving", least_gain=0.1, repetition=2)
    assert trial.group == EXAMPLE.group
    for field, value in {
        "batch_size": 64,
        "budget": 10,
        "architecture": "gru",
        "learning": "tbptt-5",
    }.items():
        assert dataclasses.replace(EXAMPLE, **{field: value}).group != EXAMPLE.group


def test_the_learning_rate_of_an_epoch():
    rates = {
        name: [
            dataclasses.replace(EXAMPLE, learning_rate=0.8, epochs=4, schedule=name).rate(*when)
            for when in ((1, 0), (2, 1), (4, 2))
        ]
        for name in ("constant", "halving", "linear", "thirds", "cosine")
    }
    assert rates == {
        "constant": [0.8, 0.8, 0.8],
        "halving": [0.8, 0.4, 0.2],
        "linear": pytest.approx([0.8, 0.6, 0.2]),
        "thirds": pytest.approx([0.8, 0.8 / 3, 0.8 / 27]),
        "cosine": pytest.approx([0.8, 0.4 + 0.2 * 2**0.5, 0.4 - 0.2 * 2**0.5]),
    }


def made(*scores: float, best: int = 1) -> Result:
    """A result with these validation scores, an epoch each."""
    curve = tuple(Epoch(n, 10 * n, 0.5, 0.4, s, 1.0) for n, s in enumerate(scores, 1))
    return Result(
        "finished", None, 0.9, 0.9, math.pi, best, len(curve), 10, 5, 100, 50, "", 0.1, 1.0, 1.0,
        0.5, "2026-01-01T00:00:00+00:00", curve, {"hidden": 0.5}, {"commit": "0123456789ab"},
    )  # fmt: skip


def test_what_is_perfect_has_nothing_left_to_gain():
    result = dataclasses.replace(made(0.5, 1.0, best=2), validation_score=1.0)
    assert not result.still_gaining(Metric("accuracy", "share"), 0.02)
    almost = dataclasses.replace(made(0.5, 0.999, best=2), validation_score=0.999)
    assert almost.still_gaining(Metric("accuracy", "share"), 0.02)


@pytest.mark.parametrize(
    ("scores", "best", "still"),
    [
        ((0.5,), 1, True),
        ((0.5, 0.6), 2, True),
        ((0.5, 0.7, 0.6), 2, False),
        # It gained a tenth of the margin at most, and none of it counted; then more.
        ((0.5, 0.7, 0.7015), 2, False),
        ((0.5, 0.7, 0.7025), 2, True),
        ((0.5, 0.7, 0.6, 0.7), 2, False),
    ],
)
def test_a_training_that_still_gained_says_so(scores, best, still):
    result = made(*scores, best=best)
    assert result.still_gaining(Metric("accuracy", "share"), 0.02) is still
    lower = made(*(-s for s in scores), best=best)
    assert lower.still_gaining(Metric("nats", "nats"), 0.02) is still
    assert not dataclasses.replace(result, status="diverged").still_gaining(
        Metric("accuracy", "share"), 0.02
    )


@pytest.mark.parametrize(
    ("scores", "step"), [((0.5, 0.98), None), ((0.99,), 10), ((0.5, 0.995, 0.6, 1.0), 20)]
)
def test_a_task_is_solved_when_validation_first_gets_there(scores, step):
    assert made(*scores).solved_step(Metric("accuracy", "share"), 0.99) == step
    lower = made(*(-s for s in scores))
    assert lower.solved_step(Metric("nats", "nats"), -0.99) == step


def test_titles_tell_repetitions_apart():
    final = dataclasses.replace(EXAMPLE, seed=2003, repetition=2)
    assert final.title == "labelling · lstm · seed 2003 · repetition 2"
    trial = dataclasses.replace(EXAMPLE, seed=1_100_004, repetition=1, phase="tuning")
    assert trial.title == "labelling · lstm · trial 4 · repetition 1"


def test_result_survives_json():
    result = made(0.9)
    assert Result.from_json(json.loads(json.dumps(result.to_json()))) == result
