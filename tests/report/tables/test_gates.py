"""Known effects come back out of simulated runs, in the right direction and unit."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from gatewise.benchmark.architectures import catalogue
from gatewise.report import document, names
from gatewise.report.names import LATTICES
from gatewise.report.reading import results
from gatewise.report.tables import gates

LATTICE = ("lstm", "NIG", "NFG", "NOG", "NIG-NFG", "NIG-NOG", "NFG-NOG", "NIG-NFG-NOG")


def test_corners_are_named_after_what_is_left_out():
    lstm, gru, slstm = LATTICES
    assert lstm.corners == [
        *("NIG-NFG-NOG", "NFG-NOG", "NIG-NOG", "NOG", "NIG-NFG", "NFG", "NIG", "lstm")
    ]
    assert gru.corners == ["vanilla", "gru-no-update", "gru-no-reset", "gru"]
    assert len(set(slstm.corners)) == 32
    assert slstm.without("NR", "NIG") == "sLSTM-NIG-NR"
    assert names.ablated(["emit", "write"]) == "NIG-NOG"


def test_corners_of_both_lattices_are_in_the_catalogue_with_those_gates():
    for lattice in LATTICES[:2]:
        assert set(lattice.corners) <= set(catalogue.CATALOGUE)
    for role, ablation in names.ABLATIONS.items():
        assert catalogue.find(ablation).cell.settings[role] == "open"
    assert {LATTICES[2].without(gate) for gate in LATTICES[2].gates} <= set(catalogue.CATALOGUE)


def test_shapley_of_a_planted_lattice(judged):
    # Input and forget gate stand in for each other: only without both is skill lost.
    loss = {name: 0.4 * ("NIG-NFG" in name) + 0.1 * ("NOG" in name) for name in LATTICE}
    read, _ = judged(loss=loss, noise=0.002)
    found = gates.importance(read).set_index(["task", "gate"])
    skill = 0.7 / 0.8  # of lstm, by construction
    mine = found.loc["labelling"]
    assert mine["shapley"].to_dict() == pytest.approx(
        {"input gate": 0.2 * skill, "forget gate": 0.2 * skill, "output gate": 0.1 * skill},
        abs=0.006,
    )
    assert mine.loc["forget gate", "last"] == pytest.approx(0, abs=0.006)
    assert mine.loc["forget gate", "first"] == pytest.approx(0.4 * skill, abs=0.006)
    assert (mine["low"] < mine["shapley"]).all()
    pairs = gates.interactions(read).set_index(["task", "gates"]).loc["labelling"]
    together = pairs.loc["input gate and forget gate", "interaction"]
    assert together == pytest.approx(-0.4 * skill, abs=0.01)


def test_gru_has_a_lattice_of_its_own(judged):
    loss = {
        "lstm": 0.0,
        "gru": 0.0,
        "gru-no-reset": 0.1,
        "gru-no-update": 0.3,
        "vanilla": 0.4,
    }
    read, _ = judged(loss=loss)
    found = gates.importance(read)
    mine = found[(found["lattice"] == "gru") & (found["task"] == "labelling")].set_index("gate")
    assert mine["shapley"].to_dict() == pytest.approx(
        {"update gate": 0.3 * 0.875, "reset gate": 0.1 * 0.875}, abs=0.01
    )


def test_without_the_whole_lattice_leaving_out_is_all_there_is(judged):
    read, _ = judged()
    found = gates.importance(read)
    assert found["shapley"].isna().all()
    assert found["first"].isna().all()
    forget = found[(found["task"] == "labelling") & (found["gate"] == "forget gate")].iloc[0]
    assert forget["last"] == pytest.approx(0.3 * 0.875, abs=0.01)
    assert forget["low"] < 0.3 * 0.875 < forget["high"]
    assert gates.interactions(read).empty


def test_shapley_intervals_run_over_examples_too(save, save_examples):
    loss = {name: 0.1 * name.count("N") for name in LATTICE}
    folder = save(loss=loss, tasks=("translation",), seeds=3)
    save_examples(folder, np.random.default_rng(1))
    read = results.read(folder)
    found = gates.importance(read)
    alone = gates.importance(replace(read, examples={}))
    assert found["shapley"].to_numpy() == pytest.approx(alone["shapley"], abs=1e-5)
    assert (found["low"] != alone["low"]).all()
    together = gates.interactions(read)
    assert together["interaction"].abs().max() < 0.02


def test_what_a_gate_is_worth_at_equal_parameters_in_all_stands_beside(judged, save):
    """Planted: without its gates the cell is as good once its readout is matched too."""

    def change(runs, curves):
        again = runs[(runs["architecture"] != "lstm")].copy()
        again["experiment"] = "b" + again["experiment"].str[1:]
        again["match"] = "all"
        again["test_score"] = 0.9 + np.random.default_rng(0).normal(0, 0.001, len(again))
        traced = curves.drop_duplicates("experiment")
        traced = traced[traced["architecture"] != "lstm"].copy()
        traced["experiment"] = "b" + traced["experiment"].str[1:]
        for table, more in ((runs, again), (curves, traced)):
            for k, row in enumerate(more.to_dict("records"), len(table)):
                table.loc[k] = row

    loss = {name: 0.1 * name.count("N") for name in LATTICE}
    read, _ = judged(change, loss=loss, noise=0.002, tasks=("labelling",))
    found = gates.importance(read)
    assert found["match"].tolist() == ["parameters"] * 3 + ["all"] * 3
    worth = found.set_index(["match", "gate"])["shapley"]
    assert worth["parameters", "forget gate"] == pytest.approx(0.1 * 0.7 / 0.8, abs=0.01)
    assert worth["all", "forget gate"] == pytest.approx(0, abs=0.01)
    document.write(save(change, loss=loss, noise=0.002, tasks=("labelling",)))
    text = (save(change, loss=loss, tasks=("labelling",)) / "report.md").read_text("utf-8")
    assert text.count("at matched all parameters") == 3


def test_a_users_own_cell_is_compared_with_gru_and_with_what_is_left_of_it(judged):
    own = ("mine", "mine-no-keep", "mine-no-reset", "mine-no-keep-no-reset")
    loss = dict.fromkeys(("lstm", "gru", *own), 0.0) | {"mine-no-keep": 0.1}
    read, _ = judged(loss=loss, noise=0.002)
    pairs = {tuple(pair) for _, *pair in gates.asked(read)}
    assert pairs == {
        *(("mine", "gru"), ("mine-no-keep", "mine"), ("mine-no-reset", "mine")),
        ("mine-coupled", "mine"),
    }
    found = gates.importance(read).set_index(["task", "lattice", "gate"])
    mine = found.loc[("labelling", "mine")]["shapley"]
    assert mine["forget gate"] > mine["reset gate"]
