"""The error rates that ``gatewise calibrate`` left in a study's folder."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from gatewise.benchmark.records.column import FLOAT, INT, TEXT, Column, Columns, by_name
from gatewise.report.reading.checks import table

CALIBRATION = "calibration.csv"
COLUMNS: Columns = by_name(
    Column("task", TEXT, "name of the task, or 'whole study'"),
    Column("measure", TEXT, "what is counted"),
    Column("effect", FLOAT, "planted difference, in margins", may_be_empty=True),
    Column("seeds", INT, "of each side of a comparison, the least"),
    Column("runs", INT, "of lstm, or of the study; the mean of races"),
    Column("examples", INT, "test examples; 0 where their scores are unknown"),
    Column("trials", INT, "of the rate"),
    Column("rate", FLOAT, "share of the trials"),
    Column("low", FLOAT, "of its 95% interval over trials"),
    Column("high", FLOAT, "of its 95% interval over trials"),
)
"""The columns of ``calibration.csv``, one row a rate."""


def read(path: Path) -> pd.DataFrame:
    """The rates; no rows where there is no such file.

    Raises:
        UnreadableResults: the file is damaged, or not ours.
    """
    if not path.is_file():
        return pd.DataFrame(columns=list(COLUMNS))
    return table(path, COLUMNS, may_be_empty=True)
