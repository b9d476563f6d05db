"""Known effects come back out of simulated runs, in the right direction and unit."""

from __future__ import annotations

import pandas as pd

from gatewise.report.reading import results
from gatewise.report.tables import search


def test_the_published_protocol_takes_the_best_tenth(judged):
    read, _ = judged(seeds=40)
    trials = read.runs.assign(phase="tuning")
    searched = results.Results(pd.concat([read.runs, trials]), read.curves)
    found = search.best_trials(searched).set_index(["task", "architecture"])
    assert set(found["trials"]) == {4}
    assert found.loc[("translation", "NFG"), "statement"] == "worse"
    assert found.loc[("translation", "bi-lstm"), "statement"] == "better"
    assert search.best_trials(read).empty


def test_settings_say_what_was_chosen_and_how_good_the_best_trial_was(save):
    read = results.read(save(tasks=("labelling", "translation"), seeds=3))
    assert (search.settings(read)["trials"] == 0).all()
    trials = read.runs.assign(phase="tuning")
    found = search.settings(results.Results(pd.concat([read.runs, trials]), read.curves))
    assert not found.duplicated(["task", "architecture", "match"]).any()
    assert (found["trials"] == 3).all()
    best = found.set_index(["task", "architecture"])["validation_score"]
    mine = trials[trials["architecture"] == "NFG"].groupby("task")["validation_score"]
    assert best["labelling", "NFG"] == mine.max()["labelling"]
    assert best["translation", "NFG"] == mine.min()["translation"]
