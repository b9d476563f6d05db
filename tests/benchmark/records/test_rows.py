"""A run comes back from its rows in the tables to the last bit, whatever its numbers are."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatewise import tasks
from gatewise.benchmark.architectures import catalogue
from gatewise.benchmark.records import columns, rows
from gatewise.benchmark.records.experiment import Epoch, Experiment, Result
from gatewise.benchmark.records.facts import TaskFacts
from gatewise.benchmark.records.meaning import meaning
from gatewise.benchmark.records.provenance import PROVENANCE
from gatewise.benchmark.records.rows import Row, UnreadableRow
from gatewise.benchmark.records.tables import curve_rows, run_row
from gatewise.tasks.task import Baseline

AWKWARD = [
    *(1e-300, 5e-324, 1.7976931348623157e308, -0.0, 0.1 + 0.2, 1e22, 1 / 3, 123456789.0),
    *(float("nan"), float("inf"), float("-inf")),
]
ABOVE_0 = st.floats(0, exclude_min=True, allow_infinity=False) | st.sampled_from(
    [1, 1e-300, 5e-324]
)
ANY = st.floats() | st.sampled_from(AWKWARD)
FINITE = st.floats(allow_nan=False, allow_infinity=False) | st.sampled_from([0, 1, -0.0, 1e-300])
COUNT = st.integers(0, 10**12)
WORDS = st.text(st.characters(exclude_categories=["C"]), min_size=1, max_size=12)


@cache
def meant(task: str, architecture: str) -> Mapping[str, str]:
    return meaning(task, architecture)


EXPERIMENTS = st.builds(
    lambda task, architecture, **chosen: Experiment(
        task=task, architecture=architecture, **meant(task, architecture), **chosen
    ),
    task=st.sampled_from(["adding", "labelling", "copying-50@250"]),
    architecture=st.sampled_from(["lstm", "GRU", "tree-lstm", "vanilla"]),
    scale=st.sampled_from(["smoke", "quick"]),
    budget=st.integers(1, 10**9),
    epochs=st.integers(1, 99),
    patience=st.integers(1, 99),
    batch_size=st.integers(1, 512),
    learning_rate=ABOVE_0,
    clip_norm=ABOVE_0 | st.just(float("inf")),
    dropout=st.floats(0, 1, exclude_max=True) | st.just(0),
    seed=COUNT,
    data_sha256=st.sampled_from(["0" * 64, "1e5" + "0" * 61, "5ca1ab1e" * 8]),
    match=st.sampled_from(list(columns.MATCHES)),
    learning=st.sampled_from(["bptt", "tbptt-7"]),
    phase=st.sampled_from(columns.PHASES),
    schedule=st.sampled_from(columns.SCHEDULES),
    least_gain=st.floats(0, allow_infinity=False) | st.just(0),
    repetition=st.integers(0, 9),
)
RESULTS = st.builds(
    lambda scores, **found: Result(
        epochs_run=len(scores),
        curve=tuple(Epoch(k, *numbers) for k, numbers in enumerate(scores, 1)),
        **found,
    ),
    scores=st.lists(st.tuples(COUNT, ANY, ANY, ANY, FINITE), max_size=4),
    status=st.sampled_from(columns.STATUSES),
    diverged_step=st.none() | COUNT,
    test_score=st.none() | FINITE,
    validation_score=FINITE,
    validation_loss=ANY,
    best_epoch=COUNT,
    steps=COUNT,
    units=COUNT,
    parameters=COUNT,
    parameters_other=COUNT,
    budget_note=st.just("") | WORDS,
    padded_share=FINITE,
    wall_seconds=FINITE,
    cpu_seconds=FINITE,
    compile_seconds=FINITE,
    finished_at=st.just("2026-01-01T00:00:00+00:00"),
    test=st.dictionaries(WORDS, FINITE, max_size=4),
    made=st.fixed_dictionaries(dict.fromkeys(PROVENANCE, WORDS)),
)
BASELINES = st.lists(
    st.builds(Baseline, WORDS, FINITE, st.sampled_from(["nats", "accuracy"])),
    max_size=3,
    unique_by=lambda baseline: (baseline.name, baseline.metric),
)


def through_a_table(records: Sequence[Mapping[str, object]]) -> list[Row]:
    """Rows as they come back from a file."""
    text = io.StringIO()
    if records:
        writer = csv.DictWriter(text, list(records[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(records)
    return list(csv.DictReader(io.StringIO(text.getvalue())))


def plain(result: Result) -> str:
    """As text, in which no number is equal to none."""
    return json.dumps(result.to_json(), sort_keys=True)


@given(EXPERIMENTS, RESULTS, BASELINES, FINITE)
def test_a_run_comes_back_whatever_its_numbers_are(experiment, result, baselines, chance):
    facts = TaskFacts(
        experiment.task, experiment.scale, experiment.data_sha256, chance, 9, 3, tuple(baselines)
    )
    (row,) = through_a_table([run_row("s", facts, experiment, result)])
    curve = through_a_table(curve_rows(experiment, result))
    assert repr(rows.experiment(row)) == repr(experiment)
    assert rows.experiment(row).id == row["experiment"] == experiment.id
    assert plain(rows.result(row, curve)) == plain(result)
    assert repr(rows.facts(row)) == repr(facts)


FIRST = Experiment(
    "adding", "smoke", "lstm", budget=500, epochs=2, patience=1, batch_size=8, learning_rate=0.1,
    clip_norm=1.0, dropout=0.0, seed=0, data_sha256="0" * 64, **meaning("adding", "lstm"),
)  # fmt: skip
FOUND = Result(
    "finished", None, 0.5, 0.5, 0.7, 1, 1, 10, 5, 9, 9, "", 0.0, 1.0, 1.0, 0.1,
    "2026-01-01T00:00:00+00:00", (Epoch(1, 10, 1.0, 0.7, 0.5, 1.0),),
    made=dict.fromkeys(PROVENANCE, "unknown"),
)  # fmt: skip
FACTS = TaskFacts("adding", "smoke", "0" * 64, 0.2, 9, 3, (Baseline("mean", 0.2, "squared error"),))


def of(task: str, architecture: str) -> Experiment:
    return replace(FIRST, task=task, architecture=architecture, **meaning(task, architecture))


@pytest.mark.parametrize("names", ["tasks", "architectures"])
def test_every_task_and_architecture_comes_back(names):
    pairs = {
        "tasks": [(task, "lstm") for task in tasks.registry()],
        "architectures": [("adding", name) for name in catalogue.CATALOGUE],
    }
    for experiment in (of(*pair) for pair in pairs[names]):
        (row,) = through_a_table([run_row("s", FACTS, experiment, FOUND)])
        assert rows.experiment(row) == experiment


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"status": "fine"}, "status='fine': allowed is 'finished' or 'diverged'"),
        ({"steps": "1.5"}, "steps='1.5': allowed is a whole number"),
        ({"units": ""}, "units='': allowed is a whole number"),
        ({"padded_share": "few"}, "padded_share='few': allowed is a number"),
        ({"finished_at": ""}, "finished_at='': allowed is a text that is not empty"),
        ({"epochs_run": "3"}, "epochs_run='3', and 1 epochs in curves.csv"),
        ({"chance": "nan"}, "chance=nan: allowed is a finite number"),
        ({"test_score": "inf"}, "test_score=inf: allowed is a finite number"),
        ({"validation_score": "nan"}, "validation_score=nan: allowed is a finite number"),
        ({"test.at 80": "nan"}, "at 80=nan: allowed is a finite number"),
    ],
)
def test_a_cell_of_another_kind_is_named(change, message):
    (row,) = through_a_table([run_row("s", FACTS, FIRST, FOUND)])
    curve = through_a_table(curve_rows(FIRST, FOUND))
    with pytest.raises(UnreadableRow) as told:
        _ = rows.result({**row, **change}, curve), rows.facts({**row, **change})
    assert message in str(told.value)


@pytest.mark.parametrize("numbers", [[2, 1], [1, 1], [1, 3], [0, 1]])
def test_a_curve_has_every_epoch_once_and_in_order(numbers):
    curve = tuple(Epoch(k, 10, 1.0, 0.7, 0.5, 1.0) for k in numbers)
    result = replace(FOUND, curve=curve, epochs_run=2)
    (row,) = through_a_table([run_row("s", FACTS, FIRST, result)])
    with pytest.raises(UnreadableRow, match="each of them once, in their order"):
        rows.result(row, through_a_table(curve_rows(FIRST, result)))
