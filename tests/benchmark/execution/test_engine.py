"""What every engine does about experiments that fail, and about workers that die."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from gatewise.benchmark.execution.engine import TRIES, Engine, WorkersKeepDying, WorkersLost
from gatewise.benchmark.records.failures import Failures
from gatewise.benchmark.records.ledger import Ledger
from tests.benchmark.records.test_ledger import EXPERIMENT, RESULT

SEEDS = [replace(EXPERIMENT, seed=seed) for seed in range(4)]
GROUPS = [SEEDS[:2], SEEDS[2:]]


@dataclass
class Played(Engine):
    """An engine without workers: ``deadly`` experiments end one, ``broken`` ones raise."""

    deadly: set[int] = field(default_factory=set)
    broken: set[int] = field(default_factory=set)
    known: bool = True
    given: list[int] = field(default_factory=list)

    def work(self, groups, folder: Path, report: Callable[[], None], interrupted) -> None:
        died = []
        for group in groups:
            for experiment in group:
                self.given.append(experiment.seed)
                if experiment.seed in self.deadly:
                    died.append(group)
                    break
                if experiment.seed in self.broken:
                    Failures(folder).add(experiment, "it is broken")
                else:
                    Ledger(folder).add(experiment, RESULT)
        report()
        if died:
            raise WorkersLost("workers died", died if self.known else ())


def test_what_failed_is_told_and_not_given_out_again(tmp_path):
    engine, told = Played(broken={1}), []
    engine.run(GROUPS, tmp_path, told.extend)
    assert engine.given == [0, 1, 2, 3]
    assert sorted(told) == sorted(e.id for e in SEEDS)
    assert Failures(tmp_path).ids() == {SEEDS[1].id}


def test_what_workers_die_of_fails_and_the_others_are_finished(tmp_path):
    engine = Played(deadly={0, 3})
    engine.run(GROUPS, tmp_path, lambda new: None)
    assert Ledger(tmp_path).finished() == {SEEDS[1].id, SEEDS[2].id}
    assert Failures(tmp_path).ids() == {SEEDS[0].id, SEEDS[3].id}
    assert "its worker died 3 times" in next(iter(Failures(tmp_path))).reason


@pytest.mark.parametrize("engine", [Played(deadly={0, 2}), Played(deadly={0}, known=False)])
def test_where_nothing_says_that_workers_are_sound_none_is_blamed(tmp_path, engine):
    with pytest.raises(WorkersKeepDying, match="died 3 times in a row without finishing"):
        engine.run(GROUPS, tmp_path, lambda new: None)
    assert not Failures(tmp_path).ids()
    assert engine.given.count(0) >= TRIES


@dataclass
class Idle(Engine):
    """An engine whose workers are done at once, and write elsewhere."""

    def work(self, groups, folder: Path, report: Callable[[], None], interrupted) -> None:
        report()


def test_passes_without_gain_end_with_a_line(tmp_path):
    with pytest.raises(WorkersKeepDying, match=r"said that they were done 3 times .+ this folder"):
        Idle().run(GROUPS, tmp_path, lambda new: None)


def test_to_wait_for_another_command_is_said_once(tmp_path):
    told: list[str] = []
    ledger = Ledger(tmp_path)

    def end_it(new: set[str]) -> None:
        ledger.add(SEEDS[0], RESULT)

    with ledger.claim(SEEDS[0].group):
        Played().run([SEEDS[:1]], tmp_path, end_it, told.append)
    assert told == ["another command trains all that is left here; waiting for it"]
