"""Verdicts and settings of a paper are those of the study."""

from __future__ import annotations

import re

import pandas as pd

from gatewise.report import document
from gatewise.report.paper import tables


def rows(text):
    return [[cell.strip() for cell in line.rstrip("\\ ").split("&")]
            for line in text.splitlines() if line.endswith(r"\\")]  # fmt: skip


def test_a_row_says_score_difference_interval_and_grade(read, tmp_path):
    text = tables.verdicts(*read())
    document.write(tmp_path / "study")
    found = pd.read_csv(tmp_path / "study" / "verdicts.csv").set_index("architecture")
    shown = {row[0]: row for row in rows(text)}
    assert set(shown) == {"architecture", "lstm", "NFG", "gru"}
    for name in ("NFG", "gru"):
        row = found.loc[name]
        _, _, difference, interval, seeds, verdict = shown[name]
        plain = difference.replace("$-$", "-")
        assert plain == f"{row['difference']:+.4f}"
        ends = [float(end) for end in interval.replace("$-$", "-").split(" to ")]
        assert ends == [round(row["low"], 4), round(row["high"], 4)]
        assert seeds == "5 / 5"
        assert verdict.startswith(row["verdict"])
    assert "NFG (no forget gate)" in text
    assert r"\ddag{} never certain" in text


def test_further_pairs_and_ways_of_matching_have_their_table(read):
    def change(runs, curves):
        runs.loc[runs["architecture"] == "gru", "match"] = "width"

    text = tables.verdicts(*read(change=change))
    assert "at matched width" in text
    assert ["labelling", "gru", "lstm"] in [row[:3] for row in rows(text)]


def test_settings_are_those_of_the_final_runs(read):
    def change(runs, curves):
        runs["learning_rate"], runs["dropout"], runs["batch_size"] = 0.002, 0.25, 64

    study, _ = read(change=change)
    text = tables.settings(study)
    (head, *found) = rows(text)
    assert head[:3] == ["architecture", "units", "parameters"]
    for row in found:
        cells = dict(zip(head, row, strict=True))
        assert cells["learning rate"] == "0.002"
        assert (cells["dropout"], cells["batch size"]) == ("0.25", "64")
        assert (cells["units"], cells["parameters"], cells["seeds"]) == ("90", "40,000", "5")
        assert cells["epochs trained"] == "4"
    assert re.search(r"\\label\{tab:settings-labelling\}", text)
