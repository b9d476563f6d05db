"""What a raced study asked before its runs were there."""

from __future__ import annotations

import json
from pathlib import Path

from gatewise.report.reading.checks import UnreadableResults

Questions = tuple[tuple[str, str], ...]
"""Pairs of a task and an architecture, each against the reference there."""


def questions(folder: Path) -> Questions:
    """Of all raced calls that ``study.json`` records, each once; none of a study without a race.

    Raises:
        UnreadableResults: the record is damaged.
    """
    path = folder / "study.json"
    if not path.is_file():
        return ()
    try:
        calls = json.loads(path.read_text(encoding="utf-8")).get("calls", ())
        asked = [(str(t), str(a)) for call in calls for t, a in call.get("questions", ())]
    except (ValueError, TypeError, AttributeError):
        raise UnreadableResults(f"{path}: not a record of calls of gatewise run") from None
    return tuple(dict.fromkeys(asked))
