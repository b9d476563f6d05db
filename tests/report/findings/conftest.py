"""What is said of a simulated study."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from gatewise.report.findings import claims
from gatewise.report.findings.judgement import Evidence
from gatewise.report.reading import results
from gatewise.report.tables import verdicts


@pytest.fixture
def judge(save, save_examples) -> Callable[..., Any]:
    """By their ids the findings, judged by the comparisons of a study alone.

    ``called`` gives tasks of the simulation other names.
    """

    def judged(change=None, called=None, examples=True, **options):
        def renamed(runs, curves):
            for table in (runs, curves):
                table["task"] = table["task"].replace(called or {})
            if change:
                change(runs, curves)

        folder = save(renamed, **options)
        shutil.rmtree(folder / "scores", ignore_errors=True)
        if examples:
            save_examples(folder, np.random.default_rng(5), noise=0.001)
        read = results.read(folder)
        pairs = claims.asked(read.tasks, read.dials), claims.beside(read.tasks, read.dials)
        found = verdicts.verdicts(read, *pairs)
        budgets = read.main.groupby("task")["budget"].first().to_dict()
        evidence = Evidence(found, read.dials, budgets)
        return {j.finding.id: j for j in claims.judge(evidence)}

    return judged
