"""Ready-made studies are studies."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from gatewise import tasks
from gatewise.benchmark.cli import racing
from gatewise.benchmark.studies.plan import require
from gatewise.benchmark.studies.presets import PRESETS, Preset, find_preset
from gatewise.benchmark.studies.settings import read_settings
from gatewise.benchmark.studies.study import InvalidStudy, Study
from gatewise.report.statistics.race import LOOKS
from gatewise.tasks import extras

ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_is_a_study(name):
    chosen = PRESETS[name]
    sides = (chosen.scale, chosen.tasks, chosen.architectures, chosen.seeds)
    assert Study(name, *sides, trials=chosen.trials, raced=chosen.within is not None).runs
    if chosen.within:
        assert racing.seconds("within", chosen.within) > 0
        assert LOOKS[0] <= chosen.seeds <= LOOKS[-1]


def test_the_main_job_asks_what_each_gate_is_worth_on_every_task():
    quick = find_preset("quick")
    asked = set(Study("q", "quick", quick.tasks, quick.architectures, 8, raced=True).questions)
    sides = ("NIG", "NFG", "NOG", "NIG-NFG-NOG", "gru", "vanilla")
    assert asked == {(task, side) for task in quick.tasks for side in sides}


def of(preset: Preset, **options: Any) -> Study:
    sides = {"tasks": preset.tasks, "architectures": preset.architectures, "seeds": 2}
    return preset.tuned(Study("s", preset.scale, **(sides | options)))


def test_the_main_job_has_a_setting_of_its_own_for_each_architecture():
    quick = find_preset("quick")
    study = of(quick)
    assert {(s.task, s.architecture) for s in study.settings} == set(study.pairs)
    rates = {study.setting("translation", a).learning_rate for a in quick.architectures}
    assert len(rates) > 1, "one for all is what recipes are"
    fewer = of(quick, tasks=("video",), architectures=("lstm", "gru"))
    assert fewer.settings == study.settings, "a study that grows keeps its plan"


@pytest.mark.parametrize(
    "options",
    [
        {"architectures": ("lstm", "mgu")},
        {"tasks": ("sentiment", "adding")},
        {"tasks": ("video@5000",)},
        {"budget": 5000},
        {"learning": "tbptt-5"},
    ],
)
def test_all_pairs_have_a_setting_or_none_has(options):
    assert of(find_preset("quick"), **options).settings == ()


def test_the_settings_of_the_main_job_are_those_that_a_committed_study_chose():
    (table,) = {preset.settings for preset in PRESETS.values() if preset.settings}
    committed = read_settings(ROOT / "results/reference/settings.csv")
    assert set(read_settings(table)) <= set(committed)


def test_another_name_is_refused_with_what_is_allowed():
    with pytest.raises(InvalidStudy, match="preset 'huge': allowed are smoke, quick"):
        find_preset("huge")


@pytest.fixture
def nothing_here(tmp_path, monkeypatch):
    """No data but ours, whatever is installed on this machine; where fetched data would lie."""
    monkeypatch.setenv("GATEWISE_DATA", str(tmp_path / "home"))
    missing = replace(extras.EXTRAS["music"], module="no_such_module")
    monkeypatch.setattr(extras, "EXTRAS", {**extras.EXTRAS, "music": missing})
    return tmp_path / "home"


def test_extras_are_left_out_in_a_line_that_says_what_brings_them(nothing_here):
    standard = find_preset("standard")
    assert standard.here == standard.tasks
    assert standard.left_out == [
        "left out: task 'music': its data is not here; bring it with: pip install music21==10.5.1",
        "left out: task 'speech': its data is not here; bring it with: gatewise data fetch speech",
    ]


def test_an_extra_whose_data_is_here_is_of_the_study(nothing_here):
    """Two utterances of two frames, as the package has them, in either file."""
    spoken = ":".join([*(f"{k}.5,{k}.25" for k in range(12)), "3"])
    for file in extras.EXTRAS["speech"].files:
        path = nothing_here / "speech" / file.rpartition("/")[2]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"@problemName JapaneseVowels\n@data\n{spoken}\n{spoken}\n")
    standard = find_preset("standard")
    assert standard.here == (*standard.tasks, "speech")
    assert [line.split("'")[1] for line in standard.left_out] == ["music"]
    study = Study("s", standard.scale, standard.here, ("lstm", "gru"), 1)
    require(study)
    assert ("speech", "gru") in study.pairs


def test_extras_have_the_scale_that_is_asked():
    for preset in PRESETS.values():
        assert all(preset.scale in tasks.find(name).scales for name in preset.extras)
        assert all(tasks.find(name).extra for name in preset.extras)


def test_paper_asks_all_that_standard_asks_and_each_other_task_once():
    standard, paper = find_preset("standard"), find_preset("paper")
    assert {*standard.tasks} <= {*paper.tasks}
    assert {*standard.architectures} <= {*paper.architectures}
    embedded = (task for task in tasks.registry().values() if not task.extra)
    assert {t.name for t in embedded if not t.dial or t.name == t.dial.family} <= {*paper.tasks}
    assert "sLSTM-NFG" in paper.architectures
    assert "sLSTM-NIG-NFG" not in paper.architectures
