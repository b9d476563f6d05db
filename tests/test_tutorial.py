"""The tutorial is carried out in an empty folder: its files written, its commands run."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / "docs" / "tutorial.md").read_text(encoding="utf-8")
BLOCK = re.compile(r"^```(\w+) ?(\S*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
HEAVY = ("run", "check", "export")
GATEWISE = "from gatewise.benchmark.cli import main; main()"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """An empty folder in which the tutorial's files are written; its commands follow each other."""
    tmp_path = tmp_path_factory.mktemp("tutorial")
    for language, file, text in BLOCK.findall(TEXT):
        if language == "python":
            (tmp_path / file).write_text(text, encoding="utf-8")
    return tmp_path


def perform(command: str, folder: Path) -> str:
    """What a command of the tutorial prints."""
    words = shlex.split(command)
    program = [sys.executable, *(["-c", GATEWISE] if words[0] == "gatewise" else [])]
    done = subprocess.run(
        [*program, *words[1:]],
        capture_output=True, text=True, cwd=folder, check=False,
        env={**os.environ, "COLUMNS": "200"},
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def expected(lines: list[str]) -> str:
    """A pattern of the lines of output; ``...`` is whatever stands there."""
    return "\n".join(re.escape(line).replace(r"\.\.\.", "(.|\n)*?") for line in lines)


COMMANDS = [
    pytest.param(
        *text.rstrip("\n").partition("\n")[::2],
        marks=[pytest.mark.slow] if set(HEAVY) & set(text.partition("\n")[0].split()) else [],
        id=text.split("\n")[0][:40],
    )
    for language, _, text in BLOCK.findall(TEXT)
    if language == "console"
]


@pytest.mark.parametrize(("command", "output"), COMMANDS)
def test_the_tutorial_says_what_happens(command, output, folder):
    said = perform(command.removeprefix("$ "), folder)
    assert re.match(expected(output.split("\n")), said), said


def test_the_tutorial_has_both_files(folder):
    listed = perform("gatewise list tasks --plugin first_digit.py --json", folder)
    assert '"first-digit"' in listed
    listed = perform("gatewise list architectures --plugin cells.py --json", folder)
    assert '"gated-ind"' in listed
