"""The picture of every cell: what must be in it, and that nothing lies over anything."""

from __future__ import annotations

import itertools
import re
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

from gatewise.benchmark.architectures.catalogue import CATALOGUE
from gatewise.benchmark.architectures.diagram import GREY, draw

DOCS = Path(__file__).parents[3] / "docs" / "cells"
SVG = "{http://www.w3.org/2000/svg}"


def picture(name: str) -> ElementTree.Element:
    return ElementTree.fromstring(draw(CATALOGUE[name]))


def texts(root: ElementTree.Element) -> list[str]:
    return ["".join(text.itertext()).strip() for text in root.iter(f"{SVG}text")]


def missing(name: str) -> list[str]:
    """The texts in grey."""
    grey = (t for t in picture(name).iter(f"{SVG}text") if t.get("fill") == GREY)
    return ["".join(text.itertext()).strip() for text in grey]


def boxes(root: ElementTree.Element) -> list[tuple[float, ...]]:
    """Left, top, right and bottom of every box."""
    found: list[tuple[float, ...]] = []
    for rect in root.iter(f"{SVG}rect"):
        if rect.get("rx"):
            x, y, width, height = (float(rect.get(n)) for n in ("x", "y", "width", "height"))
            found.append((x, y, x + width, y + height))
    return found


@pytest.mark.parametrize("name", CATALOGUE)
def test_every_equation_has_a_box_and_every_box_a_place(name):
    root, entry = picture(name), CATALOGUE[name]
    shown = [re.sub(r"\W", "", text) for text in texts(root)]
    for line in entry.equations:
        assert re.sub(r"\W", "", line.partition(" = ")[0].replace("_", "")) in shown
    _, _, width, height = map(float, root.get("viewBox").split())
    for left, top, right, bottom in boxes(root):
        assert left >= 0
        assert top >= 0
        assert right <= width
        assert bottom + 30 <= height
    for a, b in itertools.combinations(boxes(root), 2):
        assert a[2] <= b[0] or b[2] <= a[0] or a[3] <= b[1] or b[3] <= a[1], (a, b)


@pytest.mark.parametrize("name", CATALOGUE)
def test_lines_run_to_the_right_and_stay_within_the_picture(name):
    root = picture(name)
    height = float(root.get("viewBox").split()[3])
    for path in root.iter(f"{SVG}path"):
        points = re.findall(r"(-?[\d.]+) (-?[\d.]+)", path.get("d"))
        places = [float(x) for x, _ in points]
        assert places == sorted(places)
        assert all(0 < float(y) + 30 < height for _, y in points)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("lstm", []),
        ("NFG", ["keep", "= 1"]),
        ("NIG-NOG", ["write", "= 1", "emit", "= 1"]),
        ("gru", []),
        ("gru-no-update", ["write", "= 1", "keep", "= 0"]),
        ("sLSTM-NIG", ["write", "= 1"]),
        ("RG-LRU-NFG", ["keep", "= 1"]),
        ("vanilla", ["write", "= 1", "keep", "= 0", "reset", "= 1"]),
    ],
)
def test_a_gate_that_is_not_there_is_grey(name, expected):
    assert missing(name) == expected


@pytest.mark.parametrize("path", sorted(DOCS.glob("*.svg")), ids=lambda path: path.stem)
def test_pictures_in_the_docs_are_of_this_code(path):
    """Made by ``gatewise show NAME --svg docs/cells/NAME.svg``."""
    assert ElementTree.canonicalize(path.read_text()) == ElementTree.canonicalize(
        draw(CATALOGUE[path.stem])
    )


def test_a_picture_needs_no_tensorflow(tmp_path):
    code = (
        "import sys; sys.argv = ['gatewise', 'show', 'lstm', '--svg', sys.argv[1]];"
        "from gatewise.benchmark import cli\n"
        "try: cli.main()\n"
        "except SystemExit: pass\n"
        "assert not {'tensorflow', 'keras', 'matplotlib'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code, str(tmp_path / "lstm.svg")], check=True)
    assert (tmp_path / "lstm.svg").read_bytes().startswith(b"<svg")


@pytest.mark.parametrize("name", ["gru", "lstm", "vanilla"])
def test_without_a_title_it_is_the_cell_alone(name):
    """The page that shows it cut the title off, and with it what passes on top of a small cell."""
    whole, alone = (
        ElementTree.fromstring(draw(CATALOGUE[name], titled)) for titled in (True, False)
    )
    assert texts(alone) == texts(whole)[1:]
    assert float(whole.get("height")) - float(alone.get("height")) == pytest.approx(30, abs=1)
    assert alone.find(f"{SVG}g").get("transform") == "translate(0 0)"
