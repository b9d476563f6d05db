"""What is already done: one file for each finished experiment, written whole or not at all.

The ledger is the truth of a study. ``runs.csv``, ``curves.csv`` and the tracking store are made
from it and can be made again.
"""

from __future__ import annotations

import io
import json
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from filelock import FileLock, Timeout

from gatewise.benchmark.records.experiment import Examples, Experiment, Result
from gatewise.benchmark.records.packed import DamagedScores, arrays
from gatewise.files import aside, set_aside, write_atomically
from gatewise.identity import seal

OURS = re.compile(r"[0-9a-f]{16}\.json")
"""How a record is called; what else lies in the folder is somebody's own."""


class DamagedLedger(ValueError):
    """A ledger file that does not hold what its name says."""


class Ledger:
    """The finished experiments of one study.

    Args:
        folder: the study's folder; the ledger is its subfolder ``ledger``.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "ledger"
        self.examples = folder / "examples"
        self.samples = folder / "samples"
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
        with os.scandir(self.folder) as found:
            return {entry.name[:-5] for entry in found if OURS.fullmatch(entry.name)}

    def add(self, experiment: Experiment, result: Result) -> None:
        """Record a finished experiment; its scores by example go to ``examples/ID.npz``."""
        if result.examples is not None:
            packed = io.BytesIO()
            np.savez_compressed(packed, score=result.examples.score, weight=result.examples.weight)
            # First, so that whoever finds the record finds them too.
            write_atomically(self.examples / f"{experiment.id}.npz", packed.getvalue())
        record = {"experiment": experiment.recorded, "result": result.to_json()}
        sealed = {**record, "sha256": seal(record)}
        write_atomically(self.folder / f"{experiment.id}.json", json.dumps(sealed))

    def read(self, id: str) -> tuple[Experiment, Result]:
        """One finished experiment and its result.

        Raises:
            DamagedLedger: the file is not readable, or holds another experiment.
        """
        path = self.folder / f"{id}.json"
        try:
            record = json.loads(path.read_text(encoding="utf-8"))
            if record.pop("sha256") != seal(record):
                raise ValueError("its checksum is another one")
            experiment = Experiment(**record["experiment"])
            result = Result.from_json(record["result"])
            if experiment.id != id:
                raise ValueError(f"it holds experiment {experiment.id!r}")
        except PermissionError:
            raise
        except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
            raise DamagedLedger(
                f"ledger file {str(path)!r} is damaged ({error}); run the study again: it is set "
                "aside, and that one run taken up from runs.csv, or repeated"
            ) from None
        return experiment, result

    def read_examples(self, id: str) -> Examples | None:
        """A finished experiment's scores by test example; None where it left none.

        Raises:
            DamagedLedger: the file is not readable.
        """
        path = self.examples / f"{id}.npz"
        try:
            score, weight = arrays(path, "score", "weight")
            if (score.dtype, weight.dtype, score.shape) != (np.float32, np.float32, weight.shape):
                raise DamagedScores("arrays of other types")
        except FileNotFoundError:
            return None
        except DamagedScores as error:
            raise DamagedLedger(
                f"scores by example {str(path)!r} are damaged ({error}); run the study again: they "
                "are set aside, and that one experiment repeated"
            ) from None
        return Examples(score, weight)

    def set_damaged_aside(self) -> list[Path]:
        """Rename what cannot be read, so that it is made again.

        Scores by example and samples are made by a training alone, so that with one of them its
        record is set aside too; see :meth:`is_to_be_trained`.

        Returns:
            What was damaged, where it is now.
        """
        moved = []
        for id in sorted(self.finished()):
            if damaged := self._damaged(id):
                moved.append(set_aside(damaged))
                if (record := self.folder / f"{id}.json") != damaged:
                    set_aside(record)
        return moved

    def is_to_be_trained(self, id: str) -> bool:
        """Whether something was set aside of an experiment that a training alone makes again."""
        parts = self.examples / f"{id}.npz", self.samples / f"{id}.json"
        return any(aside(part).exists() and not part.exists() for part in parts)

    def _damaged(self, id: str) -> Path | None:
        """What of an experiment cannot be read."""
        try:
            self.read(id)
        except DamagedLedger:
            return self.folder / f"{id}.json"
        try:
            self.read_examples(id)
        except DamagedLedger:
            return self.examples / f"{id}.npz"
        sample = self.samples / f"{id}.json"
        try:
            fine = not sample.exists() or json.loads(sample.read_bytes())["experiment"] == id
        except (OSError, ValueError, TypeError, LookupError, RecursionError):
            fine = False
        return None if fine else sample

    def __iter__(self) -> Iterator[tuple[Experiment, Result]]:
        for id in sorted(self.finished()):
            yield self.read(id)
