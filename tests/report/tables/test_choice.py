"""What is best, and what cannot be told from it."""

from __future__ import annotations

import json

import pytest

from gatewise.report.reading import results
from gatewise.report.tables.choice import COLUMNS, choices

LOSS = {"lstm": 0.0, "NIG": 0.001, "NFG": 0.30, "gru": 0.05}


def sizes(runs, curves):
    """NIG is smaller than lstm, and slower; what is far behind is smallest and fastest of all."""
    small = {"lstm": 900, "NIG": 800, "NFG": 10, "gru": 20}
    runs["parameters_other"] = 0
    runs["parameters"] = runs["architecture"].map(small)
    runs["cpu_seconds"] = runs["architecture"].map({"lstm": 7.0, "NIG": 9.0, "NFG": 1, "gru": 1})


@pytest.mark.parametrize("task", ["labelling", "translation"])
def test_of_what_cannot_be_told_from_the_best_the_smallest_and_the_fastest(save, task):
    (found,) = choices(results.read(save(sizes, tasks=(task,), loss=LOSS))).itertuples()
    assert found.best in ("lstm", "NIG")
    assert found.as_good == 2
    assert (found.smallest, found.parameters) == ("NIG", 800)
    assert (found.fastest, found.cpu_seconds) == ("lstm", 7.0)


def test_one_that_beats_all_is_alone(save):
    loss = {"lstm": 0.1, "NFG": 0.3, "gru": 0.0}
    found = choices(results.read(save(sizes, tasks=("labelling", "video"), loss=loss)))
    assert list(found.columns) == list(COLUMNS)
    assert found["best"].tolist() == ["gru", "gru"]
    assert found["as_good"].tolist() == [1, 1]


def test_a_race_pays_for_its_looks(save):
    """What is told apart by a thread in a plain study is not in a raced one."""
    loss = {"lstm": 0.0, "NIG": 0.0155}
    folder = save(sizes, tasks=("labelling",), loss=loss, seeds=3)
    assert choices(results.read(folder))["as_good"].tolist() == [1]
    record = {"calls": [{"questions": [["labelling", "NIG"]], "seeds": 50}]}
    (folder / "study.json").write_text(json.dumps(record))
    assert choices(results.read(folder))["as_good"].tolist() == [2]


def test_a_study_of_one_architecture_has_one_choice(save):
    found = choices(results.read(save(tasks=("labelling",), loss={"lstm": 0.0})))
    assert found[["best", "as_good"]].to_numpy().tolist() == [["lstm", 1]]
