"""What changed between two studies with known differences."""

from __future__ import annotations

import json
import shutil

import numpy as np
import pandas as pd
import pytest

from gatewise.report import comparison, document
from gatewise.report.statistics import families


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
    assert not found.scores["verdict"].str.contains("worse|better").any()


def test_a_planted_change_is_found_and_judged(compared):
    found = compared(loss={"lstm": 0.0, "NFG": 0.0, "vanilla": 0.4}, seed=2)
    names = set(found.members[["kind", "name", "study"]].itertuples(index=False, name=None))
    assert names == {("architecture", "gru", "first"), ("architecture", "vanilla", "second")}
    nfg = found.scores[found.scores["architecture"] == "NFG"].set_index("task")
    assert set(nfg["verdict"]) == {"certainly better"}
    low, high = nfg.loc["labelling", ["low", "high"]]
    assert low < 0.3 * (0.9 - 0.2) < high
    row = found.verdicts.set_index(["task", "architecture"]).loc[("video", "NFG")]
    assert row["first"] == "probably worse"
    assert row["second"] != "probably worse"
    json.dumps(found.to_json())


def test_other_data_and_settings_are_named_and_leave_nothing_certain(compared):
    def change(runs, curves):
        runs["data_sha256"] = "other"
        runs["learning_rate"] = 0.5

    found = compared(change)
    assert set(found.settings["setting"]) == {"data_sha256", "learning_rate"}
    assert not found.scores["verdict"].isin(families.CERTAIN).any()


def test_other_seeds_are_compared_all_the_same(compared):
    def change(runs, curves):
        runs["seed"] += 100
        curves["seed"] += 100

    found = compared(change, examples=False)
    assert (found.scores["low"] < found.scores["high"]).all()
    assert len(found.members[found.members["kind"] == "seed"]) == 10


def test_scores_in_another_unit_are_not_compared(compared):
    def change(runs, curves):
        runs.loc[runs["task"] == "video", "unit"] = "share of films"

    found = compared(change)
    assert set(found.scores["task"]) == {"labelling"}
    assert "unit" in set(found.settings["setting"])


def test_findings_are_judged_as_the_report_judges_them(save, save_examples, tmp_path):
    """Findings by comparisons on a dial: at a long lag, and at one that the claim is not about."""

    def dialled(value):
        def change(runs, curves):
            runs["dial"], runs["dial_value"], runs["dial_unit"] = "copying", value, "steps"

        return change

    options = {"loss": {"lstm": 0.3, "lstm-chrono": 0.0}, "tasks": ("video",)}
    second = save(dialled(200), **options)
    save_examples(second, np.random.default_rng(0))
    first = shutil.copytree(second, tmp_path / "first")
    save(dialled(20), **options)
    found = comparison.compare(first, second, np.random.default_rng(0)).findings
    changed = found.set_index("finding")[["first", "second"]]
    assert changed.loc["F12"].tolist() == ["reproduced", "not tested here"]
    for folder, side in ((first, "first"), (second, "second")):
        document.write(folder)
        said = pd.read_csv(folder / "findings.csv").set_index("finding")["outcome"]
        assert (said[changed.index] == changed[side]).all()
