"""The package as others get it: a wheel, in an environment and a folder of their own."""

from __future__ import annotations

import csv
import os
import shutil
import site
import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

import pytest

ROOT = Path(__file__).parents[1]
SOURCES = "benchmark", "gatewise", "report", "tasks"
THEIRS = "tasks.py", "benchmark/__init__.py", "report/__init__.py"

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    """Built from a copy: what setuptools leaves beside the source would get into the next one."""
    source, built = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("wheel")
    for name in SOURCES:
        shutil.copytree(ROOT / name, source / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    pip("wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", built, source)
    (found,) = built.glob("*.whl")
    return found


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory) -> Path:
    """The programs of a new environment that has the wheel, and borrows what it depends on."""
    folder = tmp_path_factory.mktemp("environment")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
    pip("--python", folder / "bin" / "python", "install", "--no-deps", "--no-index", wheel)
    (packages,) = folder.glob("lib/python*/site-packages")
    # A path alone: what such a file in those packages asks for, as our editable one, is not done.
    (packages / "borrowed.pth").write_text("\n".join(site.getsitepackages()))
    return folder / "bin"


@pytest.fixture
def project(tmp_path) -> Path:
    """A user's folder, with modules of his own by the names of our folders."""
    for name in THEIRS:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(f"raise SystemExit('{name} is the user\\'s own')")
    return tmp_path


def pip(*words: object) -> None:
    done = run(sys.executable, "-m", "pip", "--disable-pip-version-check", *words)
    assert done.returncode == 0, done.stderr


def run(*words: object, **options) -> subprocess.CompletedProcess:
    return subprocess.run(
        [*map(str, words)], capture_output=True, text=True, check=False, **options
    )


def test_the_wheel_holds_all_that_is_no_program(wheel):
    names = set(ZipFile(wheel).namelist())
    assert {"gatewise/py.typed", "gatewise/tasks/data/README.md"} <= names
    assert any(name.startswith("gatewise/report/templates/") for name in names)
    folders = {name.split("/")[0] for name in names}
    assert {f for f in folders if not f.endswith(".dist-info")} == {"gatewise"}


def test_the_main_job_beside_a_users_own_modules(installed, project):
    here = {"cwd": project, "env": {**os.environ, "PYTHONPATH": str(project)}}
    listed = run(installed / "gatewise", "list", "tasks", **here)
    assert listed.returncode == 0, listed.stderr
    assert "sentiment" in listed.stdout
    done = run(
        installed / "gatewise", "run", "--preset", "smoke", "--tasks", "sentiment",
        "--architectures", "lstm", "--seeds", 1, **here,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    with (project / "results/smoke/runs.csv").open(newline="") as file:
        (row,) = csv.DictReader(file)
    assert row["status"] == "finished"
    assert (project / "results/smoke/report.html").stat().st_size


def test_the_installed_one_is_tried(installed, project):
    done = run(installed / "python", "-c", "import gatewise; print(gatewise.__file__)", cwd=project)
    assert Path(done.stdout.strip()).is_relative_to(installed.parent)
