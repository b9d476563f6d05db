"""What is already done: one file for each finished experiment, written whole or not at all.

The ledger is the truth of a study. ``runs.csv``, ``curves.csv`` and the tracking store are made
from it and can be made again.
"""

from __future__ import annotations

import io
import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

import numpy as np
from filelock import FileLock, Timeout

from benchmark.experiment import Experiment, Result


class DamagedLedger(ValueError):
    """A ledger file that does not hold what its name says."""


class UnwritableFolder(ValueError):
    """A results folder in which nothing can be written."""


def write_atomically(path: Path, content: str | bytes) -> None:
    """Write a file so that at any moment it is absent, old, or new, and never in between."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content.encode() if isinstance(content, str) else content)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).chmod(0o644)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def require_writable(folder: Path) -> None:
    """Make the folder, and make sure that files can be written in it.

    Raises:
        UnwritableFolder: they cannot.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise UnwritableFolder(
            f"results folder {str(folder)!r}: {error.strerror}; allowed is a folder that you may "
            "write in (choose one with --results)"
        ) from None


class Ledger:
    """The finished experiments of one study.

    Args:
        folder: the study's folder; the ledger is its subfolder ``ledger``.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "ledger"
        self.examples = folder / "examples"
        self.claims = folder / "claims"

    @contextmanager
    def claim(self, group: Experiment) -> Iterator[bool]:
        """Whether this process alone works on a group, until the end of the block.

        The operating system lets go of a claim when its process dies, however it dies.
        """
        self.claims.mkdir(parents=True, exist_ok=True)
        try:
            with FileLock(self.claims / f"{group.id}.lock", timeout=0):
                yield True
        except Timeout:
            yield False

    def is_free(self, experiment: Experiment) -> bool:
        """Whether no process works on the experiment's group at this moment."""
        with self.claim(experiment.group) as mine:
            return mine

    def finished(self) -> set[str]:
        """Ids of the finished experiments."""
        if not self.folder.is_dir():
            return set()
        return {e.name[:-5] for e in os.scandir(self.folder) if e.name[0] != "."}

    def add(self, experiment: Experiment, result: Result) -> None:
        """Record a finished experiment; its scores by example go to ``examples/ID.npz``."""
        if result.examples is not None:
            packed = io.BytesIO()
            np.savez_compressed(packed, score=result.examples.score, weight=result.examples.weight)
            # First, so that whoever finds the record finds them too.
            write_atomically(self.examples / f"{experiment.id}.npz", packed.getvalue())
        record = {"experiment": asdict(experiment), "result": result.to_json()}
        write_atomically(self.folder / f"{experiment.id}.json", json.dumps(record))

    def read(self, id: str) -> tuple[Experiment, Result]:
        """One finished experiment and its result.

        Raises:
            DamagedLedger: the file is not readable, or holds another experiment.
        """
        path = self.folder / f"{id}.json"
        try:
            record = json.loads(path.read_text(encoding="utf-8"))
            experiment = Experiment(**record["experiment"])
            result = Result.from_json(record["result"])
        except (ValueError, TypeError, KeyError, UnicodeDecodeError) as error:
            raise DamagedLedger(
                f"ledger file {str(path)!r} is damaged ({error}); remove it and run the study "
                "again: that one experiment is repeated"
            ) from None
        if experiment.id != id:
            raise DamagedLedger(
                f"ledger file {str(path)!r} holds experiment {experiment.id!r}; remove it and run "
                "the study again: that one experiment is repeated"
            )
        return experiment, result

    def __iter__(self) -> Iterator[tuple[Experiment, Result]]:
        for id in sorted(self.finished()):
            yield self.read(id)
