"""Numbers in documents are those of committed files."""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd
import pytest

DOCS = Path(__file__).parents[1] / "docs"


def speed_table() -> list[tuple[str, str, str]]:
    """Contestant, shape and number of every cell of the table against others."""
    text = (DOCS / "engine.md").read_text().partition("## Measured against others")[2]
    head, _, *rows = (
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in text.splitlines()
        if line.startswith("|")
    )
    shapes = [re.sub(r"[( )]", "", cell) for cell in head[1:]]
    return [(row[0], s, n) for row in rows for s, n in zip(shapes, row[1:], strict=True)]


@pytest.mark.parametrize(("contestant", "shape", "number"), speed_table())
def test_speeds_are_those_measured(contestant, shape, number):
    rows = pd.read_csv(DOCS / "speed.csv").set_index(["contestant", "shape"])
    measured = rows.loc[(contestant.removesuffix(", ms"), shape)]
    absolute = contestant.endswith(", ms")
    expected = f"{measured.milliseconds:.4g}" if absolute else f"{measured.ratio:.2f}"
    assert number == expected
