"""Claims are reproduced, contradicted or left open as the verdicts say, and no further.

For each finding studies are planted in which it is true, false, and lost in noise.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pandas as pd
import pytest

from gatewise.report.findings import claims, judgement, judges
from tests.report.diagnosed import record

R, C, U = judgement.REPRODUCED, judgement.CONTRADICTED, judgement.UNDECIDED
N = judgement.NOT_TESTED

LAGS = {"labelling": "adding", "video": "copying"}
MODELS = {"translation": "char-lm", "video": "word-lm"}
GENERATED = {"labelling": "xml", "video": "arithmetic"}
TAGS = {"labelling": "labelling"}
STATES = {"labelling": "parity", "video": "s5"}
PARITY = {"labelling": "parity"}
COPIES = {"labelling": "selective-copy"}
GREFFS = dict.fromkeys(claims.VARIANTS, 0.05) | {"peephole": 0.0}
PLANTED = {
    "F1": (GENERATED, {"NFG": 0.4, "NIG": 0.2, "NOG": 0.1}, {"NFG": 0.0, "NIG": 0.1, "NOG": 0.4}),
    "F2": (GENERATED, {"NFG": 0.4, "NIG": 0.2, "NOG": 0.1}, {"NFG": 0.0, "NIG": 0.1, "NOG": 0.4}),
    "F3": (GENERATED, {"NFG": 0.4, "NIG": 0.2, "NOG": 0.1}, {"NFG": 0.0, "NIG": 0.1, "NOG": 0.4}),
    "F4": (MODELS, {"NFG": 0.0}, {"NFG": 0.3}),
    "F5": (GENERATED, {"lstm-bias0": 0.3, "gru": 0.0}, {"lstm-bias0": -0.1, "gru": 0.0}),
    "F6": (
        GENERATED,
        {"NFG-p": 0.3, "NOAF-p": 0.3, "peephole": 0.0},
        {"NFG-p": 0.0, "NOAF-p": 0.3, "peephole": 0.0},
    ),
    "F7": (GENERATED, {"CIFG-p": -0.05, "peephole": 0.0}, {"CIFG-p": 0.3, "peephole": 0.0}),
    "F8": (GENERATED, GREFFS | {"lstm": 0.0}, GREFFS | {"NIG-p": -0.1, "lstm": 0.0}),
    "F10": (GENERATED, {"gru": 0.0, "vanilla": 0.3}, {"gru": 0.2, "vanilla": 0.3}),
    "F11": (LAGS, {"janet": -0.1}, {"janet": 0.2}),
    "F12": (LAGS, {"lstm-chrono": -0.1}, {"lstm-chrono": 0.2}),
    "F13": (
        LAGS,
        {"gru": 0.1, "mgu": 0.1, "GRU1": 0.0, "GRU2": 0.1, "GRU3": 0.4},
        {"gru": 0.1, "mgu": 0.3, "GRU1": 0.1, "GRU2": 0.1, "GRU3": 0.4},
    ),
    "F15": (TAGS, {"bi-lstm": -0.05}, {"bi-lstm": 0.1}),
    "F16": (MODELS, {"no-inner-recurrence": 0.0}, {"no-inner-recurrence": 0.3}),
    "F17": (STATES, {"minGRU": 0.3}, {"minGRU": -0.1}),
    "F18": (
        PARITY,
        {"minGRU": 0.4, "minGRU-negative": 0.0},
        {"minGRU": 0.4, "minGRU-negative": 0.5},
    ),
    "F19": (MODELS, {"sLSTM": -0.1}, {"sLSTM": 0.1}),
    "F20": (
        COPIES,
        {"stacked-minGRU": 0.1, "minGRU": 0.4, "gru": 0.1},
        {"stacked-minGRU": 0.4, "minGRU": 0.3, "gru": 0.1},
    ),
}
"""By finding the tasks, the losses of skill with which it is true, and those with which it is
false. F9 and F14 rest on other evidence and are planted elsewhere."""


GATELESS = {"lstm": 0.0, "vanilla": 0.6}
"""A task is a witness only where the cell without gates is far worse."""


def of_two_sizes(runs, curves):
    """Tasks at different budgets."""
    runs["budget"] = runs["task"].map({"char-lm": 10_000, "word-lm": 40_000}).fillna(20_000)


@pytest.mark.parametrize("name", PLANTED)
def test_a_planted_truth_is_reproduced_its_opposite_contradicted_and_noise_left_open(judge, name):
    called, true, opposite = PLANTED[name]
    for loss, noise, outcome in ((true, 0.001, R), (opposite, 0.001, C), (true, 0.4, U)):
        found = judge(of_two_sizes, called, loss=GATELESS | loss, noise=noise, tasks=tuple(called))[
            name
        ]
        assert found.outcome == outcome, (loss, noise, found.summary)


def test_every_finding_is_planted():
    elsewhere = {"F9", "F14"}
    assert set(PLANTED) | elsewhere == {f.id for f in claims.FINDINGS}


def test_a_tie_does_not_reverse_a_ranking(judge):
    ties = GATELESS | dict.fromkeys(("NFG", "NIG", "NOG"), 0.2)
    found = judge(called=GENERATED, loss=ties, noise=0.0005, tasks=tuple(GENERATED))
    assert {found[name].outcome for name in ("F1", "F2", "F3")} == {U}
    # But that the forget gate matters most falls where nothing does.
    nothing = dict.fromkeys(ties, 0.0)
    found = judge(
        called=GENERATED, loss=nothing | {"vanilla": 0.6}, noise=0.0005, tasks=tuple(GENERATED)
    )
    assert (found["F1"].outcome, found["F2"].outcome) == (C, U)
    # Where no gate at all is as good, the task is no witness of it.
    found = judge(called=GENERATED, loss=nothing, noise=0.0005, tasks=tuple(GENERATED))
    assert found["F1"].outcome == U


def test_the_ranking_and_language_modelling_do_not_exclude_each_other(judge):
    """The same study may reproduce both, for they speak of other tasks."""
    called = GENERATED | {"translation": "char-lm", "sentiment": "word-lm"}

    def change(runs, curves):
        of_two_sizes(runs, curves)
        models = runs["task"].isin(["char-lm", "word-lm"]) & (runs["architecture"] == "NFG")
        of_lstm = runs[runs["architecture"] == "lstm"].set_index(["task", "seed"])["test_score"]
        places = runs.loc[models, ["task", "seed"]].apply(tuple, axis=1)
        runs.loc[models, "test_score"] = [of_lstm[place] for place in places]

    loss = GATELESS | {"NFG": 0.4, "NIG": 0.2, "NOG": 0.1}
    found = judge(change, called, loss=loss, noise=0.001)
    assert (found["F1"].outcome, found["F4"].outcome) == (R, R)
    assert set(found["F1"].by_task) == {"xml", "arithmetic"}


def test_language_models_of_one_size_do_not_test_their_finding(judge):
    found = judge(called=MODELS, loss={"lstm": 0.0, "NFG": 0.0}, tasks=tuple(MODELS))["F4"]
    assert found.outcome == N
    assert found.missing == (
        "needs char-lm or word-lm or word-lm-wikitext2 with 2 model sizes among them"
    )


def test_a_size_without_a_comparison_does_not_count(judge):
    """The forget gate was left out at one size alone; the other size has other cells."""
    called = {"translation": "char-lm", "video": "char-lm@10000"}

    def change(runs, curves):
        runs["budget"] = runs["task"].map({"char-lm@10000": 10_000}).fillna(20_000)
        for table in (runs, curves):
            left_out = (table["task"] == "char-lm@10000") & (table["architecture"] == "NFG")
            table.loc[left_out, "architecture"] = "CIFG"

    found = judge(change, called, loss=GATELESS | {"NFG": 0.0}, noise=0.001, tasks=tuple(called))[
        "F4"
    ]
    assert (found.outcome, found.by_task) == (N, {})
    assert "with 2 model sizes" in found.missing


@pytest.mark.parametrize(
    ("name", "called", "cell"), [("F17", STATES, "minGRU"), ("F19", MODELS, "sLSTM")]
)
def test_a_tie_stands_where_the_paper_asks_at_more_than_is_tried_here(judge, name, called, cell):
    found = judge(
        of_two_sizes, called, loss=GATELESS | {cell: 0.0}, noise=0.001, tasks=tuple(called)
    )[name]
    assert found.outcome == U


def test_one_language_model_at_two_sizes_tests_it(judge):
    called = {"translation": "char-lm", "video": "char-lm@10000"}

    def change(runs, curves):
        runs["budget"] = runs["task"].map({"char-lm@10000": 10_000}).fillna(20_000)

    loss = GATELESS | {"NFG": 0.0}
    found = judge(change, called, loss=loss, noise=0.001, tasks=tuple(called))["F4"]
    assert (found.outcome, set(found.by_task)) == (R, set(called.values()))


def test_what_is_probable_elsewhere_stands_apart_and_decides_nothing(judge):
    loss = GATELESS | {"NFG": 0.4, "NIG": 0.2, "NOG": 0.1}
    called = {"labelling": "xml", "video": "sentiment"}
    found = judge(called=called, loss=loss, noise=0.001, tasks=tuple(called))["F1"]
    assert (found.by_task, found.elsewhere) == ({"xml": R}, {"sentiment": "agrees"})
    assert found.aside == "agrees on sentiment"
    # Where no gate at all is as good, a tie says nothing.
    nothing = dict.fromkeys(loss, 0.0)
    found = judge(called=called, loss=nothing, noise=0.0005, tasks=tuple(called))["F1"]
    assert found.elsewhere == {"sentiment": "open"}
    # Where all its tasks are another's it is not tested, and what is seen there is told.
    only = {"labelling": "sentiment", "video": "video"}
    found = judge(called=only, loss=loss | {"NFG": 0.0}, noise=0.001, tasks=tuple(only))["F1"]
    assert (found.outcome, set(found.elsewhere.values())) == (N, {"reversed"})


def test_what_is_not_certain_decides_no_finding(judge):
    called, true, _ = PLANTED["F15"]
    options = {"loss": {"lstm": 0.0} | true, "tasks": ("labelling",), "noise": 0.001}

    def gaining(runs, curves):
        runs["still_gaining"] = True

    assert judge(called=called, **options)["F15"].outcome == R
    assert judge(called=called, examples=False, **options)["F15"].outcome == U
    assert judge(gaining, called=called, **options)["F15"].outcome == U


def test_one_seed_decides_nothing(judge):
    assert {j.outcome for j in judge(seeds=1).values()} == {U, N}


def test_what_the_study_lacks_is_named(judge):
    found = judge(called=GENERATED, loss={"lstm": 0.0, "NFG": 0.4}, tasks=tuple(GENERATED))
    assert found["F2"].outcome == N
    assert found["F2"].missing == "lacks NIG with NFG, NIG with NOG"
    assert found["F9"].outcome == N
    assert found["F15"].missing == "needs labelling"


def test_a_claim_of_every_task_falls_with_one(judge):
    loss = {"lstm": 0.0, "CIFG-p": 0.0, "peephole": 0.0, "gru": 0.0, "vanilla": 0.3}

    def hurt(runs, curves):
        runs.loc[(runs["task"] == "video") & (runs["architecture"] == "CIFG-p"), "test_score"] -= (
            0.2
        )

    assert judge(loss=loss, noise=0.0005)["F7"].outcome == R
    found = judge(hurt, loss=loss, noise=0.0005)["F7"]
    assert found.outcome == C
    assert found.by_task == {"labelling": R, "sentiment": R, "translation": R, "video": C}

    def better(runs, curves):
        runs.loc[(runs["task"] == "video") & (runs["architecture"] == "gru"), "test_score"] += 0.1

    # F10 speaks of tasks in general: three of four are enough.
    assert judge(better, loss=loss, noise=0.0005)["F10"].outcome == R


def test_a_claim_about_tagging_is_judged_on_tagging(judge):
    def change(runs, curves):
        elsewhere = (runs["task"] != "labelling") & (runs["architecture"] == "bi-lstm")
        runs.loc[elsewhere, "test_score"] = runs.loc[elsewhere, "chance"]

    found = judge(change)["F15"]
    assert found.outcome == R
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
            "p": [0.01],
            "statement": ["worse"],
            "verdict": ["certainly worse"],
            "doubt": [""],
        }
    )
    judge = judges.Comparisons(judges.better("lstm", "lstm-bias0"))
    finding = judgement.Finding("X", "nobody", "a bias helps", "nowhere", judge)
    (judged,) = claims.judge(judgement.Evidence(verdicts), [finding])
    assert judged.outcome == R
    evidence = judged.evidence.iloc[0]
    assert (evidence["low"], evidence["difference"], evidence["high"]) == (0.1, 0.2, 0.3)
    assert evidence["verdict"] == "certainly better"


# --- Gradients -------------------------------------------------------------------------------


def lags(load, gated, plain, seeds=5, task="adding"):
    """Diagnoses at both moments: ``(at the start, trained)`` of both cells, by seed a bit apart."""
    return load(
        *(
            record(
                name,
                (),
                rate * (1 + 0.01 * generator.normal()),
                task=task,
                seed=seed,
                start={"h": {"rate": start * (1 + 0.01 * generator.normal())}},
            )
            for generator in [np.random.default_rng(0)]
            for name, (start, rate) in (("lstm", gated), ("vanilla", plain))
            for seed in range(seeds)
        )
    )


def f14(found, skill=0.99):
    none = pd.DataFrame(columns=["task"])
    evidence = judgement.Evidence(none, skills={("adding", "lstm"): skill}, diagnoses=found)
    (said,) = [j for j in claims.judge(evidence) if j.finding.id == "F14"]
    return said


def test_gradients_by_lag_judge_a_decay(load):
    assert f14(lags(load, (0.9, 0.95), (0.6, 0.5))).outcome == R
    assert f14(lags(load, (0.4, 0.5), (0.6, 0.7))).outcome == C
    assert f14(lags(load, (0.9, 0.95), (1.1, 1.2))).outcome == C
    assert f14(lags(load, (0.9, 0.6), (0.6, 0.6))).outcome == U, "once trained nothing can be told"


def test_gradients_test_nothing_at_one_seed_nor_unsolved_nor_without_a_lag(load):
    true = (0.9, 0.95), (0.6, 0.5)
    assert f14(lags(load, *true, seeds=4)).outcome == N
    assert f14(lags(load, *true), skill=0.5).outcome == N
    assert f14(lags(load, *true, task="labelling")).outcome == N
    assert "5 seeds" in f14(None).missing


def test_a_finding_needs_no_comparisons():
    @dataclass(frozen=True)
    class Always:
        pairs: ClassVar = [("one", "other")]

        def __call__(self, finding, study):
            return judgement.Judgement(finding, R, {"x": R})

    finding = judgement.Finding("X", "nobody", "so it is", "nowhere", Always())
    assert claims.asked(["t"], {}, [finding]) == [("t", "one", "other")]
    (said,) = claims.judge(judgement.Evidence(pd.DataFrame(columns=["task"])), [finding])
    assert said.summary == "reproduced on x"
