"""Options that say what a file's columns are."""

from __future__ import annotations

import re

import pytest

from gatewise.tasks.own.reading import InvalidReading, Reading


@pytest.mark.parametrize(
    ("options", "form"),
    [
        ({"text": "a", "label": "b"}, "text"),
        ({"tokens": "a", "tags": "b", "sequence": "c"}, "tokens"),
        ({"sequence": "a", "step": "b", "features": ("c",), "label": "d"}, "features"),
        ({"series": "a", "horizon": 2, "features": ("c",)}, "series"),
    ],
)
def test_options_say_the_form(options, form):
    assert Reading("x.csv", **options).form == form


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({}, "--data 'x.csv': allowed is one of --text, --tokens, --features, --series"),
        ({"text": "a", "tokens": "b"}, "allowed is one of --text"),
        ({"text": "a"}, "--label is missing: --text needs --text, --label; allowed are also"),
        ({"series": "a"}, "--horizon is missing"),
        ({"text": "a", "label": "b", "step": "c"}, "--step 'c': --text needs"),
        ({"text": "a", "label": "b", "answers": "x"}, "--answers 'x': allowed are 'classes' and"),
        ({"text": "a", "label": "b", "length": -1}, "--length -1: allowed are whole numbers"),
    ],
)
def test_what_says_no_form_is_refused(options, said):
    with pytest.raises(InvalidReading, match=re.escape(said)):
        Reading("x.csv", **options)


def test_the_checksum_is_of_bytes_and_columns_wherever_the_file_lies(tmp_path):
    for name in ("a.csv", "b.csv"):
        (tmp_path / name).write_text("text,label\n")
    one, other = (
        Reading(str(tmp_path / n), text="text", label="label") for n in ("a.csv", "b.csv")
    )
    assert one.sha256() == other.sha256()
    assert one.sha256() != Reading(one.path, text="label", label="text").sha256()
    before = one.sha256()
    (tmp_path / "a.csv").write_text("text,label\nx,y\n")
    assert one.sha256() != before


def test_what_is_recorded_is_restored():
    reading = Reading("x.csv", sequence="a", step="b", features=("c", "d"), label="e", group="f")
    assert Reading.restored(reading.recorded()) == reading
