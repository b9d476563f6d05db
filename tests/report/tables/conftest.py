"""Studies with known effects, judged."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

from gatewise.report.reading import results
from gatewise.report.tables import verdicts


@pytest.fixture
def judged(save, save_examples) -> Callable[..., Any]:
    """Read a study and compare its architectures; ``asked`` pairs are confirmatory on all tasks."""

    def judge(change=None, asked=(), examples=False, **options):
        folder = save(change, **options)
        if examples:
            save_examples(folder, np.random.default_rng(5))
        read = results.read(folder)
        wanted = [(task, *pair) for task in read.tasks for pair in asked]
        return read, verdicts.verdicts(read, wanted)

    return judge


@pytest.fixture
def row() -> Callable[..., pd.Series]:
    """The one row of a pair on a task."""

    def found(table, task: str, architecture: str, reference: str = "lstm") -> pd.Series:
        mine = table[
            (table["task"] == task)
            & (table["architecture"] == architecture)
            & (table["reference"] == reference)
        ]
        assert len(mine) == 1
        return mine.iloc[0]

    return found
