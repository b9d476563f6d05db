"""What a report can do without is set aside where it is damaged, so that there is a report."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from gatewise.benchmark.records import columns, fields
from gatewise.files import set_aside
from gatewise.report.reading import calibration
from gatewise.report.reading.checks import UnreadableResults, record, table

EXPERIMENT = "[0-9a-f]" * 16
READERS: Mapping[str, tuple[Callable[[Path], Any], str]] = {
    calibration.CALIBRATION: (calibration.read, "`gatewise calibrate` makes it anew"),
    "failures.csv": (lambda path: table(path, columns.FAILURES), "`gatewise run` makes it anew"),
    f"samples/{EXPERIMENT}.json": (
        lambda path: record(path, fields.SAMPLES, "examples to read"),
        "it comes with a new training",
    ),
    f"diagnostics/{EXPERIMENT}.json": (
        lambda path: record(path, fields.DIAGNOSTICS, "diagnosis"),
        "`gatewise diagnose` makes it anew",
    ),
}
"""By name of a file within a study's folder what reads it, and how it is made anew."""


def mend(folder: Path) -> Iterator[str]:
    """Set aside what is damaged of :data:`READERS`; a line for each file.

    Raises:
        UnwritableFolder: it cannot be renamed.
    """
    for pattern, (read, remedy) in READERS.items():
        for path in sorted(folder.glob(pattern)):
            try:
                read(path)
            except UnreadableResults:
                yield f"damaged, set aside: {set_aside(path)}; {remedy}"
