"""The committed study holds together, and README says of it what its tables say."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path

import pandas as pd
import pytest

from gatewise.benchmark.inspection import verification
from gatewise.benchmark.studies.presets import PRESETS, find_preset
from gatewise.benchmark.studies.study import Study
from gatewise.report.reading import results
from gatewise.report.tables import search
from gatewise.report.words import signed

ROOT = Path(__file__).parents[1]
REFERENCE = ROOT / "results" / "reference"
README = (ROOT / "README.md").read_text(encoding="utf-8")
NUMBER = re.compile(r"(?<!\w)\d+(?:,\d{3})*(?:\.\d+)?")


@pytest.fixture(scope="module")
def study() -> results.Results:
    return results.read(REFERENCE)


def test_verdicts_are_differences_of_the_committed_runs(study):
    rows = pd.read_csv(REFERENCE / "verdicts.csv")
    assert len(rows) >= 4 * 29 + 12 + 2 * 3
    scores = study.final.pivot_table(
        index=["task", "match", "seed"], columns="architecture", values="test_score"
    )
    better = study.final.groupby("task")["higher_is_better"].first()
    for row in rows.itertuples():
        mine = scores.loc[row.task, row.match]
        paired = (mine[row.architecture] - mine[row.reference]).dropna()
        sign = 1 if better[row.task] else -1
        assert row.seeds == len(paired)
        assert row.difference == pytest.approx(sign * paired.mean(), abs=1e-6)


def test_settings_are_those_of_the_committed_runs(study):
    committed = pd.read_csv(REFERENCE / "settings.csv")
    pd.testing.assert_frame_equal(committed, search.settings(study), check_like=True)


def test_effort_was_equal_and_the_test_split_read_by_final_runs_alone(study):
    trials = study.tuning.groupby(["task", "architecture"]).size()
    assert trials.nunique() == 1
    assert study.tuning["test_score"].isna().all()
    assert set(trials.index) == set(study.final.groupby(["task", "architecture"]).groups)


def test_every_committed_run_can_still_be_trained_again():
    runs = pd.read_csv(REFERENCE / "runs.csv", dtype=str, keep_default_na=False)
    for row in runs[runs["phase"] == "final"].to_dict("records"):
        assert verification.experiment(row).id == row["experiment"]


def findings() -> list[str]:
    """The rows of README's table of findings."""
    rows = pd.read_csv(REFERENCE / "findings.csv", keep_default_na=False).itertuples()
    return [
        f"| {r.finding} | {r.claim} | {r.source} | **{r.outcome}**: {r.by_task} |"
        for r in rows
        if r.outcome != "not tested here"
    ]


def test_readme_opens_with_the_answer_and_every_finding_tested():
    answer = (REFERENCE / "answer.md").read_text(encoding="utf-8").strip().splitlines()[0]
    prose = " ".join(README.split())
    assert answer.replace("\\", "") in prose
    for row in findings():
        assert row in README, row
    shown = re.findall(r"^\| (F\d+) \|", README, re.MULTILINE)
    assert len(shown) == len(findings())
    pictures = re.findall(r"!\[.+?\]\((.+?)\)", README)
    assert pictures[0].startswith("results/reference/figures/")
    assert all((ROOT / picture).is_file() for picture in pictures)


def numbers(text: str) -> set[str]:
    return set(NUMBER.findall(text))


def test_every_number_in_readme_comes_from_a_committed_file(study):
    """Not those in code, in names, and in the years of papers."""
    prose = re.sub(r"```.*?```|`[^`]*`|\]\([^)]*\)", " ", README, flags=re.DOTALL)
    prose = re.sub(r"\b(?:F\d+|WikiText-2|CoNLL-2003)\b", " ", prose)
    known = numbers((REFERENCE / "answer.md").read_text(encoding="utf-8"))
    for row in findings():
        known |= numbers(row)
    requires = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["requires-python"]
    lowest, below = re.findall(r"3\.(\d+)", requires)
    known |= {f"3.{lowest}", f"3.{int(below) - 1}"}
    for name in PRESETS:
        preset = find_preset(name)
        planned = Study(
            name, preset.scale, preset.tasks, preset.architectures, preset.seeds, preset.trials
        )
        trainings = planned.runs + planned.trials * len(planned.pairs)
        known |= {str(preset.seeds), str(preset.trials), str(len(preset.architectures))}
        known |= {f"{trainings:,}"}
    settings = pd.read_csv(REFERENCE / "settings.csv")
    known |= {f"{len(study.final):,}", f"{len(study.tuning):,}", str(settings["trials"].iloc[0])}
    known |= {f"{len(study.runs):,}", str(settings["architecture"].nunique())}
    known |= {f"{study.runs['cpu_seconds'].sum() / 3600:.1f}"}
    known |= {str(int(pd.read_csv(REFERENCE / "verdicts.csv")["seeds"].min()))}
    known |= {f"{row.parameters}" for row in settings.itertuples()}
    assert numbers(prose) <= known, numbers(prose) - known


def test_the_page_is_small_and_was_written_from_these_tables(study):
    page = (REFERENCE / "report.html").read_text(encoding="utf-8")
    assert len(page) < 10e6
    made = json.loads((REFERENCE / "study.json").read_text())
    assert f"study <strong>{made['name']}</strong>" in page
    rows = pd.read_csv(REFERENCE / "verdicts.csv")
    metrics = study.final.groupby("task")["metric"].first()
    for row in rows.head(40).itertuples():
        digits = 4 if metrics[row.task] == "accuracy" else 3
        assert signed(row.difference, digits) in page
