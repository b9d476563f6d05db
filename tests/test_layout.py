"""The architecture of the source: who imports whom."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("benchmark", "tasks", "report")


FLOORS: Mapping[str, tuple[str, ...]] = {
    "benchmark": (
        *("randomness", "architectures", "records", "networks", "training", "execution"),
        *("tracking", "studies", "inspection", "cli"),
    ),
    "tasks": (
        *("metric", "names", "vendored", "dataset", "task", "text", "ngrams", "windows", "lengths"),
        *("digits", "brown", "tagging", "kept", "extras", "hub", "fetching", "own", "check"),
    ),
    "report": (
        *("browser", "commands", "names", "statistics", "words", "reading", "tables"),
        *("findings", "figures"),
        *("study", "answer", "pages", "sections", "document", "paper", "watching", "comparison"),
        *("submission", "index"),
    ),
}
"""The rooms of each package, from the ground up: folders, or files that stand beside them. What is
not named in ``tasks`` is a task and stands above all that they share."""


def imports(path: Path) -> set[str]:
    """Every module that a file imports, wherever in it, or what it imports of one."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {name.name for name in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {f"{node.module}.{name.name}" for name in node.names}
    return found


FILES = {p.relative_to(ROOT): imports(p) for name in PACKAGES for p in (ROOT / name).rglob("*.py")}


def module_of(path: Path) -> str:
    """The import name of a file."""
    parts = ("gatewise", *path.with_suffix("").parts)
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def ours(names: set[str], modules: set[str]) -> set[str]:
    """Of imported names the modules of ours that they are, or are in."""
    found = set()
    for name in names:
        while name and name not in modules:
            name = name.rpartition(".")[0]
        found.add(name)
    return found - {""}


MODULES = {module_of(path): names for path, names in FILES.items()}
# gatewise/__init__.py loads what users ask it for when they ask.
LEAVES = {p for p in (ROOT / "gatewise").glob("*.py") if p.name != "__init__.py"}
MODULES |= {f"gatewise.{path.stem}": imports(path) for path in LEAVES}
KNOWN = set(MODULES)
EDGES = {module: ours(names, KNOWN) - {module} for module, names in MODULES.items()}


def reached(module: str) -> set[str]:
    """Every module of ours that importing one brings in, indirectly too."""
    found: set[str] = set()
    waiting = [module]
    while waiting:
        importer = waiting.pop()
        new = EDGES[importer] - found
        found |= new
        waiting += new
    return found


def floor(module: str) -> int | None:
    """On which floor of its package a module stands; a package's own file on none."""
    package, _, rest = module.removeprefix("gatewise.").partition(".")
    room = rest.partition(".")[0]
    if not room or package not in FLOORS:
        return None
    if package == "tasks" and room not in FLOORS[package]:
        return len(FLOORS[package])
    assert room in FLOORS[package], f"{package}/{room} is on no floor: put it into FLOORS"
    return FLOORS[package].index(room)


@pytest.mark.parametrize("package", PACKAGES)
def test_imports_run_only_downwards(package):
    rising = []
    for module in sorted(m for m in EDGES if m.startswith(f"gatewise.{package}.")):
        here = floor(module)
        for name in sorted(n for n in reached(module) if n.startswith(f"gatewise.{package}.")):
            there = floor(name)
            if here is not None and there is not None and there > here:
                rising.append(f"{module} reaches {name}")
    assert not rising


def test_no_modules_import_each_other_in_a_circle():
    assert not [module for module in EDGES if module in reached(module)]


def test_leaves_know_no_package():
    named = {f"gatewise.{path.stem}" for path in LEAVES}
    assert not {n for leaf in named for n in reached(leaf)} - named


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
    """Not by way of another module either."""
    report = {module for module in EDGES if module.startswith("gatewise.report")}
    outside = set().union(*map(reached, report)) - report
    assert outside == {
        "gatewise.files",
        "gatewise.naming",
        "gatewise.benchmark.records.column",
        "gatewise.benchmark.records.columns",
        "gatewise.benchmark.records.fields",
        "gatewise.benchmark.records.packed",
        "gatewise.tasks.metric",
        "gatewise.tasks.names",
    }
    for module in ("keras", "tensorflow", "mlflow"):
        assert not {p for p in importers(module) if p.startswith("report/")}


def test_only_the_command_imports_the_report():
    others = {p for p in importers("gatewise.report") if not p.startswith("report/")}
    assert others
    assert all(p.startswith("benchmark/cli/") for p in others)


TRACKING = {f"benchmark/tracking/{name}.py" for name in ("address", "page", "server", "store")}


@pytest.mark.parametrize(
    ("module", "allowed"),
    [("mlflow", TRACKING), ("sacrebleu", {"tasks/text.py"})],
)
def test_third_party_machinery_lives_in_one_place(module, allowed):
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
