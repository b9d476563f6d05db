"""``gatewise export``, from the command line."""

from __future__ import annotations

import pytest
from typer.testing import CliRunner

from gatewise.benchmark import cli
from gatewise.benchmark.architectures.catalogue import ALIASES, CATALOGUE
from gatewise.benchmark.cli import exporting
from gatewise.benchmark.cli.options import InvalidOption
from gatewise.report.paper.export import InvalidFigures


def export(*arguments):
    return CliRunner().invoke(cli.app, ["export", *map(str, arguments)])


def test_a_width_that_no_column_has_is_told_before_anything_is_written(tmp_path):
    to = tmp_path / "paper"
    done = export("--study", tmp_path, "--to", to, "--width", "0.1")
    assert isinstance(done.exception, InvalidFigures)
    assert not to.exists()


def test_a_study_that_is_not_there_is_told(tmp_path):
    done = export("--study", "none", "--results", tmp_path, "--to", tmp_path / "paper")
    assert isinstance(done.exception, InvalidOption)
    assert not (tmp_path / "paper").exists()


def test_every_name_of_a_cell_has_its_source():
    sources = exporting.sources()
    assert set(sources) == {*CATALOGUE, *ALIASES}
    assert sources["NP"] == sources["lstm"] != ""


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--for", "poster"), "--for 'poster': allowed are paper and slides"),
        (("--for", "slides", "--width", "3.3"), "--width 3.3: allowed is with --for paper"),
    ],
)
def test_a_medium_that_there_is_not_is_told(options, said, tmp_path):
    done = export("--study", tmp_path, "--to", tmp_path / "to", *options)
    assert isinstance(done.exception, InvalidOption)
    assert said in str(done.exception)
    assert not (tmp_path / "to").exists()
