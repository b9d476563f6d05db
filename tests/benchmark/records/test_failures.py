"""What failed, until it is tried again."""

from __future__ import annotations

from dataclasses import replace

from gatewise.benchmark.records.failures import Failures
from tests.benchmark.records.test_ledger import EXPERIMENT

LOST = replace(EXPERIMENT, seed=2)


def test_only_what_is_tried_again_is_forgotten(tmp_path):
    failures = Failures(tmp_path)
    failures.add(LOST, "broken")
    failures.add(EXPERIMENT, "broken")
    failures.forget([EXPERIMENT.id, "0123456789abcdef"])
    assert failures.ids() == {LOST.id}
    (failures.folder / f"{LOST.id}.json").write_text("{")
    assert not list(failures)
