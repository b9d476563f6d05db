"""What a record's identity is made of, so that it stays when the record grows.

Every field of a record's first edition counts. A field that is added afterwards is declared with
:func:`later` and counts only where it is off its default: what ran before there was such a field is
the very same as what runs now without asking for it, and has the same hash.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Mapping
from typing import Any

LATER = "later"


def later(default: Any) -> Any:
    """A dataclass field that was added after the record's first edition."""
    return dataclasses.field(default=default, metadata={LATER: True})


def counted(described: Mapping[str, Any], record: Any) -> dict[str, Any]:
    """What of a record's description counts for its identity; records inside it likewise.

    Args:
        described: the record's fields by name, as ``asdict`` or its own method gives them; names
            that are no field of the record stay.
        record: a dataclass instance.
    """
    resting = {field.name for field in dataclasses.fields(record) if _rests(record, field)}
    return {
        name: _inside(value, getattr(record, name, None))
        for name, value in described.items()
        if name not in resting
    }


def _rests(record: Any, field: dataclasses.Field[Any]) -> bool:
    return LATER in field.metadata and bool(getattr(record, field.name) == field.default)


def _inside(described: Any, record: Any) -> Any:
    part = dataclasses.is_dataclass(record) and isinstance(described, Mapping)
    return counted(described, record) if part else described


def identity(record: Any) -> str:
    """A hash of 16 digits of what counts of a dataclass instance, the same on every machine."""
    described = counted(dataclasses.asdict(record), record)
    canonical = json.dumps(described, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()[:16]


def spelled(record: Any) -> str:
    """A dataclass instance as ``repr`` gives it, with what counts alone."""
    fields = {field.name: getattr(record, field.name) for field in dataclasses.fields(record)}
    shown = ", ".join(f"{name}={value!r}" for name, value in counted(fields, record).items())
    return f"{type(record).__qualname__}({shown})"


def seal(record: Mapping[str, Any]) -> str:
    """Checksum of plain data, written beside it to tell damage."""
    return hashlib.sha256(json.dumps(record, sort_keys=True).encode()).hexdigest()
