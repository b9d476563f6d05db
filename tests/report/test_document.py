"""The page, end to end: whole, self-contained, honest, and safe whatever the tables hold."""

from __future__ import annotations

import base64
import hashlib
import html
import json
import re
import shutil
from html.parser import HTMLParser

import numpy as np
import pandas as pd
import pytest
from markdown_it import MarkdownIt

from gatewise.report import document
from gatewise.report.findings.claims import FINDINGS
from gatewise.report.reading.checks import UnreadableResults
from gatewise.report.study import CELLS, DISCUSSION
from gatewise.report.words import signed
from tests.report.diagnosed import leave

VOID = {"meta", "link", "br", "img"}


class Page(HTMLParser):
    """Checks that tags are balanced and collects ids, links and resources."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: list[str] = []
        self.links: list[str] = []
        self.resources: list[str] = []
        self.tags: set[str] = set()
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        for name, value in attrs:
            if name == "id":
                self.ids.append(value)
            elif tag == "a" and name == "href":
                self.links.append(value)
            elif name in ("src", "href") and tag != "use":
                self.resources.append(value)
            assert not name.startswith("on")
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def only_our_script(page):
    """One script stands in the page, and by its hash the page lets no other run."""
    (script,) = re.findall(r"<script.*?>(.*?)</script>", page, re.DOTALL)
    assert script == document.SCRIPT
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    policy = page.partition('http-equiv="Content-Security-Policy" content="')[2].partition('"')[0]
    assert html.unescape(policy) == f"script-src 'sha256-{digest}'"


LATTICE = ("lstm", "NIG", "NFG", "NOG", "NIG-NFG", "NIG-NOG", "NFG-NOG", "NIG-NFG-NOG")
TWO = ("labelling", "translation")


def text(folder, name="report.html"):
    return (folder / name).read_text(encoding="utf-8")


def test_a_clone_of_tables_and_packed_scores_comes_to_the_same_bytes(save, save_examples, tmp_path):
    folder = save(tasks=TWO)
    save_examples(folder, np.random.default_rng(0))
    document.write(folder)
    clone = tmp_path / "clone"
    clone.mkdir()
    for name in ("runs.csv", "curves.csv"):
        shutil.copy(folder / name, clone)
    shutil.copytree(folder / "scores", clone / "scores")
    document.write(clone)
    written = [path for path in folder.rglob("*") if path.is_file()]
    assert len(written) > 12
    for path in written:
        assert (clone / path.relative_to(folder)).read_bytes() == path.read_bytes()


def test_figures_of_an_earlier_report_go(save):
    folder = save(tasks=TWO)
    (folder / "figures").mkdir()
    (folder / "figures" / "video-horizon.svg").write_text("<svg/>")
    document.write(folder)
    assert not (folder / "figures" / "video-horizon.svg").exists()
    assert (folder / "figures" / "grid.svg").exists()


def test_a_study_ends_in_a_page_that_holds_together(save):
    folder = save()
    assert document.write(folder) == folder / "report.html"
    page = Page(text(folder))
    assert len(page.ids) == len(set(page.ids))
    carried = set()
    for link in page.links:
        if link.startswith("#"):
            assert link[1:] in page.ids
        elif link.startswith("data:text/csv;base64,"):
            carried.add(base64.b64decode(link.partition(",")[2]))
        else:
            assert (folder / link).is_file(), link
    assert carried == {p.read_bytes() for p in (folder / "figures").glob("*.csv")}
    assert page.resources == ["data:,"], "nothing is fetched"
    only_our_script(text(folder))
    assert not re.search(r"url\((?!#)|@import", text(folder))
    markdown = text(folder, "report.md")
    anchors = re.findall(r'<a id="([^"]+)">', markdown)
    assert len(anchors) == len(set(anchors))
    for link in re.findall(r"\]\(([^)]+)\)", markdown):
        assert link[1:] in anchors if link[0] == "#" else (folder / link).is_file(), link
    rows = [line for line in markdown.splitlines() if line.startswith("|")]
    rules = [row for row in rows if set(row) <= set("|-")]
    tables = MarkdownIt().enable("table").parse(markdown)
    read = sum(token.type == "tr_open" for token in tables)
    assert read == len(rows) - len(rules), "a blank line ends a table"


def test_the_cells_are_drawn_where_the_study_has_their_pictures(save):
    folder = save()
    document.write(folder)
    assert "The cells" not in text(folder)
    (folder / CELLS).mkdir()
    for name in ("NFG", "of no run"):
        (folder / CELLS / f"{name}.svg").write_text(f"<svg>{name}</svg>")
    document.write(folder)
    images = re.findall(r'<img src="data:image/svg\+xml;base64,([^"]+)"', text(folder))
    assert [base64.b64decode(image) for image in images] == [b"<svg>NFG</svg>"]
    assert "](cells/NFG.svg)" in text(folder, "report.md")


def test_the_page_shows_scores_verdicts_baselines_and_findings(save):
    folder = save()
    document.write(folder)
    page = text(folder)
    verdicts = pd.read_csv(folder / "verdicts.csv")
    row = verdicts[(verdicts["task"] == "video") & (verdicts["architecture"] == "NFG")].iloc[0]
    for shown in (
        signed(row["difference"]),
        f"{signed(row['low'])} to {signed(row['high'])}",
        "bigram language model",
        "a paper (Someone 2000)",
        "NFG (no forget gate)",
        "a simulation, not data",
        "prefers-color-scheme: dark",
        "Published findings",
        "the forget and output gates probably help on 4 of 4 tasks",
        "5 seeds a cell",
    ):
        assert shown in page
        if "color" not in shown:
            assert shown in text(folder, "report.md")
    found = pd.read_csv(folder / "findings.csv").set_index("finding")
    assert found.loc["F15", "outcome"] == "undecided", "without scores by example"


def test_settings_of_an_earlier_search_count_as_tuned(save):
    folder = save(tasks=TWO)
    document.write(folder)
    assert "Nothing was tuned" in text(folder)
    runs = pd.read_csv(folder / "runs.csv", dtype={"experiment": str}, keep_default_na=False)
    runs.loc[runs["architecture"] == "NFG", "learning_rate"] *= 2
    runs.to_csv(folder / "runs.csv", index=False)
    document.write(folder)
    assert "Nothing was tuned" not in text(folder)


def test_what_people_make_of_a_study_stands_in_its_report(save):
    folder = save(tasks=TWO)
    said = "### What came out\n\nThe *forget* gate <script>alert(1)</script>, [x](javascript:y)."
    (folder / DISCUSSION).write_text(said)
    document.write(folder)
    page = text(folder)
    assert "<h3>What came out</h3>" in page
    assert "<em>forget</em>" in page
    Page(page)
    only_our_script(page)
    assert 'href="javascript' not in page
    assert said in text(folder, "report.md")


def test_the_commands_of_a_study_stand_in_its_report(save):
    folder = save(tasks=TWO)
    (folder / "study.json").write_text(
        json.dumps(
            {
                "calls": [
                    {
                        "started_at": "2026-01-01T09:30:00+00:00",
                        "command": f"gatewise run --seeds {seeds} --study '<b>'",
                        "commit": "0123456789ab",
                    }
                    for seeds in (5, 10)
                ]
            }
        )
    )
    document.write(folder)
    assert text(folder).count("2026-01-01 09:30 UTC, commit 0123456789ab") == 2
    assert "--seeds 10 --study &#39;&lt;b&gt;&#39;" in text(folder)
    assert "--seeds 5 --study '&lt;b>'" in text(folder, "report.md")
    (folder / "study.json").write_text('{"calls": [{}]}')
    with pytest.raises(UnreadableResults, match=r"study\.json: not a record"):
        document.write(folder)


@pytest.mark.parametrize(
    ("second", "tasks"),
    [
        ("copying", {"labelling", "translation"}),
        ("recall", {"labelling", "translation", "video"}),
    ],
)
def test_the_grid_has_one_setting_of_each_dial(save, second, tasks):
    """The hardest, where as much ran on each; the others have a figure of their own."""

    def change(runs, curves):
        runs["dial"] = runs["task"].map({"labelling": "copying", "video": second}).fillna("")
        runs["dial_value"] = runs["task"].map({"labelling": 200, "video": 50})

    folder = save(change, tasks=("labelling", "translation", "video"))
    document.write(folder)
    grid = pd.read_csv(folder / "figures" / "grid.csv")
    assert set(grid["task"]) == tasks


def test_of_a_dial_the_grid_has_the_setting_with_the_most_architectures(save):
    """So that a whole lattice is not left out for a harder setting with two of its cells."""

    def change(runs, curves):
        runs["dial"] = runs["task"].map({"labelling": "copying", "video": "copying"}).fillna("")
        runs["dial_value"] = runs["task"].map({"labelling": 200, "video": 50})
        few = ~runs["architecture"].isin(("lstm", "NFG"))
        cut = runs.index[(runs["task"] == "labelling") & few]
        lost = curves.index[curves["experiment"].isin(runs.loc[cut, "experiment"])]
        runs.drop(index=cut, inplace=True)
        curves.drop(index=lost, inplace=True)

    folder = save(change, tasks=("labelling", "translation", "video"))
    document.write(folder)
    grid = pd.read_csv(folder / "figures" / "grid.csv")
    assert set(grid["task"]) == {"translation", "video"}


def test_a_task_of_which_one_run_is_there_is_in_the_report_and_decides_nothing(save):
    """A race has trained it once to know what it takes."""

    def change(runs, curves):
        first = (runs["architecture"] == "lstm") & (runs["seed"] == 0)
        cut = runs.index[(runs["task"] == "translation") & ~first]
        lost = curves.index[curves["experiment"].isin(runs.loc[cut, "experiment"])]
        runs.drop(index=cut, inplace=True)
        curves.drop(index=lost, inplace=True)

    folder = save(change)
    document.write(folder)
    verdicts = pd.read_csv(folder / "verdicts.csv")
    assert set(verdicts["task"]) == {"labelling", "sentiment", "video"}
    assert "translation" in text(folder)
    assert "One seed: nothing here is decided" not in text(folder)


def test_a_study_of_one_run_a_task_has_a_report(save):
    """A race whose looks all turned out too long for its time."""

    def change(runs, curves):
        cut = runs.index[(runs["architecture"] != "lstm") | (runs["seed"] > 0)]
        lost = curves.index[curves["experiment"].isin(runs.loc[cut, "experiment"])]
        runs.drop(index=cut, inplace=True)
        curves.drop(index=lost, inplace=True)

    folder = save(change)
    document.write(folder)
    assert pd.read_csv(folder / "verdicts.csv").empty
    assert "One seed: nothing here is decided" in text(folder)


def test_where_all_tasks_are_settings_the_grid_has_the_hardest_and_largest(save):
    renamed = {"labelling": "adding-50@500", "translation": "adding-100@500"}
    renamed |= {"video": "adding-50@2000", "sentiment": "adding-100@2000"}

    def change(runs, curves):
        for table in (runs, curves):
            table["task"] = table["task"].replace(renamed)
        runs["dial"] = "adding"
        runs["dial_value"] = np.where(runs["task"].str.contains("100"), 100, 50)
        runs["budget"] = np.where(runs["task"].str.endswith("2000"), 2000, 500)

    folder = save(change)
    document.write(folder)
    grid = pd.read_csv(folder / "figures" / "grid.csv")
    assert set(grid["task"]) == {"adding-100@2000"}


def test_every_tested_finding_leads_to_its_evidence(save):
    """A comparison, a section with shares, one with gradients; one click, and it is there."""

    def change(runs, curves):
        runs["dial"] = runs["task"].map({"labelling": "copying", "video": "copying"}).fillna("")
        runs["dial_value"] = runs["task"].map({"labelling": 200, "video": 50})

    names = {name for f in FINDINGS for pair in f.judge.pairs for name in pair}
    loss = {n: 0.3 if "N" in n or n == "vanilla" else 0.0 for n in sorted(names)}
    folder = save(change, loss=loss, tasks=("labelling", "translation", "video"), seeds=3)
    leave(folder, "labelling", lstm=0.9, vanilla=0.5)
    runs = pd.read_csv(folder / "runs.csv", dtype={"experiment": str}, keep_default_na=False)
    trials = pd.concat([runs[(runs["architecture"] == "lstm") & (runs["task"] == "video")]] * 20)
    trials["phase"], trials["test_score"] = "tuning", ""
    trials["experiment"] = [f"ff{k:014x}" for k in range(len(trials))]
    trials["learning_rate"] = np.geomspace(1e-5, 1e-1, len(trials))
    trials["validation_score"] = np.linspace(0, 1, len(trials)) ** 2
    pd.concat([runs, trials]).to_csv(folder / "runs.csv", index=False)
    document.write(folder)
    page, markdown = text(folder), text(folder, "report.md")
    ids = Page(page).ids
    anchors = re.findall(r'<a id="([^"]+)">', markdown)
    outcomes = pd.read_csv(folder / "findings.csv").set_index("finding")["outcome"]
    tested = outcomes.index[outcomes != "not tested here"]
    # What is about language models or generated tasks alone, and gradients at several seeds.
    others = {"F4", "F5", "F13", "F14", "F17", "F18", "F19", "F20"}
    assert set(outcomes.index) - set(tested) == others
    for name in tested:
        row = page.partition(f' id="{name}">')[2].partition("</article>")[0]
        plain = row.partition("<details>")[0]
        links = re.findall(r'href="#([^"]+)"', plain)
        assert links, f"{name} leads nowhere without unfolding"
        assert set(re.findall(r'href="#([^"]+)"', row)) <= set(ids)
        line = markdown.partition(f"\n| {name} |")[2].partition("\n")[0]
        assert re.findall(r"\]\(#([^)]+)\)", line) == links
        assert set(links) <= set(anchors)
    evidence = {"F1": "importance", "F9": "hyperparameters", "F12": "dial"}
    for name, section in evidence.items():
        assert (
            f'href="#{section}"' in page.partition(f' id="{name}">')[2].partition("</article>")[0]
        )


def test_equal_tables_give_equal_reports(save):
    folder = save(tasks=TWO)
    document.write(folder)
    names = [p for p in sorted(folder.rglob("*")) if p.is_file()]
    before = [p.read_bytes() for p in names]
    document.write(folder)
    assert [p for p in sorted(folder.rglob("*")) if p.is_file()] == names
    assert [p.read_bytes() for p in names] == before


def test_the_page_shows_what_was_answered(save):
    folder = save(loss={"lstm": 0.0, "NFG": 0.3, "gru": 0.0}, tasks=("labelling",))
    runs = pd.read_csv(folder / "runs.csv", dtype={"experiment": str})
    said = {"lstm": "DET NOUN", "NFG": "DET <b>", "gru": "DET NOUN"}
    (folder / "samples").mkdir()
    for run in runs[runs["seed"] == 0].itertuples():
        written = {"likeliest": said[run.architecture]}
        example = {"row": 0, "source": "the <i>cat", "references": ["DET NOUN"], "picture": []}
        facts = ("experiment", "task", "architecture", "scale", "seed", "match")
        record = {name: getattr(run, name) for name in facts}
        record |= {"examples": [example | {"written": written}]}
        path = folder / "samples" / f"{run.experiment}.json"
        path.write_text(json.dumps(record))
    document.write(folder)
    page = text(folder)
    assert "the &lt;i&gt;cat" in page
    assert "<dt>lstm, gru</dt><dd>DET NOUN</dd>" in page, "equal answers stand together"
    assert "<dt>NFG</dt><dd>DET <mark>&lt;b&gt;</mark></dd>" in page, "what is wrong is marked"
    assert "given: the &lt;i>cat" in text(folder, "report.md")
    path.write_text('{"examples": [{}]}')
    with pytest.raises(UnreadableResults, match="no examples to read"):
        document.write(folder)


def test_nothing_is_computed_twice(save, save_examples, monkeypatch):
    """A report of thousands of runs takes seconds because figures are drawn once, and examples
    looked at a few times."""
    from matplotlib.figure import Figure as Canvas

    from gatewise.report.statistics import sides

    folder = save(tasks=TWO)
    save_examples(folder, np.random.default_rng(0))
    counts = {"draws": 0, "variances": 0}

    def counted(name, function):
        def call(*arguments, **options):
            counts[name] += 1
            return function(*arguments, **options)

        return call

    monkeypatch.setattr(Canvas, "draw", counted("draws", Canvas.draw))
    monkeypatch.setattr(sides, "of_examples", counted("variances", sides.of_examples))
    document.write(folder)
    # Once for each architecture of a task in verdicts, scores, standings, choices, and tables of
    # gates and of fitness.
    assert counts["variances"] <= 7 * 8 * len(TWO)
    assert counts["draws"] == len(list((folder / "figures").glob("*.svg")))


EVIL = '<script>alert("1")</script>|`x`[y](http://evil.example)\nnext'


def test_whatever_the_tables_hold_is_shown_as_text(save, tmp_path):
    def change(runs, curves):
        runs["architecture"] = runs["architecture"].replace("gru", EVIL)
        curves["architecture"] = curves["architecture"].replace("gru", EVIL)
        for column in ("unit", "source", "machine", "study", "pattern", "budget_note", "scale"):
            runs[column] = EVIL
        runs["task"] = runs["task"].replace("video", f"../../{EVIL}")
        curves["task"] = curves["task"].replace("video", f"../../{EVIL}")
        runs.rename(columns={"test.hidden": f"test.{EVIL}"}, inplace=True)
        runs[f"baseline.{EVIL} [nats]"] = 1.0
        runs["baseline.nothing in brackets"] = 2.0

    folder = save(change, tasks=("labelling", "video"))
    document.write(folder)
    page = Page(text(folder))
    only_our_script(text(folder))
    assert all(not link.startswith("http") for link in page.links)
    markdown = text(folder, "report.md")
    assert "<script" not in markdown
    assert not re.search(r"(?<!\\)\]\(http", markdown)
    tables = [line for line in markdown.splitlines() if line.startswith("|")]
    assert tables
    assert all(line.endswith("|") for line in tables)
    assert {p.name for p in tmp_path.iterdir()} == {"study"}, "nothing is written elsewhere"


def test_an_interrupted_report_leaves_the_old_one(save, monkeypatch):
    folder = save(tasks=TWO)
    document.write(folder)
    before = text(folder)
    save(seed=2, tasks=TWO)

    def interrupted(self, target):
        raise KeyboardInterrupt

    monkeypatch.setattr("pathlib.Path.replace", interrupted)
    with pytest.raises(KeyboardInterrupt):
        document.write(folder)
    assert text(folder) == before
    assert not [p for p in folder.rglob(".*") if p.is_file()], "no temporary file stays"


def test_bad_tables_write_nothing(save):
    folder = save()
    (folder / "runs.csv").write_text("experiment\n1\n")
    with pytest.raises(UnreadableResults):
        document.write(folder)
    assert not (folder / "report.html").exists()
    assert not (folder / "figures").exists()


def test_one_seed_is_told_to_decide_nothing(save):
    folder = save(seeds=1, tasks=TWO)
    document.write(folder)
    assert "One seed decides nothing: run it with --seeds 3 or more" in text(folder)
    assert "One seed: nothing here is decided" in text(folder)
    assert "nan" not in re.sub(r"<[^>]*>", "", text(folder))
    assert "nan" not in text(folder, "report.md")


@pytest.mark.parametrize(
    "options",
    [
        {"loss": {"lstm": 0.0}},
        {"loss": {"gru": 0.0, "vanilla": 0.1}},
        {"loss": {"lstm": 0.0, "gru": 0.0}, "tasks": ("translation",), "seeds": 2},
        {"loss": {"lstm": 0.0, "gru": 0.0}, "noise": 0.0},
        {"loss": {"lstm": 0.0, **{f"cell-{k}": k / 100 for k in range(30)}}, "seeds": 2},
    ],
    ids=["lstm alone", "no lstm", "one pair", "no noise", "many"],
)
def test_studies_of_every_shape_are_reported(save, options):
    folder = save(**{"tasks": ("labelling",)} | options)
    document.write(folder)
    Page(text(folder))


def test_divergence_is_marked_and_listed(save):
    def change(runs, curves):
        hit = (runs["architecture"] == "gru") & (runs["seed"] == 2) & (runs["task"] == "video")
        runs.loc[hit, "status"] = "diverged"
        runs.loc[hit, "diverged_step"] = 17

    folder = save(change, tasks=("video",))
    document.write(folder)
    assert "gru on video, seed 2, step 17" in text(folder)
    assert "†" in text(folder)
    untouched = save(tasks=("video",))
    document.write(untouched)
    assert "†" not in text(untouched)


def test_a_search_that_chose_one_setting_for_all_was_one(save):
    folder = save(tasks=TWO)
    said = {"started_at": "2026-01-01T00:00:00+00:00", "command": "gatewise run", "commit": "c"}
    call = said | {"settings": [{"task": "labelling", "architecture": "lstm"}]}
    (folder / "study.json").write_text(json.dumps({"calls": [call]}))
    document.write(folder)
    assert "Nothing was tuned" not in text(folder)


def test_limits_say_whether_anything_was_tuned(save):
    folder = save(tasks=TWO)
    document.write(folder)
    assert "Nothing was tuned" in text(folder)
    runs = pd.read_csv(folder / "runs.csv")
    trials = runs.assign(phase="tuning", experiment="t" + runs["experiment"], test_score=np.nan)
    trials["learning_rate"] = 1e-3 * (1 + runs["seed"])
    pd.concat([runs, trials]).to_csv(folder / "runs.csv", index=False)
    document.write(folder)
    assert 'chose is in <a href="settings.csv">' in text(folder)
    assert "Nothing was tuned" not in text(folder)
    assert "The papers' protocol beside ours" in text(folder)


def test_the_whole_lattice_brings_shapley_values(save):
    folder = save(loss={name: 0.1 * name.count("N") for name in LATTICE}, tasks=TWO)
    document.write(folder)
    assert (
        "labelling</th>" in text(folder).partition("Shapley value</th>")[2].partition("</table>")[0]
    )
    for name in ("answer.md", "report.md", "report.html"):
        assert "veraged over" not in text(folder, name)
    assert (folder / "figures" / "importance-lstm.svg").exists()


def test_worth_is_known_only_where_the_whole_lattice_ran(save):
    def fewer(runs, curves):
        gone = runs[(runs["task"] == "video") & (runs["architecture"] == "NIG-NOG")]
        runs.drop(gone.index, inplace=True)
        curves.drop(curves[curves["experiment"].isin(gone["experiment"])].index, inplace=True)

    loss = {name: 0.1 * name.count("N") for name in LATTICE}
    folder = save(fewer, loss=loss, tasks=("labelling", "video"))
    document.write(folder)
    worth = pd.read_csv(folder / "importance.csv").set_index("task")
    assert worth.loc["labelling", ["first", "middle", "last"]].notna().all(axis=None)
    assert worth.loc["video", "shapley"].isna().all()


def test_missing_scores_by_example_and_unended_trainings_are_said(save):
    def change(runs, curves):
        runs["still_gaining"] = runs["task"] == "translation"

    folder = save(change, tasks=TWO)
    document.write(folder)
    for name in ("report.md", "report.html"):
        said = text(folder, name)
        assert "Scores by test example are missing on labelling, translation" in said
        assert "nothing is called certain" in said
        assert "translation (100% of the final runs were still gaining)" in said
        assert "‡" in said


def test_error_rates_stand_beside_the_verdicts_and_those_of_another_procedure_do_not(save):
    folder = save(tasks=TWO)
    rates = "seeds,runs,examples,trials,rate,low,high\n"
    (folder / "calibration.csv").write_text(
        f"task,measure,effect,{rates}"
        "all,false certain,0.0,5,80,0,1000,0.02,0.01,0.03\n"
        '"all","A/A, any in a family of 7 after Holm",,5,10,0,1000,0.22,0.2,0.24\n'
    )
    document.write(folder)
    for name in ("report.md", "report.html"):
        assert "studies in which anything certain is false" in text(folder, name)
        assert "2.0%" in text(folder, name)
        assert "22.0%" not in text(folder, name)
        assert "own runs of lstm under several names" not in text(folder, name)
    with (folder / "calibration.csv").open("a") as file:
        file.write("labelling,A/A,0.0,5,10,0,1000,0.04,0.03,0.05\n")
    document.write(folder)
    for name in ("report.md", "report.html"):
        assert "own runs of lstm under several names" in text(folder, name)


def test_what_had_not_ended_is_marked_in_every_table(save):
    def change(runs, curves):
        runs.loc[(runs["architecture"] == "NOG") & (runs["seed"] < 2), "still_gaining"] = True

    loss = {name: 0.1 * name.count("N") for name in LATTICE}
    folder = save(change, tasks=TWO, loss=loss)
    document.write(folder)
    page, markdown = text(folder), text(folder, "report.md")
    assert "| NOG (no output gate) | 40% ‡ | 40% ‡ |" in markdown
    assert "| lstm | 0% | 0% |" in markdown
    for table in ("All scores", "translation", "Gate importance"):
        part = markdown.partition(f"## {table}\n")[2].partition("\n## ")[0]
        assert "‡" in part, table
    further = page.partition("Further test scores")[2].partition("</table>")[0]
    assert "NOG ‡</th>" in further
    assert "lstm</th>" in further
    interactions = page.partition("<h3>Interactions</h3>")[2].partition("</details>")[0]
    assert interactions.count("‡") == 2 * 3
