"""Studies for the paper, some of them named by someone who means no good."""

from __future__ import annotations

import json

import pytest

from gatewise.report import pages
from gatewise.report.paper import export
from gatewise.report.study import Study

HOSTILE = r"[2in]*50%_&#\input{x}~^$<" + '"'
SOURCES = {
    "lstm": "Gers, Schmidhuber & Cummins 2000, Neural Computation 12(10)",
    "gru": "Me & You_",
}


@pytest.fixture
def made(save):
    """The folder of a simulated study; ``race`` are the pairs that it asked beforehand."""

    def made_of(change=None, race=(), **options):
        options = {"loss": {"lstm": 0.0, "NFG": 0.3, "gru": 0.0}, "tasks": ("labelling",)} | options
        folder = save(change, **options)
        if race:
            call = {"questions": race, "seeds": 5, "started_at": "", "command": "", "commit": ""}
            (folder / "study.json").write_text(json.dumps({"calls": [call]}))
        return folder

    return made_of


@pytest.fixture
def read(made):
    """A simulated study, and the pages of its tasks."""

    def read_of(**options):
        study = Study.read(made(**options))
        return study, [pages.of_task(study, task) for task in study.results.tasks]

    return read_of


@pytest.fixture
def exported(made, tmp_path):
    """Export a simulated study."""

    def exported_to(name="paper", width=6.5, style=None, **options):
        to, medium = tmp_path / name, export.medium(width, style)
        assert export.write(made(**options), to, SOURCES, medium) == to / "main.tex"
        return to

    return exported_to
