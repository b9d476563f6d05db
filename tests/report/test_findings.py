"""Claims are reproduced, contradicted or left open as the verdicts say, and no further."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from gatewise.benchmark.architectures import catalogue
from gatewise.report import findings, results, tables
from gatewise.report.findings import CONTRADICTED, NOT_TESTED, REPRODUCED, UNDECIDED


@pytest.fixture
def judge(save):
    def judged(change=None, **options):
        read = results.read(save(change, **options))
        found = tables.verdicts(read, np.random.default_rng(0), findings.pairs())
        return {j.finding.id: j for j in findings.judge(found, read.matches[0])}

    return judged


def test_all_sixteen_are_there():
    assert [f.id for f in findings.FINDINGS] == [f"F{k}" for k in range(1, 17)]
    assert all(f.claim and f.source for f in findings.FINDINGS)
    assert all(f.expectations or f.conditions for f in findings.FINDINGS)


def test_findings_speak_of_architectures_that_exist():
    named = {n for f in findings.FINDINGS for e in f.expectations for n in (e.first, e.second)}
    assert named <= set(catalogue.CATALOGUE)


def test_pairs_are_needed_in_one_direction_only():
    found = findings.pairs()
    assert len({frozenset(pair) for pair in found}) == len(found)
    assert all("lstm" not in pair for pair in found)
    assert ("NFG", "NIG") in found


def test_planted_gates_reproduce_the_paper(judge):
    loss = {"lstm": 0.0, "NIG": 0.2, "NFG": 0.4, "NOG": 0.1}
    found = judge(loss=loss)
    assert {found[k].outcome for k in ("F1", "F2", "F3")} == {REPRODUCED}
    assert len(found["F1"].evidence) == 3 * 4
    assert found["F1"].summary == "reproduced on labelling, sentiment, translation, video"


def test_gates_planted_the_other_way_contradict_it(judge):
    found = judge(loss={"lstm": 0.0, "NIG": 0.1, "NFG": 0.0, "NOG": 0.4})
    assert {found[k].outcome for k in ("F1", "F2", "F3")} == {CONTRADICTED}


def test_noise_decides_nothing(judge):
    found = judge(loss={"lstm": 0.0, "NIG": 0.02, "NFG": 0.03, "NOG": 0.01}, noise=0.1, seeds=3)
    assert {found[k].outcome for k in ("F1", "F2", "F3")} == {UNDECIDED}


def test_one_seed_decides_nothing(judge):
    assert {j.outcome for j in judge(seeds=1).values()} == {UNDECIDED, NOT_TESTED}


def test_what_the_study_lacks_is_named(judge):
    found = judge(loss={"lstm": 0.0, "NFG": 0.4})
    assert found["F2"].outcome == NOT_TESTED
    assert found["F2"].missing == "lacks NIG with NFG, NIG with NOG"
    assert found["F4"].missing == "needs char-lm or word-lm"
    assert found["F9"].outcome == NOT_TESTED
    assert found["F15"].missing == "lacks bi-lstm with lstm"


def test_a_claim_of_every_task_falls_with_one(judge):
    def change(runs, curves):
        video = runs["task"] == "video"
        gru = video & (runs["architecture"] == "gru")
        runs.loc[gru, "test_score"] += 0.1

    loss = {"lstm": 0.0, "CIFG": 0.0, "peephole": 0.0, "gru": 0.0, "vanilla": 0.3}

    def hurt(runs, curves):
        runs.loc[(runs["task"] == "video") & (runs["architecture"] == "CIFG"), "test_score"] -= 0.2

    assert judge(loss=loss, noise=0.0005)["F7"].outcome == REPRODUCED
    found = judge(hurt, loss=loss, noise=0.0005)["F7"]
    assert found.outcome == CONTRADICTED
    assert found.by_task == {
        "labelling": REPRODUCED,
        "sentiment": REPRODUCED,
        "translation": REPRODUCED,
        "video": CONTRADICTED,
    }
    # F10 speaks of tasks in general: three of four are enough.
    assert judge(change, loss=loss, noise=0.0005)["F10"].outcome == REPRODUCED


def test_a_single_better_variant_contradicts_that_none_is(judge):
    found = judge(loss={"lstm": 0.0, "NIG": -0.2})["F8"]
    assert found.outcome == CONTRADICTED
    assert "NFG with lstm" in found.missing
    assert judge(loss={"lstm": 0.0, "NIG": 0.2})["F8"].outcome == NOT_TESTED


def test_a_claim_about_tagging_is_judged_on_tagging(judge):
    def change(runs, curves):
        elsewhere = (runs["task"] != "labelling") & (runs["architecture"] == "bi-lstm")
        runs.loc[elsewhere, "test_score"] = runs.loc[elsewhere, "chance"]

    found = judge(change)["F15"]
    assert found.outcome == REPRODUCED
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
    expectation = findings.Expectation("lstm", "lstm-bias0", findings.BETTER)
    finding = findings.Finding("X", "nobody", "a bias helps", (expectation,))
    (judged,) = findings.judge(verdicts, "parameters", [finding])
    assert judged.outcome == REPRODUCED
    evidence = judged.evidence.iloc[0]
    assert (evidence["low"], evidence["difference"], evidence["high"]) == (0.1, 0.2, 0.3)


def test_the_table_has_a_row_for_each(judge):
    assert len(findings.table(judge().values())) == 16


def decays(**slopes):
    """Rows as :func:`.diagnosis.slower_decay` gives them, an interval of 0.02 each."""
    rows = [(t, d, d - 0.01, d + 0.01, f - 0.01, f + 0.01) for t, (d, f) in slopes.items()]
    names = ["task", "difference", "low", "high", "falls_low", "falls_high"]
    return pd.DataFrame(rows, columns=names)


@pytest.mark.parametrize(
    ("slopes", "outcome"),
    [
        ({"adding": (0.2, -0.3), "copying": (0.1, -0.2)}, REPRODUCED),
        ({"adding": (-0.2, -0.3), "copying": (-0.1, -0.2)}, CONTRADICTED),
        ({"adding": (0.2, 0.3)}, CONTRADICTED),
        ({"adding": (0.2, -0.3), "copying": (0.0, -0.2)}, UNDECIDED),
        ({"adding": (float("nan"), float("nan"))}, UNDECIDED),
    ],
)
def test_gradients_by_lag_judge_f14(slopes, outcome, save):
    read = results.read(save(loss={"lstm": 0.0, "vanilla": 0.1}))
    found = tables.verdicts(read, np.random.default_rng(0), findings.pairs())
    judged = findings.judge(found, "parameters", decays=decays(**slopes))
    (f14,) = [j for j in judged if j.finding.id == "F14"]
    assert f14.outcome == outcome
    assert set(f14.by_task) == set(slopes)
    (without,) = [j for j in findings.judge(found, "parameters") if j.finding.id == "F14"]
    assert without.outcome == NOT_TESTED
    assert "gatewise diagnose" in without.missing
