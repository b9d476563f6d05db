"""The last screen of a study."""

from __future__ import annotations

import io

import pandas as pd
import pytest
from rich.console import Console

from gatewise.benchmark.cli import ending
from gatewise.report.statistics.effects import Interval
from gatewise.report.tables.standing import Lead, Standing

RUN = ("gatewise", "run", "--preset", "quick")


def against(*needed, race=""):
    """Comparisons of which those are undecided that need more seeds."""
    unknown = ["better" if n == 0 else "cannot tell" for n in needed]
    return pd.DataFrame({"seeds_needed": needed, "race": race, "statement": unknown})


def test_the_next_command_decides_more_or_says_why():
    known = ending.following(against(0), [*RUN, "--study", "mine", "--results", "there"])
    assert known == "gatewise diagnose --study mine --results there"
    assert ending.following(against(0), RUN) == "gatewise diagnose --study quick"
    assert ending.following(against(0, float("inf")), RUN) == "gatewise diagnose --study quick"
    assert ending.following(against(float("nan")), RUN).endswith("--within 2h"), "one seed"
    open_ = against(0, 12.0)
    assert ending.following(open_, [*RUN, "--seeds", "3"]) == " ".join([*RUN, "--within", "2h"])
    assert ending.following(open_, [*RUN, "--seeds=3"]) == " ".join([*RUN, "--within", "2h"])
    raced = [*RUN, "--within", "1h"]
    assert ending.following(open_, raced) == " ".join(raced)


@pytest.mark.parametrize("state", ["given up", "undecided at the last look"])
def test_what_was_given_up_needs_no_more_of_the_same(state):
    assert "diagnose" in ending.following(against(60, race=state), [*RUN, "--until-decided"])


def test_the_screen_has_the_table_what_had_not_ended_and_what_to_use(tmp_path, monkeypatch):
    row = {
        "task": "xml", "match": "parameters", "architecture": "NFG", "reference": "lstm",
        "seeds": 5, "difference": -0.2, "low": -0.3, "high": -0.1, "still_gaining": 0.5,
        "verdict": "certainly worse", "statement": "worse", "doubt": "still gaining; runs fail",
        "seeds_needed": "", "race": "decided",
    }  # fmt: skip
    open_: dict[str, object] = {"architecture": "NIG", "seeds_needed": 60}
    open_ |= {
        "verdict": "cannot tell",
        "statement": "cannot tell",
        "doubt": "",
        "race": "given up",
        "still_gaining": 0.0,
    }
    other = {"match": "width", "architecture": "gru", "seeds": 99}
    pd.DataFrame([row, row | open_, row | other]).to_csv(tmp_path / "verdicts.csv", index=False)
    choice: dict[str, object] = {
        "task": "xml",
        "best": "lstm",
        "score": 0.9,
        "unit": "share of characters",
    }
    choice |= {"as_good": 2, "smallest": "NIG", "parameters": 4000, "fastest": "lstm"}
    alone = choice | {"task": "adding", "best": "mgu", "as_good": 1, "cpu_seconds": 3}
    pd.DataFrame([choice | {"cpu_seconds": 7}, alone]).to_csv(tmp_path / "choices.csv", index=False)
    text = io.StringIO()
    ending.show(tmp_path, RUN, Console(file=text, width=160))
    shown = text.getvalue()
    assert "−0.3000 to −0.1000" in shown
    assert "certainly worse ‡" in shown
    assert "cannot tell (60 seeds would tell)" in shown
    assert "gru" not in shown
    assert "‡ still gaining, 1 of 2 comparisons (1 on xml): in more than 20% of the final" in shown
    assert "‡ runs fail, 1 of 2 comparisons (1 on xml): runs on its task end more than 2 m" in shown
    assert shown.count("‡ ") == 3
    assert "use on xml: lstm, the best (0.9 share of characters), or of the 2 that" in shown
    assert "NIG, the smallest (4,000 parameters), or lstm, the fastest (7 s a run)" in shown
    assert "take it away" not in shown
    assert "on adding mgu alone ran: 0.9 share of characters\n" in shown
    assert shown.endswith("next: gatewise diagnose --study quick\n")
    pd.DataFrame([choice | {"cpu_seconds": 7, "fastest": "NIG"}]).to_csv(tmp_path / "choices.csv")
    outdone = Standing((Lead("ridge", "accuracy", 0.7, 0.9, Interval(0.2, -0.1, 0.5), "margins"),))
    monkeypatch.setattr("gatewise.report.reading.results.read", lambda folder: None)
    monkeypatch.setattr("gatewise.report.tables.standing.standings", lambda of: {"xml": outdone})
    own = [*RUN, "--data", "my reviews.csv", "--results", "there"]
    ending.show(tmp_path, own, Console(file=text, width=160))
    take = f"gatewise take {tmp_path.name} lstm --to model.keras --results there"
    assert f"take it away: {take}\n" in text.getvalue()
    assert "not certainly better on xml than ridge (0.700 accuracy), which" in text.getvalue()
    assert "NIG, the smallest (4,000 parameters), and fastest (7 s a run)" in text.getvalue()
