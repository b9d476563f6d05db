"""Figures say what was found, can be read in grey, and carry their alt text and data."""

from __future__ import annotations

import pandas as pd
import pytest

from gatewise.report.figures import overview


@pytest.mark.parametrize(("others", "said"), [((), "is at least"), (("NIG",), "costs most and")])
def test_nothing_costs_most_where_nothing_else_was_tried(others, said):
    rows = [("NFG", -0.1, "worse"), *((name, 0.0, "cannot tell") for name in others)]
    table = pd.DataFrame(
        [
            {"task": "a", "architecture": name, "difference_share": gap, "statement": said_of}
            for name, gap, said_of in rows
        ]
    )
    expected = f"On 1 of 1 tasks leaving out the forget gate {said}"
    assert overview._found_overall(table, gates=True).startswith(expected)
