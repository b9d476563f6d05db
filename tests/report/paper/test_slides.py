"""Slides: each figure 16:9 in two forms, its finding said, nobody's files written over."""

from __future__ import annotations

import re
import struct

import pytest

from gatewise.report.paper import slides
from gatewise.report.paper.export import ForeignFiles

MEDIABOX = re.compile(rb"/MediaBox \[ 0 0 ([\d.]+) ([\d.]+) \]")


@pytest.fixture
def written(made, tmp_path):
    index = slides.write(made(), tmp_path / "slides", {})
    return index.read_text(encoding="utf-8"), index.parent


def test_every_figure_is_16_to_9_in_two_forms_with_its_statement(written):
    index, folder = written
    pictures = sorted(folder.glob("*.png"))
    assert [p.with_suffix(".pdf") for p in pictures] == sorted(folder.glob("*.pdf"))
    assert [p.name[:3] for p in pictures] == [f"{k:02}-" for k in range(1, len(pictures) + 1)]
    for path in pictures:
        assert struct.unpack(">II", path.read_bytes()[16:24]) == (1920, 1080)
        (box,) = MEDIABOX.findall(path.with_suffix(".pdf").read_bytes())
        wide, high = map(float, box)
        assert high / wide == pytest.approx(9 / 16)
        assert f"({path.name})" in index
    assert "\n## No gate's worth to lstm is certain: " in index
    assert "\n## labelling: " in index
    assert index.count("\n## ") == index.count("\n![") == len(pictures)


def test_few_rows_leave_the_type_large(written):
    """19 points of 9 where the slide is 13.3 inches wide."""
    _, folder = written
    (box,) = MEDIABOX.findall((folder / "02-labelling-differences.pdf").read_bytes())
    assert float(box[0]) == pytest.approx(6.4 * 72)


def test_what_is_somebody_elses_stays(made, tmp_path):
    (tmp_path / slides.INDEX).write_text("my talk")
    with pytest.raises(ForeignFiles, match=r"slides.md there is not of an earlier export"):
        slides.write(made(), tmp_path, {})
    assert (tmp_path / slides.INDEX).read_text() == "my talk"
