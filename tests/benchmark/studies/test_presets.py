"""Ready-made studies are studies."""

from __future__ import annotations

import pytest

from gatewise.benchmark.cli import racing
from gatewise.benchmark.studies.presets import PRESETS, find_preset
from gatewise.benchmark.studies.study import InvalidStudy, Study
from gatewise.report.statistics.race import LOOKS


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


def test_another_name_is_refused_with_what_is_allowed():
    with pytest.raises(InvalidStudy, match="preset 'huge': allowed are smoke, quick"):
        find_preset("huge")
