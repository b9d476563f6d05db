"""Which trials of the search can be compared: those of one length whose settings nothing chose.

Successive halving trains most points for a part of the epochs and goes on with the best; at the end
of every search the best are trained again. What was chosen for its score says nothing of the space,
and a shorter training nothing of a longer one.
"""

from __future__ import annotations

import pandas as pd

from gatewise.report.reading.results import Results

PARAMETERS = ("learning_rate", "clip_norm", "dropout", "batch_size")
"""What a search chooses."""
PLACE = ("task", "architecture", "repetition")


def design(results: Results) -> pd.DataFrame:
    """Every point of a search once, as it was tried first: all trials of a task are of one length.

    ``trained`` is their share of the epochs of the task's longest trials, 1 where the tables do not
    say how long they could be.
    """
    trials = _first_of_each(results.tuning)
    lengths = trials.groupby("task")["epochs"]
    shortest, longest = lengths.transform("min"), lengths.transform("max")
    trials = trials.assign(trained=(shortest / longest).fillna(1.0))
    return trials[trials["epochs"].isna() | (trials["epochs"] == shortest)]


def in_full(results: Results) -> pd.DataFrame:
    """The trials that were trained as long as any of their task, each point once."""
    trials = _first_of_each(results.tuning)
    longest = trials.groupby("task")["epochs"].transform("max")
    return trials[trials["epochs"].isna() | (trials["epochs"] == longest)]


def _first_of_each(tuning: pd.DataFrame) -> pd.DataFrame:
    """Without the trainings again at the end of a search, which have later seeds."""
    ordered = tuning.sort_values("seed", kind="stable")
    return ordered.drop_duplicates([*PLACE, "epochs", *PARAMETERS])
