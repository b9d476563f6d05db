"""Settings that an earlier search chose, as a study's ``settings.csv`` has them."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

PLACE = ("task", "architecture")


@dataclass(frozen=True)
class Setting:
    """What an architecture is trained with on a task: a point of the space, and a batch size."""

    task: str
    architecture: str
    learning_rate: float
    clip_norm: float
    dropout: float
    batch_size: int

    @property
    def chosen(self) -> dict[str, float | int]:
        """By name, what an experiment takes from it."""
        return {name: getattr(self, name) for name in CHOSEN}


CHOSEN = tuple(field.name for field in fields(Setting) if field.name not in PLACE)
"""What a setting gives to an experiment."""


class InvalidSettings(ValueError):
    """A table of settings that cannot be read."""


def read_settings(path: Path) -> tuple[Setting, ...]:
    """The ``settings.csv`` that a study left, to start another one from.

    Where a setting served two ways of matching, or several repetitions of the search chose their
    own, the first counts.

    Raises:
        InvalidSettings: no such file, a column is missing, or a value is no number.
    """
    found: dict[tuple[str, str], Setting] = {}
    try:
        with path.open(newline="", encoding="utf-8") as file:
            for line, row in enumerate(csv.DictReader(file), 2):
                setting = _setting(row, f"{str(path)!r}, line {line}")
                found.setdefault((setting.task, setting.architecture), setting)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InvalidSettings(
            f"settings {str(path)!r}: {error}; allowed is the settings.csv of a study"
        ) from None
    return tuple(found.values())


def _setting(row: Mapping[str, str | None], place: str) -> Setting:
    kinds: dict[str, type] = {"batch_size": int, **dict.fromkeys(PLACE, str)}
    values: dict[str, Any] = {}
    for field in fields(Setting):
        kind = kinds.get(field.name, float)
        text = row.get(field.name) or ""
        try:
            values[field.name] = kind(text)
        except ValueError:
            text = ""
        if not text:
            raise InvalidSettings(
                f"{place}: {field.name}={row.get(field.name)!r}: allowed is "
                f"{NOUNS[kind]}, as in the settings.csv of a study"
            )
    return Setting(**values)


NOUNS = {str: "a name", float: "a number", int: "a whole number"}
