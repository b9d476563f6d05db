"""The committed study holds together, and README says of it what its tables say."""

from __future__ import annotations

import filecmp
import json
import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import pandas as pd
import pytest
from threadpoolctl import threadpool_limits

from docs import edition
from gatewise.benchmark.records import rows
from gatewise.benchmark.studies.presets import PRESETS, find_preset
from gatewise.benchmark.studies.study import Study
from gatewise.report import document
from gatewise.report.reading import results
from gatewise.report.statistics.families import BETTER, CERTAIN, DIRECTIONS, UNKNOWN, WORSE
from gatewise.report.study import judged
from gatewise.report.tables import search
from gatewise.report.words import signed

ROOT = Path(__file__).parents[1]
FIRST = ROOT / "results" / "first"
LAGS = ROOT / "results" / "lags"
REFERENCE = ROOT / "results" / "reference"
README = (ROOT / "README.md").read_text(encoding="utf-8")
NUMBER = re.compile(r"(?<!\w)\d+(?:,\d{3})*(?:\.\d+)?")


@pytest.fixture(scope="module")
def study() -> results.Results:
    return results.read(REFERENCE)


@pytest.fixture(scope="module")
def first() -> results.Results:
    """The first edition."""
    return results.read(FIRST)


def test_every_cell_is_compared_with_lstm(study):
    rows = pd.read_csv(REFERENCE / "verdicts.csv")
    against = rows[(rows["reference"] == "lstm") | (rows["architecture"] == "lstm")]
    sides = against["architecture"].where(against["reference"] == "lstm", against["reference"])
    compared = set(zip(against["task"], sides, strict=True))
    pairs = set(study.final.groupby(["task", "architecture"]).groups)
    assert compared == {pair for pair in pairs if pair[1] != "lstm"}


def test_verdicts_are_differences_of_the_committed_runs(study):
    rows = pd.read_csv(REFERENCE / "verdicts.csv")
    scores = study.final.groupby(["task", "match", "architecture"])["test_score"]
    means, counts = scores.mean(), scores.size()
    better = study.final.groupby("task")["higher_is_better"].first()
    for row in rows.itertuples():
        one, other = ((row.task, row.match, n) for n in (row.architecture, row.reference))
        sign = 1 if better[row.task] else -1
        assert (row.seeds, row.reference_seeds) == (counts[one], counts[other])
        assert row.difference == pytest.approx(sign * (means[one] - means[other]), abs=1e-6)


def test_no_row_shows_an_interval_that_says_something_else_than_its_verdict():
    rows = pd.read_csv(REFERENCE / "verdicts.csv")
    clear = (rows["low"] > 0) | (rows["high"] < 0)
    inside = (rows["low"] > -rows["margin"]) & (rows["high"] < rows["margin"])
    assert (rows["statement"].isin(DIRECTIONS) == (clear & ~inside)).all()
    assert ((rows["statement"] == UNKNOWN) == ~(clear | inside)).all()


def test_nothing_is_certain_without_scores_by_example(first):
    assert not first.examples
    rows = pd.read_csv(FIRST / "verdicts.csv")
    assert not rows["verdict"].isin(CERTAIN).any()


def test_every_final_run_brought_its_scores_by_example(study):
    scored = {run for examples in study.examples.values() for run in examples.places}
    assert scored >= set(study.final["experiment"])


def committed(folder: Path) -> list[str]:
    """The files of git under it."""
    listed = ["git", "ls-files", "--", "."]
    found = subprocess.run(listed, cwd=folder, check=True, capture_output=True, text=True)
    return found.stdout.split()


INDEX = (ROOT / "results" / "index.md").read_text(encoding="utf-8")
STUDIES = re.findall(r"^\| \[([\w-]+)\]\(", INDEX, re.MULTILINE)
every_study = pytest.mark.parametrize("name", STUDIES)


@pytest.mark.slow
@pytest.mark.parametrize("folder", [REFERENCE, LAGS], ids=lambda folder: folder.name)
def test_a_clean_clone_writes_the_committed_report_to_the_last_byte(folder, tmp_path):
    names = committed(folder)
    for name in names:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(folder / name, tmp_path / name)
    with threadpool_limits(limits=2):
        document.write(tmp_path)
    assert not [name for name in names if not filecmp.cmp(folder / name, tmp_path / name)]


@every_study
def test_the_committed_verdicts_are_those_that_a_clean_clone_comes_to(name):
    folder = ROOT / "results" / name
    found = judged(results.read(folder))
    written = pd.read_csv(folder / "verdicts.csv", keep_default_na=False)
    names = ["task", "architecture", "reference", "family", "verdict", "doubt"]
    assert written[names].to_numpy().tolist() == found[names].to_numpy().tolist()


