"""What the tables say of a task at a scale, measured once on its data."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from gatewise import tasks
from gatewise.checks import reason_of
from gatewise.files import write_atomically
from gatewise.identity import seal
from gatewise.registry import HERE
from gatewise.tasks.check import UnsoundTask, require_sound
from gatewise.tasks.names import plain
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

    Baselines train models of their own, so what is kept is used again while the data is the same:
    by all sizes of a task, too.

    A task from outside is looked at first: what is wrong with it is said before anything is
    trained. One that is not sound holds up the whole study, because tables that lack what was asked
    for, and ranks over the other tasks alone, would be taken for the answer.

    Raises:
        KeyboardInterrupt: ``interrupted`` meanwhile; a fit may have ended early, and is not kept.
        UnsoundTask: the task is from outside, and its data or its baselines fail or are none.
    """
    found = tasks.find(task)
    outside = tasks.origin(task) is not HERE
    with _blaming(task, outside, f"its data at scale {scale!r}"):
        dataset = found.load(scale)
    if outside:
        require_sound(found, dataset)
    checksum = dataset.checksum()
    if _facts_path(folder, task, checksum).exists():
        return read_facts(folder, task, checksum)
    with _blaming(task, outside, "its baselines"):
        baselines = found.baselines(dataset)
        if not all(math.isfinite(baseline.score) for baseline in baselines):
            raise ValueError(f"{baselines}: allowed are finite scores")
    facts = TaskFacts(
        task=task,
        scale=scale,
        data_sha256=checksum,
        chance=chance(dataset, found.metric),
        train_examples=len(dataset.train),
        test_examples=len(dataset.test),
        baselines=baselines,
    )
    if interrupted():
        raise KeyboardInterrupt
    keep(folder, facts)
    return facts


def keep(folder: Path, facts: TaskFacts) -> None:
    """Write what was measured into a study's folder, where it is not there yet."""
    path = _facts_path(folder, facts.task, facts.data_sha256)
    if not path.exists():
        record = asdict(replace(facts, task=plain(facts.task)))
        write_atomically(path, json.dumps({**record, "sha256": seal(record)}))


@contextmanager
def _blaming(task: str, outside: bool, part: str) -> Iterator[None]:
    """Say of an error in a task from outside that it is that task's."""
    try:
        yield
    except Exception as error:
        if not outside or type(error).__module__.startswith("gatewise."):
            raise
        raise UnsoundTask(f"task {task!r}: {part}: {reason_of(error)}") from error


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
        if facts.task != plain(task) or not facts.data_sha256.startswith(data_sha256):
            raise ValueError("it is of other data")
        if not all(map(math.isfinite, numbers)) or not all(type(n) is int for n in counts):
            raise ValueError("it has no numbers")
    except PermissionError:
        raise
    except (OSError, ValueError, TypeError, LookupError, AttributeError, RecursionError) as error:
        raise DamagedFacts(
            f"{str(path)!r}: no facts of a task ({error}); `gatewise run` measures them anew on "
            "the data that the task has"
        ) from None
    return replace(facts, task=task)


def _facts_path(folder: Path, task: str, data_sha256: str) -> Path:
    return folder / "tasks" / f"{plain(task)}-{data_sha256[:16]}.json"
