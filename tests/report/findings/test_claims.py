"""Claims are reproduced, contradicted or left open as the verdicts say, and no further."""

from __future__ import annotations

from gatewise.benchmark.architectures import catalogue
from gatewise.report.findings import claims


def test_all_sixteen_are_there():
    assert [f.id for f in claims.FINDINGS] == [f"F{k}" for k in range(1, 17)]
    assert all(f.claim and f.source for f in claims.FINDINGS)
    assert all(f.judge.pairs or f.conditions for f in claims.FINDINGS)


def test_findings_speak_of_architectures_that_exist():
    named = {name for f in claims.FINDINGS for pair in f.judge.pairs for name in pair}
    assert named <= set(catalogue.CATALOGUE)


def test_pairs_are_needed_in_one_direction_only():
    found = claims.pairs()
    assert len({frozenset(pair) for pair in found}) == len(found)
    assert all("lstm" not in pair for pair in found)
    assert ("NFG", "NIG") in found
