"""What the names in an experiment mean in this process: a cell, and sources outside."""

from __future__ import annotations

import hashlib
import json

from gatewise import tasks
from gatewise.benchmark.architectures import catalogue
from gatewise.identity import counted


def meaning(task: str, architecture: str) -> dict[str, str]:
    """The fields of an experiment that follow from its names: ``definition``, ``plugin_sha256``.

    Raises:
        UnknownTask, UnknownArchitecture: a name that no registry holds.
    """
    entry, _ = catalogue.find(architecture), tasks.find(task)
    definition = json.dumps(counted(entry.describe(), entry), sort_keys=True)
    origins = tasks.origin(task), catalogue.CATALOGUE.origin(entry.name)
    outside = sorted({origin.sha256 for origin in origins} - {""})
    if len(outside) > 1:
        outside = [hashlib.sha256("".join(outside).encode()).hexdigest()]
    return {"definition": definition, "plugin_sha256": "".join(outside)}
