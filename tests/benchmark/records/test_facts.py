"""What is measured of a task once: kept whole or not at all."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gatewise.benchmark.records.facts import measure, read_facts


def test_what_an_interrupt_cut_short_is_not_kept(tmp_path):
    """A fit of scikit-learn's ends early and says nothing when it is interrupted."""
    with pytest.raises(KeyboardInterrupt):
        measure("adding-25", "smoke", tmp_path, interrupted=lambda: True)
    assert not list(tmp_path.rglob("*.json"))
    facts = measure("adding-25", "smoke", tmp_path)
    assert read_facts(tmp_path, "adding-25", facts.data_sha256) == facts
    assert measure("adding-25", "smoke", tmp_path, interrupted=lambda: True) == facts


def test_the_sizes_of_a_task_share_what_was_measured(tmp_path):
    plain = measure("adding-25", "smoke", tmp_path)
    # An interrupt is asked for only where something is measured.
    sized = measure("adding-25@500", "smoke", tmp_path, interrupted=lambda: True)
    assert sized == replace(plain, task="adding-25@500")
    assert read_facts(tmp_path, "adding-25@500", plain.data_sha256) == sized
    assert len(list((tmp_path / "tasks").iterdir())) == 1
