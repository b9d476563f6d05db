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
        assert section.bounding_box()["y"] < 900, "the table of contents leads to its sections"
    figures = opened.locator("figure svg")
    assert figures.count() >= 4
    for figure in figures.all():
        box = figure.bounding_box()
        assert box["width"] > 300
        assert box["height"] > 80
    for drawn in opened.locator("figure [role=img]").all():
        assert len(drawn.get_attribute("aria-label")) > 20
    with opened.expect_download() as data:
        opened.locator("figcaption a").first.click()
    assert data.value.suggested_filename == "overview.csv"


def test_every_score_leads_to_its_runs(opened):
    opened.locator("#table tbody a").first.click()
    run = opened.locator("tr:target a").first
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
