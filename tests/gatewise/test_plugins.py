"""Plugins: what is taken from them, and what is refused."""

from __future__ import annotations

import sys

import pytest

from gatewise import plugins, tasks
from gatewise.benchmark.architectures import catalogue
from gatewise.benchmark.architectures.cell import Value
from gatewise.benchmark.records.meaning import meaning
from gatewise.plugins import ChangedPlugin, InvalidPlugin, Plugin

pytestmark = pytest.mark.usefixtures("without_plugins")

CELL = """
from gatewise import LSTM, Architecture
ARCHITECTURES = [Architecture("mine", LSTM, "an lstm of mine")]
"""


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "cells.py"
    path.write_text(CELL)
    return path


def test_a_file_is_taken_up_and_is_part_of_the_identity(file):
    assert plugins.use([Plugin.read(str(file))])
    assert catalogue.find("mine").summary == "an lstm of mine"
    assert "mine" in catalogue.chains()
    assert "mine" not in catalogue.CATALOGUE.ours
    (plugin,) = plugins.in_use()
    assert meaning("xml", "mine")["plugin_sha256"] == plugin.sha256
    assert meaning("xml", "lstm")["plugin_sha256"] == ""
    assert not plugins.use([plugin])


def test_what_lies_beside_a_file_is_in_nobodys_way(file):
    (file.parent / "tasks.py").write_text("raise AssertionError('not to be imported')")
    plugins.use([Plugin.read(str(file))])
    assert str(file.parent) not in sys.path
    assert tasks.find("xml").name == "xml"


def test_a_module_is_taken_by_its_dotted_name(file, monkeypatch):
    package = file.parent / "outside_cells"
    package.mkdir()
    file.rename(package / "__init__.py")
    monkeypatch.syspath_prepend(file.parent)
    plugin = Plugin.read("outside_cells")
    plugins.use([plugin])
    assert catalogue.find("mine").name == "mine"
    (package / "more.py").write_text("x = 1\n")
    assert Plugin.read("outside_cells").sha256 != plugin.sha256
    monkeypatch.delitem(sys.modules, "outside_cells")


def test_a_changed_file_is_refused(file):
    plugin = Plugin.read(str(file))
    file.write_text(CELL + "# another one\n")
    with pytest.raises(ChangedPlugin, match=r"cells.py': its source has SHA-256 \w{16} here; al"):
        plugins.use([plugin])
    assert plugins.in_use() == ()


def test_a_file_out_of_reach_is_loaded_from_the_text_that_came_along(file):
    plugin = Plugin.read(str(file))
    file.unlink()
    plugins.use([plugin])
    assert catalogue.find("mine").name == "mine"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("x = 1", "offers nothing: allowed are TASK, TASKS, ARCHITECTURE, ARCHITECTURES"),
        ("\nx = y", r"NameError: name 'y' is not defined \(line 2\)"),
        ("x = (", r"SyntaxError: '\(' was never closed"),
    ],
)
def test_a_plugin_that_cannot_be_used_is_one_line(file, text, message):
    file.write_text(text)
    with pytest.raises(InvalidPlugin, match=message) as raised:
        plugins.use([Plugin.read(str(file))])
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("reference", ["nowhere.py", "nowhere_at_all", "nowhere.at.all", "sys"])
def test_a_plugin_that_is_not_there_is_named(reference):
    with pytest.raises(InvalidPlugin, match=f"^plugin '{reference}': "):
        Plugin.read(reference)


def test_a_revised_cell_takes_the_place_of_the_one_before(file):
    """In a worker that stays alive, a class of its own is another one after each revision."""
    own = """
from dataclasses import dataclass
from gatewise import Architecture, RealGatedLRU
@dataclass(frozen=True)
class Mine(RealGatedLRU):
    weight: int = 1
ARCHITECTURE = Architecture("mine", Mine(), "mine")
"""
    for weight in ("1", "2"):
        file.write_text(own.replace("int = 1", f"int = {weight}"))
        plugins.use([Plugin.read(str(file))])
        cell = catalogue.find("mine").cell
        assert vars(cell)["weight"] == int(weight)
        assert type(Value.restore(cell.describe())) is type(cell)
