"""What a study remembers of the cell that it proposes."""

from __future__ import annotations

import pytest

from gatewise import plugins
from gatewise.benchmark.architectures.catalogue import CATALOGUE
from gatewise.benchmark.cli import proposals
from gatewise.benchmark.studies.proposal import InvalidProposal, Proposal
from gatewise.plugins import Plugin

pytestmark = pytest.mark.usefixtures("without_plugins")

SOURCE = "from gatewise import *\nARCHITECTURE = Architecture('mine', GRU, 'a GRU of mine')\n"


@pytest.fixture
def proposal(tmp_path):
    path = tmp_path / "mine.py"
    path.write_text(SOURCE)
    return Proposal.of(Plugin.read(str(path)))


def test_commands_that_come_after_know_the_cell_and_its_ablations(proposal, tmp_path, monkeypatch):
    proposals.remember(proposal, tmp_path / "study")
    proposals.take_up_of(tmp_path / "study")
    assert {"mine", "mine-no-keep"} <= set(CATALOGUE)
    monkeypatch.setattr(plugins, "_in_use", ())
    proposals.take_up_of(tmp_path)
    assert "mine" not in CATALOGUE


def test_a_study_keeps_the_cell_that_it_began_with(proposal, tmp_path):
    proposals.remember(proposal, tmp_path / "study")
    moved = tmp_path / "moved.py"
    moved.write_text(SOURCE)
    proposals.remember(Proposal.of(Plugin.read(str(moved))), tmp_path / "study")
    moved.write_text(SOURCE.replace("GRU,", "LSTM,"))
    with pytest.raises(InvalidProposal, match=r"it proposes 'mine' .* or another --study"):
        proposals.remember(Proposal.of(Plugin.read(str(moved))), tmp_path / "study")


@pytest.mark.parametrize("text", ["", "[]", '{"plugin": "mine.py"}'])
def test_a_damaged_record_is_told(text, tmp_path):
    (tmp_path / proposals.RECORD).write_text(text)
    with pytest.raises(InvalidProposal, match="allowed is what gatewise propose wrote there"):
        proposals.take_up_of(tmp_path)
