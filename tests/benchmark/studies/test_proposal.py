"""A plugin's cell and its ablations, as workers take them up."""

from __future__ import annotations

import pickle

import pytest

from gatewise import plugins
from gatewise.benchmark.architectures.catalogue import CATALOGUE
from gatewise.benchmark.records.meaning import meaning
from gatewise.benchmark.studies.proposal import InvalidProposal, Proposal
from gatewise.plugins import ChangedPlugin, Plugin

pytestmark = pytest.mark.usefixtures("without_plugins")

HEAD = "from dataclasses import replace\nfrom gatewise import *\n"
ONE = HEAD + "ARCHITECTURE = Architecture('mine', GRU, 'a GRU of mine', 'Me 2026')\n"
OWN = "ARCHITECTURES = [Architecture('mine-no-reset', replace(GRU, reset=SHUT), 'as I mean it')]\n"


@pytest.fixture
def plugin(tmp_path):
    def written(text: str) -> Plugin:
        path = tmp_path / "mine.py"
        path.write_text(text)
        return Plugin.read(str(path))

    return written


def test_its_study_compares_the_cell_the_known_ones_and_what_is_left_of_it(plugin):
    proposal = Proposal.of(plugin(ONE))
    assert proposal.architectures == (
        "lstm", "mine", "gru", "vanilla",
        "mine-no-keep", "mine-no-reset", "mine-no-keep-no-reset",
    )  # fmt: skip


def test_a_worker_knows_them_and_their_runs_go_by_the_source(plugin):
    proposal = pickle.loads(pickle.dumps(Proposal.of(plugin(ONE))))
    plugins.use([proposal.plugin, proposal])
    for name in proposal.architectures:
        source = meaning("adding", name)["plugin_sha256"]
        assert source == ("" if not name.startswith("mine") else proposal.plugin.sha256)
    assert CATALOGUE.find("mine-no-keep").source == "Me 2026"


def test_what_the_plugin_offers_by_that_name_is_the_plugins(plugin):
    proposal = Proposal.of(plugin(ONE + OWN), "mine")
    plugins.use([proposal.plugin, proposal])
    assert CATALOGUE.find("mine-no-reset").summary == "as I mean it"
    assert "mine-no-keep" in CATALOGUE


def test_the_cell_is_one(plugin):
    with pytest.raises(InvalidProposal, match="allowed is one of mine, mine-no-reset"):
        Proposal.of(plugin(ONE + OWN))
    with pytest.raises(InvalidProposal, match=r"'yours' .*: allowed is one of mine"):
        Proposal.of(plugin(ONE), "yours")
    with pytest.raises(InvalidProposal, match="it offers none"):
        Proposal.of(plugin("TASKS = []\n"))


def test_it_is_known_again_by_its_record_while_the_source_is_the_same(plugin):
    proposal = Proposal.of(plugin(ONE))
    assert Proposal.restored(proposal.record()) == proposal
    plugin(ONE + "# another\n")
    with pytest.raises(ChangedPlugin, match="which its study was begun with"):
        Proposal.restored(proposal.record())
