"""What a command and each of its workers must have in common, or nothing is trained."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from gatewise import plugins
from gatewise.benchmark.records.experiment import Experiment
from gatewise.benchmark.records.meaning import meaning
from gatewise.benchmark.records.provenance import code


class Disagreement(ValueError):
    """A worker that would train something else than what the command asks for."""


@dataclass(frozen=True)
class Agreement:
    """The code that a command runs, and the plugins that it was given.

    Attributes:
        code: version and checksum of our source; see :func:`.provenance.code`.
        plugins: taken up by every worker.
    """

    code: str
    plugins: tuple[plugins.Offer, ...] = ()

    @classmethod
    def here(cls) -> Agreement:
        """That of this process."""
        return cls(code(), plugins.in_use())

    def enter(self) -> bool:
        """Take up the plugins in this process, a worker.

        Returns:
            Whether it had others before, so that what it knows by name may mean something else.

        Raises:
            Disagreement: see :meth:`refusal`.
        """
        if reason := self.refusal():
            raise Disagreement(f"a worker refuses: {reason}")
        return plugins.use(self.plugins)

    def refusal(self) -> str:
        """Why this process, a worker, cannot take part; empty if it can.

        Its code is another, or a plugin cannot be loaded here or is another one here.
        """
        if self.code != code():
            return f"gatewise {code()}; allowed is {self.code}, which the command runs"
        try:
            for plugin in self.plugins:
                assert plugin.module
        except (plugins.InvalidPlugin, plugins.ChangedPlugin) as error:
            return str(error)
        return ""


def require_same(group: Experiment, data_sha256: str) -> None:
    """Refuse to train what has another meaning here than in the experiments.

    Args:
        group: what the experiments have in common.
        data_sha256: checksum of the data as it was loaded here.

    Raises:
        Disagreement: the architecture's definition, the data, or a source outside is another one.
        UnknownTask, UnknownArchitecture: a name that is not known here.
    """
    here = {"data_sha256": data_sha256, **meaning(group.task, group.architecture)}
    for field, found in here.items():
        asked = getattr(group, field)
        if found != asked:
            raise Disagreement(
                f"{field} of {group.architecture!r} on {group.task!r}: {_differing(asked, found)}; "
                "allowed is what the experiment says"
            )


def _differing(asked: str, found: str) -> str:
    """What differs between two values, of definitions the entries alone."""
    if not (asked.startswith("{") and found.startswith("{")):
        return f"the experiment has {asked!r}, here is {found!r}"
    theirs, ours = dict(_entries(json.loads(asked))), dict(_entries(json.loads(found)))
    names = [n for n in {**theirs, **ours} if theirs.get(n) != ours.get(n)]
    return ", ".join(
        f"{n} is {theirs.get(n)!r} in the experiment and {ours.get(n)!r} here" for n in names
    )


def _entries(described: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, Any]]:
    """The entries of nested dictionaries, such as ``cell.keep``."""
    for name, value in described.items():
        if isinstance(value, Mapping):
            yield from _entries(value, f"{above}{name}.")
        else:
            yield f"{above}{name}", value
