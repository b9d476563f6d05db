"""Racing: seeds go to the comparisons that need them, within a budget of time.

A round asks how the race stands, which follows from the study's runs alone, and trains what the
next look of each task needs. So a race that was killed, that two commands work on, or that is given
more time later, goes on from where it is.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from gatewise.benchmark.records.experiment import Experiment
from gatewise.benchmark.records.failures import Failures
from gatewise.benchmark.records.ledger import Ledger
from gatewise.benchmark.studies.forecast import Times

A_ROUND = 60.0
"""Seconds after which a race looks again at the earliest."""
HOPELESS = 1e-6
"""Decisions that a look is taken to bring at least."""


class TimeIsUp(Exception):
    """The budget of time is spent; what is finished stays."""


class TooLittleTime(ValueError):
    """A budget of time in which nothing can be looked at."""


@dataclass(frozen=True)
class Deadline:
    """When the budget is spent.

    Attributes:
        seconds: the budget from now on; None is no end.
    """

    seconds: float | None = None
    began: float = field(default_factory=time.monotonic)

    @property
    def elapsed(self) -> float:
        """Seconds since it began."""
        return time.monotonic() - self.began

    @property
    def left(self) -> float:
        """Seconds until then."""
        return float("inf") if self.seconds is None else self.seconds - self.elapsed

    def require_time(self) -> None:
        """Go on only while there is time.

        Raises:
            TimeIsUp: there is none.
        """
        if self.left <= 0:
            raise TimeIsUp


@dataclass(frozen=True)
class Standing:
    """How a race stands.

    Attributes:
        wanted: by task, of those whose race goes on, the seeds of each architecture that its next
            look needs.
        likely: by task how many comparisons that look may be expected to decide.
        said: what is decided so far, in a line.
    """

    wanted: Mapping[str, Mapping[str, int]]
    likely: Mapping[str, float]
    said: str


@dataclass(frozen=True)
class Race:
    """How a study is raced: ``look(folder)`` tells how it stands by the tables in its folder."""

    look: Callable[[Path], Standing]
    deadline: Deadline


Plan = Callable[[Mapping[tuple[str, str], int]], Sequence[Experiment]]
"""From seeds by task and architecture to the runs that they are."""


def rounds(
    race: Race,
    plan: Plan,
    folder: Path,
    train: Callable[[Sequence[Experiment]], None],
    refresh: Callable[[], Times],
    say: Callable[[str], None],
) -> None:
    """Train round by round until nothing that is left can be decided, or not in the time left.

    Args:
        race: how it stands, and until when.
        plan: which runs some seeds are.
        folder: the study's.
        train: trains runs, and passes over those that are done.
        refresh: writes the tables anew, and says how long trainings take.
        say: tells the user a line.

    Raises:
        TimeIsUp: in the middle of a round.
        TooLittleTime: there is no run yet, and none fits into the budget.
    """
    while True:
        times, standing = refresh(), race.look(folder)
        say(standing.said)
        # What failed is tried again by the next command, not by the next round.
        done = Ledger(folder).finished() | Failures(folder).ids()
        asked = {
            task: plan({(task, n): k for n, k in wanted.items()})
            for task, wanted in standing.wanted.items()
        }
        lacking = {task: [e for e in runs if e.id not in done] for task, runs in asked.items()}
        chosen = _affordable(lacking, standing.likely, times, race.deadline)
        # Of a task without any run only its ceiling of epochs is known, which may be far off.
        unheard = [task for task, runs in lacking.items() if len(runs) == len(asked[task])]
        chosen += _first_runs(unheard, lacking, chosen, times, race.deadline)
        if lacking and not done:
            _require_one(chosen, lacking, times, race.deadline)
        if not chosen:
            return
        train(chosen)


def _require_one(
    chosen: Sequence[Experiment],
    lacking: Mapping[str, Sequence[Experiment]],
    times: Times,
    deadline: Deadline,
) -> None:
    if not chosen:
        least = min(times.total(runs) for runs in lacking.values()) / times.at_once
        raise TooLittleTime(
            f"within {deadline.left:.0f}s: the first look takes about {least:.0f}s; allowed is "
            "more than that"
        )


def _affordable(
    lacking: Mapping[str, Sequence[Experiment]],
    likely: Mapping[str, float],
    times: Times,
    deadline: Deadline,
) -> list[Experiment]:
    """The looks that fit into the time left, those that cost least for a decision first.

    So many that all are busy for :data:`A_ROUND`: what they decide, or cost, may change the order.
    """
    costs = {task: times.total(runs) for task, runs in lacking.items()}
    chosen: list[Experiment] = []
    taken, least = 0.0, A_ROUND * times.at_once
    for task in sorted(lacking, key=lambda task: costs[task] / max(likely[task], HOPELESS)):
        if taken >= least and len(chosen) >= 2 * times.at_once:
            break
        if any(times.total([run]) > deadline.left for run in lacking[task]):
            continue
        if taken + costs[task] <= deadline.left * times.at_once:
            chosen += lacking[task]
            taken += costs[task]
    return chosen


def _first_runs(
    unheard: Sequence[str],
    lacking: Mapping[str, Sequence[Experiment]],
    chosen: Sequence[Experiment],
    times: Times,
    deadline: Deadline,
) -> list[Experiment]:
    """Of tasks whose look does not fit, by a guess, the run that tells what it takes."""
    left = deadline.left * times.at_once - times.total(chosen)
    put_off = set(unheard) - {e.task for e in chosen}
    found: list[Experiment] = []
    for first in (lacking[task][0] for task in unheard if task in put_off):
        if (cost := times.total([first])) <= min(left, deadline.left):
            found.append(first)
            left -= cost
    return found
