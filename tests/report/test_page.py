"""The page in a real browser: it can be walked through, it is drawn whole, and it is quick."""

from __future__ import annotations

import shutil

import pytest

from gatewise.report import browser, document

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
pytestmark = pytest.mark.skipif(
    not any(map(shutil.which, browser.NAMES)), reason="no Chromium on the path: no page to open"
)


@pytest.fixture(scope="module")
def chromium():
    with playwright.sync_playwright() as started:
        opened = started.chromium.launch(
            executable_path=browser.chromium(), args=["--no-sandbox", "--disable-gpu"]
        )
        yield opened
        opened.close()


@pytest.fixture
def opened(chromium, save):
    """A report on the page, and what its console said."""

    def change(runs, curves):
        runs["mlflow_run"], runs["mlflow_experiment"] = "abc", "1"

    names = ("lstm", "NIG", "NFG", "NOG", "gru")
    page = document.write(save(change, loss=dict.fromkeys(names, 0.1), tasks=("labelling",)))
    window = {"width": 1300, "height": 900}
    tab = chromium.new_page(viewport=window, reduced_motion="reduce")
    said: list[str] = []
    tab.on("console", lambda message: said.append(message.text))
    tab.on("pageerror", lambda error: said.append(str(error)))
    tab.goto(page.as_uri())
    yield tab
    assert said == [], "the console is silent"
    tab.close()


def test_the_page_is_whole_and_can_be_walked_through(opened):
    for link in opened.locator("nav a").all():
        link.click()
        section = opened.locator(link.get_attribute("href"))
        assert section.is_visible(), "what is folded opens"
        assert section.bounding_box()["y"] < 900, "the table of contents leads to its sections"
    figures = opened.locator("figure svg")
    assert figures.count() >= 3
    for figure in figures.all():
        box = figure.bounding_box()
        assert box["width"] > 300
        assert box["height"] > 80
    for drawn in opened.locator("figure [role=img]").all():
        assert len(drawn.get_attribute("aria-label")) > 20
    with opened.expect_download() as data:
        opened.get_by_text("Data of this grid as CSV").click()
    assert data.value.suggested_filename == "grid.csv"


def test_the_first_screen_has_the_claim_the_grid_and_how_sure(opened):
    opened.set_viewport_size({"width": 1280, "height": 800})
    for shown in ("h1", ".grid td:last-of-type", ".chips li:last-child", ".use thead"):
        box = opened.locator(shown).last.bounding_box()
        assert box["y"] + box["height"] <= 800, shown
    rows = opened.locator(".grid thead th").all()
    assert [row.inner_text().split("\n")[0] for row in rows] == [
        *("no input gate", "no forget gate", "no output gate")
    ]
    places = [row.bounding_box() for row in rows]
    assert len({place["x"] for place in places}) == 1, "gates are rows"
    opened.locator(".grid td a").first.click()
    assert opened.locator("tr:target").is_visible(), "a field leads to its comparison"


@pytest.mark.parametrize("folded", [True, False])
def test_a_phone_scrolls_down_alone(opened, folded):
    opened.set_viewport_size({"width": 390, "height": 844})
    opened.evaluate(f"document.querySelectorAll('details').forEach(d => d.open = {not folded:d})")
    assert opened.evaluate("document.documentElement.scrollWidth") == 390
    places = [row.bounding_box() for row in opened.locator(".grid thead th").all()]
    assert len({place["y"] for place in places}) == 1, "gates are columns"


def test_without_its_script_all_can_be_read(chromium, opened):
    context = chromium.new_context(java_script_enabled=False)
    tab = context.new_page()
    tab.goto(opened.url)
    tab.locator("summary").first.click()
    assert tab.locator("section.task table").first.is_visible()
    tab.locator(".grid td a").first.click()
    assert tab.locator("tr:target").is_visible()
    context.close()


def test_tables_are_sorted_and_an_architecture_is_lit_in_all_figures(opened):
    opened.locator("nav a").first.click()
    head = opened.locator("section.task thead th").nth(1)
    rows = "[...document.querySelectorAll('section.task tbody')[0].rows].map(r => {})"
    values = rows.format("parseFloat(r.cells[1].textContent.replace('−', '-'))")
    before = opened.evaluate(values)
    head.click()
    assert opened.evaluate(values) == sorted(before, reverse=True)
    head.press("Enter")
    assert opened.evaluate(values) == sorted(before)
    opened.get_by_label("light:").select_option("NFG")
    names = opened.locator("tbody th.lit").all_text_contents()
    assert names
    assert all(name.startswith("NFG") for name in names), names
    assert opened.locator("figure text.lit").count() >= 2
    dimmed = opened.locator("figure .dimmed").all()
    assert dimmed
    assert not any(".NFG." in line.get_attribute("id") for line in dimmed)


def test_every_score_leads_to_its_runs(opened):
    opened.locator("nav a").get_by_text("All scores").click()
    opened.locator("#table tbody a").first.click()
    run = opened.locator("li:target a").first
    assert run.is_visible(), "the folded list opens"
    assert run.get_attribute("href").endswith(
        "/#/experiments/1/runs/abc?workflowType=machine_learning"
    )


def test_the_keyboard_is_enough_and_both_lights_can_be_read(opened, chromium):
    opened.keyboard.press("Tab")
    assert opened.evaluate("document.activeElement.className") == "skip"
    colours = set()
    for scheme in ("light", "dark"):
        opened.emulate_media(color_scheme=scheme)
        script = "getComputedStyle(document.body).{} "
        ink, paper = (opened.evaluate(script.format(name)) for name in ("color", "backgroundColor"))
        assert contrast(ink, paper) > 7
        colours.add(paper)
    assert len(colours) == 2


def contrast(one: str, other: str) -> float:
    """Ratio of the luminances of two colours, ``rgb(r, g, b)``, by WCAG 2."""

    def luminance(colour: str) -> float:
        parts = [int(part) / 255 for part in colour[4:-1].split(",")]
        linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)