def test_cells_that_were_not_the_published_ones_are_gone_from_the_first_edition(first):
    wrong = {"mgu", "GRU1", "GRU2", "GRU3", "no-inner-recurrence", "gru-no-reset-no-update"}
    assert not wrong & set(first.runs["architecture"])


def test_settings_are_those_of_the_committed_runs(study):
    committed = pd.read_csv(REFERENCE / "settings.csv")
    pd.testing.assert_frame_equal(committed, search.settings(study), check_like=True)


def test_effort_was_equal_and_the_test_split_read_by_final_runs_alone(study):
    """A search is worth three trainings; two points, and the recipe, are trained again."""
    pairs = study.tuning.groupby(["task", "architecture"])
    worth = pairs["epochs"].sum() / pairs["epochs"].max()
    assert worth.between(4, 6).all()
    written = pd.read_csv(REFERENCE / "runs.csv", low_memory=False)
    assert written.loc[written["phase"] != "final", "test_score"].isna().all()
    assert set(pairs.groups) == set(study.final.groupby(["task", "architecture"]).groups)


def test_the_index_names_every_committed_study():
    tables = [name for name in committed(ROOT / "results") if name.endswith("/verdicts.csv")]
    assert {name.split("/")[0] for name in tables} == set(STUDIES)


@every_study
def test_every_committed_run_can_still_be_trained_again(name):
    runs = pd.read_csv(ROOT / "results" / name / "runs.csv", dtype=str, keep_default_na=False)
    for row in runs[runs["phase"] == "final"].to_dict("records"):
        assert rows.experiment(row).id == row["experiment"]


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


def test_readme_and_discussion_say_what_the_study_says():
    said = edition.Said()
    assert edition.readme(said) == README
    assert edition.discussion(said) == edition.DISCUSSION.read_text(encoding="utf-8")


def test_the_discussion_refuses_to_say_what_a_comparison_does_not_state():
    said = edition.Said()
    assert said.apart("modular", "minGRU", WORSE).startswith("−")
    assert said.apart("modular", "lstm", BETTER, "minGRU").startswith("+")
    with pytest.raises(ValueError, match=r"the page says 'better'"):
        said.apart("modular", "minGRU", BETTER)
    with pytest.raises(ValueError, match="the page says it is certain"):
        said.surely("modular", "minGRU-negative", WORSE)
    assert said.state(WORSE, ["modular", "parity"], ["minGRU"])
    assert not said.state(WORSE, ["modular", "parity"], ["minGRU", "minGRU-negative"])
    assert not said.state(WORSE, ["modular"], ["minGRU", "not-asked"])
    assert said.ranked("translation")[-1] == "sLSTM-NN"
    assert said.holds(True) == ""
    with pytest.raises(ValueError, match="does not hold"):
        said.holds(False)


def test_an_error_rate_of_another_study_or_above_the_claim_is_not_said(monkeypatch):
    said = edition.Said()
    assert "%" in said.wrong()
    rates = edition.calibration.read(REFERENCE / "calibration.csv")
    for changed, reason in (
        (rates.assign(runs=rates["runs"] - 1), "not of [0-9]+ runs"),
        (rates.iloc[:0], "not of [0-9]+ runs"),
        (rates.assign(low=0.06), "above the one that the page claims"),
    ):
        monkeypatch.setattr(edition.calibration, "read", lambda path, changed=changed: changed)
        with pytest.raises(ValueError, match=reason):
            said.wrong()


def numbers(text: str) -> set[str]:
    return set(NUMBER.findall(text))


def test_every_other_number_in_readme_comes_from_a_committed_file():
    """Not those in code, in names, and in the years of papers."""
    prose = edition.SECTION.sub("", README)
    prose = re.sub(r"```.*?```|`[^`]*`|\]\([^)]*\)", " ", prose, flags=re.DOTALL)
    prose = re.sub(r"\b(?:WikiText-2|CoNLL-2003)\b", " ", prose)
    requires = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["requires-python"]
    lowest, below = re.findall(r"3\.(\d+)", requires)
    known = {f"3.{lowest}", f"3.{int(below) - 1}"}
    for name in PRESETS:
        preset = find_preset(name)
        planned = Study(
            name, preset.scale, preset.tasks, preset.architectures, preset.seeds, preset.trials
        )
        trainings = planned.runs + planned.trials * len(planned.pairs)
        known |= {str(preset.seeds), str(preset.trials), str(len(preset.architectures))}
        known |= {f"{trainings:,}"}
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
