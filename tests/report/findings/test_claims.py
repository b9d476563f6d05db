"""Claims are reproduced, contradicted or left open as the verdicts say, and no further."""

from __future__ import annotations

from gatewise.benchmark.architectures import catalogue
from gatewise.report.findings import claims


def test_all_are_there():
    assert [f.id for f in claims.FINDINGS] == [f"F{k}" for k in range(1, 21)]
    assert all(f.claim and f.source for f in claims.FINDINGS)
    assert all(f.judge.pairs or f.conditions for f in claims.FINDINGS)


def test_findings_speak_of_architectures_that_exist():
    named = {name for f in claims.FINDINGS for pair in f.judge.pairs for name in pair}
    assert named <= set(catalogue.CATALOGUE)


def test_comparisons_are_asked_once_and_where_the_paper_asked_them():
    found = claims.asked(
        ["xml", "char-lm", "adding-20", "adding-200"],
        {"adding-20": ("adding", 20.0), "adding-200": ("adding", 200.0)},
    )
    assert len({(task, frozenset(pair)) for task, *pair in found}) == len(found)
    assert ("xml", "NFG", "NIG") in found
    assert ("adding-20", "NFG", "NIG") in found
    assert ("char-lm", "NFG", "NIG") not in found
    assert ("adding-200", "lstm-chrono", "lstm") in found
    assert ("adding-20", "lstm-chrono", "lstm") not in found


def test_every_finding_records_its_paper_and_its_judge():
    assert all(f.paper for f in claims.FINDINGS)
    language = {f.id for f in claims.FINDINGS if f.speaks_of("char-lm", {})}
    # The ranking of the gates and their part in language modelling do not exclude each other.
    assert not language & {"F1", "F2", "F3"}
    assert "F4" in language
    assert all(
        "peephole" in pair
        for f in claims.FINDINGS
        if f.id in ("F6", "F7", "F8")
        for pair in f.judge.pairs
    )
