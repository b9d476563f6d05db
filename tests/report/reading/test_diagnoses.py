"""What diagnostics left, read with suspicion and shown as it is. Test data: no result."""

from __future__ import annotations

import json
import math

import pytest

from gatewise.report.reading import checks, diagnoses
from gatewise.report.tables import diagnosis
from tests.report.diagnosed import record


def test_tables_hold_what_the_files_say(diagnosed):
    assert list(diagnosed.runs["architecture"]) == ["lstm", "vanilla", "NFG"]
    assert len(diagnosed.units) == 5 * 3
    assert len(diagnosed.bins) == 5 * 20
    assert diagnosed.changes["change"].tolist()[:2] == [1.0, 0.5]
    assert diagnosed.runs["furthest"].tolist() == [4, 4, 4]
    vanilla = diagnosis.decay(diagnosed).set_index("architecture").loc["vanilla"]
    assert vanilla["low"] < 0.5 < vanilla["high"]
    assert math.isnan(vanilla["memory_rate"])
    assert len(diagnosed.of_task("labelling").runs) == 0


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"gates": {"<script>": {}}}, r"'gates name' has '<script>'"),
        ({"gradient": {"z": {}}}, "gradient name"),
        ({"score": "high"}, "'score' has 'high'"),
        ({"score": True}, "'score' has 'True'"),
        ({"score": float("nan")}, "NaN is no number"),
        ({"seed": 1.5}, "'seed' has"),
        ({"lesions": [{"gate": "keep", "at": "2", "score": 1}]}, r"lesions\[0\].at"),
        ({"horizon": {"lags": [0], "change": []}}, "horizon.horizon' is missing"),
        ({"predicted": {"radius": 1}}, "predicted.norm"),
    ],
)
def test_what_is_not_ours_is_refused(change, message, load):
    with pytest.raises(checks.UnreadableResults, match=message):
        load(record(**change))


def test_a_gradient_that_explodes_has_a_bound_without_end(load):
    told = record()
    told["gradient"]["h"]["slopes"] = [-0.1, 2000.0]
    (row,) = load(told).rates.query("state == 'h'").to_dict("records")
    assert row["high"] == math.inf


def test_damaged_files_are_refused(tmp_path):
    path = tmp_path / "a.json"
    for text in ("", "[]", "{", '{"experiment": 1}', "[" * 100_000):
        path.write_text(text)
        with pytest.raises(checks.UnreadableResults, match=r"a\.json: no diagnosis"):
            diagnoses.of([path])
    path.write_text(json.dumps(record()))
    with pytest.raises(checks.UnreadableResults, match="it is of experiment"):
        diagnoses.of([path])


def test_lists_that_belong_together_are_as_long(load):
    horizon = {"lags": [0, 1], "change": [1.0], "horizon": None}
    with pytest.raises(checks.UnreadableResults, match="2 numbers in 'lags' and 1 in 'change'"):
        load(record(horizon=horizon))
