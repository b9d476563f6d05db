"""What the tables say of a task at a scale, measured once on its data."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from gatewise import tasks
from gatewise.files import write_atomically
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
    write_atomically(_facts_path(folder, task, checksum), json.dumps(asdict(facts)))
    return facts


def read_facts(folder: Path, task: str, data_sha256: str) -> TaskFacts:
    """What :func:`measure` kept in a study's folder."""
    stored = json.loads(_facts_path(folder, task, data_sha256).read_text(encoding="utf-8"))
    stored["baselines"] = tuple(Baseline(**b) for b in stored["baselines"])
    return TaskFacts(**stored)


def _facts_path(folder: Path, task: str, data_sha256: str) -> Path:
    return folder / "tasks" / f"{task}-{data_sha256[:16]}.json"
