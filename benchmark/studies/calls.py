"""The calls by which a study was made: kept in ``study.json``, all of one plan.

What the plan is, the ledger tells in part alone. So there are two of the record, and where one is
damaged or gone the other takes its place: no second plan is mixed in, and no race begins anew.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from filelock import FileLock

from gatewise.benchmark.records.experiment import Experiment
from gatewise.benchmark.records.ledger import DamagedLedger, Ledger
from gatewise.benchmark.records.provenance import provenance
from gatewise.benchmark.studies.plan import asked
from gatewise.benchmark.studies.study import Study
from gatewise.files import set_aside, write_atomically
from gatewise.identity import counted

RECORD, COPY = "study.json", ".study.json"
PLAN = ("scale", "learning", "budget", "trials", "search", "repetitions", "settings")
"""What all calls of a study have alike, and the way of matching that leads."""


TRAINED = ("data_sha256", "epochs", "patience", "least_gain", "schedule")
"""What all final runs of a task have alike, beside the plan."""


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
    started = {"started_at": datetime.now(UTC).isoformat(timespec="seconds")}
    asked = {"questions": study.questions} if study.raced else {}
    described = counted(asdict(study), study)
    call = json.loads(json.dumps({"command": command, **described, **asked, **provenance()}))
    with FileLock(folder / "study.lock"):
        record = recorded(folder) or {"key": uuid.uuid4().hex, "name": study.name, "calls": []}
        calls = record["calls"]
        if not any(known == known | call for known in calls):
            record["calls"] = [*calls, started | call]
        text = json.dumps(record, indent=1)
        for path in (folder / RECORD, folder / COPY):
            if not path.is_file() or path.read_bytes() != text.encode():
                write_atomically(path, text)
    return str(record["key"])


def require_one_plan(study: Study, folder: Path, untaken: Iterable[Experiment] = ()) -> None:
    """Refuse what would put runs of another plan beside those that a study's folder has.

    A study may grow in tasks, architectures, seeds and further ways of matching. Anything else
    would let a table compare runs that were not made alike; a race that may go further than its
    looks were planned for would spend more than its error, and one that is continued without an
    architecture would wait for its seeds for ever.

    Args:
        study: what is asked for.
        folder: the study's.
        untaken: what its tables have run and its ledger lacks; see :mod:`.records.unpacking`.

    Raises:
        AnotherPlan: an earlier call of the study had another plan.
        UnreadableStudy: see :func:`record_call`.
    """
    mine = json.loads(json.dumps(asdict(study))) | {"match": study.matches[0]}
    record = recorded(folder)
    if record is None:
        known = _of_runs(study, (*_readable(Ledger(folder)), *untaken))
    else:
        known = (_plan(call, study.raced) for call in record["calls"])
    for plan in known:
        for name, was in plan.items():
            if mine[name] != was:
                told = "" if name == "settings" else f"={mine[name]!r}, and {was!r} before"
                raise AnotherPlan(
                    f"study {study.name!r}: {name}{told}; allowed are the plan that its runs were "
                    "made by, and another --study"
                )
    if study.raced and record is not None:
        _require_all(study, [call for call in record["calls"] if call.get("raced")])


def _require_all(study: Study, raced: Sequence[Mapping[str, Any]]) -> None:
    """Refuse a race without an architecture that it has begun with on one of its tasks."""
    asked = {tuple(pair) for call in raced for pair in call["questions"]}
    left_out = {name for task, name in asked - set(study.questions) if task in study.tasks}
    if left_out:
        raise AnotherPlan(
            f"study {study.name!r}: its race has begun with {', '.join(sorted(left_out))} too; "
            "allowed are all of its architectures, and another --study"
        )


def require_same_trainings(study: Study, folder: Path, data: Mapping[str, str]) -> None:
    """Refuse runs that would stand beside others of their task by another recipe or on other data.

    Where a task's recipe has changed, as with another version, what is trained now would be
    compared with what was trained by the old one.

    Args:
        study: what is asked for.
        folder: the study's.
        data: by task the checksum of its data.

    Raises:
        AnotherPlan: the study's folder has such runs.
    """
    left = dict(study.pairs)
    for run, _ in Ledger(folder):
        if run.phase != "final" or run.task not in left:
            continue
        now = asked(study, run.task, left.pop(run.task), data[run.task])
        for name in TRAINED:
            if (was := getattr(run, name)) != getattr(now, name):
                raise AnotherPlan(
                    f"study {study.name!r}: task {run.task!r} has {name}={getattr(now, name)!r} "
                    f"now, and {was!r} in its runs; allowed is another --study"
                )
        if not left:
            return


def _plan(call: Mapping[str, Any], raced: bool) -> dict[str, Any]:
    """What of a recorded call another one has alike, which is ``raced`` or not."""
    usual = {field.name: field.default for field in fields(Study)}
    plan = {name: call.get(name, usual[name]) for name in PLAN} | {"match": call["matches"][0]}
    if raced and call.get("raced"):
        plan |= {"seeds": call["seeds"]}
    found: dict[str, Any] = json.loads(json.dumps(plan))
    return found


def _of_runs(study: Study, runs: Iterable[Experiment]) -> Iterator[dict[str, Any]]:
    """What runs tell of the plan by themselves, where no call is recorded."""
    for run in runs:
        yield {"scale": run.scale, "learning": run.learning}
        if run.phase == "tuning" and not study.trials:
            yield {"trials": "some"}
        if run.task in study.tasks and run.budget != study.parameters(run.task):
            yield {"budget": run.budget}


def _readable(ledger: Ledger) -> Iterator[Experiment]:
    for id in sorted(ledger.finished()):
        with suppress(DamagedLedger):
            yield ledger.read(id)[0]


def restore(folder: Path) -> Iterator[str]:
    """Set a damaged record aside, or its copy, where the other one is sound; a line for each.

    Raises:
        UnreadableStudy: see :func:`record_call`.
        UnwritableFolder: it cannot be renamed.
    """
    if recorded(folder) is None:
        return
    if not (folder / RECORD).exists():
        yield f"{RECORD} was gone, restored from {COPY}"
    for path, other in ((folder / RECORD, COPY), (folder / COPY, RECORD)):
        if path.exists() and _read(path) is None:
            yield f"damaged, set aside and restored from {other}: {set_aside(path)}"


def recorded(folder: Path) -> dict[str, Any] | None:
    """What is known of a study's calls; None before the first."""
    path = folder / RECORD
    found = _read(path) or _read(folder / COPY)
    if found is None and path.exists():
        raise UnreadableStudy(
            f"{path}: allowed is the record of a study's calls that gatewise run wrote; its copy "
            f"{COPY} is no better. Without both files a new one is made, if the call has the plan "
            "of the ledger, and a new entry in the tracking store"
        )
    return found


def _read(path: Path) -> dict[str, Any] | None:
    """The record, if it is there and sound."""
    try:
        record: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        plans = [
            isinstance(call["tasks"], list) and str(call["scale"]) and str(call["matches"][0])
            for call in record["calls"]
        ]
        sound = isinstance(record["key"], str) and all(plans)
    except PermissionError:
        raise
    except (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError):
        sound = False
    return record if sound else None
