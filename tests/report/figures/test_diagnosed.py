"""What diagnostics left, read with suspicion and shown as it is. Test data: no result."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import pytest

from gatewise.report.figures import gate_use, gradients, horizon
from tests.report.diagnosed import record

FIGURES = (gate_use.draw, gradients.draw, horizon.draw)


@pytest.mark.parametrize("draw", FIGURES)
def test_figures_are_reproducible_and_say_what_they_show(draw, diagnosed):
    figure = draw("video", diagnosed)
    assert figure.svg == draw("video", diagnosed).svg
    ET.fromstring(figure.svg)
    assert figure.title in figure.alt
    assert figure.alt.endswith(".")
    assert len(figure.data)
    assert "mathdefault" not in figure.svg


def test_titles_are_findings(diagnosed):
    assert "0.50 in vanilla and 0.90 in lstm" in gradients.draw("video", diagnosed).title
    assert "4 in lstm, 4 in vanilla" in horizon.draw("video", diagnosed).title
    assert "open (above 0.9) at 40%" in gate_use.draw("video", diagnosed).title


@pytest.mark.parametrize("draw", FIGURES)
def test_figures_take_what_is_odd(draw, load):
    """No gradient at all, one step, unknown architectures, a name that looks like a formula."""
    flow = {"norms": [None], "examples": [0], "slopes": [None], "rate": None}
    odd = record("$a$ <b>", ("reset",), gradient={"h": flow}, predicted=None)
    odd["horizon"] = {"lags": [0], "change": [0.0], "horizon": None}
    figure = draw("x", load(odd))
    ET.fromstring(figure.svg)
    assert "$a$" in figure.alt
