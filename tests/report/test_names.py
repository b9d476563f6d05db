"""Figures say what was found, can be read in grey, and carry their alt text and data."""

from __future__ import annotations

from gatewise.report import names


def test_plain_names():
    assert names.plain("NFG") == "NFG (no forget gate)"
    assert names.plain("NIG-NOG") == "NIG-NOG (no input or output gate)"
    assert names.plain("bi-lstm") == "bi-lstm"
