"""The calls by which a study was made: kept in ``study.json``, all of one plan."""

from __future__ import annotations

import json
import uuid
from dataclasses import asdict, fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from filelock import FileLock

from gatewise.benchmark.records.provenance import provenance
from gatewise.benchmark.studies.study import Study
from gatewise.files import write_atomically
from gatewise.identity import counted

PLAN = ("scale", "learning", "budget", "trials", "search", "repetitions", "settings")
"""What all calls of a study have alike, and the way of matching that leads."""


class UnreadableStudy(ValueError):
    """A study's record that is damaged, or not ours."""


class AnotherPlan(ValueError):
    """A call that would mix two plans in one study."""


def record_call(study: Study, folder: Path, command: str) -> str:
    """The identity of the study in this very folder, made at its first run.

    A study may grow by several calls: ``study.json`` has each of them once, however often it was
    gone on with.

    Raises:
        UnreadableStudy: ``study.json`` is no such record.
        UnwritableFolder: it cannot be written.
    """
    path = folder / "study.json"
    started = {"started_at": datetime.now(UTC).isoformat(timespec="seconds")}
    asked = {"questions": study.questions} if study.raced else {}
    described = counted(asdict(study), study)
    call = json.loads(json.dumps({"command": command, **described, **asked, **provenance()}))
    with FileLock(folder / "study.lock"):
        record = _recorded(path) or {"key": uuid.uuid4().hex, "name": study.name, "calls": []}
        calls = record["calls"]
        if not any(known == known | call for known in calls):
            record["calls"] = [*calls, started | call]
            write_atomically(path, json.dumps(record, indent=1))
    return str(record["key"])


def require_one_plan(study: Study, folder: Path) -> None:
    """Refuse what would put runs of another plan beside those that a study's folder has.

    A study may grow in tasks, architectures, seeds and further ways of matching. Anything else
    would let a table compare runs that were not made alike; and a race that may go further than
    its looks were planned for would spend more than its error.

    Raises:
        AnotherPlan: an earlier call of the study had another plan.
        UnreadableStudy: see :func:`record_call`.
    """
    mine = json.loads(json.dumps(asdict(study)))
    usual = {field.name: field.default for field in fields(Study)}
    for call in (_recorded(folder / "study.json") or {"calls": []})["calls"]:
        theirs = {name: call.get(name, usual[name]) for name in PLAN}
        theirs |= {"match": call["matches"][0]}
        if study.raced and call.get("raced"):
            theirs |= {"seeds": call["seeds"]}
        for name, was in json.loads(json.dumps(theirs)).items():
            asked = mine["matches"][0] if name == "match" else mine[name]
            if asked != was:
                told = "" if name == "settings" else f"={asked!r}, and {was!r} before"
                raise AnotherPlan(
                    f"study {study.name!r}: {name}{told}; allowed are the plan that its runs were "
                    "made by, and another --study"
                )


def _recorded(path: Path) -> dict[str, Any] | None:
    """What is known of a study's calls; None before the first."""
    if not path.exists():
        return None
    try:
        record: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        plans = [call["scale"] and call["matches"][0] for call in record["calls"]]
        sound = isinstance(record["key"], str) and all(plans)
    except (ValueError, LookupError, TypeError):
        sound = False
    if not sound:
        raise UnreadableStudy(
            f"{path}: allowed is the record of a study's calls that gatewise run wrote; "
            "without the file a new one is made, and a new entry in the tracking store"
        )
    return record
