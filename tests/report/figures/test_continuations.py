from __future__ import annotations

import xml.etree.ElementTree as ET
from dataclasses import dataclass

from gatewise.report.figures.continuations import figure, lines


@dataclass
class Branch:
    text: str
    p: float
    following: tuple = ()


TREE = (Branch("o", 0.6, (Branch("x", 0.9), Branch(" ", 0.1))), Branch("$a$", 0.2))


def test_lines_go_in_with_depth_and_show_spaces():
    assert list(lines(TREE)) == ["o  60%", "    x  90%", "    ␣  10%", "$a$  20%"]


def test_picture_is_reproducible_and_shows_every_token():
    picture = figure("The quick brown f", TREE)
    assert picture == figure("The quick brown f", TREE)
    texts = [element.text for element in ET.fromstring(picture).iter() if element.text]
    for shown in ("The␣quick␣brown␣f", "60%", "90%", "␣", "$a$"):
        assert shown in texts
