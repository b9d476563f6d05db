"""Figures say what was found, can be read in grey, and carry their alt text and data."""

from __future__ import annotations

import re
from itertools import islice
from xml.etree import ElementTree

import pytest

from gatewise.report import answer
from gatewise.report.figures import cost, curves, drawing, forest, grid
from gatewise.report.reading import results
from gatewise.report.tables import grid as of_gates
from gatewise.report.tables import scores, verdicts


@pytest.fixture
def drawn(save):
    def draw(change=None, **options):
        read = results.read(save(change, **options))
        found = verdicts.against_lstm(verdicts.verdicts(read), read)
        gaps = {
            t: abs(g["perfect"].iloc[0] - g["chance"].iloc[0])
            for t, g in read.final.groupby("task")
        }
        table = of_gates.grid(found, gaps, list(gaps))
        made = {
            "grid": grid.draw(table, answer.title(table)),
            "cost": cost.draw(scores.scores(read)),
        }
        for task, runs in read.final.groupby("task"):
            first = runs.iloc[0]
            mine = found[found["task"] == task]
            made[f"{task} forest"] = forest.draw(task, first["metric"], first["unit"], mine)
            made[f"{task} curves"] = curves.draw(
                task, first["unit"], first["higher_is_better"], scores.curves(read, task)
            )
        return made

    return draw


def test_titles_say_what_was_found(drawn):
    made = drawn()
    said = (
        "No gate's worth to lstm is certain: "
        "the forget and output gates probably help on 4 of 4 tasks"
    )
    assert made["grid"].title == said
    title = made["translation forest"].title
    assert "bi-lstm better than lstm" in title
    assert "vanilla by most (−1.2" in title
    assert "bi-lstm leads" in made["translation curves"].title, "less is more there"
    same = drawn(loss={"lstm": 0.0, "NIG": 0.0, "NFG": 0.0})
    assert "labelling, no forget gate: " in same["grid"].alt
    assert "no difference from lstm can be told" in same["video forest"].title


def test_each_figure_is_an_svg_with_alt_text_and_data(drawn):
    for name, figure in drawn(tasks=("labelling", "translation")).items():
        ElementTree.fromstring(figure.svg)
        ElementTree.fromstring(figure.embedded.replace("xlink:", ""))
        assert figure.title in figure.alt, name
        assert len(figure.data) > 0
    assert "NFG −26" not in figure.alt


def test_alt_text_carries_every_comparison(drawn):
    alt = drawn(tasks=("video",))["video forest"].alt
    for name in ("NIG", "NFG", "NOG", "gru", "vanilla", "bi-lstm", "stacked-lstm"):
        assert name in alt
    assert "probably worse" in alt


def test_ids_of_two_figures_on_one_page_differ(drawn):
    made = drawn(tasks=("labelling", "video"))
    ids = [set(re.findall(r'\bid="([^"]+)"', figure.embedded)) for figure in made.values()]
    assert sum(map(len, ids)) == len(set.union(*ids))
    for figure, known in zip(made.values(), ids, strict=True):
        used = re.findall(r'href="#([^"]+)"|url\(#([^)]+)\)', figure.embedded)
        assert {a or b for a, b in used} <= known


def test_embedded_figures_take_the_colours_of_the_page(drawn):
    figure = drawn(tasks=("labelling",))["labelling forest"]
    assert "currentColor" in figure.embedded
    assert not any(colour in figure.embedded.split("var(")[0] for colour in (drawing.INK,))
    assert drawing.INK in figure.svg, "the file stands alone"


def test_series_differ_without_colour():
    looks = [(look["marker"], str(look["linestyle"])) for look in islice(drawing.looks(), 64)]
    assert len(set(looks)) == 64
    glyphs = {marker for marker, _ in drawing.GLYPHS.values()}
    assert len(glyphs) == 4


def test_names_cannot_leave_the_folder_nor_be_mathematics(drawn):
    def change(runs, curves):
        for table in (runs, curves):
            table["task"] = table["task"].replace("video", "../../$x_{$ video")
            table["architecture"] = table["architecture"].replace("gru", "$gru^{")

    for figure in drawn(change, tasks=("video",)).values():
        assert re.fullmatch(r"[A-Za-z0-9-]+", figure.name)


def test_an_interval_of_one_seed_is_drawn_as_a_point(drawn):
    assert drawn(seeds=1)["video forest"].title == "video: no difference from lstm can be told"
