"""What the tables say of a task at a scale, measured once on its data."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from gatewise import tasks
from gatewise.files import write_atomically
from gatewise.identity import seal
from gatewise.tasks.task import Baseline, chance


@dataclass(frozen=True)
class TaskFacts:
    """What the tables say of a task at a scale: measured on its data, the same for all runs."""

    task: str
    scale: str
    data_sha256: str
    chance: float
    train_examples: int
    test_examples: int
    baselines: tuple[Baseline, ...]


class DamagedFacts(ValueError):
    """A record of a task's facts that cannot be read."""


def measure(
    task: str, scale: str, folder: Path, interrupted: Callable[[], bool] = lambda: False
) -> TaskFacts:
    """Load a task's data and measure chance and baselines; kept in the study's folder.

    Baselines train models of their own, so what is kept is used again while the data is the same.

    Raises:
        KeyboardInterrupt: ``interrupted`` meanwhile; a fit may have ended early, and is not kept.
    """
    found = tasks.find(task)
    dataset = found.load(scale)
    checksum = dataset.checksum()
    if _facts_path(folder, task, checksum).exists():
        return read_facts(folder, task, checksum)
    facts = TaskFacts(
        task=task,
        scale=scale,
        data_sha256=checksum,
        chance=chance(dataset, found.metric),
        train_examples=len(dataset.train),
        test_examples=len(dataset.test),
        baselines=found.baselines(dataset),
    )
    if interrupted():
        raise KeyboardInterrupt
    record = asdict(facts)
    sealed = json.dumps({**record, "sha256": seal(record)})
    write_atomically(_facts_path(folder, task, checksum), sealed)
    return facts


def read_facts(folder: Path, task: str, data_sha256: str) -> TaskFacts:
    """What :func:`measure` kept in a study's folder.

    Raises:
        DamagedFacts: it is not there, or not readable.
    """
    path = _facts_path(folder, task, data_sha256)
    try:
        stored = json.loads(path.read_text(encoding="utf-8"))
        if stored.pop("sha256", None) not in (None, seal(stored)):  # None: before there were seals
            raise ValueError("its checksum is another one")
        stored["baselines"] = tuple(Baseline(**b) for b in stored["baselines"])
        facts = TaskFacts(**stored)
        numbers = [facts.chance, *(b.score for b in facts.baselines)]
        counts = [facts.train_examples, facts.test_examples]
        if facts.task != task or not facts.data_sha256.startswith(data_sha256):
            raise ValueError("it is of other data")
        if not all(map(math.isfinite, numbers)) or not all(type(n) is int for n in counts):
            raise ValueError("it has no numbers")
    except (OSError, ValueError, TypeError, LookupError, AttributeError, RecursionError) as error:
        raise DamagedFacts(
            f"{str(path)!r}: no facts of a task ({error}); `gatewise run` measures them anew on "
            "the data that the task has"
        ) from None
    return facts


def _facts_path(folder: Path, task: str, data_sha256: str) -> Path:
    return folder / "tasks" / f"{task}-{data_sha256[:16]}.json"
