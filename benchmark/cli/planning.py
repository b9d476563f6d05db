"""What a study will cost, said before it starts."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from gatewise.benchmark.cli.options import InvalidOption

if TYPE_CHECKING:
    from gatewise.benchmark.studies.forecast import Kind, Times
    from gatewise.benchmark.studies.racing import Race
    from gatewise.benchmark.studies.study import Study

ASKED_ABOVE = 3600
"""Seconds above which a study is not begun without a yes."""
UNTIMED = "for a few steps could not be timed within a minute"
SHOWN = 6
"""So many tasks are named in a line."""


@dataclass(frozen=True)
class Foresight:
    """What a study will cost: ``lines`` for the user, and ``seconds`` until it ends at most."""

    lines: tuple[str, ...]
    seconds: float


def foresee(study: Study, results: Path, at_once: int, race: Race | None) -> Foresight:
    """What a study will cost on this machine.

    Tasks of which the results folder knows no training are timed for a few steps; those of scale
    smoke are over before.
    """
    from gatewise.benchmark.records.provenance import provenance
    from gatewise.benchmark.studies import forecast

    known = forecast.remembered(results, study, provenance()["machine"], at_once)
    timed = forecast.unheard(study, known.seconds)
    times = known.beside(timed)
    done = forecast.done(results / study.name, study.scale)
    tuning = times.wall(forecast.searches(study)) * (not done)
    first, last = _seeds(study, race)
    least, most = (tuning + times.wall(_left(study, seeds, done)) for seeds in (first, last))
    trainings = sum(last.values()) * len(study.matches) + study.tuning_runs
    memory, disk = forecast.memory_gb(study, at_once), forecast.disk_mb(results, trainings)
    lines = [
        *study.summary.splitlines(),
        f"time: {_time(least, most, race)}, {at_once} at once ({_source(known.seconds, timed)})"
        + (f"; of it {duration(tuning)} for the search" if tuning else "")
        if times.seconds
        else f"time: unknown, {'short' if study.scale == forecast.SHORTEST else UNTIMED}",
        f"memory: up to {memory:.1f} GB; disk: up to {math.ceil(disk):,} MB",
        *_untold(study, times),
        *_visible(study, forecast.spreads(results, study.scale), race),
    ]
    if done:
        lines.insert(1, f"{sum(done.values())} runs are there already")
    return Foresight(tuple(lines), most if race is None else min(most, race.deadline.left))


def require_assent(foresight: Foresight, yes: bool, bounded: bool) -> bool:
    """Whether to begin: a long study, whose time nobody ``bounded``, asks first.

    Raises:
        InvalidOption: it is long, and there is nobody to ask.
    """
    import sys

    import typer

    if yes or bounded or foresight.seconds <= ASKED_ABOVE:
        return True
    long = duration(foresight.seconds)
    if not sys.stdin.isatty():
        raise InvalidOption(f"about {long}: allowed is --yes, or a budget such as --within 1h")
    return typer.confirm(f"Begin a study of about {long}?")


def duration(seconds: float) -> str:
    """A time in words: seconds, minutes, hours or days, rounded."""
    for size, unit in ((86400, "days"), (3600, "h"), (60, "min")):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.0f} s"


def _seeds(study: Study, race: Race | None) -> tuple[Mapping[Kind, int], Mapping[Kind, int]]:
    """Seeds by task and architecture, at a race's first look and at its last; else as asked."""
    if race is None:
        every = dict.fromkeys(study.pairs, study.seeds)
        return every, every
    from gatewise.report.statistics.race import LOOKS
    from gatewise.report.tables.race import all_running

    first, last = (all_running(study.questions, seeds) for seeds in (LOOKS[0], study.seeds))
    return first, last


def _left(study: Study, seeds: Mapping[Kind, int], done: Mapping[Kind, int]) -> dict[Kind, float]:
    """Trainings that are still to be made."""
    wanted = {kind: n * len(study.matches) for kind, n in seeds.items()}
    return {kind: float(max(0, n - done.get(kind, 0))) for kind, n in wanted.items()}


def _time(least: float, most: float, race: Race | None) -> str:
    if race is None:
        return f"about {duration(most)}"
    first = f"about {duration(least)} to the first looks"
    if race.deadline.seconds is None:
        return f"{first}, {duration(most)} if every comparison needs all looks"
    return f"{duration(race.deadline.seconds)} as asked, {first}"


def _source(known: Mapping[Kind, float], timed: Mapping[Kind, float]) -> str:
    earlier = "by earlier runs" if known else ""
    steps = f"by a few steps of {_named([t for t, _ in timed])}, at most" if timed else ""
    return "; ".join(filter(None, (earlier, steps)))


def _untold(study: Study, times: Times) -> Iterator[str]:
    """The tasks whose time is in no sum."""
    untold = [t for t in study.tasks if not any(task == t for task, _ in times.seconds)]
    if untold and times.seconds:
        yield f"not in that time, because nothing is known of it: {_named(untold)}"


def _named(tasks: list[str]) -> str:
    more = f" and {len(tasks) - SHOWN} more" if len(tasks) > SHOWN else ""
    return f"{', '.join(tasks[:SHOWN])}{more}"


def _visible(study: Study, spreads: Mapping[str, float], race: Race | None) -> Iterator[str]:
    """The differences that so many seeds show, in margins."""
    from gatewise.report.statistics import power
    from gatewise.report.statistics.effects import LEVEL
    from gatewise.report.statistics.race import reference_seeds

    questions = study.questions
    if not questions:
        return
    alpha = (1 - LEVEL) / len(questions)
    said = []
    for task in study.tasks:
        pairs = sum(name == task for name, _ in questions)
        if task in spreads and pairs:
            shared = reference_seeds(study.seeds, pairs) if race else study.seeds
            seen = power.visible(spreads[task], (study.seeds, shared), alpha)
            said.append(f"{task} {seen:.1f}")
    if said:
        so_many = f"up to {study.seeds}" if race else str(study.seeds)
        yield (
            f"visible four times in five at {so_many} seeds, {len(questions)} comparisons with "
            f"lstm, in smallest differences that matter: {', '.join(said)}"
        )
