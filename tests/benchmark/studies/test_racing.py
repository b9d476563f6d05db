"""A race's rounds: what is trained next, and when it ends."""

from __future__ import annotations

import math

import pytest

from gatewise.benchmark.records.facts import TaskFacts
from gatewise.benchmark.studies.forecast import Times
from gatewise.benchmark.studies.plan import plan, recipe
from gatewise.benchmark.studies.racing import (
    Deadline,
    Race,
    Standing,
    TimeIsUp,
    TooLittleTime,
    rounds,
)
from gatewise.benchmark.studies.study import InvalidStudy, Study

TASKS = ("adding", "xml")
STUDY = Study("s", "smoke", TASKS, ("lstm", "NFG"), seeds=32, raced=True)
LOOKS = (2, 4)
TWO_EACH = dict.fromkeys(TASKS, 2)
ONE_EACH = dict.fromkeys(TASKS, 1.0)
UNKNOWN, ENDLESS = Times(), Deadline()


class Played:
    """A race of two looks a task, whose trainings take no time."""

    def __init__(self, folder, looks=TWO_EACH, likely=ONE_EACH):
        self.ledger, self.folder, self.looks = folder / "ledger", folder, looks
        self.likely = likely
        self.ledger.mkdir()
        self.trained = []
        facts = {t: TaskFacts(t, "smoke", "0" * 64, 0.0, 1, 1, ()) for t in TASKS}
        self.settings = [recipe(STUDY, facts[t], a) for t, a in STUDY.pairs]

    def plan(self, seeds):
        return [e for group in plan(STUDY, self.settings, seeds) for e in group]

    def train(self, experiments):
        for experiment in experiments:
            (self.ledger / f"{experiment.id}.json").touch()
        self.trained.append([(e.task, e.architecture, e.seed) for e in experiments])

    def look(self, folder):
        assert folder == self.folder
        there = {path.stem for path in self.ledger.iterdir()}
        wanted = {}
        for task, most in self.looks.items():
            for seeds in LOOKS[:most]:
                asked = {"lstm": seeds, "NFG": seeds}
                runs = self.plan({(task, name): n for name, n in asked.items()})
                if not {e.id for e in runs} <= there:
                    wanted[task] = asked
                    break
        return Standing(wanted, self.likely, f"{len(wanted)} tasks go on")

    def race(self, times=UNKNOWN, deadline=ENDLESS):
        said = []
        rounds(
            Race(self.look, deadline),
            self.plan,
            self.folder,
            self.train,
            lambda: times,
            said.append,
        )
        return said


def test_rounds_go_on_until_nothing_is_wanted(tmp_path):
    played = Played(tmp_path)
    assert played.race() == ["2 tasks go on", "2 tasks go on", "0 tasks go on"]
    first, second = played.trained
    assert len(first) == len(second) == 2 * 2 * 2
    assert {seed for *_, seed in first} == {0, 1}
    assert {seed for *_, seed in second} == {2, 3}, "what is there is not trained again"
    assert Played.race(played) == ["0 tasks go on"]
    assert len(played.trained) == 2


def test_cheap_looks_come_first_and_what_does_not_fit_is_left(tmp_path):
    times = Times({("adding", "lstm"): 10.0, ("xml", "lstm"): 1.0}, at_once=2)
    played = Played(tmp_path)
    # A look is four trainings: 4 s of xml and 40 of adding, two at a time.
    played.race(times, Deadline(6.0))
    assert [{task for task, *_ in round_} for round_ in played.trained] == [{"xml"}, {"xml"}]
    played.race(times, Deadline(25.0))
    assert {task for task, *_ in played.trained[2]} == {"adding"}
    assert played.trained[2][0][2] == 0


@pytest.mark.parametrize(("likely", "first"), [(0.05, "adding"), (0.5, "xml"), (0.0, "adding")])
def test_a_cheap_look_that_hardly_decides_waits_for_a_dearer_one(tmp_path, likely, first):
    times = Times({("adding", "lstm"): 30.0, ("xml", "lstm"): 3.0}, at_once=2)
    played = Played(tmp_path, likely={"adding": 1.0, "xml": likely})
    played.race(times, Deadline(61.0))
    assert played.trained[0][0][0] == first


