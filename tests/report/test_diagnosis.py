"""What diagnostics left, read with suspicion and shown as it is. Test data: no result."""

from __future__ import annotations

import json
import math
import xml.etree.ElementTree as ET

import numpy as np
import pandas as pd
import pytest

from gatewise.benchmark.records import columns
from gatewise.report import diagnosis, document, results

FIGURES = (diagnosis.gate_use, diagnosis.gradients, diagnosis.horizons)


def record(architecture="lstm", gates=("write", "keep", "emit"), rate=0.9, **changed):
    """A diagnosis whose gradient falls by ``rate`` a step, each example a little otherwise."""
    slopes = [math.log(rate) + 0.001 * k for k in (-1, 0, 1, 0)]
    use = {
        "mean": 0.6,
        "left": 0.1,
        "right": 0.4,
        "histogram": [0.05] * 20,
        "by_step": [0.5, 0.6, 0.7],
        "left_by_unit": [0.1, 0.0, 0.2],
        "right_by_unit": [0.3, 0.9, 0.0],
    }
    norms = [rate**k for k in range(10)]
    flow = {"norms": norms, "examples": [4] * 10, "slopes": slopes, "rate": rate}
    return {
        "experiment": "0" * 16,
        "task": "video",
        "architecture": architecture,
        "scale": "quick",
        "seed": 0,
        "match": "parameters",
        "recorded": 0.8,
        "examples": 4,
        "steps": 10,
        "score": 0.8,
        "gates": dict.fromkeys(gates, use),
        "gradient": {"h": flow, **({"c": flow} if gates else {})},
        "predicted": {"radius": rate, "norm": 1.2, "samples": 32},
        "horizon": {"lags": [0, 1, 2, 4], "change": [2.0, 1.0, None, 0.01], "horizon": 4},
        "lesions": [
            {"gate": gate, "at": at, "score": 0.8 - 0.1 * k}
            for gate in gates
            for k, at in enumerate(columns.HELD)
        ],
        **changed,
    }


def leave(folder, task, **rates):
    """Diagnoses of seed 0 in a study's folder, with the rate of each architecture's gradient."""
    runs = results.read(folder).final.set_index(["task", "architecture", "seed"])["experiment"]
    (folder / "diagnostics").mkdir(exist_ok=True)
    for name, rate in rates.items():
        gates = () if name == "vanilla" else ("write", "keep", "emit")
        data = record(name, gates, rate, task=task, experiment=runs[task, name, 0])
        path = folder / "diagnostics" / f"{data['experiment']}.json"
        path.write_text(json.dumps(data), encoding="utf-8")


@pytest.fixture
def load(tmp_path):
    """The tables of records, each written under the name that it gives itself."""

    def loaded(*records):
        paths = []
        for k, data in enumerate(records):
            data["experiment"] = f"{k:016x}"
            paths.append(tmp_path / f"{k:016x}.json")
            paths[-1].write_text(json.dumps(data), encoding="utf-8")
        return diagnosis.of(paths)

    return loaded


@pytest.fixture
def study(load):
    return load(record(), record("vanilla", (), 0.5), record("NFG", ("write", "emit"), 0.8))


def fields(data, prefix=""):
    """The names of all fields as :data:`.columns.DIAGNOSTICS` writes them."""
    for name, value in data.items():
        shown = {"write": "GATE", "keep": "GATE", "emit": "GATE", "h": "STATE", "c": "STATE"}
        path = f"{prefix}{shown.get(name, name)}"
        if isinstance(value, dict):
            yield from fields(value, f"{path}.")
        else:
            yield path
            for part in value if isinstance(value, list) else []:
                yield from fields(part, f"{path}.") if isinstance(part, dict) else ()


def test_every_field_is_described():
    assert set(fields(record())) == set(columns.DIAGNOSTICS)


def test_tables_hold_what_the_files_say(study):
    assert list(study.runs["architecture"]) == ["lstm", "vanilla", "NFG"]
    assert len(study.units) == 5 * 3
    assert len(study.bins) == 5 * 20
    assert study.changes["change"].tolist()[:2] == [1.0, 0.5]
    assert study.runs["furthest"].tolist() == [4, 4, 4]
    vanilla = diagnosis.decay(study).set_index("architecture").loc["vanilla"]
    assert vanilla["low"] < 0.5 < vanilla["high"]
    assert math.isnan(vanilla["memory_rate"])
    assert len(study.of_task("labelling").runs) == 0


@pytest.mark.parametrize("draw", FIGURES)
def test_figures_are_reproducible_and_say_what_they_show(draw, study):
    figure = draw("video", study)
    assert figure.svg == draw("video", study).svg
    ET.fromstring(figure.svg)
    assert figure.title in figure.alt
    assert figure.alt.endswith(".")
    assert len(figure.data)
    assert "mathdefault" not in figure.svg


def test_titles_are_findings(study):
    assert "0.50 in vanilla and 0.90 in lstm" in diagnosis.gradients("video", study).title
    assert "4 in lstm, 4 in vanilla" in diagnosis.horizons("video", study).title
    assert "open (above 0.9) at 40%" in diagnosis.gate_use("video", study).title


@pytest.mark.parametrize("draw", FIGURES)
def test_figures_take_what_is_odd(draw, load):
    """No gradient at all, one step, unknown architectures, a name that looks like a formula."""
    flow = {"norms": [None], "examples": [0], "slopes": [None], "rate": None}
    odd = record("$a$ <b>", ("reset",), gradient={"h": flow}, predicted=None)
    odd["horizon"] = {"lags": [0], "change": [0.0], "horizon": None}
    figure = draw("x", load(odd))
    ET.fromstring(figure.svg)
    assert "$a$" in figure.alt


