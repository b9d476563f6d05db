"""Options of a race."""

from __future__ import annotations

import pytest

from gatewise.benchmark.cli import racing as options
from gatewise.benchmark.cli.options import InvalidOption


@pytest.mark.parametrize(
    ("text", "seconds"), [("90m", 5400), ("2h", 7200), ("1h30m", 5400), ("45s", 45), ("1.5h", 5400)]
)
def test_durations(text, seconds):
    assert options.seconds("within", text) == seconds


@pytest.mark.parametrize("text", ["", "5", "h", "2 h", "-1h", "2h!", "0m"])
def test_what_is_no_duration(text):
    with pytest.raises(InvalidOption, match=r"allowed is a duration such as 90m, 2h or 1h30m"):
        options.seconds("within", text)


def test_options_of_a_race():
    assert options.race(None, False) is None
    assert options.race(None, True).deadline.seconds is None
    assert options.race("2h", False).deadline.seconds == 7200
    with pytest.raises(InvalidOption, match="not both"):
        options.race("2h", True)
