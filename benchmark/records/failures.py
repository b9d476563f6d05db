"""What went wrong: one file for each experiment that raised, until it is tried again.

They stand beside the ledger, which holds what is finished; the tables are made from both.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from gatewise.benchmark.records.experiment import Experiment
from gatewise.files import write_atomically

UNREADABLE = OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError
"""What plain data of another form leads to."""


@dataclass(frozen=True)
class Failure:
    """An experiment that gave no result, and why, in a line; ``failed_at`` is UTC, ISO 8601."""

    experiment: Experiment
    reason: str
    failed_at: str


class Failures:
    """The failed experiments of one study.

    Args:
        folder: the study's folder; they are in its subfolder ``failures``.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "failures"

    def ids(self) -> set[str]:
        """Ids of the experiments that failed and were not tried again since."""
        return {path.stem for path in self.folder.glob("*.json")}

    def add(self, experiment: Experiment, reason: str, trace: str = "") -> None:
        """Record why an experiment gave no result; ``trace`` is for who mends it."""
        when = datetime.now(UTC).isoformat(timespec="seconds")
        record = {"experiment": experiment.recorded, "reason": reason, "failed_at": when}
        text = json.dumps({**record, "traceback": trace.splitlines()}, indent=1)
        write_atomically(self.folder / f"{experiment.id}.json", text)

    def forget(self, ids: Iterable[str]) -> None:
        """These are tried again."""
        for id in ids:
            (self.folder / f"{id}.json").unlink(missing_ok=True)

    def __iter__(self) -> Iterator[Failure]:
        """Every failure that can be read; of a file that cannot, nothing is lost but the reason."""
        for id in sorted(self.ids()):
            with suppress(*UNREADABLE):
                found = json.loads((self.folder / f"{id}.json").read_text(encoding="utf-8"))
                experiment = Experiment(**found["experiment"])
                if experiment.id == id:
                    yield Failure(experiment, str(found["reason"]), str(found["failed_at"]))
