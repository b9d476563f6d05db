"""The committed study of lags holds together, and its page says what it found."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from docs import lags
from gatewise.report.figures import need
from gatewise.report.statistics.families import SMALL, WORSE
from gatewise.report.study import Study

STUDY = Path(__file__).parents[1] / "results" / "lags"


def test_the_page_says_what_the_study_says():
    assert lags.page() == lags.PAGE.read_text(encoding="utf-8")


def test_the_page_refuses_to_say_what_a_field_does_not_state():
    table = lags.read()
    row = table[table["statement"] == SMALL].iloc[0]
    with pytest.raises(ValueError, match=r"the page says 'worse'"):
        lags.field(table, row["task"], row["architecture"], WORSE)


def test_differences_are_those_of_the_committed_runs():
    """Of each side the first seeds, as many as its comparison's last look had."""
    runs = pd.read_csv(STUDY / "runs.csv").sort_values("seed")
    facts = runs.groupby("task").first()
    verdicts = pd.read_csv(STUDY / "verdicts.csv")
    looks = verdicts[verdicts["reference"] == "lstm"].set_index(["task", "architecture"])
    scores = runs.groupby(["task", "architecture"])["test_score"]

    def mean(task, architecture, seeds):
        return scores.get_group((task, architecture))[:seeds].mean()

    for row in lags.read().itertuples():
        fact, look = facts.loc[row.task], looks.loc[(row.task, row.architecture)]
        gap = fact["perfect"] - fact["chance"]
        assert row.size == fact["budget"]
        every = mean(row.task, "lstm", None)
        assert row.skill == pytest.approx((every - fact["chance"]) / gap, abs=1e-4)
        lstm = mean(row.task, "lstm", int(look["reference_seeds"]))
        apart = mean(row.task, row.architecture, int(look["seeds"])) - lstm
        assert row.difference == pytest.approx(apart / gap, abs=1e-4)


@pytest.mark.slow
def test_verdicts_and_figures_come_back_from_the_committed_scores():
    study = Study.read(STUDY)
    ((lattice, table),) = study.needs
    assert lattice.top == "lstm"
    for figure in (need.draw(table), need.by_size(table)):
        assert figure.csv == (STUDY / "figures" / f"{figure.name}.csv").read_text(encoding="utf-8")
        assert figure.svg == (STUDY / "figures" / f"{figure.name}.svg").read_text(encoding="utf-8")
    committed = pd.read_csv(STUDY / "verdicts.csv")
    assert (committed["statement"].to_numpy() == study.verdicts["statement"].to_numpy()).all()
