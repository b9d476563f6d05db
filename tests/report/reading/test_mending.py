"""A report is written without what is damaged of what it can do without."""

from __future__ import annotations

import pytest

from gatewise.report import document
from gatewise.report.reading.mending import mend


@pytest.mark.parametrize(
    "name",
    [
        *("calibration.csv", "failures.csv", "samples/0123456789abcdef.json"),
        "diagnostics/0123456789abcdef.json",
    ],
)
@pytest.mark.parametrize("content", ["", "{", "[]", "\0\n", "a,b\n1,2\n", "[" * 100_000])
def test_what_is_damaged_is_set_aside_and_the_report_written(save, name, content):
    folder = save(seeds=2, epochs=2, tasks=("labelling",))
    path = folder / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(content)
    (line,) = mend(folder)
    aside = path.with_name(f".{path.stem}.damaged")
    assert line.startswith(f"damaged, set aside: {aside}; ")
    assert aside.read_text() == content
    assert not list(mend(folder))
    if content == "{":
        assert document.write(folder).is_file()


def test_what_is_somebodys_own_is_left_alone(save):
    folder = save(seeds=2, epochs=2, tasks=("labelling",))
    (folder / "samples").mkdir()
    (folder / "samples" / "notes.json").write_text("mine")
    assert not list(mend(folder))
