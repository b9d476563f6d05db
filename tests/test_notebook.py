"""The notebook of the class: light, and it runs from top to bottom in a kernel of its own."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

FILE = Path(__file__).parents[1] / "docs" / "notebook.ipynb"
MOST_BYTES = 20_000


@pytest.fixture(scope="module")
def notebook():
    return nbformat.read(FILE, as_version=4)


def test_it_is_committed_without_what_it_prints(notebook):
    nbformat.validate(notebook)
    assert FILE.stat().st_size < MOST_BYTES
    for cell in notebook.cells:
        assert not cell.get("outputs")
        assert cell.get("execution_count") is None


@pytest.mark.slow
def test_a_class_can_run_it_and_the_gate_is_needed(notebook, tmp_path, monkeypatch):
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path))
    client = NotebookClient(notebook, timeout=300, resources={"metadata": {"path": tmp_path}})
    done = client.execute()
    said = "".join(
        output.text
        for cell in done.cells
        for output in cell.get("outputs", ())
        if output.output_type == "stream" and output.name == "stdout"
    )
    assert "c = keep * c' + write * g" in said
    assert "c = c' + write * g" in said
    shares = {
        line[:14].strip(): float(line[14:].rstrip("%"))
        for line in said.split("\n")
        if line.startswith(("as trained", "write at", "keep  at", "emit  at"))
    }
    assert len(shares) == 7
    assert shares["as trained"] > 90
    assert min(shares["keep  at 0"], shares["keep  at 1"]) < shares["as trained"] - 5
    pictures = [
        o for c in done.cells for o in c.get("outputs", ()) if "image/png" in o.get("data", {})
    ]
    assert len(pictures) == 2
