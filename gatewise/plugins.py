"""Modules from outside that a command was given, and that each of its workers takes up.

A plugin is a module by its dotted name, or a Python file. It defines one or more of ``TASK``,
``TASKS``, ``ARCHITECTURE``, ``ARCHITECTURES``, ``ENGINE`` and ``ENGINES``; the registries take them
from there. A file is whole in
itself: what lies beside it is not importable, so that a user's ``tasks.py`` is in nobody's way.
"""

from __future__ import annotations

import hashlib
import importlib
import importlib.util
import sys
import traceback
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Protocol

OFFERS = ("TASK", "TASKS", "ARCHITECTURE", "ARCHITECTURES", "ENGINE", "ENGINES")
"""The names that are taken from a plugin; the plural ones are of several, in a list or tuple."""


class InvalidPlugin(ValueError):
    """A plugin that is not there, cannot be loaded, or offers nothing."""


class ChangedPlugin(ValueError):
    """A plugin whose source is another one here than where the command was given."""


class Offer(Protocol):
    """What registries take up from outside; a value that can be hashed and sent to workers."""

    @property
    def reference(self) -> str:
        """What it is called in messages."""

    @property
    def sha256(self) -> str:
        """Checksum of all that decides what it offers; part of the identity of runs."""

    @property
    def module(self) -> ModuleType:
        """What has the names of :data:`OFFERS`.

        Raises:
            InvalidPlugin, ChangedPlugin: it cannot be had here, or is another one.
        """


@dataclass(frozen=True)
class Plugin:
    """A module from outside as it was when the command began.

    Attributes:
        reference: a module's dotted name, or a file's absolute path.
        sha256: checksum of its source; of a package, of all its source files.
        source: a file's text, which workers out of its reach load; empty for a module.
    """

    reference: str
    sha256: str
    source: str = ""

    @classmethod
    def read(cls, reference: str) -> Plugin:
        """The plugin of a ``MODULE_OR_FILE``.

        Raises:
            InvalidPlugin: there is no such module, no such file, or it is no text.
        """
        if not reference.endswith(".py"):
            return cls(reference, source_sha256(reference))
        path = Path(reference).resolve()
        try:
            content = path.read_bytes()
            return cls(str(path), hashlib.sha256(content).hexdigest(), content.decode())
        except (OSError, UnicodeDecodeError) as error:
            raise InvalidPlugin(
                f"plugin {reference!r}: {error}; allowed is a Python file or a module's dotted name"
            ) from None

    @property
    def module(self) -> ModuleType:
        """The plugin, loaded once in a process.

        Raises:
            InvalidPlugin: it ends with an error, or offers nothing.
            ChangedPlugin: its source here is another one.
        """
        return _loaded(self)


@cache
def _loaded(plugin: Plugin) -> ModuleType:
    _require_unchanged(plugin)
    try:
        module = _executed(plugin) if plugin.source else importlib.import_module(plugin.reference)
    except Exception as error:
        raise InvalidPlugin(f"plugin {plugin.reference!r}: {_told(error, plugin)}") from error
    if not any(hasattr(module, name) for name in OFFERS):
        raise InvalidPlugin(
            f"plugin {plugin.reference!r} offers nothing: allowed are {', '.join(OFFERS)}"
        )
    return module


def _told(error: Exception, plugin: Plugin) -> str:
    """An error in a plugin in one line, with the line of a file at which it arose."""
    frames = traceback.extract_tb(error.__traceback__)
    lines = [frame.lineno for frame in frames if frame.filename == plugin.reference]
    where = f" (line {lines[-1]})" if lines else ""
    return f"{type(error).__name__}: {error}{where}"


def _executed(plugin: Plugin) -> ModuleType:
    """A module of a file's text, under a name that no other file has."""
    path = Path(plugin.reference)
    place = hashlib.sha256(plugin.reference.encode()).hexdigest()[:8]
    module = ModuleType(f"gatewise_plugin_{path.stem}_{place}")
    module.__file__ = plugin.reference
    sys.modules[module.__name__] = module
    try:
        exec(compile(plugin.source, plugin.reference, "exec"), module.__dict__)
    except BaseException:
        del sys.modules[module.__name__]
        raise
    return module


def _require_unchanged(plugin: Plugin) -> None:
    """A file that is not here is loaded from the text that came along."""
    if plugin.source and not Path(plugin.reference).exists():
        return
    here = Plugin.read(plugin.reference).sha256
    if here != plugin.sha256:
        raise ChangedPlugin(
            f"plugin {plugin.reference!r}: its source has SHA-256 {here[:16]} here; allowed is "
            f"{plugin.sha256[:16]}, which the command began with"
        )


def source_sha256(module: str) -> str:
    """Checksum of a module's source, of a package that of all its source files.

    Raises:
        InvalidPlugin: there is no such module, or it is in no file.
    """
    try:
        # Looks into the packages above the module, which may do anything.
        spec = importlib.util.find_spec(module)
    except Exception as error:
        raise InvalidPlugin(f"plugin {module!r}: {type(error).__name__}: {error}") from error
    if spec is None or spec.origin is None or not Path(spec.origin).is_file():
        raise InvalidPlugin(
            f"plugin {module!r}: no such module; allowed is a Python file or the dotted name of a "
            "module that is installed"
        )
    path = Path(spec.origin)
    files = sorted(path.parent.rglob("*.py")) if spec.submodule_search_locations else [path]
    return sources_sha256((str(file.relative_to(path.parent)), file) for file in files)


def sources_sha256(files: Iterable[tuple[str, Path]]) -> str:
    """Checksum over named files, in their order."""
    digest = hashlib.sha256()
    for name, file in files:
        content = file.read_bytes()
        digest.update(f"{name} {len(content)} ".encode() + content)
    return digest.hexdigest()


_in_use: tuple[Offer, ...] = ()


def use(plugins: Iterable[Offer]) -> bool:
    """Make these the plugins of this process, in place of any before; all are loaded.

    Returns:
        Whether they are others than before.

    Raises:
        InvalidPlugin, ChangedPlugin: see :attr:`Plugin.module`.
    """
    global _in_use
    wanted = tuple(dict.fromkeys(plugins))
    for plugin in wanted:
        assert plugin.module
    changed = wanted != _in_use
    _in_use = wanted
    return changed


def in_use() -> tuple[Offer, ...]:
    """The plugins of this process."""
    return _in_use
