"""Known effects come back out of simulated runs, in the right direction and unit."""

from __future__ import annotations

import pytest

from gatewise.report.figures import need
from gatewise.report.names import LATTICES
from gatewise.report.study import Study
from gatewise.report.tables import dial

GRU = LATTICES[1]


def test_the_dial_is_read_where_a_family_has_two_settings(judged):
    def change(runs, curves):
        runs["dial"] = runs["task"].map({"labelling": "adding", "video": "adding"}).fillna("xml")
        runs["dial_value"] = runs["task"].map({"labelling": 50, "video": 100}).fillna(3)
        runs["dial_unit"] = "steps"

    read, found = judged(change)
    table = dial.dial(read, found)
    assert read.dials["video"] == ("adding", 100)
    # Sentiment and translation share the family xml at one setting alone.
    assert set(table["family"]) == {"adding"}
    assert set(table["architecture"]) == {"NIG", "NFG", "NOG", "vanilla"}
    forget = table[table["architecture"] == "NFG"]
    assert forget["value"].tolist() == [50, 100]
    assert forget["difference"].to_numpy() == pytest.approx([-0.26, -0.23], abs=0.02)


def test_a_gate_s_need_is_read_where_a_family_has_two_sizes(judged):
    def change(runs, curves):
        renamed = {"labelling": "adding-100@500", "video": "adding-100@2000"}
        runs["dial"] = runs["task"].map(dict.fromkeys(renamed, "adding")).fillna("")
        runs["dial_value"] = runs["task"].map(dict.fromkeys(renamed, 100))
        runs["dial_unit"] = runs["dial"].where(runs["dial"] == "", "steps")
        runs["budget"] = runs["task"].map({"labelling": 500, "video": 2000}).fillna(1000)
        for table in (runs, curves):
            table["task"] = table["task"].replace(renamed)

    read, found = judged(change)
    table = dial.need(read, found)
    assert set(table["task"]) == {"adding-100@500", "adding-100@2000"}
    forget = table[table["architecture"] == "NFG"]
    assert forget["size"].tolist() == [500, 2000]
    assert forget["difference"].to_numpy() == pytest.approx([-0.26, -0.23], abs=0.02)
    # That of lstm in the simulation is its score there, from chance to perfect.
    lstm = read.main[(read.main["architecture"] == "lstm") & (read.main["budget"] == 500)]
    gap = lstm["perfect"].iloc[0] - lstm["chance"].iloc[0]
    skill = (lstm["test_score"].mean() - lstm["chance"].iloc[0]) / gap
    assert forget["skill"].iloc[0] == pytest.approx(skill)
    # Sizes of one task are no settings of a dial.
    assert dial.dial(read, found).empty


def test_the_figures_of_need_say_what_each_field_is(judged):
    def change(runs, curves):
        renamed = {"labelling": "char-lm@500", "video": "char-lm@2000"}
        runs["budget"] = runs["task"].map({"labelling": 500, "video": 2000}).fillna(1000)
        for table in (runs, curves):
            table["task"] = table["task"].replace(renamed)

    table = dial.need(*judged(change))
    assert set(table["family"]) == {"char-lm"}
    fields, lines = need.draw(table), need.by_size(table)
    assert fields.title.startswith("The input gate is missed in ")
    assert " of 2 fields, " in fields.title
    assert "500 parameters, NFG (no forget gate): " in fields.alt
    assert "2,000" in fields.svg
    assert "char-lm with 2000 parameters, NIG (no input gate): " in lines.alt


LOSS = {"gru": 0.05, "gru-no-reset": 0.25, "gru-no-update": 0.05}


SIZES = {"labelling": 500, "video": 2000}
SIZED = {task: f"s5@{size}" for task, size in SIZES.items()}


def at_two_sizes(runs, curves):
    runs["budget"] = runs["task"].map(SIZES).fillna(1000)
    for table in (runs, curves):
        table["task"] = table["task"].replace(SIZED)


@pytest.mark.parametrize("loss", [LOSS, {"lstm": 0.0, **LOSS}], ids=["gru alone", "beside lstm"])
def test_the_gates_of_gru_are_asked_against_gru_whether_lstm_is_there_or_not(judged, loss):
    lacking = [("gru-no-reset", "gru"), ("gru-no-update", "gru")]
    read, found = judged(at_two_sizes, asked=lacking, loss=loss)
    ours = [pair for pair in dial.asked(read) if "gru" in pair]
    assert ours == [(task, *pair) for task in SIZED.values() for pair in lacking]
    table = dial.need(read, found, GRU)
    assert set(table["architecture"]) == {"gru-no-reset", "gru-no-update"}
    reset = table[table["architecture"] == "gru-no-reset"]
    assert reset["size"].tolist() == [500, 2000]
    assert reset["statement"].tolist() == ["worse", "worse"]
    # Of gru's skill, which is .95 of what the simulation calls lstm's.
    gru = read.main[read.main["architecture"] == "gru"].groupby("task")["test_score"].mean()
    facts = read.main.groupby("task").first()
    skill = ((gru - facts["chance"]) / (facts["perfect"] - facts["chance"])).loc[reset["task"]]
    assert reset["skill"].to_numpy() == pytest.approx(skill.to_numpy())
    assert reset["difference"].to_numpy() == pytest.approx(-0.2 / 0.95 * skill.to_numpy(), abs=0.02)
    fields, lines = need.draw(table, GRU), need.by_size(table, GRU)
    assert (fields.name, lines.name) == ("need-gru", "size-gru")
    assert fields.title.startswith("The reset gate of gru is missed in 2 of 2 fields")
    assert "skill of gru" in fields.svg
    assert "lstm" not in fields.svg + lines.svg


def test_a_study_asks_for_the_gates_of_every_cell_that_it_has_at_several_sizes(save):
    """The verdicts are those that the study itself asks for, not the test."""
    study = Study.read(save(at_two_sizes, loss={"lstm": 0.0, "NFG": 0.3, **LOSS}))
    tops = {lattice.top: set(table["architecture"]) for lattice, table in study.needs}
    assert tops == {"lstm": {"NFG"}, "gru": {"gru-no-reset", "gru-no-update"}}
