"""What is said of a simulated study."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from gatewise.report.findings import claims
from gatewise.report.findings.judgement import Evidence
from gatewise.report.reading import results
from gatewise.report.tables import verdicts


@pytest.fixture
def judge(save) -> Callable[..., Any]:
    """By their ids the findings, judged by the comparisons of a study alone."""

    def judged(change=None, **options):
        read = results.read(save(change, **options))
        found = verdicts.verdicts(read, np.random.default_rng(0), claims.pairs())
        return {j.finding.id: j for j in claims.judge(Evidence(found))}

    return judged
