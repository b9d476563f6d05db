"""Somebody's own cell, proposed: its plugin, and its ablations as an offer beside it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from types import ModuleType
from typing import Any

from gatewise.benchmark.architectures.ablation import ablations
from gatewise.benchmark.architectures.architecture import Architecture
from gatewise.benchmark.architectures.catalogue import CATALOGUE
from gatewise.plugins import ChangedPlugin, Plugin
from gatewise.registry import offered

BESIDE = ("lstm", "gru", "vanilla")
"""What a proposed cell is compared with, the reference first; without a cell that has no gate
nothing could be said not to matter."""


class InvalidProposal(ValueError):
    """A plugin without the architecture that is proposed, or a record of it that is damaged."""


@dataclass(frozen=True)
class Proposal:
    """The ablations of a plugin's architecture; an offer of the registries.

    What the plugin offers by the same name is the plugin's.
    """

    plugin: Plugin
    architecture: str

    @classmethod
    def of(cls, plugin: Plugin, architecture: str = "") -> Proposal:
        """The one architecture of a plugin, or the one of that name.

        Raises:
            InvalidPlugin, ChangedPlugin: see :attr:`.Plugin.module`.
            InvalidProposal: there is none, or there are several and none is named.
        """
        known = [entry.name for entry in _offered(plugin)]
        if not architecture and len(known) == 1:
            return cls(plugin, known[0])
        if architecture not in known:
            allowed = f"allowed is one of {', '.join(known)}" if known else "it offers none"
            raise InvalidProposal(
                f"architecture {architecture!r} of plugin {plugin.reference!r}: {allowed}"
            )
        return cls(plugin, architecture)

    @property
    def reference(self) -> str:
        """What messages call it."""
        return f"ablations of {self.architecture}"

    @property
    def sha256(self) -> str:
        """The plugin's: its cell decides them."""
        return self.plugin.sha256

    @property
    def module(self) -> ModuleType:
        """It has ``ARCHITECTURES``; see :attr:`.Plugin.module`."""
        return _module(self)

    @property
    def cell(self) -> Architecture:
        """What is proposed."""
        return next(e for e in _offered(self.plugin) if e.name == self.architecture)

    @property
    def ablations(self) -> tuple[str, ...]:
        """The names of the cell's ablations."""
        return tuple(entry.name for entry in ablations(self.cell))

    @property
    def architectures(self) -> tuple[str, ...]:
        """What its study compares: the reference, the cell, the others, and its ablations."""
        first, *others = BESIDE
        return (first, self.architecture, *others, *self.ablations)

    def record(self) -> dict[str, str]:
        """The proposal as plain data."""
        known = {"plugin": self.plugin.reference, "sha256": self.sha256}
        return known | {"architecture": self.architecture}

    @classmethod
    def restored(cls, record: Mapping[str, Any]) -> Proposal:
        """The inverse of :meth:`record`.

        Raises:
            ChangedPlugin: the plugin is another one by now.
            InvalidPlugin, InvalidProposal: it, or its architecture, is not there.
        """
        plugin = Plugin.read(str(record["plugin"]))
        if plugin.sha256 != record["sha256"]:
            raise ChangedPlugin(
                f"plugin {plugin.reference!r}: its source has SHA-256 {plugin.sha256[:16]}; "
                f"allowed is {str(record['sha256'])[:16]}, which its study was begun with"
            )
        return cls.of(plugin, str(record["architecture"]))


def _offered(plugin: Plugin) -> Iterator[Architecture]:
    """A plugin's architectures; what else stands in their place the registry refuses."""
    every = offered(plugin.module, CATALOGUE.attributes)
    return (entry for entry in every if isinstance(entry, Architecture))


@cache
def _module(proposal: Proposal) -> ModuleType:
    taken = {entry.name.lower() for entry in _offered(proposal.plugin)}
    made = ModuleType(f"gatewise_ablations_{proposal.sha256[:8]}")
    left = [e for e in ablations(proposal.cell) if e.name.lower() not in taken]
    made.ARCHITECTURES = left  # type: ignore[attr-defined]
    return made
