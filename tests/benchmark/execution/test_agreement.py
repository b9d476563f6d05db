"""A worker trains the definition and the data of the experiment, by the command's code, or not."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from gatewise import plugins
from gatewise.benchmark.execution import worker
from gatewise.benchmark.execution.agreement import Agreement, Disagreement
from gatewise.benchmark.execution.local import LocalEngine
from gatewise.benchmark.records.facts import measure
from gatewise.benchmark.records.ledger import Ledger
from gatewise.benchmark.studies.plan import recipe
from gatewise.benchmark.studies.study import Study

GATEWISE = Path(sys.executable).parent / "gatewise"
OTHERWISE = '''
"""A cell and a task that are something else in a worker process."""
from dataclasses import replace
from multiprocessing import parent_process
from gatewise import LSTM, Architecture
from gatewise import OPEN
from gatewise.tasks import find

elsewhere = parent_process() is not None
ARCHITECTURE = Architecture("mine", replace(LSTM, keep=OPEN) if elsewhere else LSTM, "mine")
task = find("adding" if elsewhere else "adding-25")
TASK = replace(task, name="turned")
'''


@pytest.fixture(scope="module")
def experiment(tmp_path_factory):
    study = Study("s", "smoke", ("adding-25",), ("vanilla",), seeds=1)
    return recipe(study, measure("adding-25", "smoke", tmp_path_factory.mktemp("f")), "vanilla")


def others(experiment):
    definition = experiment.definition.replace('"name": "tanh"', '"name": "relu"')
    assert definition != experiment.definition
    return {
        "definition": (
            replace(experiment, definition=definition),
            "definition of 'vanilla' on 'adding-25': cell.candidate.activation.name is 'relu' in "
            "the experiment and 'tanh' here; allowed is what the experiment says",
        ),
        "data": (
            replace(experiment, data_sha256="0" * 64),
            f"data_sha256 of 'vanilla' on 'adding-25': the experiment has '{'0' * 64}', here is "
            f"'{experiment.data_sha256}'",
        ),
        "plugin": (
            replace(experiment, plugin_sha256="1" * 64),
            f"plugin_sha256 of 'vanilla' on 'adding-25': the experiment has '{'1' * 64}', here is "
            "''",
        ),
    }


@pytest.mark.parametrize("what", ["definition", "data", "plugin"])
def test_what_means_something_else_here_is_not_trained(experiment, tmp_path, what):
    other, message = others(experiment)[what]
    with pytest.raises(Disagreement) as refused:
        worker.run_group([other], tmp_path, False, Agreement.here())
    assert message in str(refused.value)
    assert "\n" not in str(refused.value)
    assert not Ledger(tmp_path).finished()


def test_another_version_is_refused(experiment, tmp_path):
    here = Agreement.here()
    with pytest.raises(Disagreement, match=r"gatewise 0.*\+\w{12}; allowed is 0.0.1\+abc, which"):
        worker.run_group([experiment], tmp_path, False, replace(here, code="0.0.1+abc"))
    assert not Ledger(tmp_path).finished()
    assert not here.refusal()


def test_a_file_that_changed_under_the_command_is_refused_by_its_workers(
    experiment, tmp_path, monkeypatch
):
    monkeypatch.setattr(plugins, "_in_use", ())
    file = tmp_path / "cells.py"
    file.write_text("ARCHITECTURES = []\n")
    plugins.use([plugins.Plugin.read(str(file))])
    file.write_text("ARCHITECTURES = []  # another\n")
    with pytest.raises(Disagreement, match=r"cells.py': its source has SHA-256"):
        LocalEngine(2).run([[experiment]], tmp_path, lambda new: None)
    assert not Ledger(tmp_path).finished()


@pytest.mark.parametrize(
    ("task", "architecture", "message"),
    [
        ("adding-25", "mine", "cell.keep"),
        pytest.param(
            *("turned", "lstm", "data_sha256 of 'lstm' on 'turned': the experiment has "),
            marks=pytest.mark.slow,
        ),
    ],
)
def test_the_command_ends_with_2_and_records_nothing(tmp_path, task, architecture, message):
    """The command and its worker processes are real; so is their disagreement."""
    (tmp_path / "otherwise.py").write_text(OTHERWISE)
    done = subprocess.run(
        [
            GATEWISE, "run", "--preset", "smoke", "--plugin", "otherwise.py", "--tasks", task,
            "--architectures", architecture, "--seeds", "1", "--workers", "1",
        ],
        capture_output=True, text=True, cwd=tmp_path, env=os.environ, check=False,
    )  # fmt: skip
    assert done.returncode == 2, done.stderr
    assert message in done.stderr
    assert done.stderr.count("\n") == 1
    assert not Ledger(tmp_path / "results" / "smoke").finished()
