"""What the document says of loading is what was measured."""

from __future__ import annotations

import csv
import re
from pathlib import Path

from gatewise import tasks
from tests.tasks import loading

DOCS = Path(__file__).parents[2] / "docs"
FIRST_SECONDS, AGAIN_SECONDS, MEGABYTES = 20, 2, 1000


def measured() -> list[dict[str, str]]:
    return list(csv.DictReader((DOCS / "loading.csv").read_text(encoding="utf-8").splitlines()))


def section() -> str:
    return (DOCS / "scale.md").read_text().partition("## Loading a task")[2].partition("\n## ")[0]


def test_the_table_is_what_was_measured():
    shown = re.findall(r"^\| `(.+)` \| (.+) \| (.+) \| (.+) \|$", section(), re.MULTILINE)
    assert shown == [tuple(row[field] for field in loading.FIELDS) for row in measured()]
    assert {row["task"] for row in measured()} <= set(tasks.registry())


def test_misses_of_the_targets_are_named():
    said = " ".join(section().rpartition("|")[2].split())
    for row in measured():
        missed = float(row["first_seconds"]) > FIRST_SECONDS
        missed |= float(row["again_seconds"]) > AGAIN_SECONDS
        assert (f"`{row['task']}`" in said) == missed
        assert int(row["megabytes"]) < MEGABYTES


def test_a_row_is_measured(monkeypatch):
    monkeypatch.setattr(loading, "load", lambda name: 1.5)
    name, first, again, megabytes = loading.row("copying").split(",")
    assert (name, first, again) == ("copying", "1.5", "1.5")
    assert int(megabytes) > 0
