"""The title is borne by the grades, whatever they are; nothing in it is an average over tasks."""

from __future__ import annotations

import itertools

import pandas as pd
import pytest

from gatewise.report import answer
from gatewise.report.statistics.families import worded
from gatewise.report.tables.grid import grid
from gatewise.report.tables.verdicts import CONFIRMATORY, EXPLORATORY, NO_WITNESS

NAMES = {"i": "NIG", "f": "NFG", "o": "NOG", "-": "NIG-NFG-NOG", "g": "gru"}
STATEMENTS = {"w": "worse", "b": "better", "s": "too small to matter", "?": "cannot tell"}
CHANGE = {"w": -0.1, "b": 0.1, "s": 0.001, "?": 0.02}


def against(*said: str, **further: object) -> pd.DataFrame:
    """Fields as ``task gate grade``: 'video f W' is certainly worse without the forget gate."""
    rows = []
    for field in said:
        task, gate, grade = field.split()
        statement = STATEMENTS[grade.lower()]
        change = CHANGE[grade.lower()]
        row = {
            "task": task, "architecture": NAMES[gate], "statement": statement,
            "verdict": worded(statement, grade.isupper()), "difference": change, "margin": 0.02,
            "low": change - 0.01, "high": change + 0.01, "doubt": "", "race": "", "seeds": 5,
            "reference_seeds": 5, "family": CONFIRMATORY,
            "seeds_needed": 9.0 if grade == "?" else float("nan"),
        }  # fmt: skip
        rows.append(row | further)
    return pd.DataFrame(rows)


def made(*said: str, **further: object):
    table = against(*said, **further)
    tasks = list(table["task"].unique())
    return grid(table, dict.fromkeys(tasks, 1.0), tasks)


@pytest.mark.parametrize(
    ("said", "title"),
    [
        (["video f W", "video i s"], "The forget gate helps on video"),
        (
            ["video f w", "video i s"],
            "No gate's worth to lstm is certain: the forget gate probably helps on video",
        ),
        (["a f W", "b f W", "b i W"], "The forget gate helps on a and b"),
        (["a f W", "a i W"], "The input and forget gates help on a"),
        (["a i W", "a f W", "a o W"], "Each gate helps on a"),
        (["a - W", "a f ?"], "A gate is needed on a"),
        (["a - W", "b f w"], "A gate is needed on a; the forget gate probably helps on b"),
        (["a f W", "b i W"], "The input gate helps on b, the forget gate on a"),
        ([f"{t} f W" for t in "abcd"], "The forget gate helps on 4 of 4 tasks"),
        (["a f B"], "The forget gate harms on a"),
        (["a i S", "a f S", "a o S"], "Any one gate can be left out on a"),
        (["a i s", "a f b", "a o s", "b f W"], "The forget gate helps on b"),
        (["a f W", "b f B", "b i b"], "The forget gate helps on a; the forget gate harms on b"),
        (
            ["a f ?", "a i s"],
            "Which gate matters cannot be told yet: 1 of 2 changes are undecided, "
            "1 are too small to matter",
        ),
        (["a f ?"], "Which gate matters cannot be told yet: 1 of 1 changes are undecided"),
        (["a g B"], "gru is better than lstm on a"),
        (
            ["a g b"],
            "Nothing against lstm is certain: gru is probably better than lstm on a",
        ),
        (["a g ?"], "What differs from lstm cannot be told yet: 1 of 1 changes are undecided"),
    ],
)
def test_the_title_says_what_the_grades_bear(said, title):
    assert answer.title(made(*said)) == title


GRADES = "WwBbSs?"


@pytest.mark.parametrize("grades", list(itertools.product(GRADES, repeat=3)))
def test_no_title_says_more_than_its_fields(grades):
    """All grades that three gates can have on a task."""
    found = made(*(f"a {gate} {grade}" for gate, grade in zip("ifo", grades, strict=True)))
    title = answer.title(found)
    certain = any(grade.isupper() for grade in grades)
    assert ("is certain: " in title) <= (not certain)
    if "help" in title:
        assert "w" in "".join(grades).lower()
        if "probably" not in title:
            assert "W" in grades
    for clause in title.split("; "):
        for gate, grade in zip(("input", "forget", "output"), grades, strict=True):
            if (gate in clause or "each gate" in clause) and "left out" not in clause:
                assert grade.lower() == ("w" if "help" in clause else "b")
    if "can be left out" in title:
        assert set(grades) <= set("BS")


