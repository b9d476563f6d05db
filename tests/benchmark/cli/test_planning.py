"""What is said before a start."""

from __future__ import annotations

import csv
import math

import pytest
from scipy import stats

from gatewise.benchmark.cli import planning
from gatewise.benchmark.cli.options import InvalidOption
from gatewise.benchmark.cli.planning import Foresight, duration, foresee, require_assent
from gatewise.benchmark.cli.racing import race
from gatewise.benchmark.records.provenance import provenance
from gatewise.benchmark.studies.forecast import NEEDED
from gatewise.benchmark.studies.study import Study
from gatewise.report.statistics import power
from gatewise.report.statistics.race import LOOKS, reference_seeds
from gatewise.tasks import find

NAMES = ("lstm", "NIG", "NFG")


@pytest.fixture
def results(tmp_path):
    """A folder in which trainings of xml took 60 seconds, and end two margins apart."""
    (tmp_path / "old").mkdir()
    usual: dict[str, object] = {
        "task": "xml",
        "scale": "quick",
        "phase": "final",
        "status": "finished",
    }
    usual |= {
        "margin": 0.01,
        "wall_seconds": 70,
        "compile_seconds": 10,
        "finished_at": "2026",
        "study": "old",
    }
    usual |= {"machine": provenance()["machine"]}
    usual |= {"epochs": find("xml").scale("quick").recipe.epochs}
    with (tmp_path / "old" / "runs.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, [*NEEDED, "scale", "phase", "status", "study", "epochs"])
        writer.writeheader()
        for name in NAMES:
            writer.writerows({**usual, "architecture": name, "test_score": s} for s in (0.5, 0.52))
    return tmp_path


def test_the_plan_counts_runs_time_and_what_will_be_seen(results):
    study = Study("new", "quick", ("xml",), NAMES, seeds=5, trials=12)
    plan = foresee(study, results, 2, None)
    # Three pairs of 15 trainings for the search and 5 runs, a minute each, two at a time.
    assert plan.seconds == 3 * (15 + 5) * 60 / 2
    said = "\n".join(plan.lines)
    assert "study new: 15 runs and at most" in said
    assert "time: about 30 min, 2 at once (by earlier runs); of it 22 min for the search" in said
    assert "memory: up to 2.0 GB; disk: up to" in said
    width = stats.norm.isf(0.05 / 2 / 2) + stats.norm.isf(0.2)
    seen = width * math.sqrt(2) * math.sqrt(2 / 5)
    visible = "at 5 seeds, 2 comparisons with lstm, in smallest differences that matter"
    assert f"{visible}: xml {seen:.1f}" in said


def test_what_is_there_is_not_counted_again(results):
    study = Study("old", "quick", ("xml",), NAMES, seeds=5)
    plan = foresee(study, results, 1, None)
    assert plan.seconds == 3 * (5 - 2) * 60
    assert plan.lines[1] == "6 runs are there already"


def test_a_race_is_bounded_by_its_budget(results):
    last = LOOKS[-1]
    study = Study("new", "quick", ("xml",), NAMES, seeds=last, raced=True)
    bounded = foresee(study, results, 1, race("10m", False))
    assert bounded.seconds <= 600
    assert "time: 10 min as asked, about 10 min to the first looks" in "\n".join(bounded.lines)
    endless = foresee(study, results, 1, race(None, True))
    assert endless.seconds == (last * 2 + reference_seeds(last, 2)) * 60
    assert "3 h if every comparison needs all looks" in "\n".join(endless.lines)


def test_at_scale_smoke_nothing_is_timed(tmp_path):
    plan = foresee(Study("s", "smoke", ("xml",), NAMES, seeds=2), tmp_path, 1, None)
    assert "time: unknown, short" in plan.lines
    assert plan.seconds == 0


def test_what_could_not_be_timed_is_not_called_short(tmp_path, monkeypatch):
    monkeypatch.setattr("gatewise.benchmark.studies.forecast.unheard", lambda study, known: {})
    plan = foresee(Study("s", "quick", ("xml",), NAMES, seeds=2), tmp_path, 1, None)
    assert "time: unknown, for a few steps could not be timed within a minute" in plan.lines


def test_above_an_hour_somebody_must_say_yes(monkeypatch):
    short, long = Foresight((), 3000), Foresight((), 5 * 3600)
    assert require_assent(short, yes=False, bounded=False)
    assert require_assent(long, yes=True, bounded=False)
    assert require_assent(long, yes=False, bounded=True)
    monkeypatch.setattr("sys.stdin.isatty", lambda: False, raising=False)
    with pytest.raises(InvalidOption, match="about 5 h: allowed is --yes, or a budget"):
        require_assent(long, yes=False, bounded=False)


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(5, "5 s"), (119, "119 s"), (600, "10 min"), (7200, "2 h"), (1e6, "12 days")],
)
def test_durations_in_words(seconds, said):
    assert duration(seconds) == said


def test_what_is_visible_is_found_four_times_in_five():
    seen = power.visible(2.0, (5, 10), 0.01)
    error = 2.0 * math.sqrt(1 / 5 + 1 / 10)
    found = stats.norm.sf(stats.norm.isf(0.005) - seen / error)
    assert found == pytest.approx(0.8, abs=1e-6)
    assert planning.ASKED_ABOVE == 3600
