"""What diagnostics left, read with suspicion and shown as it is. Test data: no result."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd

from gatewise.report import document, pages
from gatewise.report.reading import results
from gatewise.report.study import Study
from tests.report.diagnosed import record


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
    study = Study.read(folder)
    assert study.diagnoses.runs["seed"].tolist() == [0, 0]
    why = pages.of_task(study, "video").why
    assert why.again == ("vanilla",)
    assert why.lesions["without"].notna().all()
    assert pages.of_task(study, "labelling").why is None
    assert np.isfinite(why.decay["rate"]).all()
    html = document.write(folder).read_text(encoding="utf-8")
    assert html.count(">Needed to learn, or needed to work?<") == 1
    assert "vanilla scored otherwise than in the study" in html
    assert (folder / "figures" / "video-gradients.csv").stat().st_size > 0
    assert "### Why\n\nTrained runs at seed 0" in (folder / "report.md").read_text(encoding="utf-8")
    judged = pd.read_csv(folder / "findings.csv").set_index("finding")["by_task"]
    assert pd.isna(judged["F14"]), "two seeds of a task without a lag test no decay"


def test_scores_by_length_have_a_part_of_their_own(save):
    def change(runs, curves):
        video = runs["task"] == "video"
        runs.loc[video, "solved"] = 0.75
        runs.loc[video, "solved_step"] = 400
        for steps in (20, 160):
            runs[f"test.at {steps}"] = np.where(video, runs["test_score"], np.nan)

    folder = save(change)
    html = document.write(folder).read_text(encoding="utf-8")
    assert html.count(">Longer than trained, and solved<") == 1
    assert "<td>5 of 5</td>" in html or ">5 of 5<" in html
    shown = pd.read_csv(folder / "figures" / "video-lengths.csv")
    assert sorted(set(shown["length"])) == [20, 160]
    assert "| lstm | 0.8" in (folder / "report.md").read_text(encoding="utf-8")
    assert '<th scope="col">at 160</th>' not in html.partition("Further test scores")[2][:600]
