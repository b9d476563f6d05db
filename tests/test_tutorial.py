"""The tutorial is carried out on a copy of the source: its files written, its commands run."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / "docs" / "tutorial.md").read_text(encoding="utf-8")
BLOCK = re.compile(r"^```(\w+) ?(\S*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
HEAVY = ("run", "pytest")
GATEWISE = "from gatewise.benchmark.cli import main; main()"


@pytest.fixture
def copy(tmp_path):
    """A copy of the source in which the tutorial's files are written."""
    unwanted = shutil.ignore_patterns("__pycache__")
    for name in ("benchmark", "tasks", "report", "tests"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=unwanted)
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    for _, file, text in BLOCK.findall(TEXT):
        path = tmp_path / file
        if file and path.exists():
            known, _, _ = text.partition("\n")
            assert known in path.read_text(), "the tutorial quotes a line that is there"
            path.write_text(path.read_text().replace(f"{known}\n", text))
        elif file:
            path.write_text(text)
    return tmp_path


def perform(command: str, folder: Path) -> str:
    """What a command of the tutorial prints."""
    words = shlex.split(command)
    program = [sys.executable, *(["-c", GATEWISE] if words[0] == "gatewise" else [])]
    done = subprocess.run(
        [*program, *words[1:]],
        capture_output=True, text=True, cwd=folder, check=False,
        env={**os.environ, "PYTHONPATH": str(folder), "COLUMNS": "200"},
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
def test_the_tutorial_says_what_happens(command, output, copy):
    said = perform(command.removeprefix("$ "), copy)
    assert re.match(expected(output.split("\n")), said), said


def test_the_tutorial_has_a_file_and_a_line(copy):
    assert (copy / "tasks" / "first_digit.py").exists()
    listed = perform("gatewise list tasks --json", copy)
    assert '"first-digit"' in listed
