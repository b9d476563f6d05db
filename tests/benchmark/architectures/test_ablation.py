"""What is left of a cell without its gates: held against the catalogue's own, written by hand."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest

from gatewise.benchmark.architectures.ablation import ablations
from gatewise.benchmark.architectures.architecture import Architecture
from gatewise.benchmark.architectures.catalogue import CATALOGUE, LSTM
from gatewise.benchmark.architectures.cell import LEARNED
from gatewise.benchmark.architectures.exponential import ScalarLSTM
from gatewise.benchmark.architectures.gates import OPEN
from gatewise.report import names


def left(name: str) -> dict[str, Architecture]:
    return {entry.name.removeprefix(f"{name}-"): entry for entry in ablations(CATALOGUE[name])}


def cell(name: str):
    return CATALOGUE[name].cell


def test_of_the_lstm_they_are_those_of_the_papers():
    found = {name: entry.cell for name, entry in left("lstm").items()}
    assert found == {
        "no-write": cell("NIG"),
        "no-keep": cell("NFG"),
        "no-emit": cell("NOG"),
        "no-write-no-keep": cell("NIG-NFG"),
        "no-write-no-emit": cell("NIG-NOG"),
        "no-keep-no-emit": cell("NFG-NOG"),
        "no-write-no-keep-no-emit": cell("NIG-NFG-NOG"),
        "coupled": cell("CIFG"),
    }


def test_an_update_gate_is_held_where_something_is_written():
    assert {name: entry.cell for name, entry in left("gru").items()} == {
        "no-keep": cell("gru-no-update"),
        "no-reset": cell("gru-no-reset"),
        "no-keep-no-reset": replace(cell("gru-no-update"), reset=OPEN),
    }
    assert left("MUT1")["no-write"].cell.settings["keep"] == "shut"
    assert left("mgu")["no-keep"].cell.settings == {
        "write": "open", "keep": "shut", "emit": "open", "reset": "open",
    }  # fmt: skip


def test_a_skip_goes_with_its_gate_and_a_shared_sum_with_its_part():
    alone, whole = left("SRU")["no-emit"].cell.describe(), cell("SRU").describe()
    assert "skip" in whole
    assert "skip" not in alone
    assert "among" in cell("minLSTM").describe()["write"]
    assert "among" not in left("minLSTM")["no-keep"].cell.describe()["write"]


def test_of_a_class_of_its_own_they_are_by_its_fields():
    found = left("RG-LRU")
    assert found["no-write"].cell == cell("RG-LRU-NIG")
    assert found["no-write-no-keep"].cell == cell("LRU-real")
    # Five parts: one at a time, and all.
    assert {name: entry.cell for name, entry in left("sLSTM").items()} == {
        "no-write": cell("sLSTM-NIG"),
        "no-keep": cell("sLSTM-NFG"),
        "no-emit": cell("sLSTM-NOG"),
        "no-normalised": cell("sLSTM-NN"),
        "no-recurrent": cell("sLSTM-NR"),
        "no-write-no-keep-no-emit-no-normalised-no-recurrent": cell("sLSTM-NIG-NFG-NOG-NN-NR"),
    }


def test_what_no_field_takes_is_not_left_out():
    @dataclass(frozen=True)
    class Fixed(ScalarLSTM):
        """Its keep gate may not be held."""

        @property
        def settings(self):
            return {**super().settings, "keep": LEARNED}

    found = ablations(Architecture("fixed", Fixed(), "its keep gate stays"))
    assert "fixed-no-write" in {entry.name for entry in found}
    assert not any("no-keep" in entry.name for entry in found)
    assert ablations(CATALOGUE["vanilla"]) == ()
    assert ablations(CATALOGUE["FastGRNN"]) == ()


def test_layers_directions_and_source_are_those_of_the_whole():
    whole = replace(CATALOGUE["bi-lstm"], layers=2, source="nobody")
    for entry in ablations(whole):
        assert (entry.layers, entry.directions, entry.source) == (2, 2, "nobody")
        assert entry.summary.startswith("bi-lstm")


@pytest.mark.parametrize("name", CATALOGUE.ours)
def test_every_cell_of_the_catalogue_has_different_ones(name):
    """And no gate that is left out is learned."""
    found = ablations(CATALOGUE[name])
    assert len({entry.name for entry in found}) == len(found)
    assert all(entry.cell != CATALOGUE[name].cell for entry in found)
    for entry in found:
        for part in entry.name.removeprefix(name).split("-no-")[1:]:
            assert entry.cell.settings.get(part, "open") != LEARNED


def test_the_report_reads_their_names_as_a_lattice():
    whole = Architecture("mine", LSTM, "an LSTM of mine")
    found = ["lstm", "mine", "gru", *(entry.name for entry in ablations(whole))]
    *_, mine = names.lattices(found)
    assert mine.top == "mine"
    assert list(mine.gates.values()) == ["input gate", "forget gate", "output gate"]
    assert set(mine.corners) == set(found) - {"lstm", "gru", "mine-coupled"}
