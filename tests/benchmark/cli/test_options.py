"""One vocabulary, one address: what several commands take, all of them take alike."""

from __future__ import annotations

import pytest
import typer.main

from gatewise.benchmark import cli
from gatewise.benchmark.cli.options import PRESETS, InvalidOption, study_folder
from gatewise.benchmark.studies import presets

COMMANDS = typer.main.get_group(cli.app).commands


def spellings(command: str) -> dict[str, set[str]]:
    """By parameter its options."""
    return {p.name: {*p.opts, *p.secondary_opts} for p in COMMANDS[command].params}


@pytest.mark.parametrize("command", ["run", "diagnose", "sample", "speed"])
@pytest.mark.parametrize("one", ["task", "architecture"])
def test_one_and_several_are_spelled_alike(command, one):
    (found,) = [opts for opts in spellings(command).values() if f"--{one}" in opts]
    assert f"--{one}s" in found


@pytest.mark.parametrize(
    "command", ["run", "report", "calibrate", "verify", "diagnose", "sample", "speed"]
)
def test_a_study_is_an_option_of_that_name(command):
    assert spellings(command)["study"] == {"--study"}
    assert "folder" not in spellings(command)


def test_a_study_is_found_by_its_name_and_by_its_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    results = tmp_path / "results"
    (results / "mine").mkdir(parents=True)
    (tmp_path / "elsewhere" / "theirs").mkdir(parents=True)
    assert study_folder(results, "mine") == results / "mine"
    assert study_folder(results, str(tmp_path / "elsewhere" / "theirs")).name == "theirs"
    (tmp_path / "mine").mkdir()
    assert study_folder(results, "mine") == results / "mine", "a name comes first"
    with pytest.raises(InvalidOption, match="study 'none': there is none in"):
        study_folder(results, "none")


@pytest.mark.parametrize("command", ["run", "propose"])
def test_help_names_every_preset(command):
    assert PRESETS.replace(" or ", ", ").split(", ") == list(presets.PRESETS)
    (told,) = [vars(p)["help"] for p in COMMANDS[command].params if p.name == "preset"]
    assert PRESETS in told
