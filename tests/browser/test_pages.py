"""A real study's report and MLflow page, in a browser, from one to the other."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import urllib.parse
from pathlib import Path

import pytest

from gatewise.report import browser, document
from tests.browser import pictures

pytest.importorskip("playwright", reason="playwright is not installed")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not any(map(shutil.which, browser.NAMES)), reason="no Chromium on the path: no page to open"
    ),
]

ROOT = Path(__file__).parents[2]
ARCHITECTURES, SEEDS = ("lstm", "NFG"), 2


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    """The results folder of a real study of four runs."""
    folder = tmp_path_factory.mktemp("results")
    command = [str(pictures.GATEWISE), "run", "--preset", "smoke", "--tasks", "labelling"]
    command += ["--architectures", ",".join(ARCHITECTURES), "--seeds", str(SEEDS)]
    done = subprocess.run([*command, "--results", str(folder)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture(scope="module")
def chromium():
    with pictures.opened() as opened:
        yield opened


@pytest.fixture(scope="module")
def address(results):
    with pictures.served(results) as served:
        yield served


@pytest.fixture
def tab(chromium):
    opened = chromium.new_page(viewport={"width": 1500, "height": 900})
    opened.set_default_timeout(pictures.WAIT_MILLISECONDS)
    yield opened
    opened.close()


def test_a_number_of_the_report_leads_to_its_mlflow_run(tab, results, address):
    tab.goto((results / "smoke" / "report.html").as_uri() + "#table")
    assert tab.locator(".example").count() == 10, "ten test examples are shown"
    tab.locator("#table tbody a").first.click()
    run = tab.locator("li:target a").first
    link, score = run.get_attribute("href"), run.inner_text()
    assert link.startswith(document.MLFLOW)
    tab.goto(link.replace(document.MLFLOW, _origin(address)))
    tab.get_by_text("lstm · labelling · 0").first.wait_for()
    tab.get_by_text("test_score").first.wait_for()
    shown = [float(n) for n in re.findall(r"0\.\d+", tab.locator("body").inner_text())]
    assert any(round(n, len(score) - 2) == float(score) for n in shown)


def test_the_mlflow_page_opens_on_a_chart_a_task(tab, address):
    tab.goto(address)
    tab.get_by_text("labelling: accuracy").first.wait_for()
    chart = tab.locator(".js-plotly-plot").first
    chart.wait_for()
    assert tab.get_by_text("Test scores").count() > 0
    bars = chart.locator(".barlayer .point")
    bars.first.wait_for()
    assert bars.count() == len(ARCHITECTURES), "they are compared without a click"
    assert all(tab.get_by_text(f"Group: {name}").count() for name in ARCHITECTURES)


def test_the_table_of_runs_has_the_study_with_columns_that_matter(tab, address):
    tab.goto(pictures.table(address))
    tab.get_by_text("study smoke").first.wait_for()
    for column in ("architecture", "test_score"):
        assert tab.get_by_role("columnheader", name=column).count() > 0
    tab.get_by_text("study smoke").first.click()
    tab.get_by_text("The whole report", exact=False).first.wait_for()
    grid = tab.locator("img[src*='figures/grid.svg']")
    grid.scroll_into_view_if_needed()
    tab.wait_for_function("picture => picture.complete", arg=grid.element_handle())
    assert grid.evaluate("picture => picture.naturalWidth") > 100


def test_runs_are_filtered_by_a_gate(tab, address):
    chosen = urllib.parse.quote("tags.`gate.keep` = 'open'")
    tab.goto(f"{pictures.table(address)}&searchFilter={chosen}")
    pictures.unfold(tab, "study smoke")
    tab.get_by_text("NFG (no forget gate) · labelling · 1").first.wait_for()
    assert tab.get_by_text("lstm · labelling").count() == 0


def test_the_script_takes_every_picture(results):
    """Into build/screenshots, where continuous integration finds them."""
    command = [sys.executable, "-m", "tests.browser.pictures", "--study", "smoke"]
    done = subprocess.run(
        [*command, "--results", str(results)], capture_output=True, text=True, cwd=ROOT
    )
    assert done.returncode == 0, done.stderr
    made = {Path(line).name: Path(ROOT, line) for line in done.stdout.split()}
    assert {"first-light.png", "task-dark.png", "mlflow-charts.png", "report.pdf"} <= set(made)
    assert all(path.stat().st_size > 5000 for path in made.values())


def _origin(address: str) -> str:
    parts = urllib.parse.urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}"
