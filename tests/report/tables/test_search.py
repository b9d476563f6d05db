"""Known effects come back out of simulated runs, in the right direction and unit."""

from __future__ import annotations

import pandas as pd

from gatewise.report.reading import results
from gatewise.report.tables import search, trials


def tried(read: results.Results, **changes: object) -> pd.DataFrame:
    """Every final run as a trial too, each at a learning rate of its own."""
    rates = 1e-4 * (1 + read.runs["seed"])
    return read.runs.assign(**{"phase": "tuning", "learning_rate": rates} | changes)


def test_the_published_protocol_takes_the_best_tenth(judged):
    read, _ = judged(seeds=40)
    every = tried(read)
    searched = results.Results(pd.concat([read.runs, every]), read.curves)
    found = search.best_trials(searched).set_index(["task", "architecture"])
    assert set(found["trials"]) == {4}
    assert found.loc[("translation", "NFG"), "statement"] == "worse"
    assert found.loc[("translation", "bi-lstm"), "statement"] == "better"
    assert search.best_trials(read).empty


def test_settings_say_what_was_chosen_and_what_it_had(save):
    """The setting's own last training, which decided; not another's, even a better one."""
    read = results.read(save(tasks=("labelling", "translation"), seeds=3))
    assert (search.settings(read)["trials"] == 0).all()
    first = read.runs["seed"] == 0
    rates = read.runs.loc[first, "learning_rate"]
    short, again = (
        tried(read)[first].assign(learning_rate=rates, seed=seed, validation_score=score)
        for seed, score in ((10, 0.9), (20, 0.7))
    )
    every = pd.concat([tried(read).assign(validation_score=0.99), short, again])
    found = search.settings(results.Results(pd.concat([read.runs, every]), read.curves))
    assert not found.duplicated(["task", "architecture", "match"]).any()
    assert (found["trials"] == 5).all()
    assert (found["validation_score"] == 0.7).all()


def halved(read: results.Results) -> results.Results:
    """A search by halving of 3 rungs: 9 points of 1 epoch, 3 of 3, one of 9, which is done again.

    A longer training is better by construction; what is done again is best.
    """
    score = read.runs["validation_score"]
    rungs = [
        tried(read, epochs=9 // 3**n, validation_score=score - 0.1 * n)[read.runs["seed"] < 3**k]
        for k, n in enumerate((0, 1, 2))
    ]
    again = rungs[0].assign(seed=99, validation_score=0.99)
    shifted = [rung.assign(seed=rung["seed"] + 20 * k) for k, rung in enumerate(rungs[::-1])]
    return results.Results(pd.concat([read.runs, *shifted, again]), read.curves)


def test_effort_and_shares_are_of_trials_of_one_length_that_nothing_chose(judged):
    read, _ = judged(seeds=9, tasks=("labelling",))
    searched = halved(read)
    design = trials.design(searched)
    assert set(design["epochs"]) == {1}
    assert design["trained"].unique() == [1 / 9]
    assert (design.groupby("architecture").size() == 9).all()
    effort = search.effort(searched)
    assert effort.groupby("architecture")["trials"].max().eq(9).all()
    assert effort["best"].max() < 0.99
    full = trials.in_full(searched)
    assert set(full["epochs"]) == {9}
    assert (full.groupby("architecture").size() == 1).all()
    assert not (full["validation_score"] == 0.99).any()


def test_repetitions_of_the_search_have_their_own_efforts_and_settings(judged):
    read, _ = judged(seeds=4, tasks=("labelling",))
    runs = read.runs.assign(repetition=read.runs["seed"] // 2)
    runs["learning_rate"] = 1e-3 * (1 + runs["repetition"])
    repeated = results.Results(runs, read.curves)
    repeated = results.Results(pd.concat([runs, tried(repeated)]), read.curves)
    assert search.effort(repeated)["trials"].max() == 2
    found = search.settings(repeated)
    lstm = found[found["architecture"] == "lstm"]
    assert lstm["repetition"].tolist() == [0, 1]
    assert lstm["learning_rate"].tolist() == [1e-3, 2e-3]
    assert lstm["trials"].tolist() == [2, 2]


def test_tables_that_do_not_say_how_long_a_trial_was_had_trials_in_full(judged):
    read, _ = judged(seeds=3, tasks=("labelling",))
    early = tried(read, epochs=float("nan"))
    searched = results.Results(pd.concat([read.runs, early]), read.curves)
    assert len(trials.design(searched)) == len(trials.in_full(searched)) == len(early)
    assert (trials.design(searched)["trained"] == 1).all()
