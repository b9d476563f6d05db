"""Known effects come back out of simulated runs, in the right direction and unit."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from gatewise.benchmark.architectures import catalogue
from gatewise.report.reading import results
from gatewise.report.tables import gates

LATTICE = ("lstm", "NIG", "NFG", "NOG", "NIG-NFG", "NIG-NOG", "NFG-NOG", "NIG-NFG-NOG")


def test_corners_follow_from_gates_and_not_from_names_alone(judged):
    names = dict.fromkeys((*LATTICE, "bi-lstm", "gru", "gru-no-reset", "gru-no-update"), 0.0)
    read, _ = judged(loss=names, seeds=2)
    found = gates.corners(read.main).set_index("architecture")
    assert dict(found.loc[found["lattice"] == "lstm", "corner"]) == {
        "lstm": 7,
        "NIG": 6,
        "NFG": 5,
        "NOG": 3,
        "NIG-NFG": 4,
        "NIG-NOG": 2,
        "NFG-NOG": 1,
        "NIG-NFG-NOG": 0,
    }
    gru = dict(found.loc[found["lattice"] == "gru", "corner"])
    assert gru == {"gru": 3, "gru-no-reset": 1, "gru-no-update": 2}


def test_corners_of_the_real_catalogue_are_both_whole_lattices():
    roles = ("write", "keep", "emit", "reset")
    runs = pd.DataFrame(
        {"architecture": name} | {f"gate.{role}": getattr(entry.cell, role) for role in roles}
        for name, entry in catalogue.CATALOGUE.items()
    )
    found = gates.corners(runs).groupby("lattice")["corner"].agg(sorted)
    assert found.to_dict() == {"lstm": list(range(8)), "gru": list(range(4))}


def test_a_name_that_belies_its_gates_is_no_corner(judged):
    def change(runs, curves):
        runs.loc[runs["architecture"] == "NFG", "gate.keep"] = "learned"

    read, _ = judged(change)
    assert "NFG" not in set(gates.corners(read.main)["architecture"])


def test_shapley_of_a_planted_lattice(judged):
    # Input and forget gate stand in for each other: only without both is skill lost.
    loss = {name: 0.4 * ("NIG-NFG" in name) + 0.1 * ("NOG" in name) for name in LATTICE}
    read, _ = judged(loss=loss, noise=0.002)
    found = gates.importance(read, np.random.default_rng(0)).set_index(["task", "gate"])
    skill = 0.7 / 0.8  # of lstm, by construction
    mine = found.loc["labelling"]
    assert mine["shapley"].to_dict() == pytest.approx(
        {"input gate": 0.2 * skill, "forget gate": 0.2 * skill, "output gate": 0.1 * skill},
        abs=0.006,
    )
    assert mine.loc["forget gate", "leave_one_out"] == pytest.approx(0, abs=0.006)
    assert mine.loc["forget gate", "add_one_in"] == pytest.approx(0.4 * skill, abs=0.006)
    assert (mine["low"] < mine["shapley"]).all()
    pairs = (
        gates.interactions(read, np.random.default_rng(0))
        .set_index(["task", "gates"])
        .loc["labelling"]
    )
    together = pairs.loc["input gate and forget gate", "interaction"]
    assert together == pytest.approx(-0.4 * skill, abs=0.01)


def test_gru_has_a_lattice_of_its_own(judged):
    loss = {
        "lstm": 0.0,
        "gru": 0.0,
        "gru-no-reset": 0.1,
        "gru-no-update": 0.3,
        "gru-no-reset-no-update": 0.4,
    }
    read, _ = judged(loss=loss)
    found = gates.importance(read, np.random.default_rng(0))
    mine = found[(found["lattice"] == "gru") & (found["task"] == "labelling")].set_index("gate")
    assert mine["shapley"].to_dict() == pytest.approx(
        {"update gate": 0.3 * 0.875, "reset gate": 0.1 * 0.875}, abs=0.01
    )


def test_without_the_whole_lattice_leaving_out_is_all_there_is(judged):
    read, _ = judged()
    found = gates.importance(read, np.random.default_rng(0))
    assert found["shapley"].isna().all()
    assert found["add_one_in"].isna().all()
    forget = found[(found["task"] == "labelling") & (found["role"] == "keep")].iloc[0]
    assert forget["leave_one_out"] == pytest.approx(0.3 * 0.875, abs=0.01)
    assert forget["low"] < 0.3 * 0.875 < forget["high"]
    assert gates.interactions(read, np.random.default_rng(0)).empty


def test_shapley_intervals_run_over_examples_too(save, save_examples):
    loss = {name: 0.1 * name.count("N") for name in LATTICE}
    folder = save(loss=loss, tasks=("translation",), seeds=3)
    save_examples(folder, np.random.default_rng(1))
    read = results.read(folder)
    found = gates.importance(read, np.random.default_rng(0))
    alone = gates.importance(replace(read, examples={}), np.random.default_rng(0))
    assert found["shapley"].to_numpy() == pytest.approx(alone["shapley"], abs=1e-5)
    assert (found["bootstrap_low"] < found["shapley"]).all()
    assert (found["low"] != alone["low"]).all()
    together = gates.interactions(read, np.random.default_rng(0))
    assert together["interaction"].abs().max() < 0.02
