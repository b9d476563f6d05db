"""A study's runs go to the tracking store in a thread of their own: training never waits for it.

The ledger is the spool. What it holds and the store does not is logged in the order in which it was
finished; while the store is away the writer tries again, and what is still missing at the end is
logged when the study is run again. One command at a time writes a study, so nothing is there twice.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from gatewise.benchmark.execution.worker import weights_path
from gatewise.benchmark.records.facts import read_facts
from gatewise.benchmark.records.ledger import Ledger
from gatewise.benchmark.records.tables import run_row
from gatewise.benchmark.tracking import store as tracking
from gatewise.benchmark.tracking.address import check

ANSWER = "answer.md"
"""What the report of a study's folder says at its top; it goes into the parent run's note."""
PAUSE_SECONDS = 0.5
LONGEST_PAUSE_SECONDS = 30.0
PATIENCE_SECONDS = 20.0


@dataclass(frozen=True)
class Ending:
    """What is written when a study ends.

    ``summary`` are metrics and ``artifacts`` files and folders of the parent run; ``whole`` says
    whether the study was not interrupted.
    """

    summary: Mapping[str, float]
    artifacts: Iterable[Path]
    whole: bool


class Writer:
    """Logs what the ledger gains, from :meth:`start` to :meth:`finish`.

    Args:
        uri: the tracking store.
        key: identity of the study.
        study, folder: its name and its folder.
        connect: opens the store; called again after every failure.
    """

    def __init__(
        self,
        uri: str,
        key: str,
        study: str,
        folder: Path,
        connect: Callable[[], tracking.Tracker],
    ) -> None:
        self.uri, self.key, self.study, self.folder = uri, key, study, folder
        self.error: Exception | None = None
        self.refused: dict[str, tracking.Refused] = {}
        """By experiment, what the store does not take."""
        self._connect = connect
        self._known: Mapping[str, str] = {}
        self._ledger = Ledger(folder)
        self._tracker: tracking.Tracker | None = None
        self._lock = FileLock(folder / "tracking.lock", thread_local=False)
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._work, name="tracking", daemon=True)

    def start(self) -> None:
        """Begin to log in the background."""
        self._thread.start()

    def flush(self) -> tracking.Logged:
        """Stop the thread and log what is left, for at most some 20 seconds if the store is away.

        Returns:
            What is in the store, as far as it can be asked.
        """
        self._end.set()
        self._thread.join()
        end = time.monotonic() + PATIENCE_SECONDS
        while not (self._pass() and self._missing() == 0) and time.monotonic() < end:
            time.sleep(PAUSE_SECONDS)
        return self._logged()

    def _logged(self) -> tracking.Logged:
        if self._tracker is not None:
            found = tracking.Logged(self._tracker.logged, self._tracker.experiment_id)
        else:
            try:
                check(self.uri)
                found = tracking.logged(self.uri, self.key)
            except Exception:
                found = tracking.Logged()
        self._known = found.runs
        return found

    def _missing(self) -> int:
        """How many finished runs are not in the store, but for those that it does not take."""
        return len(self._ledger.finished() - self._logged().runs.keys() - self.refused.keys())

    def finish(self, ending: Ending) -> int:
        """Write the parent run's end; call it after :meth:`flush`.

        Returns:
            How many runs are not in the store; ``error`` and ``refused`` say why.
        """
        try:
            if self._tracker is not None:
                path = self.folder / ANSWER
                found = path.read_text(encoding="utf-8") if path.exists() else ""
                self._tracker.finish(ending.summary, ending.artifacts, ending.whole, found)
        except Exception as error:
            self._failed(error)
        self._lock.release()
        return len(self._ledger.finished() - self._known.keys())

    @property
    def reason(self) -> str:
        """Why runs are not in the store, in a line."""
        if self.error is not None:
            return str(self.error)
        if self.refused:
            return str(next(iter(self.refused.values())))
        return "another command that writes this study has yet to log them"

    def _work(self) -> None:
        pause = PAUSE_SECONDS
        while not self._end.wait(pause):
            pause = PAUSE_SECONDS if self._pass() else min(2 * pause, LONGEST_PAUSE_SECONDS)

    def _pass(self) -> bool:
        """Log what is missing; False if the store is away.

        Whatever goes wrong with the store is no reason to lose a study: it is kept and tried again.
        """
        try:
            if not self._lock.is_locked:
                self._lock.acquire(timeout=0)
            if self._tracker is None:
                check(self.uri)
                self._tracker = self._connect()
            new = self._ledger.finished() - self._tracker.logged.keys() - self.refused.keys()
            runs = [self._ledger.read(id) for id in new]
            for experiment, result in sorted(runs, key=lambda run: run[1].finished_at):
                facts = read_facts(self.folder, experiment.task, experiment.data_sha256)
                row = run_row(self.study, facts, experiment, result)
                weights = weights_path(self.folder, experiment)
                try:
                    self._tracker.log(experiment, result, row, weights)
                except tracking.Refused as error:
                    # The other runs are not kept waiting for it.
                    self.refused[experiment.id] = error
        except Timeout:
            # Another command writes this study, and will write what we finish.
            return True
        except Exception as error:
            self._failed(error)
            return False
        self.error = None
        return True

    def _failed(self, error: Exception) -> None:
        self.error, self._tracker = error, None
