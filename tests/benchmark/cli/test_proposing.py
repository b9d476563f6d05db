"""``gatewise propose`` up to where it trains; tests/test_project.py goes on from there."""

from __future__ import annotations

import pytest
from typer.testing import CliRunner

from gatewise.benchmark import cli
from gatewise.report.paper.export import ForeignFiles

pytestmark = pytest.mark.usefixtures("without_plugins")

FAULTY = """
from dataclasses import replace
from gatewise import *

ARCHITECTURE = Architecture("mine", GRU, "")
"""


@pytest.fixture
def propose(tmp_path):
    def invoked(text, *options):
        (tmp_path / "mine.py").write_text(text)
        chosen = ("--preset", "smoke", "--tasks", "adding-25", "--results", tmp_path / "results")
        command = ["propose", tmp_path / "mine.py", *chosen, *options]
        return CliRunner().invoke(cli.app, list(map(str, command)))

    return invoked


def test_a_dry_run_says_what_is_proposed_and_writes_nothing(propose, tmp_path):
    done = propose(FAULTY.replace('""', '"a GRU of mine"'), "--dry-run", "--seeds", 3)
    said = done.stdout.split("\n")
    assert done.exit_code == 0
    assert said[0] == "cell     mine: a GRU of mine"
    assert "without  mine-no-keep, mine-no-reset, mine-no-keep-no-reset" in said
    assert "study proposed-mine: a race of 6 comparisons, up to 3 seeds" in done.stdout
    assert not (tmp_path / "results").exists()


def test_a_cell_that_fails_its_contract_is_not_trained(propose, tmp_path):
    done = propose(FAULTY)
    assert done.exit_code == 1
    assert "description is plain data: summary or equations are empty" in done.stdout
    assert done.stdout.rstrip().endswith("10 checks, 1 failed")
    assert not list((tmp_path / "results").rglob("*.json"))


def test_somebody_elses_paper_is_told_before_anything_is_trained(propose, tmp_path):
    (tmp_path / "main.tex").write_text("my thesis")
    done = propose(FAULTY, "--to", tmp_path)
    assert isinstance(done.exception, ForeignFiles)