def test_a_study_of_nothing_and_of_one_seed():
    assert answer.title(grid(against("a f w").iloc[:0], {}, [])).startswith("Nothing to compare")
    one = made("a f ?", low=float("nan"), high=float("nan"))
    assert answer.title(one).startswith("One seed decides nothing")


@pytest.mark.parametrize(
    ("said", "words"),
    [
        (["a i S", "a f W", "a o S", "a - W"], "Gates stand in for each other on a"),
        (["a i S", "a f w", "a o S", "a - W"], "Gates probably stand in for each other on a"),
        (["a i ?", "a f W", "a o S", "a - W"], "Gates probably stand in for each other on a"),
    ],
)
def test_gates_stand_in_for_each_other_where_all_cost_more_than_their_sum(said, words):
    few, much = made(*said), made(*said)
    assert answer.further(few) == []
    bare = much.table["architecture"] == "NIG-NFG-NOG"
    much.table.loc[bare, ["change", "change_low", "change_high"]] = (-0.6, -0.7, -0.5)
    assert answer.further(much)[0].startswith(words)


def test_only_intervals_of_one_family_hold_together():
    """Those of comparisons that no finding asks for hold one by one, of what they state."""
    asked, beside = made("a i s"), made("b i s", family=EXPLORATORY)
    assert asked.held == "The intervals hold all together, 19 times in 20."
    assert "together" not in beside.held
    table = pd.concat([against("a i s"), against("b i s", family=EXPLORATORY)])
    both = grid(table, {"a": 1.0, "b": 1.0}, ["a", "b"]).held
    assert "published findings ask for hold all together" in both
    assert beside.held.removeprefix("Of the intervals ") in both


def test_a_task_on_which_nothing_could_matter_is_no_test():
    blind = made("a i s", "a f s", "a o s", doubt=NO_WITNESS)
    assert answer.further(blind)[0].startswith(
        "That no gate matters on a tells little: lstm is not shown to beat every cell without"
    )
    assert blind.matters("a") == pytest.approx(0.02)
    assert answer.title(blind) == "Nothing that was taken out matters"
    assert answer.further(made("a i s", "a f s", "a o s")) == []


def test_the_nearest_open_field_comes_with_its_command():
    found = made("a i ?", "a f ?", "a o s")
    found.table.loc[1, "seeds_needed"] = 7.0
    chip = answer.undecided(found, "gatewise run --preset quick --seeds 5")
    assert (
        chip.text
        == "2 of 3 fields cannot be told yet; the nearest is no forget gate on a, at 7 seeds"
    )
    assert (
        chip.command == "gatewise run --preset quick --tasks a --architectures lstm,NFG --seeds 7"
    )
    assert answer.undecided(found, "").command == ""
    found.table["seeds_needed"] = float("inf")
    assert answer.undecided(found, "x").text.endswith("more of the same seeds will not tell them")
    assert answer.undecided(made("a i s"), "x").text == "all 1 fields are told"


def test_a_race_goes_on_by_its_own_command_and_what_it_gave_up_is_left():
    typed = "gatewise run --preset quick --within 20m"
    found = made("a i ?", "a f ?", race="running")
    assert answer.undecided(found, typed).command == typed
    assert answer.undecided(found, "gatewise run --seeds 8").command == "gatewise run --within 2h"
    given_up = answer.undecided(made("a i ?", race="given up"), typed)
    assert given_up.command == ""
    assert given_up.text.endswith("more of the same seeds will not tell them")


def test_what_was_spent_and_what_still_improved():
    assert answer.spent([5, 10, 7], 7.34).text == "5 to 10 seeds a cell, 7.3 core-hours"
    assert answer.spent([1, 1], 0.5).text == "1 seed a cell, 0.5 core-hours"
    assert (
        answer.improving(0.1).text == "10% of the final runs were still improving when they ended"
    )
    assert "differences may be of speed, and more seeds" in answer.improving(0.5).text
