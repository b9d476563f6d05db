"""What a raced study asked before its runs were there."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from gatewise.report.reading.checks import UnreadableResults

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
    path = folder / "study.json"
    if not path.is_file():
        return Questions()
    try:
        calls = json.loads(path.read_text(encoding="utf-8")).get("calls", ())
        raced = [call for call in calls if call.get("questions")]
        pairs = [(str(t), str(a)) for call in raced for t, a in call["questions"]]
        seeds = max((int(call["seeds"]) for call in raced), default=0)
    except (ValueError, TypeError, LookupError, AttributeError):
        raise UnreadableResults(f"{path}: not a record of calls of gatewise run") from None
    return Questions(tuple(dict.fromkeys(pairs)), seeds)