def test_what_is_needed_to_learn_stands_beside_what_is_needed_to_work(study):
    table = diagnosis.learn_or_work(study, pd.Series({"NFG": 0.7, "NIG-NFG": 0.6}))
    rows = table.set_index(["architecture", "gate"])
    keep = rows.loc["lstm", "forget gate"]
    assert keep[["intact", *columns.HELD, "without"]].tolist() == pytest.approx(
        [0.8, 0.8, 0.7, 0.6, 0.7]
    )
    assert rows.loc[("NFG", "input gate"), "without"] == 0.6
    assert rows.loc[("NFG", "output gate"), "ablation"] == "NFG-NOG"
    assert math.isnan(rows.loc[("lstm", "input gate"), "without"])


def test_gru_gates_have_ablations_of_their_own(load):
    found = load(record("gru", ("keep", "reset")), record("mgu", ("keep",)))
    table = diagnosis.learn_or_work(found, pd.Series({"gru-no-update": 0.5}))
    assert table["gate"].tolist() == ["update gate", "reset gate", "keep gate"]
    assert table["ablation"].tolist() == ["gru-no-update", "gru-no-reset", ""]


def test_slopes_are_compared_example_by_example(study):
    (row,) = diagnosis.slower_decay(study, "lstm", "vanilla").itertuples()
    assert row.difference == pytest.approx(math.log(0.9 / 0.5))
    assert row.low == pytest.approx(row.high) == pytest.approx(row.difference)
    assert row.falls_high < 0
    assert diagnosis.slower_decay(study, "gru", "vanilla").empty


def test_summary_fits_a_table(study):
    table = diagnosis.summary(study)
    assert table.shape[0] == 3
    assert table.map(lambda cell: isinstance(cell, str)).all(axis=None)
    assert table["memory, steps"].tolist() == ["4", "4", "4"]
    assert diagnosis.reach(float("nan"), 23) == "over 23"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"gates": {"<script>": {}}}, r"'gates name' has '<script>'"),
        ({"gradient": {"z": {}}}, "gradient name"),
        ({"score": "high"}, "'score' has 'high'"),
        ({"score": True}, "'score' has 'True'"),
        ({"score": float("nan")}, "NaN is no number"),
        ({"seed": 1.5}, "'seed' has"),
        ({"lesions": [{"gate": "keep", "at": "2", "score": 1}]}, r"lesions\[0\].at"),
        ({"horizon": {"lags": [0], "change": []}}, "horizon.horizon' is missing"),
        ({"predicted": {"radius": 1}}, "predicted.norm"),
    ],
)
def test_what_is_not_ours_is_refused(change, message, load):
    with pytest.raises(results.UnreadableResults, match=message):
        load(record(**change))


def test_damaged_files_are_refused(tmp_path):
    path = tmp_path / "a.json"
    for text in ("", "[]", "{", '{"experiment": 1}', "[" * 100_000):
        path.write_text(text)
        with pytest.raises(results.UnreadableResults, match=r"a\.json: no diagnosis"):
            diagnosis.of([path])
    path.write_text(json.dumps(record()))
    with pytest.raises(results.UnreadableResults, match="it is of experiment"):
        diagnosis.of([path])


def test_lists_that_belong_together_are_as_long(load):
    horizon = {"lags": [0, 1], "change": [1.0], "horizon": None}
    with pytest.raises(results.UnreadableResults, match="2 numbers in 'lags' and 1 in 'change'"):
        load(record(horizon=horizon))


def test_a_task_page_gets_its_part(save):
    folder = save()
    read = results.read(folder)
    (folder / "diagnostics").mkdir()
    runs = read.final[read.final["task"] == "video"].set_index(["architecture", "seed"])
    for name, seed in (("lstm", 0), ("lstm", 1), ("vanilla", 0)):
        gates = ("write", "keep", "emit") if name == "lstm" else ()
        rate = 0.9 if gates else 0.5
        data = record(name, gates, rate, seed=seed, experiment=runs.loc[(name, seed), "experiment"])
        data["recorded"] = 0.7 if name == "vanilla" else 0.8
        path = folder / "diagnostics" / f"{data['experiment']}.json"
        path.write_text(json.dumps(data))
    (folder / "diagnostics" / "ffffffffffffffff.json").write_text("of another study")
    found = diagnosis.read(folder, read.final)
    assert found.runs["seed"].tolist() == [0, 0]
    page = diagnosis.sections(found, read, "video")
    assert [f.name for f in page.figures] == ["video-gates", "video-gradients", "video-horizon"]
    assert page.again == ("vanilla",)
    assert page.lesions["without"].notna().all()
    assert diagnosis.sections(found, read, "labelling") is None
    assert np.isfinite(page.decay["rate"]).all()
    html = document.write(folder).read_text(encoding="utf-8")
    assert html.count(">Needed to learn, or needed to work?<") == 1
    assert "vanilla scored otherwise than in the study" in html
    assert (folder / "figures" / "video-gradients.csv").stat().st_size > 0
    assert "Why: trained runs at seed 0" in (folder / "report.md").read_text(encoding="utf-8")
    judged = pd.read_csv(folder / "findings.csv").set_index("finding")["by_task"]
    assert judged["F14"] == "reproduced on video"
