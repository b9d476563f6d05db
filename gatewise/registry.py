"""Registries: values by name, from here and from outside, which all are treated alike."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from importlib.metadata import EntryPoint, entry_points
from types import MappingProxyType, ModuleType
from typing import Any, Generic, TypeVar

from gatewise import plugins

T = TypeVar("T")
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
"""Names become files, addresses and keys of MLflow."""


class NameTaken(ValueError):
    """Two entries of one name; case does not tell them apart, as it does not for some disks."""


class InvalidEntry(ValueError):
    """An entry point that cannot be loaded, or a value of another kind or with no proper name."""


@dataclass(frozen=True)
class Origin:
    """Where an entry comes from; ``sha256`` is the checksum of its source if that is outside."""

    name: str
    sha256: str = ""

    def __str__(self) -> str:
        return self.name


HERE = Origin("gatewise")


class Registry(Mapping[str, T], Generic[T]):
    """Values of one kind by name: ours first, then those of entry points, then those of plugins.

    It is filled when it is first asked, and nothing can be added: its content is a function of what
    is installed and of the plugins in use.

    Args:
        kind: what an entry is, in a word, for messages.
        accepts: class of the values; they have a ``name``.
        built_in: gives our own.
        group: of the entry points; one names a value, several of them, or a module.
        attributes: what is taken from a module, of one value and of several.
        unknown: the error of a name that there is not.
        aliases: other names, and what each stands for.

    Raises (whatever asks first):
        NameTaken: two entries have one name.
        InvalidEntry: an entry point cannot be loaded, or an entry is of another class or has a
            name that is not :data:`NAME`.
    """

    def __init__(
        self,
        kind: str,
        accepts: type[T],
        built_in: Callable[[], Iterable[T]],
        group: str,
        attributes: tuple[str, str],
        unknown: type[ValueError],
        aliases: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        self.kind, self.accepts, self.built_in = kind, accepts, built_in
        self.group, self.attributes, self.unknown = group, attributes, unknown
        self.aliases = aliases
        self._filled: tuple[tuple[plugins.Offer, ...], dict[str, tuple[T, Origin]]] | None = None

    def find(self, name: str) -> T:
        """The entry of that name, in any case, or of what it stands for.

        Raises:
            unknown: there is none; the message has the allowed names, and the nearest one.
        """
        known = {other.lower(): other for other in (*self, *self.aliases)}
        if found := known.get(name.lower()):
            return self[self.aliases.get(found, found)]
        near = get_close_matches(name.lower(), known, 1)
        meant = f"did you mean {known[near[0]]!r}? " if near else ""
        raise self.unknown(f"{self.kind} {name!r}: {meant}allowed are {', '.join(self)}")

    def origin(self, name: str) -> Origin:
        """Where an entry comes from."""
        return self._entries[name][1]

    @property
    def ours(self) -> tuple[str, ...]:
        """The names that are not from outside."""
        return tuple(name for name in self if self.origin(name) is HERE)

    def __getitem__(self, name: str) -> T:
        return self._entries[name][0]

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)

    @property
    def _entries(self) -> dict[str, tuple[T, Origin]]:
        if self._filled is None or self._filled[0] != plugins.in_use():
            self._filled = plugins.in_use(), self._collected()
        return self._filled[1]

    def _collected(self) -> dict[str, tuple[T, Origin]]:
        entries: dict[str, tuple[T, Origin]] = {}
        taken = {alias.lower(): HERE for alias in self.aliases}
        for value, origin in self._offered():
            if not isinstance(value, self.accepts):
                raise InvalidEntry(
                    f"{origin}: {self.kind} {value!r}; allowed is a {self.accepts.__name__}"
                )
            name: str = value.name  # type: ignore[attr-defined]
            if not NAME.fullmatch(name):
                raise InvalidEntry(
                    f"{origin}: name {name!r} of a {self.kind}: allowed are letters from a to z, "
                    "digits, '.', '_' and '-', the first a letter or a digit"
                )
            if name.lower() in taken:
                raise NameTaken(
                    f"{self.kind} {name!r} of {origin}: {taken[name.lower()]} has one already; "
                    "allowed is a name of its own"
                )
            taken[name.lower()] = origin
            entries[name] = value, origin
        return entries

    def _offered(self) -> Iterator[tuple[Any, Origin]]:
        yield from ((value, HERE) for value in self.built_in())
        for point in sorted(entry_points(group=self.group), key=lambda point: point.name):
            where = f"entry point {point.name!r} of {self.group}"
            origin = Origin(where, self._sha256(point, where))
            found = offered(self._loaded(point, where), self.attributes)
            yield from ((value, origin) for value in found)
        for plugin in plugins.in_use():
            origin = Origin(f"plugin {plugin.reference!r}", plugin.sha256)
            yield from ((value, origin) for value in offered(plugin.module, self.attributes))

    def _loaded(self, point: EntryPoint, where: str) -> Any:
        try:
            return point.load()
        except Exception as error:
            raise InvalidEntry(
                f"{where}, {point.value!r}: {type(error).__name__}: {error}; mend or remove the "
                "distribution that has it"
            ) from error

    def _sha256(self, point: EntryPoint, where: str) -> str:
        try:
            return plugins.source_sha256(point.module)
        except plugins.InvalidPlugin as error:
            raise InvalidEntry(f"{where}, {point.value!r}: {error}") from None


def offered(source: Any, attributes: tuple[str, str]) -> list[Any]:
    """The values of a module by these names, of a list, or the one itself."""
    if not isinstance(source, ModuleType):
        return list(source) if isinstance(source, list | tuple) else [source]
    one, several = attributes
    found = [getattr(source, one)] if hasattr(source, one) else []
    return [*found, *getattr(source, several, ())]
