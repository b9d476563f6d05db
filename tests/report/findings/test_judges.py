"""Claims are reproduced, contradicted or left open as the verdicts say, and no further."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import pandas as pd
import pytest

from gatewise.report.findings import claims, judgement, judges


def test_planted_gates_reproduce_the_paper(judge):
    loss = {"lstm": 0.0, "NIG": 0.2, "NFG": 0.4, "NOG": 0.1}
    found = judge(loss=loss)
    assert {found[k].outcome for k in ("F1", "F2", "F3")} == {judgement.REPRODUCED}
    assert len(found["F1"].evidence) == 3 * 4
    assert found["F1"].summary == "reproduced on labelling, sentiment, translation, video"


def test_gates_planted_the_other_way_contradict_it(judge):
    found = judge(loss={"lstm": 0.0, "NIG": 0.1, "NFG": 0.0, "NOG": 0.4})
    assert {found[k].outcome for k in ("F1", "F2", "F3")} == {judgement.CONTRADICTED}


def test_noise_decides_nothing(judge):
    found = judge(loss={"lstm": 0.0, "NIG": 0.02, "NFG": 0.03, "NOG": 0.01}, noise=0.1, seeds=3)
    assert {found[k].outcome for k in ("F1", "F2", "F3")} == {judgement.UNDECIDED}


def test_one_seed_decides_nothing(judge):
    assert {j.outcome for j in judge(seeds=1).values()} == {
        judgement.UNDECIDED,
        judgement.NOT_TESTED,
    }


def test_what_the_study_lacks_is_named(judge):
    found = judge(loss={"lstm": 0.0, "NFG": 0.4})
    assert found["F2"].outcome == judgement.NOT_TESTED
    assert found["F2"].missing == "lacks NIG with NFG, NIG with NOG"
    assert found["F4"].missing == "needs char-lm or word-lm"
    assert found["F9"].outcome == judgement.NOT_TESTED
    assert found["F15"].missing == "lacks bi-lstm with lstm"


def test_a_claim_of_every_task_falls_with_one(judge):
    def change(runs, curves):
        video = runs["task"] == "video"
        gru = video & (runs["architecture"] == "gru")
        runs.loc[gru, "test_score"] += 0.1

    loss = {"lstm": 0.0, "CIFG": 0.0, "peephole": 0.0, "gru": 0.0, "vanilla": 0.3}

    def hurt(runs, curves):
        runs.loc[(runs["task"] == "video") & (runs["architecture"] == "CIFG"), "test_score"] -= 0.2

    assert judge(loss=loss, noise=0.0005)["F7"].outcome == judgement.REPRODUCED
    found = judge(hurt, loss=loss, noise=0.0005)["F7"]
    assert found.outcome == judgement.CONTRADICTED
    assert found.by_task == {
        "labelling": judgement.REPRODUCED,
        "sentiment": judgement.REPRODUCED,
        "translation": judgement.REPRODUCED,
        "video": judgement.CONTRADICTED,
    }
    # F10 speaks of tasks in general: three of four are enough.
    assert judge(change, loss=loss, noise=0.0005)["F10"].outcome == judgement.REPRODUCED


def test_a_single_better_variant_contradicts_that_none_is(judge):
    found = judge(loss={"lstm": 0.0, "NIG": -0.2})["F8"]
    assert found.outcome == judgement.CONTRADICTED
    assert "NFG with lstm" in found.missing
    assert judge(loss={"lstm": 0.0, "NIG": 0.2})["F8"].outcome == judgement.NOT_TESTED


def test_a_claim_about_tagging_is_judged_on_tagging(judge):
    def change(runs, curves):
        elsewhere = (runs["task"] != "labelling") & (runs["architecture"] == "bi-lstm")
        runs.loc[elsewhere, "test_score"] = runs.loc[elsewhere, "chance"]

    found = judge(change)["F15"]
    assert found.outcome == judgement.REPRODUCED
    assert list(found.by_task) == ["labelling"]


def test_a_comparison_is_read_from_either_side():
    verdicts = pd.DataFrame(
        {
            "match": ["parameters"],
            "task": ["labelling"],
            "architecture": ["lstm-bias0"],
            "reference": ["lstm"],
            "difference": [-0.2],
            "low": [-0.3],
            "high": [-0.1],
            "p_holm": [0.01],
            "verdict": ["harmful"],
        }
    )
    expectation = judges.Expectation("lstm", "lstm-bias0", judges.BETTER)
    finding = judgement.Finding("X", "nobody", "a bias helps", judges.Comparisons(expectation))
    (judged,) = claims.judge(judgement.Evidence(verdicts), [finding])
    assert judged.outcome == judgement.REPRODUCED
    evidence = judged.evidence.iloc[0]
    assert (evidence["low"], evidence["difference"], evidence["high"]) == (0.1, 0.2, 0.3)


def decays(**slopes):
    """Rows as :func:`.diagnosis.slower_decay` gives them, an interval of 0.02 each."""
    rows = [(t, d, d - 0.01, d + 0.01, f - 0.01, f + 0.01) for t, (d, f) in slopes.items()]
    names = ["task", "difference", "low", "high", "falls_low", "falls_high"]
    return pd.DataFrame(rows, columns=names)


@pytest.mark.parametrize(
    ("slopes", "outcome"),
    [
        ({"adding": (0.2, -0.3), "copying": (0.1, -0.2)}, judgement.REPRODUCED),
        ({"adding": (-0.2, -0.3), "copying": (-0.1, -0.2)}, judgement.CONTRADICTED),
        ({"adding": (0.2, 0.3)}, judgement.CONTRADICTED),
        ({"adding": (0.2, -0.3), "copying": (0.0, -0.2)}, judgement.UNDECIDED),
        ({"adding": (float("nan"), float("nan"))}, judgement.UNDECIDED),
    ],
)
def test_gradients_by_lag_judge_a_decay(slopes, outcome, diagnosed, monkeypatch):
    monkeypatch.setattr(judges, "slower_decay", lambda *_: decays(**slopes))
    finding = judgement.Finding("X", "nobody", "it falls", judges.Decay("lstm", "vanilla"))
    none = pd.DataFrame(columns=["task"])
    (said,) = claims.judge(judgement.Evidence(none, diagnoses=diagnosed), [finding])
    assert said.outcome == outcome
    assert set(said.by_task) == set(slopes)


def test_without_diagnoses_a_decay_says_what_it_takes(judge):
    without = judge(loss={"lstm": 0.0, "vanilla": 0.1})["F14"]
    assert without.outcome == judgement.NOT_TESTED
    assert "gatewise diagnose" in without.missing


def test_a_finding_brings_its_own_judge():
    """One that is no judge of ours, about what no other asks for, is one value."""

    @dataclass(frozen=True)
    class Always:
        pairs: ClassVar = (("one", "other"),)

        def __call__(self, finding, study):
            return judgement.Judgement(finding, judgement.REPRODUCED, {"x": judgement.REPRODUCED})

    finding = judgement.Finding("X", "nobody", "so it is", Always())
    assert claims.pairs([finding]) == [("one", "other")]
    (said,) = claims.judge(judgement.Evidence(pd.DataFrame(columns=["task"])), [finding])
    assert said.summary == "reproduced on x"
