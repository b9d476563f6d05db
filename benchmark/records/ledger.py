"""What is already done: one file for each finished experiment, written whole or not at all.

The ledger is the truth of a study. ``runs.csv``, ``curves.csv`` and the tracking store are made
from it and can be made again.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from filelock import FileLock, Timeout

from gatewise.benchmark.records.experiment import Examples, Experiment, Result
from gatewise.files import write_atomically


class DamagedLedger(ValueError):
    """A ledger file that does not hold what its name says."""


def _seal(record: dict[str, Any]) -> str:
    """Checksum of a record's content."""
    return hashlib.sha256(json.dumps(record, sort_keys=True).encode()).hexdigest()


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
        record = {"experiment": experiment.recorded, "result": result.to_json()}
        sealed = {**record, "sha256": _seal(record)}
        write_atomically(self.folder / f"{experiment.id}.json", json.dumps(sealed))

    def read(self, id: str) -> tuple[Experiment, Result]:
        """One finished experiment and its result.

        Raises:
            DamagedLedger: the file is not readable, or holds another experiment.
        """
        path = self.folder / f"{id}.json"
        try:
            record = json.loads(path.read_text(encoding="utf-8"))
            if record.pop("sha256") != _seal(record):
                raise ValueError("its checksum is another one")
            experiment = Experiment(**record["experiment"])
            result = Result.from_json(record["result"])
            if experiment.id != id:
                raise ValueError(f"it holds experiment {experiment.id!r}")
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise DamagedLedger(
                f"ledger file {str(path)!r} is damaged ({error}); run the study again: it is set "
                "aside, and that one experiment repeated"
            ) from None
        return experiment, result

    def read_examples(self, id: str) -> Examples | None:
        """A finished experiment's scores by test example; None where it left none.

        Raises:
            DamagedLedger: the file is not readable.
        """
        path = self.examples / f"{id}.npz"
        try:
            with np.load(path, allow_pickle=False) as file:
                return Examples(file["score"], file["weight"])
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile, zlib.error) as error:
            raise DamagedLedger(
                f"scores by example {str(path)!r} are damaged ({error}); delete them and "
                f"{str(self.folder / f'{id}.json')!r}, and run the study again: that one "
                "experiment is repeated"
            ) from None

    def set_damaged_aside(self) -> list[Path]:
        """Rename records that cannot be read, so that their experiments are run again.

        Returns:
            Where they are now.
        """
        moved = []
        for id in sorted(self.finished()):
            try:
                self.read(id)
            except DamagedLedger:
                path = self.folder / f"{id}.json"
                moved.append(path.replace(self.folder / f".{id}.damaged"))
        return moved

    def __iter__(self) -> Iterator[tuple[Experiment, Result]]:
        for id in sorted(self.finished()):
            yield self.read(id)
