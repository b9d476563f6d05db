"""The figure says who still answers where sequences are longest."""

from __future__ import annotations

import pandas as pd
import pytest

from gatewise.report.figures import lengths


def table(**last: float) -> pd.DataFrame:
    rows = [
        (name, n, score if n == 160 else 1.0) for name, score in last.items() for n in (40, 160)
    ]
    found = pd.DataFrame(rows, columns=["architecture", "length", "mean"])
    return found.assign(low=found["mean"], high=found["mean"])


@pytest.mark.parametrize(
    ("last", "said"),
    [
        ({"lstm": 0.96, "gru": 0.97, "NFG": 0.7}, "lstm, gru keep 90%"),
        ({"lstm": 0.96, "NFG": 0.7}, "lstm keeps 90%"),
        ({"lstm": 0.5, "NFG": 0.7}, "no architecture keeps 90%"),
        (dict.fromkeys(("a", "b", "c", "d", "e", "f"), 1.0), "a, b, c, d and 2 more keep 90%"),
    ],
)
def test_the_title_names_those_that_hold_out(last, said):
    figure = lengths.draw("parity", "share of sums", 0.5, 1.0, table(**last))
    assert figure.title == f"parity: at 160 steps {said} of what there is to learn"
    assert figure.name == "parity-lengths"
    assert f"{next(iter(last))} at 160: {next(iter(last.values())):.3f}" in figure.alt


def test_of_errors_less_is_kept():
    figure = lengths.draw("adding", "squared error", 0.2, 0.0, table(lstm=0.01, NFG=0.1))
    assert "lstm keeps 90%" in figure.title
