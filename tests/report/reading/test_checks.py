"""Checks follow from the columns alone: a new column is held to what it says, and no file more."""

from __future__ import annotations

import json

import pytest

from gatewise.benchmark.records.column import BOOL, FLOAT, INT, RECORD, TEXT, Column
from gatewise.benchmark.records.columns import RUNS
from gatewise.benchmark.records.fields import DIAGNOSTICS
from gatewise.report.reading.checks import UnreadableResults, record, table


def named(*columns: Column) -> dict[str, Column]:
    return {column.name: column for column in columns}


NAME, COUNT = Column("name", TEXT, "a name"), Column("count", INT, "how many")


@pytest.fixture
def read(tmp_path):
    """A table of these lines, held against these columns."""

    def reading(columns, *lines):
        path = tmp_path / "table.csv"
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return table(path, named(*columns))

    return reading


@pytest.mark.parametrize("kind", [TEXT, INT, FLOAT])
def test_a_column_of_a_later_edition_may_be_missing_and_is_empty_then(read, kind):
    found = read([NAME, Column("novel", kind, "new", since=2)], "name", "a", "b")
    assert (found["novel"].isna() | (found["novel"] == "")).all()


def test_a_column_of_the_first_edition_may_not(read):
    with pytest.raises(UnreadableResults, match="column 'count' is missing"):
        read([NAME, COUNT], "name", "a")


@pytest.mark.parametrize(
    ("column", "value", "allowed"),
    [
        (COUNT, "1.5", "a whole number"),
        (COUNT, "inf", "a whole number"),
        (COUNT, "", "a whole number"),
        (Column("share", FLOAT, "a share"), "much", "a number"),
        (Column("yes", BOOL, "whether"), "perhaps", "True or False"),
        (Column("way", TEXT, "which", allowed=("up", "down")), "left", "up or down"),
        (Column("novel", INT, "new", since=2), "", "a whole number"),
    ],
)
def test_a_value_is_held_to_its_column(read, column, value, allowed):
    with pytest.raises(UnreadableResults, match=f"allowed is {allowed}$") as caught:
        read([NAME, column], f"name,{column.name}", f"a,{value}")
    assert f"column {column.name!r} has {value!r} in line 2" in str(caught.value)


def test_what_may_be_empty_is_nothing_and_no_text_of_it(read):
    columns = [NAME, Column("count", INT, "how many", may_be_empty=True)]
    found = read(columns, "name,count", "NA,", "None,3")
    assert found["name"].tolist() == ["NA", "None"]
    assert found["count"].isna().tolist() == [True, False]


def test_further_columns_are_held_to_their_kind(read):
    assert read([NAME], "name,test.bleu", "a,1", "b,")["test.bleu"].isna().tolist() == [False, True]
    with pytest.raises(UnreadableResults, match=r"'test\.bleu' has 'much'"):
        read([NAME], "name,test.bleu", "a,much")


ID = Column("experiment", TEXT, "its name")


@pytest.mark.parametrize(
    ("column", "value", "message"),
    [
        (Column("rows", INT, "numbers", depth=2), [[1], 2], r"'rows\[1\]' has '2'"),
        (Column("rows", FLOAT, "numbers", depth=1), [1, None], r"'rows\[1\]' has 'None'"),
        (Column("on", BOOL, "whether"), 1, "'on' has '1'"),
        (Column("count", INT, "how many"), True, "'count' has 'True'"),
        (Column("at", TEXT, "where", allowed=("here",)), "there", "'at' has 'there'"),
        (Column("part", RECORD, "a part"), [], r"'part' has '\[\]'"),
    ],
)
def test_a_field_is_held_to_its_column(tmp_path, column, value, message):
    path = tmp_path / "x.json"
    path.write_text(json.dumps({"experiment": "x", column.name: value}))
    with pytest.raises(UnreadableResults, match=message):
        record(path, named(ID, column), "record")


def test_a_field_of_a_later_edition_may_be_missing(tmp_path):
    path = tmp_path / "x.json"
    path.write_text('{"experiment": "x"}')
    assert record(path, named(ID, Column("novel", INT, "new", since=2)), "record")
    with pytest.raises(UnreadableResults, match="'count' is missing"):
        record(path, named(ID, COUNT), "record")


def test_every_column_says_what_it_means():
    for columns in (RUNS, DIAGNOSTICS):
        assert all(column.meaning and column.since >= 1 for column in columns.values())
        assert all(name == column.name for name, column in columns.items())
