"""A race from the command: its budget of time, and how it stands by the report's statistics."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from gatewise.benchmark.cli.options import InvalidOption

if TYPE_CHECKING:
    from gatewise.benchmark.studies.presets import Preset
    from gatewise.benchmark.studies.racing import Race, Standing

UNITS = {"h": 3600, "m": 60, "s": 1}


def seconds(option: str, value: str) -> float:
    """A duration such as ``90m``, ``2h`` or ``1h30m`` in seconds.

    Raises:
        InvalidOption: it is none.
    """
    parts = re.findall(r"(\d+(?:\.\d+)?)([hms])", value)
    total = sum(float(number) * UNITS[unit] for number, unit in parts)
    if not total or "".join(number + unit for number, unit in parts) != value:
        raise InvalidOption(f"{option} {value!r}: allowed is a duration such as 90m, 2h or 1h30m")
    return total


def race(within: str | None, until_decided: bool) -> Race | None:
    """What the options ask for; None where nothing is raced.

    Raises:
        InvalidOption: both of them, or ``within`` is no duration.
    """
    from gatewise.benchmark.studies.racing import Deadline, Race

    if within is None:
        return Race(look, Deadline()) if until_decided else None
    if until_decided:
        raise InvalidOption(f"within {within!r}: allowed is this or --until-decided, not both")
    return Race(look, Deadline(seconds("within", within)))


def most_seeds(given: int | None, preset: Preset) -> int:
    """Seeds of an architecture at a race's last look: what is asked for, or the preset's own.

    Raises:
        InvalidOption: no race is so short or so long.
    """
    from gatewise.report.statistics.race import LOOKS

    if given is None:
        return preset.seeds if preset.within else LOOKS[-1]
    if not LOOKS[0] <= given <= LOOKS[-1]:
        raise InvalidOption(
            f"seeds {given!r}: allowed are whole numbers from {LOOKS[0]} to {LOOKS[-1]} in a race"
        )
    return given


def look(folder: Path) -> Standing:
    """How the race of a study's folder stands, by its tables."""
    from gatewise.benchmark.records.ledger import Ledger
    from gatewise.benchmark.studies.racing import Standing
    from gatewise.report.reading.questions import questions
    from gatewise.report.reading.results import read
    from gatewise.report.tables import race

    begun = any(experiment.phase == "final" for experiment, _ in Ledger(folder))
    found = race.races(questions(folder), read(folder) if begun else None)
    going = {task: mine for task, mine in found.items() if not mine.standing.over}
    return Standing(
        {task: mine.wanted for task, mine in going.items()},
        {task: mine.likely for task, mine in going.items()},
        race.said(found),
    )
