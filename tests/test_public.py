"""What users import from one place: there, typed, listed, and loaded when it is asked for."""

from __future__ import annotations

import ast
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

import gatewise
from docs import api
from gatewise.benchmark import cli

NO_TENSORFLOW = "raise ModuleNotFoundError('none', name='tensorflow')"


def python(code: str, **options) -> subprocess.CompletedProcess:
    command = [sys.executable, "-c", code]
    return subprocess.run(command, capture_output=True, text=True, check=False, **options)


@pytest.fixture
def without_tensorflow(tmp_path, monkeypatch):
    """Processes to come find none."""
    (tmp_path / "tensorflow.py").write_text(NO_TENSORFLOW)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))


def test_every_public_name_is_there_and_typed():
    source = ast.parse(Path(gatewise.__file__).read_text(encoding="utf-8"))
    (typed,) = (n for n in source.body if isinstance(n, ast.If))
    named = [
        (n.module, a.name)
        for n in ast.walk(typed)
        if isinstance(n, ast.ImportFrom)
        for a in n.names
    ]
    homes = [(f"gatewise.{m}", n) for m, names in gatewise.PUBLIC.items() for n in names]
    assert sorted(named) == sorted(homes)
    for module, name in homes:
        value = getattr(gatewise, name)
        assert not isinstance(value, type) or value.__module__ == module
        assert name in dir(gatewise)


def test_the_page_is_that_of_the_docstrings():
    assert api.PAGE.read_text(encoding="utf-8") == api.page(), "make docs"


def test_another_name_is_none():
    with pytest.raises(AttributeError, match="no attribute 'Perceptron'"):
        gatewise.Perceptron  # noqa: B018


def test_tasks_are_made_without_the_heavy_parts(without_tensorflow):
    heavy = "{'keras', 'tensorflow', 'mlflow', 'pandas'} & set(sys.modules)"
    done = python(f"import sys, gatewise; gatewise.Task; assert not {heavy}, {heavy}")
    assert done.returncode == 0, done.stderr


def test_the_version_is_stated_once(monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["gatewise", "--version"])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert not ended.value.code
    assert capsys.readouterr().out == f"gatewise {gatewise.__version__}\n"
    assert version("gatewise") == gatewise.__version__


def test_a_layer_without_tensorflow_says_what_to_install(without_tensorflow):
    done = python("from gatewise import Recurrent")
    assert "gatewise.MissingTensorFlow: TensorFlow is not installed; pip" in done.stderr


@pytest.mark.parametrize("words", [["speed"], ["diagnose", "--study", "reference"]])
def test_a_command_without_tensorflow_is_answered_in_a_line(without_tensorflow, words):
    called = f"import sys; sys.argv = ['gatewise', *{words}]"
    main = f"{called}; from gatewise.benchmark import cli; cli.main()"
    done = python(main)
    assert done.returncode == 2
    assert done.stderr.splitlines() == [f"gatewise: {gatewise.MissingTensorFlow()}"]
