"""A raced study is judged by its looks, whatever else has run."""

from __future__ import annotations

import json

import numpy as np
import pytest

from gatewise.report.reading import questions, results
from gatewise.report.reading.checks import UnreadableResults
from gatewise.report.reading.questions import Questions
from gatewise.report.statistics import race as looks
from gatewise.report.statistics.race import DECIDED, LOOKS, RUNNING
from gatewise.report.tables import race, verdicts

LOSS = {"lstm": 0.0, "NIG": 0.0, "NFG": 0.30, "NOG": 0.01}
ASKED = [["labelling", "NIG"], ["labelling", "NFG"], ["labelling", "NOG"]]


@pytest.fixture
def raced(save, save_examples):
    """A study of labelling whose three pairs are raced, with so many seeds of each side."""

    def made(seeds, change=None, asked=ASKED, noise=0.004):
        folder = save(change, seeds=seeds, tasks=("labelling",), loss=LOSS, noise=noise)
        save_examples(folder, np.random.default_rng(1))
        call = {"questions": asked, "seeds": LOOKS[-1]}
        record = {"calls": [call, {"tasks": ["labelling"]}, call]}
        (folder / "study.json").write_text(json.dumps(record))
        return results.read(folder)

    return made


def test_what_was_asked_is_read_from_the_calls(raced, tmp_path):
    assert raced(2).questions == Questions(tuple(map(tuple, ASKED)), LOOKS[-1])
    assert questions.questions(tmp_path / "nothing") == Questions()
    for damaged in (
        "[]",
        "{",
        '{"calls": [{"questions": [1]}]}',
        '{"calls": [{"questions": [["a", "b"]]}]}',
    ):
        (tmp_path / "study.json").write_text(damaged)
        with pytest.raises(UnreadableResults, match=r"study\.json: not a record of calls"):
            questions.questions(tmp_path)


def test_before_the_first_run_the_first_look_is_wanted():
    found = race.races(Questions((("labelling", "NIG"), ("labelling", "NFG")), 8), None)
    (mine,) = found.values()
    assert mine.wanted == {"lstm": looks.reference_seeds(LOOKS[0], 2)} | dict.fromkeys(
        ("NIG", "NFG"), LOOKS[0]
    )
    assert (
        race.said(found) == f"race: decided 0 of 2; next looks, in seeds: labelling at {LOOKS[0]}"
    )


def test_a_look_needs_all_of_its_seeds_and_takes_no_more(raced):
    """Runs beyond the look, and those behind a gap, change nothing."""
    most = looks.reference_seeds(LOOKS[1], 3)
    some = race.races(raced(most).questions, raced(most))["labelling"]

    def gap(runs, curves):
        lost = runs.index[(runs["architecture"] != "lstm") & (runs["seed"] == LOOKS[0])]
        runs.drop(lost, inplace=True)
        curves.drop(curves.index[~curves["experiment"].isin(runs["experiment"])], inplace=True)

    less = race.races(raced(most).questions, raced(most, gap))["labelling"]
    first = looks.reference_seeds(LOOKS[0], 3)
    assert less.standing.looks.tolist() == [1, 1, 1]
    assert less.standing.seeds.tolist() == [[LOOKS[0], first]] * 3
    left = less.standing.state != RUNNING
    assert (less.standing.estimate[left] == some.standing.estimate[left]).all()
    assert some.standing.looks.max() == 2


def test_verdicts_are_those_of_the_race(raced):
    read = raced(12)
    found = verdicts.verdicts(read, [("labelling", "NFG", "NIG")])
    (mine,) = race.races(read.questions, read).values()
    rows = found[found["reference"] == "lstm"].set_index("architecture")
    assert set(rows["family"]) == {verdicts.CONFIRMATORY}
    for name in mine.architectures:
        k, row = mine.place(name), rows.loc[name]
        there = mine.standing
        assert row["statement"] == there.verdicts.statement[k]
        assert [row["seeds"], row["reference_seeds"]] == there.seeds[k].tolist()
        assert row["difference"] == pytest.approx(there.estimate[k] * row["margin"])
        assert row["low"] == pytest.approx(there.verdicts.low[k] * row["margin"])
        assert row["low"] < row["difference"] < row["high"]
        assert row["race"] == there.state[k]
    assert rows.loc["NFG", ["race", "verdict"]].tolist() == [DECIDED, "certainly worse"]
    assert rows.loc["NFG", "seeds"] < 12


def test_what_was_not_raced_pays_for_the_looks(raced):
    """Its p is that of the plain procedure, divided by what its look may spend."""
    read = raced(12)
    (mine,) = race.races(read.questions, read).values()
    asked = [("labelling", "NFG", "NIG")]
    (row,) = verdicts.verdicts(read, asked).query("reference == 'NIG'").itertuples()
    assert (row.family, row.race) == (verdicts.EXPLORATORY, "")
    spent = min(mine.spent("NFG"), mine.spent("NIG"))
    assert 0 < spent < 1
    assert mine.spent("lstm") == 1
    plain = results.Results(read.runs, read.curves, read.examples)
    (other,) = verdicts.verdicts(plain).query("architecture == 'NFG'").itertuples()
    assert other.race == ""
