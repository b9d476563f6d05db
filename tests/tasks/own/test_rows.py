"""Rows of files of every kind, and what is said of those that are no rows."""

from __future__ import annotations

import gzip
import json
import re

import pytest

from gatewise.tasks.own.rows import InvalidData, rows

ROWS = [("a", "one, two"), ("b", 'say "three"')]


def csv_of(path):
    path.write_text('\ufeffid,text\na,"one, two"\nb,"say ""three"""\n', encoding="utf-8")


def tsv_of(path):
    path.write_text('id\ttext\r\na\tone, two\r\nb\tsay "three"\r\n', newline="")


def json_of(path):
    lines = (json.dumps({"text": text, "other": 1, "id": name}) for name, text in ROWS)
    path.write_text("\n".join(lines))


def parquet_of(path):
    import pandas

    pandas.DataFrame(ROWS, columns=["id", "text"]).to_parquet(path)


@pytest.mark.parametrize(
    ("name", "write"),
    [
        ("a.csv", csv_of),
        ("a.TSV", tsv_of),
        ("a.jsonl", json_of),
        ("a.ndjson", json_of),
        ("a.parquet", parquet_of),
    ],
)
def test_every_kind_of_file_gives_the_same_rows(tmp_path, name, write):
    write(tmp_path / name)
    found = list(rows(tmp_path / name, ["id", "text"]))
    assert [values for _, values in found] == ROWS
    swapped = [values for _, values in rows(tmp_path / name, ["text"])]
    assert swapped == [(text,) for _, text in ROWS]


def test_rows_have_the_numbers_of_their_lines_and_blank_ones_no_values(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text('id,text\n1,"two\nlines"\n\n,\n2,x\n')
    assert list(rows(path, ["id"])) == [(2, ("1",)), (4, ()), (5, ()), (6, ("2",))]


def test_columns_of_a_file_without_a_header_have_numbers(tmp_path):
    path = tmp_path / "a.conll"
    path.write_text("# text = EU rejects\nEU NNP B-ORG\nrejects VBZ O\n\ncall NN O\n")
    assert [values for _, values in rows(path, ["1", "3"])] == [
        ("EU", "B-ORG"),
        ("rejects", "O"),
        (),
        ("call", "O"),
    ]


def test_a_packed_file_is_read_as_the_plain_one(tmp_path):
    csv_of(tmp_path / "a.csv")
    (tmp_path / "b.csv.gz").write_bytes(gzip.compress((tmp_path / "a.csv").read_bytes()))
    plain, packed = (list(rows(tmp_path / n, ["text"])) for n in ("a.csv", "b.csv.gz"))
    assert plain == packed


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        (
            "a.csv",
            b"id,text\n1,x\n2\n",
            "data 'a.csv', row 3: 1 values; allowed are 2, as in row 1",
        ),
        ("a.csv", b"id,text\n1,x,y\n", "data 'a.csv', row 2: 3 values; allowed are 2"),
        ("a.csv", b'id,text\n1,"x\n', "row 2: unexpected end of data; allowed is CSV"),
        ("a.csv", b"", "data 'a.csv': is empty"),
        ("a.csv", b"id,texts\n", "column 'text': is not there; allowed are id, texts"),
        ("a.csv", b"text,text\n", "column 'text': is twice or more; allowed are text"),
        ("a.csv", b"text\n\xff\xfe\n", "'utf-8' codec can't decode"),
        ("a.csv.gz", b"text\n", "Not a gzipped file"),
        ("a.jsonl", b'{"text": "x"}\n{"text"\n', "row 2: Expecting ':' delimiter"),
        ("a.jsonl", b'["x"]\n', "row 1: ['x']; allowed is an object of columns"),
        ("a.jsonl", b'{"id": 1}\n', "row 1, column 'text': is not there; allowed are id"),
        ("a.parquet", b"text", "allowed is Parquet"),
        ("a.xlsx", b"text", "ending '.xlsx': allowed are .csv, .tsv, .conll, .jsonl, .ndjson"),
    ],
)
def test_what_is_no_row_is_refused_with_its_place(tmp_path, name, content, said):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(InvalidData, match=re.escape(said)):
        list(rows(tmp_path / name, ["text"]))


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(InvalidData, match=re.escape(str(tmp_path / "none.csv"))):
        list(rows(tmp_path / "none.csv", ["text"]))


def test_a_file_is_read_row_by_row(tmp_path):
    """However large it is: what is wrong at its end is not known at its beginning."""
    path = tmp_path / "a.csv"
    path.write_text("id\n" + "1\n" * 200_000 + "1,2\n")
    reader = rows(path, ["id"])
    assert next(reader) == (2, ("1",))
    with pytest.raises(InvalidData, match="row 200002"):
        list(reader)
