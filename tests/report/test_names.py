"""Figures say what was found, can be read in grey, and carry their alt text and data."""

from __future__ import annotations

from gatewise.report import names


def test_plain_names():
    assert names.plain("NFG") == "NFG (no forget gate)"
    assert names.plain("NIG-NOG") == "NIG-NOG (no input or output gate)"
    assert names.plain("bi-lstm") == "bi-lstm"


def test_a_users_own_lattice_is_spelled_by_its_names():
    found = names.lattices(["mine-no-tap", "mine-no-keep-no-tap", "lstm", "mine", "mine-no-keep"])
    assert found[:-1] == names.LATTICES
    assert found[-1] == names.Lattice("mine", {"no-keep": "forget gate", "no-tap": "tap"})
    assert found[-1].corners == ["mine-no-keep-no-tap", "mine-no-tap", "mine-no-keep", "mine"]


def test_ours_are_spelled_already():
    ours = ["gru", "gru-no-reset", "gru-no-update", "vanilla", "no-inner-recurrence"]
    assert names.lattices(ours) == names.LATTICES
