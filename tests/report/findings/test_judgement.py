"""Claims are reproduced, contradicted or left open as the verdicts say, and no further."""

from __future__ import annotations

from gatewise.report.findings import judgement


def test_the_table_has_a_row_for_each(judge):
    assert len(judgement.table(judge().values())) == 20
