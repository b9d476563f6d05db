"""What a study asked before its runs were there."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gatewise.report.reading.checks import UnreadableResults

RECORD = "study.json"
Pair = tuple[str, str]
"""A task and an architecture, against the reference there."""


@dataclass(frozen=True)
class Questions:
    """What a race asks: its pairs, and the ``seeds`` of an architecture at its last look."""

    pairs: tuple[Pair, ...] = ()
    seeds: int = 0


def questions(folder: Path) -> Questions:
    """Of all raced calls that ``study.json`` records, each pair once; none where nothing is raced.

    Raises:
        UnreadableResults: the record is damaged.
    """
    raced = [call for call in calls(folder) if call.get("questions")]
    try:
        pairs = [(str(t), str(a)) for call in raced for t, a in call["questions"]]
        seeds = max((int(call["seeds"]) for call in raced), default=0)
    except (ValueError, TypeError, LookupError):
        raise damaged(folder) from None
    return Questions(tuple(dict.fromkeys(pairs)), seeds)


def fewest_seeds(folder: Path, pair: Pair) -> int:
    """Seeds of a pair by the call that asked for fewest, of those that are not raced; 0 if none is.

    Raises:
        UnreadableResults: the record is damaged.
    """
    try:
        asked = (
            int(call["seeds"])
            for call in calls(folder)
            if not call.get("questions")
            and pair[0] in call["tasks"]
            and pair[1] in call["architectures"]
        )
        return min(asked, default=0)
    except (ValueError, TypeError, LookupError):
        raise damaged(folder) from None


def calls(folder: Path) -> Sequence[Mapping[str, Any]]:
    """The calls by which a study was made, as ``study.json`` has them.

    Raises:
        UnreadableResults: the record is damaged.
    """
    path = folder / RECORD
    if not path.is_file():
        return ()
    try:
        found = list(json.loads(path.read_text(encoding="utf-8")).get("calls", ()))
    except (ValueError, TypeError, AttributeError):
        raise damaged(folder) from None
    if not all(isinstance(call, dict) for call in found):
        raise damaged(folder)
    return found


def damaged(folder: Path) -> UnreadableResults:
    """What is raised for a record that cannot be read."""
    return UnreadableResults(f"{folder / RECORD}: not a record of calls of gatewise run")
