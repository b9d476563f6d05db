"""The figure of throughput is that of its table."""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd

from gatewise.report.figures import scale

DOCS = Path(__file__).parents[3] / "docs"


def test_the_committed_figure_is_drawn_from_the_committed_table():
    drawn = scale.figure(pd.read_csv(DOCS / "scale.csv"))
    texts = [
        re.findall(r"<text[^>]*>([^<]+)</text>", svg)
        for svg in (drawn, (DOCS / "scale.svg").read_text(encoding="utf-8"))
    ]
    assert texts[0] == texts[1]
    assert "video at scale quick: 1.79" in texts[0]
