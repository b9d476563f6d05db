"""A study that is named by someone who means no good, and is exported."""

from __future__ import annotations

import json

import pytest

from gatewise.report.paper import export

HOSTILE = r"[2in]*50%_&#\input{x}~^$<中"
SOURCES = {
    "lstm": "Gers, Schmidhuber & Cummins 2000, Neural Computation 12(10)",
    "gru": "Me & You_",
}


@pytest.fixture
def exported(save, tmp_path):
    """Export a simulated study; ``race`` are the pairs that it asked beforehand."""

    def exported_to(name="paper", change=None, race=(), width=6.5, style=None, **options):
        options = {"loss": {"lstm": 0.0, "NFG": 0.3, "gru": 0.0}, "tasks": ("labelling",)} | options
        folder = save(change, **options)
        if race:
            call = {"questions": race, "seeds": 5, "started_at": "", "command": "", "commit": ""}
            (folder / "study.json").write_text(json.dumps({"calls": [call]}))
        to = tmp_path / name
        assert export.write(folder, to, SOURCES, export.medium(width, style)) == to / "main.tex"
        return to

    return exported_to
