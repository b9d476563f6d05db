"""What changed between two studies with known differences."""

from __future__ import annotations

import json
import shutil

import numpy as np
import pandas as pd
import pytest

from gatewise.report import comparison, document
from tests.report.diagnosed import leave


@pytest.fixture
def compared(save, save_examples, tmp_path):
    """Compare a study of three architectures with a changed one."""

    def compare(change=None, examples=True, **options):
        loss = {"lstm": 0.0, "NFG": 0.3, "gru": 0.0}
        folder = save(loss=loss, tasks=("labelling", "video"))
        if examples:
            save_examples(folder, np.random.default_rng(0))
        first = shutil.copytree(folder, tmp_path / "first")
        same = {"loss": loss, "tasks": ("labelling", "video")}
        save(change, **same | options)
        if examples:
            save_examples(folder, np.random.default_rng(0))
        return comparison.compare(first, folder, np.random.default_rng(0))

    return compare


def test_a_study_equals_itself(compared):
    found = compared()
    for table in (found.members, found.settings, found.verdicts, found.findings):
        assert table.empty
    assert len(found.scores) == 6
    assert (found.scores["difference"] == 0).all()
    assert set(found.scores["verdict"]) == {"equivalent"}


def test_a_planted_change_is_found_and_judged(compared):
    found = compared(loss={"lstm": 0.0, "NFG": 0.0, "vanilla": 0.4}, seed=2)
    names = set(found.members[["kind", "name", "study"]].itertuples(index=False, name=None))
    assert names == {("architecture", "gru", "first"), ("architecture", "vanilla", "second")}
    nfg = found.scores[found.scores["architecture"] == "NFG"].set_index("task")
    assert set(nfg["verdict"]) == {"helpful"}
    low, high = nfg.loc["labelling", ["low", "high"]]
    assert low < 0.3 * (0.9 - 0.2) < high
    row = found.verdicts.set_index(["task", "architecture"]).loc[("video", "NFG")]
    assert (row["first"], row["second"]) == ("harmful", "equivalent")
    json.dumps(found.to_json())


def test_other_data_and_settings_are_named_and_pair_by_seed_alone(compared):
    def change(runs, curves):
        runs["data_sha256"] = "other"
        runs["learning_rate"] = 0.5

    found = compared(change)
    assert set(found.settings["setting"]) == {"data_sha256", "learning_rate"}
    assert set(found.scores["seeds"]) == {5}


def test_without_a_common_seed_nothing_is_decided(compared):
    def change(runs, curves):
        runs["seed"] += 100
        curves["seed"] += 100

    found = compared(change, examples=False)
    assert set(found.scores["verdict"]) == {"undecided"}
    assert found.scores["low"].isna().all()
    assert len(found.members[found.members["kind"] == "seed"]) == 10
    assert found.to_json()["scores"][0]["low"] is None


def test_scores_in_another_unit_are_not_compared(compared):
    def change(runs, curves):
        runs.loc[runs["task"] == "video", "unit"] = "share of films"

    found = compared(change)
    assert set(found.scores["task"]) == {"labelling"}
    assert "unit" in set(found.settings["setting"])


def test_findings_are_judged_as_the_report_judges_them(save, tmp_path):
    """Findings by comparisons on a dial, and by diagnostics."""

    def dialled(value):
        def change(runs, curves):
            runs["dial"], runs["dial_value"], runs["dial_unit"] = "copying", value, "steps"

        return change

    loss = {"lstm": 0.3, "vanilla": 0.4, "lstm-chrono": 0.0}
    second = save(dialled(200), loss=loss, tasks=("video",))
    first = shutil.copytree(second, tmp_path / "first")
    save(dialled(200), loss=loss, tasks=("video",))
    leave(first, "video", lstm=0.9, vanilla=0.5)
    found = comparison.compare(first, second, np.random.default_rng(0)).findings
    assert found.set_index("finding").loc["F14", ["first", "second"]].tolist() == [
        "reproduced",
        "not tested here",
    ]
    save(dialled(20), loss=loss, tasks=("video",))
    leave(second, "video", lstm=0.5, vanilla=0.9)
    found = comparison.compare(first, second, np.random.default_rng(0)).findings
    changed = found.set_index("finding")[["first", "second"]]
    assert changed.loc["F12"].tolist() == ["reproduced", "not tested here"]
    assert changed.loc["F14"].tolist() == ["reproduced", "contradicted"]
    for folder, side in ((first, "first"), (second, "second")):
        document.write(folder)
        said = pd.read_csv(folder / "findings.csv").set_index("finding")["outcome"]
        assert (said[changed.index] == changed[side]).all()
