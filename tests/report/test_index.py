"""The page that compares studies."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from gatewise.benchmark.cli.indexing import index as command
from gatewise.benchmark.cli.indexing import kept
from gatewise.benchmark.cli.options import InvalidOption
from gatewise.report import index
from gatewise.report.reading.results import read
from gatewise.report.statistics.families import BETTER, SMALL, UNKNOWN, WORSE
from gatewise.report.tables.verdicts import verdicts

RESULTS = Path(__file__).parents[2] / "results"


def test_the_committed_page_is_what_the_command_writes():
    page = index.page(index.studies(RESULTS, kept(RESULTS)))
    assert page == (RESULTS / "index.md").read_text("utf-8")


def test_it_says_what_the_committed_report_does():
    page = (RESULTS / "index.md").read_text("utf-8")
    (title, *_) = (RESULTS / "reference" / "answer.md").read_text("utf-8").splitlines()
    assert f"| {title.strip('*')} |" in page
    assert "[reference](reference/report.md)" in page


@pytest.mark.parametrize(
    ("one", "other", "said"),
    [
        ({(100, "quick"): WORSE}, {(100, "quick"): WORSE}, index.AGREE),
        ({(100, "quick"): WORSE}, {(100, "quick"): SMALL}, index.CONTRADICT),
        ({(100, "quick"): WORSE}, {(100, "quick"): UNKNOWN}, index.OPEN),
        ({(100, "quick"): WORSE}, {(200, "quick"): BETTER}, index.APART),
        ({(100, "quick"): WORSE}, {(100, "smoke"): BETTER}, index.APART),
        (
            {(100, "quick"): UNKNOWN, (200, "quick"): WORSE},
            {(100, "quick"): UNKNOWN, (200, "quick"): BETTER},
            index.CONTRADICT,
        ),
    ],
)
def test_studies_agree_where_both_asked_at_one_size(one, other, said):
    assert index.agreement(one, other) == index.agreement(other, one) == said


@pytest.fixture
def two(save, tmp_path):
    """Two simulated studies that ask the same of one task, and what their verdicts are."""
    for seed, name in enumerate(("one", "other")):
        folder = save(
            lambda runs, _: runs.__setitem__("budget", 1000),
            seed,
            loss={"lstm": 0.0, "NFG": 0.3},
            tasks=("video", "sentiment")[: 2 - seed],
        )
        results = read(folder)
        verdicts(results).to_csv(folder / "verdicts.csv", index=False)
        folder.rename(tmp_path / name)
    return tmp_path


def test_what_two_studies_asked_stands_side_by_side(two):
    found = index.studies(two, kept(two))
    assert [entry.name for entry in found] == ["one", "other"]
    (both,) = index.shared(found)
    assert (both.task, both.pair) == ("video", "NFG seen from lstm")
    assert (both.studies, both.agree) == (("one", "other"), index.AGREE)
    assert both.statements == ("1,000: worse", "1,000: worse")
    path = index.write(two, kept(two))
    text = path.read_text("utf-8")
    assert "| [one](one/) | 2 tasks × 2 cells × 5 seeds | simulated | 20 |" in text
    assert "| video | NFG seen from lstm | one, other | 1,000: worse | 1,000: worse | yes |" in text


def test_a_pair_the_other_way_round_is_turned(two):
    path = two / "other" / "verdicts.csv"
    text = path.read_text().replace("NFG,lstm,", "lstm,NFG,").replace("worse", "better")
    path.write_text(text)
    (both,) = index.shared(index.studies(two, kept(two)))
    assert both.agree == index.AGREE


def test_in_a_repository_what_is_kept_counts(two):
    def git(*arguments):
        subprocess.run(["git", "-C", two, *arguments], check=True, capture_output=True)

    git("init")
    git("add", "one")
    assert set(kept(two)) == {f"one/{name}" for name in index.TABLES}
    assert [entry.name for entry in index.studies(two, kept(two))] == ["one"]


def test_a_folder_that_is_not_there_is_refused_and_not_made(tmp_path):
    with pytest.raises(InvalidOption, match="absent': allowed is a folder with studies"):
        command(tmp_path / "absent")
    assert not list(tmp_path.iterdir())
