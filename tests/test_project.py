"""A project of a user's own, outside the repository: a cell and a task, and not a file touched."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from gatewise.benchmark.records.ledger import Ledger

GATEWISE = Path(sys.executable).parent / "gatewise"
MINE = '''
"""Are there more ones than zeros?

    1 0 1 1 0  ->  yes
"""

from dataclasses import dataclass

import numpy as np

from gatewise import (
    Architecture, Array, Baseline, Block, Cell, Dataset, Metric, Pattern, Recipe, Scale, Source,
    Split, Task, Vectors,
)


@dataclass(frozen=True)
class Independent(Cell):
    """h = relu(W x + u * h' + b): each unit sees itself alone (IndRNN, Li et al. 2018)."""

    kept: float = 0.9

    has_memory, settings = False, {}
    equations = ("h = relu(W x + u * h' + b)",)

    def arrays(self, inputs, units):
        return {
            "kernel": Array("kernel", (inputs,), (Block("candidate", units, "glorot"),), "kernel"),
            "bias": Array("bias", (), (Block("candidate", units, 0.0),)),
            "own": Array("vector", (), (Block("own", units, self.kept),)),
        }

    def widths(self, units):
        return (units,)

    def step(self, z, states, parameters, trace):
        return (trace.activate("relu", z + parameters["own"] * states[0]),)


def build(train, test):
    generator = np.random.default_rng(0)
    seen = set()

    def split(count):
        bits = generator.integers(0, 2, (2 * count, 25), dtype=np.int32)
        fresh = [b for b in bits if not (b.tobytes() in seen or seen.add(b.tobytes()))][:count]
        bits = np.stack(fresh)
        return Split(
            inputs={"bits": (2.0 * bits[..., None] - 1).astype(np.float32)},
            lengths=np.full(count, 25, np.int32),
            targets=(bits.sum(axis=1) > 12).astype(np.int32),
            weights=np.ones(count, np.float32),
        )

    return Dataset(split(train), split(test), split(test), {"bits": Vectors(1)}, classes=2)


def baselines(dataset):
    last = dataset.test.inputs["bits"][:, -1, 0] > 0
    return (Baseline("the last bit", float((last == dataset.test.targets).mean()), "accuracy"),)


recipe = Recipe(parameters=600, epochs=2, learning_rate=0.02)
TASK = Task(
    name="majority",
    summary="Are there more ones than zeros?",
    pattern=Pattern.SEQUENCE_TO_CLASS,
    metric=Metric("accuracy", "accuracy"),
    margin=0.02,
    source=Source.generated("nobody"),
    scales={
        "smoke": Scale({"train": 320, "test": 100}, recipe),
        "quick": Scale({"train": 3200, "test": 2000}, recipe),
    },
    build=build,
    baselines=baselines,
)
ARCHITECTURE = Architecture("adder", Independent(), "it adds up")
'''
CELL = """
from gatewise import Architecture, Bias, Dense, Gate, Gated, Not, tanh

X, H, B = Dense("x"), Dense("h"), Bias()
ARCHITECTURE = Architecture(
    "held", Gated(keep=Gate(X + B), write=Not("keep"), candidate=tanh(X + H + B)),
    "its gate sees the input alone", "Nobody 2026",
)
"""
FAULTY = MINE.replace("weights=np.ones(count, np.float32)", "weights=np.ones(count)").replace(
    '"it adds up"', '""'
)


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """A folder whose own modules have the names of our folders."""
    folder = tmp_path_factory.mktemp("project")
    (folder / "mine.py").write_text(MINE)
    (folder / "faulty.py").write_text(FAULTY)
    for name in ("tasks.py", "benchmark.py", "gatewise_plugin.py"):
        (folder / name).write_text("raise AssertionError('not to be imported')\n")
    (folder / "report").mkdir()
    (folder / "report" / "__init__.py").write_text("raise AssertionError('not to be imported')\n")
    return folder


def gatewise(project: Path, *arguments: object) -> subprocess.CompletedProcess:
    command = [str(GATEWISE), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, cwd=project, check=False)


def study(*options: object) -> tuple[object, ...]:
    return (
        "run", "--preset", "smoke", "--plugin", "mine.py", "--tasks", "majority,adding-25",
        "--architectures", "lstm,adder", "--seeds", 1, *options,
    )  # fmt: skip


@pytest.mark.slow
def test_what_is_checked_is_said_line_by_line(project):
    done = gatewise(project, "check", "mine.py")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "ok     task 'majority': a tiny network beats chance" in done.stdout
    assert "ok     architecture 'adder': padding changes nothing" in done.stdout
    assert done.stdout.splitlines()[-1].endswith("checks, 0 failed")


@pytest.mark.slow
def test_what_is_missing_is_said_in_one_line_each(project):
    done = gatewise(project, "check", "faulty.py", "--json")
    assert done.returncode == 1, done.stderr
    faults = {(f["subject"], f["check"]): f["fault"] for f in json.loads(done.stdout)}
    task, cell = "task 'majority'", "architecture 'adder'"
    wrong = faults[task, "lengths and weights fit"]
    assert wrong == "train: weights is float64: allowed is float32"
    assert faults[cell, "description is plain data"] == "summary or equations are empty"
    assert sum(bool(fault) for fault in faults.values()) <= 3


@pytest.mark.slow
def test_a_study_of_ones_own_cell_and_task_on_two_workers(project):
    done = gatewise(project, *study("--workers", 2))
    assert done.returncode == 0, done.stderr
    runs = list(Ledger(project / "results" / "smoke"))
    assert len(runs) == 4
    for experiment, _ in runs:
        ours = (experiment.task, experiment.architecture) == ("adding-25", "lstm")
        assert bool(experiment.plugin_sha256) != ours
    shown = gatewise(project, "report", "--study", "smoke", "--plugin", "mine.py")
    assert shown.returncode == 0, shown.stderr
    assert "majority" in (project / "results" / "smoke" / "report.md").read_text()
    checked = ("verify", "--study", "smoke", "--sample", 2, "--plugin", "mine.py")
    assert "2 equal to the last bit" in gatewise(project, *checked).stdout


@pytest.mark.slow
def test_the_same_on_dask(project, tmp_path):
    pytest.importorskip("distributed", reason="Dask is not installed")
    from tests.faults.test_cluster import cluster

    with cluster(tmp_path) as (address, _):
        done = gatewise(
            project, *study("--engine", "dask", "--address", address, "--study", "dask")
        )
    assert done.returncode == 0, done.stderr
    assert len(list(Ledger(project / "results" / "dask"))) == 4


@pytest.mark.slow
def test_a_cell_from_its_file_to_the_paper_by_one_command(project):
    """And the commands that come after know it, and what is left of it, by the study alone."""
    (project / "cell.py").write_text(CELL)
    command = (
        "propose", "cell.py", "--preset", "smoke", "--tasks", "adding-25", "--seeds", 3,
        "--within", "30m", "--workers", 2,
    )  # fmt: skip
    done = gatewise(project, *command)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "10 checks, 0 failed" in done.stdout
    folder = project / "results" / "proposed-held"
    written = {path.name for path in (folder / "paper").iterdir()}
    assert {"main.tex", "verdicts.tex", "methods.tex", "references.bib"} <= written
    assert "held-no-keep" in (folder / "paper" / "verdicts.tex").read_text()
    assert "Nobody 2026" in (folder / "paper" / "references.bib").read_text()
    worth = (folder / "importance.csv").read_text()
    assert "adding-25,held,forget gate" in worth
    assert len(list(Ledger(folder))) >= 5 * 3
    exported = gatewise(project, "export", "--study", "proposed-held", "--to", "again")
    assert exported.returncode == 0, exported.stderr
    assert "Nobody 2026" in (project / "again" / "references.bib").read_text()
    again = gatewise(project, *command, "--dry-run")
    assert "runs are there already" in again.stdout, again.stderr
    checked = gatewise(project, "verify", "--study", "proposed-held", "--sample", 1)
    assert "1 equal to the last bit" in checked.stdout, checked.stderr


def test_without_the_plugin_its_names_are_unknown(project):
    done = gatewise(project, "run", "--preset", "smoke", "--tasks", "majority")
    assert done.returncode == 2
    assert "gatewise: task 'majority': " in done.stderr
