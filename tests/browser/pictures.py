"""Pictures of the report and of the MLflow page, by a Chromium without a window.

    python -m tests.browser.pictures --study quick --results results --into build/screenshots

makes those of the README and those that continuous integration keeps.
"""

from __future__ import annotations

import argparse
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from gatewise.report.browser import chromium

GATEWISE = Path(sys.executable).parent / "gatewise"
STARTING_SECONDS = 240
WAIT_MILLISECONDS = 120_000


@contextmanager
def opened() -> Iterator[Any]:
    """A Playwright browser.

    Raises:
        NoBrowser: there is no Chromium on the path.
    """
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium(), args=["--no-sandbox", "--disable-gpu"]
        )
        try:
            yield browser
        finally:
            browser.close()


def free_port() -> int:
    """A port of this machine that nobody listens on."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
    return port


@contextmanager
def served(results: Path, patience: float = STARTING_SECONDS) -> Iterator[str]:
    """``gatewise ui`` over a results folder; gives the address that it printed.

    Raises:
        RuntimeError: it does not answer within ``patience`` seconds.
    """
    port = free_port()
    command = [str(GATEWISE), "ui", "--results", str(results), "--port", str(port)]
    with subprocess.Popen(
        command, text=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as process:
        try:
            assert process.stdout is not None
            address = process.stdout.readline().strip()
            end = time.monotonic() + patience
            while not _answers(port):
                if process.poll() is not None or time.monotonic() > end:
                    raise RuntimeError(f"gatewise ui does not answer on port {port}")
                time.sleep(0.5)
            yield address
        finally:
            process.terminate()


def _answers(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=5):
            return True
    except (urllib.error.URLError, OSError):
        return False


SCREENS = {
    "light": {"viewport": {"width": 1280, "height": 800}, "color_scheme": "light"},
    "dark": {"viewport": {"width": 1280, "height": 800}, "color_scheme": "dark"},
    "phone": {"viewport": {"width": 390, "height": 844}, "color_scheme": "light"},
    "print": {"viewport": {"width": 760, "height": 1075}, "color_scheme": "light"},
}
"""The first screens that are looked at, and how they are opened."""


def of_screens(browser: Any, page: Path, into: Path) -> None:
    """What a reader sees first: in light and dark, on a phone, printed."""
    for name, options in SCREENS.items():
        tab = browser.new_page(reduced_motion="reduce", **options)
        tab.emulate_media(media="print" if name == "print" else "screen")
        tab.goto(page.resolve().as_uri())
        tab.screenshot(path=into / f"first-{name}.png")
        tab.close()


def of_report(browser: Any, page: Path, into: Path) -> None:
    """One task unfolded, in light and in dark, and the whole as it is printed."""
    for scheme in ("light", "dark"):
        tab = browser.new_page(viewport={"width": 1280, "height": 800}, color_scheme=scheme)
        tab.goto(page.resolve().as_uri())
        task = tab.locator("section.task").first
        task.locator("summary").first.click()
        task.screenshot(path=into / f"task-{scheme}.png")
        tab.close()
    tab = browser.new_page()
    tab.goto(page.resolve().as_uri())
    tab.pdf(path=into / "report.pdf", format="A4", print_background=True)
    tab.close()


def of_tracking(browser: Any, address: str, into: Path) -> None:
    """The charts that it opens on, the table of runs, and the page of a study."""
    tab = browser.new_page(viewport={"width": 1500, "height": 900})
    tab.goto(address)
    tab.locator(".js-plotly-plot").first.wait_for(timeout=WAIT_MILLISECONDS)
    tab.screenshot(path=into / "mlflow-charts.png")
    tab.goto("about:blank")
    tab.goto(table(address))
    unfold(tab, "study ")
    tab.get_by_text("lstm · ").first.wait_for(timeout=WAIT_MILLISECONDS)
    tab.screenshot(path=into / "mlflow-runs.png")
    tab.get_by_text("study ").first.click()
    tab.get_by_text("Description").first.wait_for(timeout=WAIT_MILLISECONDS)
    tab.screenshot(path=into / "mlflow-study.png")
    tab.close()


def table(charts: str) -> str:
    """Where the table of all runs is, by the address of the charts that the page opens on."""
    opens = "viewStateShareKey=architectures&compareRunsMode=CHART"
    return charts.replace(opens, "viewStateShareKey=gatewise")


def unfold(tab: Any, study: str) -> None:
    """Show the runs of a study in the table of runs, where they start folded."""
    row = tab.get_by_role("row").filter(has_text=study).first
    row.wait_for(timeout=WAIT_MILLISECONDS)
    row.get_by_role("button").first.click()


def main() -> None:
    """Make all pictures of a study."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--study", default="quick")
    parser.add_argument("--results", type=Path, default=Path("results"))
    parser.add_argument("--into", type=Path, default=Path("build/screenshots"))
    options = parser.parse_args()
    options.into.mkdir(parents=True, exist_ok=True)
    with opened() as browser:
        page = options.results / options.study / "report.html"
        of_screens(browser, page, options.into)
        of_report(browser, page, options.into)
        with served(options.results) as address:
            of_tracking(browser, address, options.into)
    print(*sorted(options.into.iterdir()), sep="\n")


if __name__ == "__main__":
    main()
