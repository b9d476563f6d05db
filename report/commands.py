"""Commands that were typed, as lists of words: read, and changed into the next one."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from typing import Any


def value(command: Sequence[str], option: str) -> str | None:
    """What an option was given; None where it does not stand there."""
    for part, after in zip(command, [*command[1:], ""], strict=True):
        name, equals, given = part.partition("=")
        if name == option:
            return given if equals else after
    return None


def without(command: Sequence[str], option: str, flag: bool = False) -> list[str]:
    """The command without an option and its value; a ``flag`` has none."""
    kept: list[str] = []
    parts: Iterator[Any] = iter(command)
    for part in parts:
        name, equals, _ = part.partition("=")
        if name != option:
            kept.append(part)
        elif not (equals or flag):
            next(parts, None)
    return kept


def longer(command: Sequence[str]) -> str:
    """The command as a race, or as the race that it is, so that seeds go where they decide."""
    raced = {"--within", "--until-decided"} & {part.partition("=")[0] for part in command}
    return shlex.join(command if raced else [*without(command, "--seeds"), "--within", "2h"])


def deciding(command: Sequence[str], task: str, architectures: Sequence[str], seeds: int) -> str:
    """The command that brings a pair on a task to so many seeds, in the study of a command."""
    kept = list(command)
    for option in ("--tasks", "--architectures", "--seeds", "--within"):
        kept = without(kept, option)
    for flag in ("--until-decided", "--dry-run", "--yes"):
        kept = without(kept, flag, flag=True)
    kept += ["--tasks", task, "--architectures", ",".join(architectures), "--seeds", str(seeds)]
    return shlex.join(kept)
