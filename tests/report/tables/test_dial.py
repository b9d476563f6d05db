"""Known effects come back out of simulated runs, in the right direction and unit."""

from __future__ import annotations

import pytest

from gatewise.report.tables import dial


def test_the_dial_is_read_where_a_family_has_two_settings(judged):
    def change(runs, curves):
        runs["dial"] = runs["task"].map({"labelling": "adding", "video": "adding"}).fillna("xml")
        runs["dial_value"] = runs["task"].map({"labelling": 50, "video": 100}).fillna(3)
        runs["dial_unit"] = "steps"

    read, found = judged(change)
    table = dial.dial(read, found)
    assert read.dials["video"] == ("adding", 100)
    # Sentiment and translation share the family xml at one setting alone.
    assert set(table["family"]) == {"adding"}
    assert set(table["architecture"]) == {"NIG", "NFG", "NOG", "vanilla"}
    forget = table[table["architecture"] == "NFG"]
    assert forget["value"].tolist() == [50, 100]
    assert forget["difference"].to_numpy() == pytest.approx([-0.26, -0.23], abs=0.02)