def test_a_race_looks_again_before_what_is_dear(tmp_path):
    """What a cheap look decides changes the order, and so does what a dear one comes to cost."""
    times = Times({("adding", "lstm"): 40.0, ("xml", "lstm"): 400.0}, at_once=2)
    played = Played(tmp_path)
    played.race(times)
    kinds = [{task for task, *_ in round_} for round_ in played.trained]
    assert kinds == [{"adding", "xml"}, {"adding"}, {"xml"}, {"xml"}]
    assert [run for run in played.trained[0] if run[0] == "xml"] == [("xml", "lstm", 0)]


def test_what_is_put_off_by_a_guess_is_trained_once(tmp_path):
    """After that its time is known."""
    guessed = {("adding", "lstm"): 10.0, ("xml", "lstm"): 1.0}
    played = Played(tmp_path, {"adding": 1, "xml": 1})
    seconds = dict(guessed)
    train = played.train

    def learning(experiments):
        train(experiments)
        seconds[("adding", "lstm")] = 2.0

    played.train = learning
    played.race(Times(seconds, at_once=2), Deadline(11.0))
    first, second = played.trained
    assert [run for run in first if run[0] == "adding"] == [("adding", "lstm", 0)]
    assert sum(task == "xml" for task, *_ in first) == 4
    assert sorted(second) == [("adding", "NFG", 0), ("adding", "NFG", 1), ("adding", "lstm", 1)]


def test_a_budget_for_no_look_at_all_is_refused(tmp_path):
    times = Times({("adding", "lstm"): 10.0, ("xml", "lstm"): 5.0}, at_once=2)
    said = r"within 3s: the first look takes about 10s; allowed is more than that"
    with pytest.raises(TooLittleTime, match=said):
        Played(tmp_path).race(times, Deadline(3.0))


def test_one_run_is_tried_where_no_look_fits_by_a_guess(tmp_path):
    """Also of a study that has none yet: it may take less than was guessed."""
    played = Played(tmp_path, {"adding": 1})
    played.race(Times({("adding", "lstm"): 100.0}), Deadline(150.0))
    assert played.trained == [[("adding", "lstm", 0)]]


def test_no_run_is_begun_that_cannot_end(tmp_path):
    """However many go on at a time."""
    played = Played(tmp_path, {"adding": 1, "xml": 1})
    times = Times({("adding", "lstm"): 10.0, ("xml", "lstm"): 4.0}, at_once=16)
    played.race(times, Deadline(5.0))
    assert [{task for task, *_ in round_} for round_ in played.trained] == [{"xml"}]


def test_more_time_later_goes_on_from_there(tmp_path):
    played = Played(tmp_path, {"xml": 1})
    played.race()
    played.looks = {"xml": 2}
    played.race()
    assert [{seed for *_, seed in round_} for round_ in played.trained] == [{0, 1}, {2, 3}]


def test_a_deadline():
    assert Deadline().left == math.inf
    Deadline().require_time()
    assert 0 < Deadline(100).left <= 100
    with pytest.raises(TimeIsUp):
        Deadline(0.0).require_time()


def test_a_race_compares_with_the_reference():
    assert STUDY.questions == [("adding", "NFG"), ("xml", "NFG")]
    assert "a race of 2 comparisons, up to 32 seeds" in STUDY.summary
    for names in (("NFG", "NIG"), ("lstm",)):
        with pytest.raises(InvalidStudy, match="a race needs lstm and another"):
            Study("s", "smoke", TASKS, names, seeds=32, raced=True)
    with pytest.raises(InvalidStudy, match="repetitions=2: allowed is 1 in a race"):
        Study("s", "smoke", TASKS, ("lstm", "NFG"), 5, trials=2, repetitions=2, raced=True)
