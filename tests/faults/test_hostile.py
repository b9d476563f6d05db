"""Hostile input: whatever is typed or lies in a file, the answer is a result or one clear line."""

from __future__ import annotations

import contextlib
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gatewise.benchmark import cli
from gatewise.benchmark.architectures.cell import Cell, InvalidCell
from gatewise.benchmark.records.experiment import Experiment, InvalidExperiment
from gatewise.benchmark.records.ledger import DamagedLedger, Ledger
from gatewise.report.reading.checks import UnreadableResults
from gatewise.report.reading.results import read
from tests.report.conftest import simulate

# What a shell can pass: any text without a zero byte.
texts = st.text(st.characters(exclude_characters="\0", exclude_categories=("Cs",)), max_size=40)
OPTIONS = (
    *("preset", "study", "tasks", "architectures", "search", "match", "learning", "engine"),
    *("address", "resources"),
)
many = settings(
    max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@many
@given(st.dictionaries(st.sampled_from(OPTIONS), texts, min_size=1, max_size=4))
def test_command_refuses_in_one_line_and_leaves_nothing(tmp_path, capsys, options):
    """The tracking store is unusable too, so that no chance input starts a study."""
    results = tmp_path / "results"
    given_options = [f"--{name}={value}" for name, value in options.items()]
    words = ["gatewise", "run", *given_options, f"--results={results}", "--tracking-uri=ftp://x"]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", words)
        with pytest.raises(SystemExit) as ended:
            cli.main()
    said = capsys.readouterr().err
    assert ended.value.code == 2
    assert said.startswith("gatewise: ")
    assert len(said.splitlines()) == 1
    assert not results.exists()


@pytest.mark.parametrize("budget", [0, -1, 10**18])
def test_a_budget_that_no_layer_has_is_refused(budget):
    from gatewise.benchmark.studies.study import InvalidStudy, Study

    with pytest.raises(InvalidStudy, match=f"budget={budget}: allowed are whole numbers from 1"):
        Study("s", "smoke", ("adding",), ("vanilla",), seeds=1, budget=budget)


@pytest.mark.parametrize("rate", ["-0.1", "0", "nan", "inf", "1e999"])
def test_settings_out_of_range_leave_nothing(tmp_path, capsys, monkeypatch, rate):
    settings, results = tmp_path / "settings.csv", tmp_path / "results"
    settings.write_text(
        "task,architecture,learning_rate,clip_norm,dropout,batch_size\n"
        f"adding,vanilla,{rate},1,0,32\n"
    )
    words = ["gatewise", "run", "--preset=smoke", "--tasks=adding", "--architectures=vanilla"]
    words += [f"--settings={settings}", f"--results={results}"]
    monkeypatch.setattr(sys, "argv", words)
    with pytest.raises(SystemExit) as ended:
        cli.main()
    said = capsys.readouterr().err
    assert ended.value.code == 2
    assert "learning_rate" in said
    assert len(said.splitlines()) == 1
    assert not results.exists()


@many
@given(st.text(max_size=30))
def test_a_study_name_never_leaves_the_results_folder(name):
    from gatewise.benchmark.studies.study import InvalidStudy, Study

    try:
        study = Study(name, "smoke", ("adding",), ("vanilla",), seeds=1)
    except InvalidStudy:
        return
    assert (Path("results") / study.name).resolve().parent == Path("results").resolve()


@many
@given(st.binary(max_size=300))
def test_a_ledger_of_any_bytes_is_read_or_named(tmp_path, content):
    ledger = Ledger(tmp_path)
    ledger.folder.mkdir(exist_ok=True)
    (ledger.folder / "0123456789abcdef.json").write_bytes(content)
    with pytest.raises(DamagedLedger, match="0123456789abcdef"):
        ledger.read("0123456789abcdef")


@pytest.fixture(scope="module")
def tables() -> tuple[bytes, bytes]:
    runs, curves = simulate(np.random.default_rng(0), seeds=2, epochs=2)
    return runs.to_csv(index=False).encode(), curves.to_csv(index=False).encode()


@many
@given(st.data())
def test_tables_with_any_bytes_changed_are_read_or_refused(tmp_path, tables, data):
    for name, content in zip(("runs.csv", "curves.csv"), tables, strict=True):
        changed = bytearray(content)
        for _ in range(data.draw(st.integers(0, 3))):
            start = data.draw(st.integers(0, len(changed) - 1))
            end = min(len(changed), start + data.draw(st.integers(0, 5)))
            changed[start:end] = data.draw(st.binary(max_size=5))
        (tmp_path / name).write_bytes(changed)
    try:
        found = read(tmp_path)
    except UnreadableResults as error:
        refused = str(error)
    else:
        assert len(found.runs) > 0
        return
    assert str(tmp_path) in refused


@many
@given(
    st.recursive(
        st.one_of(st.none(), st.booleans(), st.floats(), texts),
        lambda inner: st.one_of(
            st.lists(inner, max_size=3),
            st.dictionaries(st.sampled_from(["kind", "candidate", "keep", "of", "last"]), inner),
            st.fixed_dictionaries(
                {"kind": st.sampled_from(sorted(Cell.kinds))}, optional={"of": inner}
            ),
        ),
    )
)
def test_a_cell_of_any_data_is_read_or_refused(data):
    with contextlib.suppress(InvalidCell):
        Cell.restore(data)


@many
@given(
    st.fixed_dictionaries(
        {
            name: st.one_of(st.integers(-5, 10**9), st.floats())
            for name in ("learning_rate", "clip_norm", "dropout")
        }
        | {name: st.integers(-5, 10**9) for name in ("budget", "epochs", "batch_size", "seed")}
    )
)
def test_an_experiment_of_any_numbers_is_one_or_is_refused(numbers):
    try:
        made = Experiment("adding", "smoke", "lstm", "{}", patience=1, data_sha256="", **numbers)
    except InvalidExperiment as error:
        refused = str(error).split("=")[0]
    else:
        assert len(made.id) == 16
        assert made.learning_rate > 0
        assert 0 <= made.dropout < 1
        return
    assert refused in numbers
