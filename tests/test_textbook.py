"""The numbers of docs/textbook.md come from the code as it is."""

from __future__ import annotations

import re

import pytest

from docs import textbook

NUMBER = re.compile(r"(?<![\w^])-?\d+(?:\.\d+)?(?:e[-+]\d+)?")


@pytest.mark.parametrize("section", textbook.SECTIONS[:-1], ids=lambda s: s.__name__)
def test_what_trains_nothing_comes_back(section):
    """On another processor to a few parts in a hundred: tiny products of sixty factors."""
    text = section()
    title = text.splitlines()[0]
    _, there, rest = textbook.PAGE.read_text(encoding="utf-8").partition(title + "\n")
    assert there, f"{title} is not on the page"
    written = rest.partition("\n## ")[0]
    new, old = (list(map(float, NUMBER.findall(part))) for part in (text, title + written))
    assert new == pytest.approx(old, rel=0.05)


def test_order_is_told_where_it_matters():
    """Trained numbers are read off the page: words may be shuffled, pixels may not."""
    rows = dict(re.findall(r"\| (sentiment|smnist) \|[^|]*\| (.*) \|", textbook.PAGE.read_text()))
    scores = {task: [float(s) for s in row.split(" | ")] for task, row in rows.items()}
    assert abs(scores["sentiment"][0] - scores["sentiment"][1]) < 0.02
    assert scores["smnist"][0] - scores["smnist"][1] > 0.5
