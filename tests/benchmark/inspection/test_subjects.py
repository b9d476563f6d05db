from __future__ import annotations

from dataclasses import replace

import pytest

from gatewise import tasks
from gatewise.benchmark.architectures.catalogue import UnknownArchitecture
from gatewise.benchmark.inspection import diagnosis, subjects
from gatewise.benchmark.studies.plan import recipe
from gatewise.benchmark.studies.study import Study


@pytest.mark.parametrize(
    ("task", "architecture", "changed", "message"),
    [
        ("video", "conv-lstm", {}, "architecture 'conv-lstm': allowed are vanilla, lstm"),
        ("listops", "tree-lstm", {}, "architecture 'tree-lstm': allowed are vanilla"),
        ("captioning", "lstm", {}, "task 'captioning' has one step to read"),
        ("video", "vanilla", {"learning": "rtrl"}, "learning='rtrl': allowed are bptt and tbptt-K"),
        ("video", "lstm", {"definition": "{}"}, "'lstm' is not what it was when the study ran"),
    ],
)
def test_what_cannot_be_looked_into_is_refused(task, architecture, changed, message):
    study = Study("s", "smoke", (task,), (architecture,), seeds=1)
    facts = type("Facts", (), {"task": task, "data_sha256": ""})
    experiment = replace(recipe(study, facts, architecture), **changed)
    with pytest.raises(subjects.NoDiagnosis, match=message):
        diagnosis.write(None, experiment, None)


def test_a_name_that_means_nothing_is_told_before_runs_are_looked_for(tmp_path):
    with pytest.raises(tasks.UnknownTask, match="did you mean 'sentiment'"):
        subjects.find(tmp_path, ("sentimnt",), ("lstm",), 0)
    with pytest.raises(UnknownArchitecture, match="did you mean 'lstm'"):
        subjects.find(tmp_path, (), ("lstmm",), 0)


def test_a_study_without_such_runs_says_so(tmp_path):
    with pytest.raises(subjects.NoDiagnosis, match="run of gru-no-reset on any task"):
        subjects.find(tmp_path, (), ("UGRNN",), 0)
    with pytest.raises(subjects.NoDiagnosis, match="no finished run of lstm on video at seed 3"):
        subjects.find(tmp_path, ("video",), ("lstm",), 3)
