"""Whose cell a study proposes, for the commands that come after."""

from __future__ import annotations

import json
from pathlib import Path

from gatewise import plugins
from gatewise.benchmark.records.failures import UNREADABLE
from gatewise.benchmark.studies.proposal import InvalidProposal, Proposal
from gatewise.checks import told
from gatewise.files import write_atomically

RECORD = "proposal.json"
"""The file of a study's folder that says so."""


def take_up(proposal: Proposal) -> None:
    """Make the cell and its ablations known to this process, and to its workers."""
    plugins.use([*plugins.in_use(), proposal.plugin, proposal])


def remember(proposal: Proposal, folder: Path) -> None:
    """Keep it in a study's folder.

    Raises:
        InvalidProposal: the study proposes another one.
        UnwritableFolder: it cannot be written.
    """
    known, mine = _known(folder), proposal.record()
    # The file may have been moved.
    if known is not None and known | {"plugin": mine["plugin"]} != mine:
        raise InvalidProposal(
            f"study {folder.name!r}: it proposes {known['architecture']!r} of a source with "
            f"SHA-256 {known['sha256'][:16]}; allowed is that, or another --study"
        )
    write_atomically(folder / RECORD, json.dumps(mine, indent=1, ensure_ascii=False))


def take_up_of(folder: Path) -> None:
    """Take up the cell that a study proposes, if it does.

    Raises:
        InvalidProposal: the record of it is damaged.
        ChangedPlugin, InvalidPlugin: its source is another one by now, or is not there.
    """
    if (known := _known(folder)) is not None:
        take_up(Proposal.restored(known))


def _known(folder: Path) -> dict[str, str] | None:
    path = folder / RECORD
    if not path.is_file():
        return None
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
        return {name: str(record[name]) for name in ("plugin", "sha256", "architecture")}
    except UNREADABLE as error:
        raise InvalidProposal(
            f"{str(path)!r}: {told(error)}; allowed is what gatewise propose wrote there, and "
            "without it the same command writes it anew"
        ) from None
