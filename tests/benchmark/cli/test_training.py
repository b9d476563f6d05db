"""What ``gatewise run`` says before it trains."""

from __future__ import annotations

from dataclasses import replace

import pytest
from typer.testing import CliRunner

from gatewise.benchmark.cli import app
from gatewise.benchmark.cli.performing import Performance
from gatewise.tasks import extras


@pytest.fixture
def said(tmp_path, monkeypatch):
    """The lines that a call says of its tasks; nothing is trained."""
    monkeypatch.setenv("GATEWISE_DATA", str(tmp_path / "home"))
    missing = replace(extras.EXTRAS["music"], module="no_such_module")
    monkeypatch.setattr(extras, "EXTRAS", {**extras.EXTRAS, "music": missing})
    asked = []

    def agreed(self, understood, dry_run, yes):
        asked.append((self.study.tasks, list(understood)))
        return False

    monkeypatch.setattr(Performance, "agreed", agreed)

    def call(*options):
        done = CliRunner().invoke(app, ["run", *options, "--results", str(tmp_path)])
        assert done.exit_code == 0, done.output
        return asked.pop()

    return call


def test_a_preset_goes_without_the_extras_that_are_not_here_and_says_so(said):
    tasks, lines = said("--preset", "standard", "--architectures", "lstm,gru")
    assert not {"music", "speech"} & {*tasks}
    assert [line.split(":")[1].strip() for line in lines] == ["task 'music'", "task 'speech'"]


def test_nothing_is_said_of_extras_where_tasks_are_named(said):
    tasks, lines = said("--preset", "standard", "--tasks", "xml", "--architectures", "lstm,gru")
    assert (tasks, lines) == (("xml",), [])
