"""How fit a study's tasks are to be compared on: spread, ends, tuning, simple predictors."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
import pytest

from gatewise.report import document
from gatewise.report.reading import results
from gatewise.report.tables import fitness
from gatewise.report.tables.standing import standings

LOSS = {"lstm": 0.0, "NFG": 0.1}


def test_spread_is_in_margins_and_ends_are_shares(save):
    def change(runs, curves):
        late = (runs["architecture"] == "NFG") & (runs["seed"] < 2)
        runs["still_gaining"] = late

    folder = save(change, tasks=("video",), loss=LOSS, seeds=4)
    read = results.read(folder)
    (row,) = fitness.fitness(read).to_dict("records")
    margin = read.main["margin"].iloc[0]
    sd = read.main.groupby("architecture")["test_score"].std() / margin
    assert min(sd) <= row["spread"] <= row["widest"] <= max(sd), "moderated towards one another"
    assert (row["runs"], row["unended"], row["flagged"]) == (8, 0.25, 1)
    assert np.isnan(row["tuned"]), "nothing was searched"


def test_what_tuning_gained_is_read_off_what_was_trained_again(save):
    """The recipe's second training counts, and not the first, nor the best trial's lucky one."""
    read = results.read(save(tasks=("video", "translation"), loss=LOSS, seeds=4))
    trials = read.runs.assign(phase="tuning", learning_rate=[0.01, 0.02, 0.02, 0.01] * 4)
    sign = np.where(trials["higher_is_better"], 1.0, -1.0)
    margins = sign * np.array([-9.0, 50.0, 3.0, 1.0] * 4)
    trials["validation_score"] = 2.0 + margins * trials["margin"]
    finals = read.runs.assign(learning_rate=0.02)
    read = dataclasses.replace(read, runs=pd.concat([finals, trials], ignore_index=True))
    found = fitness.fitness(read).set_index("task")["tuned"]
    assert found.to_dict() == pytest.approx({"video": 2.0, "translation": 2.0})


def test_the_reference_against_simple_predictors(save):
    def change(runs, curves):
        runs["baseline.bigram language model [perplexity]"] = 54.6

    folder = save(change, tasks=("translation",), loss=LOSS)
    read = results.read(folder)
    first, second = fitness.baselines(standings(read)).to_dict("records")
    assert (first["baseline"], first["unit"]) == ("bigram language model", "margins")
    of_lstm = read.main.loc[read.main["architecture"] == "lstm", "test_score"].mean()
    margin = read.main["margin"].iloc[0]
    assert first["lead"] == pytest.approx((4.0 - of_lstm) / margin), "fewer are better"
    assert first["low"] < first["lead"] < first["high"]
    assert (second["baseline"], second["unit"]) == ("word-by-word dictionary", "bleu")
    document.write(folder)
    for name in ("report.md", "report.html"):
        text = (folder / name).read_text(encoding="utf-8")
        assert "How fit each task is to be compared on" in text
        assert "bigram language model" in text
