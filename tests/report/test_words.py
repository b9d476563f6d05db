"""Numbers as readers see them."""

from __future__ import annotations

import pytest

from gatewise.report import words


@pytest.mark.parametrize(
    ("function", "value", "shown"),
    [
        (words.p_value, 0.0001, "<0.001"),
        (words.p_value, 0.04, "0.040"),
        (words.p_value, float("nan"), "–"),
        (words.signed, -0.0123, "−0.0123"),
        (words.signed, float("nan"), "–"),
        (words.percent, 0.1234, "+12%"),
        (words.percent, 0.09962, "+10%"),
        (words.percent, -0.26508, "−27%"),
        (words.percent, -0.01234, "−1.2%"),
        (words.needed, float("inf"), "over 1000"),
        (words.needed, float("nan"), ""),
        (words.needed, 12.0, "12"),
    ],
)
def test_numbers_in_words(function, value, shown):
    assert function(value) == shown


@pytest.mark.parametrize(
    ("low", "high", "shown"),
    [
        (-0.082, 0.1234, "−8.2% to +12%"),
        (-2.0, 0.5, "−200% to +50%"),
        (-2.0, 1.5, "wider than ±100%"),
    ],
)
def test_an_interval_that_excludes_nothing_says_so(low, high, shown):
    assert words.between(low, high) == shown
