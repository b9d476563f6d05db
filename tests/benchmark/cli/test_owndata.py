"""Options of data of one's own, and what a study remembers of it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from typer.core import TyperGroup
from typer.main import get_command

from gatewise import plugins, tasks
from gatewise.benchmark.cli import app, owndata
from gatewise.benchmark.cli.options import InvalidOption
from gatewise.plugins import ChangedPlugin
from gatewise.tasks.own.data import _module

pytestmark = pytest.mark.usefixtures("without_plugins")


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "Even & odd.csv"
    rows = (f"the number is {n} and no other,{'even' if n % 2 == 0 else 'odd'}" for n in range(200))
    path.write_text("\n".join(["said,is", *rows]))
    return path


def test_a_file_is_a_task_of_this_process_and_of_those_that_come_after(file, tmp_path, monkeypatch):
    own = owndata.taken_up(file, "", text="said", label="is")
    assert own.name == "own-even-odd"
    assert tasks.find("own-even-odd").summary == "is, the class of a text of Even & odd.csv"
    assert [line.split()[0] for line in owndata.understood(own, "quick")] == [
        *("data", "asked", "splits", "learnt", "score")
    ]
    owndata.remember(own, tmp_path / "study")
    monkeypatch.setattr(plugins, "_in_use", ())
    assert owndata.take_up_of(tmp_path / "study") == own
    assert tasks.find("own-even-odd").margin == own.margin
    monkeypatch.setattr(plugins, "_in_use", ())
    file.write_text(file.read_text() + "\nanother,odd")
    _module.cache_clear()  # As in a process of its own.
    with pytest.raises(ChangedPlugin, match=r"allowed is .*, which the study began with"):
        owndata.take_up_of(tmp_path / "study")


def test_a_study_keeps_the_data_that_it_began_with(file, tmp_path):
    """What was written of the first is what verify and take ask for."""
    first = owndata.taken_up(file, "", text="said", label="is")
    owndata.remember(first, tmp_path / "study")
    record = (tmp_path / "study" / "data.json").read_bytes()
    other = tmp_path / "other.csv"
    other.write_text(file.read_text().replace("number", "figure"))
    with pytest.raises(InvalidOption, match=r"it is on '.*Even & odd.csv' .* or another --study"):
        owndata.remember(owndata.taken_up(other, "", text="said", label="is"), tmp_path / "study")
    assert (tmp_path / "study" / "data.json").read_bytes() == record
    moved = file.rename(tmp_path / "m.csv")
    owndata.remember(owndata.taken_up(moved, "", text="said", label="is"), tmp_path / "study")
    assert owndata.take_up_of(tmp_path / "study").reading.path == str(moved)


@pytest.mark.parametrize("damaged", ["", "[]", "{}", '{"reading": 3}', '{"reading": {}}'])
def test_a_damaged_record_of_data_is_one_line(tmp_path, damaged):
    (tmp_path / "data.json").write_text(damaged)
    with pytest.raises(InvalidOption, match="allowed is what gatewise run --data wrote"):
        owndata.take_up_of(tmp_path)


def test_columns_without_a_file_are_refused_and_neither_is_nothing():
    with pytest.raises(InvalidOption, match="--label: allowed is with --data FILE"):
        owndata.taken_up(None, "", label="is")
    assert owndata.taken_up(None, "") is None
    assert owndata.understood(None, "quick") == ()


def test_a_study_without_data_of_ones_own_takes_nothing_up(tmp_path):
    assert owndata.take_up_of(tmp_path) is None


def test_every_option_of_the_page_is_one():
    page = (Path(__file__).parents[3] / "docs" / "owndata.md").read_text(encoding="utf-8")
    whole = get_command(app)
    assert isinstance(whole, TyperGroup)
    asked = [whole.commands[name] for name in ("run", "take", "predict")]
    known = {o for command in asked for p in command.params for o in p.opts}
    assert set(re.findall(r"--[a-z]+", page)) <= known
