"""Tables that are ours are read; of others the first fault is named."""

from __future__ import annotations

import threading

import pandas as pd
import pytest

from gatewise.report import document
from gatewise.report.reading import checks, results


def test_reads_what_a_study_wrote(save):
    read = results.read(save(seeds=3))
    assert read.tasks == ["labelling", "sentiment", "translation", "video"]
    assert read.architectures[:4] == ["lstm", "NIG", "NFG", "NOG"]
    assert len(read.final) == 4 * 8 * 3
    assert read.matches == ["parameters"]
    nats = read.runs[read.runs["task"] == "translation"]
    assert nats["skill"].between(0, 1).all(), "lower nats are more skill"


def test_every_column_of_the_contract_is_needed(save):
    for name, file in [("margin", "runs.csv"), ("mlflow_run", "runs.csv"), ("epoch", "curves.csv")]:
        folder = save()
        pd.read_csv(folder / file).drop(columns=name).to_csv(folder / file, index=False)
        with pytest.raises(checks.UnreadableResults, match=rf"{file}: column '{name}' is missing"):
            results.read(folder)


@pytest.mark.parametrize("file", ["runs.csv", "curves.csv"])
@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda path: path.unlink(), "no such file"),
        (lambda path: path.write_text(""), "not a table"),
        (lambda path: path.write_text(path.read_text().split("\n")[0] + "\n"), "no rows|epochs in"),
        (lambda path: path.write_text(path.read_text()[:-20]), "cut short"),
        (lambda path: path.write_bytes(b"\xff\xfe\x00\x01"), "not a table"),
        (lambda path: path.write_text(path.read_text() + "a" + ",b" * 200 + "\n"), "not a table"),
        (lambda path: path.write_text(path.read_text() + "too,short\n"), "allowed is"),
    ],
)
def test_a_damaged_file_is_named(save, file, damage, message):
    folder = save()
    damage(folder / file)
    with pytest.raises(checks.UnreadableResults, match=message) as caught:
        results.read(folder)
    assert str(folder) in str(caught.value)
    assert file in str(caught.value)


@pytest.mark.parametrize(
    ("column", "value", "allowed"),
    [
        ("phase", "finale", "final or tuning"),
        ("match", "height", "parameters or width"),
        ("status", "", "finished or diverged|not empty"),
        ("metric", "f1", "accuracy or nats"),
        ("higher_is_better", "perhaps", "True or False"),
        ("margin", "-0.5", "above 0"),
        ("margin", "wide", "a number"),
        ("seed", "", "a whole number"),
        ("seed", "1.5", "a whole number"),
        ("budget", "many", "a whole number"),
        ("chance", "1.0", "not the perfect score"),
        ("test_score", "", "finite"),
        ("test_score", "inf", "finite"),
        ("architecture", "", "not empty"),
        ("test.hidden", "much", "a number"),
    ],
)
def test_a_wrong_value_is_named_with_what_is_allowed(save, column, value, allowed):
    def change(runs, curves):
        runs[column] = runs[column].astype(object)
        runs.loc[5, column] = value

    with pytest.raises(checks.UnreadableResults, match=allowed) as caught:
        results.read(save(change))
    assert f"column {column!r} has {value!r} in line 7" in str(caught.value)


def test_one_experiment_is_there_once(save):
    def repeated(runs, curves):
        runs.loc[1, "experiment"] = runs.loc[0, "experiment"]

    def crowded(runs, curves):
        runs.loc[1, "seed"] = runs.loc[0, "seed"]

    for change in (repeated, crowded):
        with pytest.raises(checks.UnreadableResults, match="two runs have"):
            results.read(save(change))


def test_a_task_has_one_margin(save):
    def change(runs, curves):
        runs.loc[0, "margin"] = 0.5

    with pytest.raises(
        checks.UnreadableResults, match="column 'margin' has 2 values on task 'labelling'"
    ):
        results.read(save(change))


def test_runs_and_curves_belong_together(save):
    folder = save()
    runs = (folder / "runs.csv").read_text().splitlines(keepends=True)
    (folder / "runs.csv").write_text("".join(runs[:-1]))
    with pytest.raises(checks.UnreadableResults, match=r"curves.csv: column 'experiment'"):
        results.read(folder)

    def traceless(runs, curves):
        curves.drop(curves.index[curves["experiment"] == runs.loc[0, "experiment"]], inplace=True)

    with pytest.raises(checks.UnreadableResults, match=r"epochs in curves.csv"):
        results.read(save(traceless))


def test_a_table_that_comes_late_is_waited_for(save):
    """Whoever replaces both may have to wait for a processor in between."""
    folder = save()
    runs, curves = folder / "runs.csv", folder / "curves.csv"
    late, before = folder / "late", curves.read_text()
    late.write_text(before)
    first = pd.read_csv(runs, dtype={"experiment": str})["experiment"].iloc[0]
    curves.write_text("\n".join(row for row in before.split("\n") if first not in row))
    with pytest.raises(checks.TablesApart):
        results.read(folder)
    replaced = threading.Timer(0.2, late.replace, [curves])
    replaced.start()
    assert first in set(results.read(folder).curves["experiment"])
    replaced.join()


def test_a_search_alone_is_not_reported(save):
    def change(runs, curves):
        runs["phase"] = "tuning"

    with pytest.raises(checks.UnreadableResults, match="no finished run with phase 'final'"):
        results.read(save(change))


def test_a_diverged_run_counts_as_chance_whatever_was_written(save):
    def change(runs, curves):
        runs.loc[0, ["status", "diverged_step", "validation_loss"]] = ["diverged", 17, float("nan")]

    runs = results.read(save(change)).runs
    assert runs.loc[0, "test_score"] == runs.loc[0, "chance"]
    assert runs.loc[0, "skill"] == 0


def test_names_that_pandas_takes_for_empty_are_names(save):
    def change(runs, curves):
        runs.loc[runs["architecture"] == "gru", "architecture"] = "None"

    assert "None" in results.read(save(change)).architectures


@pytest.mark.parametrize(
    ("column", "value"),
    [
        *(("seed", "inf"), ("cpu_seconds", "inf"), ("wall_seconds", "-1"), ("margin", "inf")),
        *(("margin", "1e300"), ("chance", "inf"), ("perfect", "-inf"), ("test_score", "1e300")),
        *(("test_examples", "0"), ("parameters", "inf"), ("units", "1e999")),
    ],
)
def test_a_number_that_nothing_follows_from_is_refused(save, column, value):
    folder = save(seeds=1, epochs=1, tasks=("labelling",))
    runs = pd.read_csv(folder / "runs.csv", dtype=str, keep_default_na=False)
    runs[column] = value
    runs.to_csv(folder / "runs.csv", index=False)
    with pytest.raises(checks.UnreadableResults, match=f"column '{column}' has '"):
        results.read(folder)


def test_a_clock_that_counts_none_and_curves_that_diverge_have_a_report(save):
    def change(runs, curves):
        runs["cpu_seconds"] = runs["wall_seconds"] = 0.0
        curves.loc[curves.index[:3], "validation_score"] = float("inf")

    folder = save(change, seeds=2, epochs=2, tasks=("labelling",))
    assert document.write(folder).is_file()
