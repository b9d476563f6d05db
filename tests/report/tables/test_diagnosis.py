"""What diagnostics left, read with suspicion and shown as it is. Test data: no result."""

from __future__ import annotations

import math

import pandas as pd
import pytest

from gatewise.benchmark.records import fields
from gatewise.report.tables import diagnosis
from tests.report.diagnosed import record


def test_what_is_needed_to_learn_stands_beside_what_is_needed_to_work(diagnosed):
    table = diagnosis.learn_or_work(diagnosed, pd.Series({"NFG": 0.7, "NIG-NFG": 0.6}))
    rows = table.set_index(["architecture", "gate"])
    keep = rows.loc["lstm", "forget gate"]
    assert keep[["intact", *fields.HELD, "without"]].tolist() == pytest.approx(
        [0.8, 0.8, 0.7, 0.6, 0.7]
    )
    assert rows.loc[("NFG", "input gate"), "without"] == 0.6
    assert rows.loc[("NFG", "output gate"), "ablation"] == "NFG-NOG"
    assert math.isnan(rows.loc[("lstm", "input gate"), "without"])


def test_gru_gates_have_ablations_of_their_own(load):
    found = load(record("gru", ("keep", "reset")), record("mgu", ("keep",)))
    table = diagnosis.learn_or_work(found, pd.Series({"gru-no-update": 0.5}))
    assert table["gate"].tolist() == ["update gate", "reset gate", "keep gate"]
    assert table["ablation"].tolist() == ["gru-no-update", "gru-no-reset", ""]


def test_decays_are_compared_seed_by_seed_at_both_moments(load):
    found = load(
        *(
            record(name, gates, rate + 0.01 * seed, seed=seed, start={"h": {"rate": start}})
            for name, gates, rate, start in (
                ("lstm", (), 0.9, 0.8),
                ("vanilla", (), 0.5, 0.6),
            )
            for seed in range(3)
        )
    )
    table = diagnosis.slower_decay(found, "lstm", "vanilla").set_index("moment")
    assert (table["seeds"] == 3).all()
    assert table.loc["start", "difference"] == pytest.approx(math.log(0.8 / 0.6))
    assert table.loc["rate", "low"] < table.loc["rate", "difference"]
    assert (table["falls_high"] < 0).all()
    assert diagnosis.slower_decay(found, "gru", "vanilla").empty


def test_what_was_not_looked_at_before_training_has_no_seeds_there(diagnosed):
    table = diagnosis.slower_decay(diagnosed, "lstm", "vanilla").set_index("moment")
    assert table.loc["start", "seeds"] == 0
    assert table.loc["rate", "seeds"] == 1


def test_summary_fits_a_table(diagnosed):
    table = diagnosis.summary(diagnosed)
    assert table.shape[0] == 3
    assert table.map(lambda cell: isinstance(cell, str)).all(axis=None)
    assert table["memory, steps"].tolist() == ["4", "4", "4"]
    assert diagnosis.reach(float("nan"), 23) == "over 23"
