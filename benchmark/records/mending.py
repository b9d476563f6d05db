"""What a disk or a person damaged in a study's folder is set aside, to be made again."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from gatewise.benchmark.records import packed
from gatewise.benchmark.records.facts import DamagedFacts, read_facts
from gatewise.benchmark.records.ledger import Ledger
from gatewise.files import set_aside

SHORT = "[0-9a-f]" * 16
"""The checksum in the names of our files; others are somebody's own."""


def mend(folder: Path) -> Iterator[str]:
    """Set aside what cannot be read of a study's folder; a line for each file.

    Raises:
        UnwritableFolder: it cannot be renamed.
    """
    for path in Ledger(folder).set_damaged_aside():
        yield f"damaged, set aside and made again: {path}"
    for path in sorted((folder / "tasks").glob(f"*-{SHORT}.json")):
        if not _is_of_facts(path):
            yield f"damaged, set aside and measured again: {set_aside(path)}"
    for path in sorted((folder / packed.FOLDER).glob(packed.ARCHIVES)):
        try:
            packed.unpack(path.read_bytes() if path.stat().st_size <= packed.MOST_BYTES else b"")
        except (OSError, packed.DamagedScores):
            # From scores by example; where those are gone, verdicts do without.
            yield f"damaged, set aside and packed again: {set_aside(path)}"


def _is_of_facts(path: Path) -> bool:
    task, _, checksum = path.stem.rpartition("-")
    try:
        read_facts(path.parent.parent, task, checksum)
    except DamagedFacts:
        return False
    return True
