"""The architecture of the source: who imports whom."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("benchmark", "tasks", "report")


def imports(path: Path) -> set[str]:
    """Every module that a file imports, wherever in it."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {name.name for name in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
            found |= {f"{node.module}.{name.name}" for name in node.names}
    return found


FILES = {p.relative_to(ROOT): imports(p) for name in PACKAGES for p in (ROOT / name).rglob("*.py")}


def importers(module: str) -> set[str]:
    return {
        str(path)
        for path, names in FILES.items()
        if any(name == module or name.startswith(f"{module}.") for name in names)
    }


def test_tasks_know_neither_benchmark_nor_keras():
    for module in ("gatewise.benchmark", "gatewise.report", "keras", "tensorflow", "mlflow"):
        assert not {p for p in importers(module) if p.startswith("tasks/")}


def test_report_knows_the_columns_and_nothing_else():
    for path, names in FILES.items():
        if path.parts[0] == "report":
            ours = {n for n in names if n.startswith(("gatewise.benchmark", "gatewise.tasks"))}
            columns = "gatewise.benchmark.records.columns"
            assert all(
                f"{n}.".startswith((f"{columns}.", "gatewise.benchmark.records.")) for n in ours
            )
            assert {n for n in names if n.startswith("gatewise.benchmark.records.")} <= {
                n for n in names if n.startswith(columns)
            }, path
            assert not {n for n in names if n.split(".")[0] in ("keras", "tensorflow", "mlflow")}


def test_only_the_command_imports_the_report():
    others = {p for p in importers("gatewise.report") if not p.startswith("report/")}
    assert others
    assert all(p.startswith("benchmark/cli/") for p in others)


@pytest.mark.parametrize(
    ("module", "allowed"),
    [("mlflow", {"benchmark/tracking/store.py"}), ("sacrebleu", {"tasks/text.py"})],
)
def test_third_party_machinery_lives_in_one_file(module, allowed):
    assert importers(module) == allowed


def test_listing_imports_no_tensorflow():
    """The command answers at once because the heavy parts are imported where they are used."""
    code = (
        "import sys; sys.argv = ['gatewise', 'list', 'tasks'];"
        "from gatewise.benchmark import cli\n"
        "try: cli.main()\n"
        "except SystemExit: pass\n"
        "heavy = {'tensorflow', 'keras', 'mlflow', 'matplotlib', 'pandas'} & set(sys.modules)\n"
        "assert not heavy, heavy"
    )
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, cwd=ROOT)


def test_every_package_is_installed():
    """setuptools' discovery would skip folders named benchmark and tasks, hence the list."""
    import tomllib

    listed = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]["packages"]
    present = {
        ".".join(("gatewise", *p.parent.relative_to(ROOT).parts))
        for name in PACKAGES
        for p in (ROOT / name).rglob("__init__.py")
    }
    assert set(listed) == present | {"gatewise"}


def test_no_registry_address_is_committed():
    text = (ROOT / "constraints.txt").read_text()
    assert "://" not in text
    assert "index-url" not in text
