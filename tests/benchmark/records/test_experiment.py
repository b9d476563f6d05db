from __future__ import annotations

import dataclasses
import json
import math

import pytest

from gatewise.benchmark.records.experiment import Epoch, Experiment, InvalidExperiment, Result

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
    other = {"match": "width", "phase": "tuning", "dropout": 0.2, "learning": "rtrl"}.get(
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
    assert trial.group == EXAMPLE.group
    for field, value in {
        "batch_size": 64,
        "budget": 10,
        "architecture": "gru",
        "learning": "tbptt-5",
    }.items():
        assert dataclasses.replace(EXAMPLE, **{field: value}).group != EXAMPLE.group


def test_result_survives_json():
    epochs = (Epoch(1, 10, 0.5, 0.4, 0.9, 1.0),)
    result = Result(
        "finished", None, 0.9, 0.9, math.pi, 1, 1, 10, 5, 100, 50, "", 0.1, 1.0, 1.0, 0.5,
        "2026-01-01T00:00:00+00:00", epochs, {"hidden": 0.5}, {"commit": "0123456789ab"},
    )  # fmt: skip
    assert Result.from_json(json.loads(json.dumps(result.to_json()))) == result
