"""The page of `gatewise watch` in a browser: keyboard, phone, dark, without script."""

from __future__ import annotations

import json
import re
import shutil
import subprocess

import pytest

from gatewise.report import browser
from tests.browser import pictures

pytest.importorskip("playwright", reason="playwright is not installed")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not any(map(shutil.which, browser.NAMES)), reason="no Chromium on the path: no page to open"
    ),
]
TEXT = "<b>not</b> a good film, </script> but the best of twenty that I have seen"
PHONE = {"width": 390, "height": 844}


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    """Of two networks that were trained for it, in one command; the second finds them."""
    folder = tmp_path_factory.mktemp("watched")
    to = folder / "watch.html"
    command = [str(pictures.GATEWISE), "watch", TEXT, "--scale", "smoke", "--to", str(to)]
    command += ["--results", str(folder / "results")]
    for said in ("is trained, once", ""):
        done = subprocess.run(command, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        assert said in done.stderr
    assert not done.stderr
    assert done.stdout.splitlines()[-1] == str(to)
    assert to.stat().st_size < 1_000_000
    return to


@pytest.fixture(scope="module")
def chromium():
    with pictures.opened() as opened:
        yield opened


@pytest.fixture
def opened(chromium, page):
    """Opens the page; nothing may go wrong and nothing may be asked for meanwhile."""
    wrong, asked, contexts = [], [], []

    def go(**options):
        context = chromium.new_context(**options)
        contexts.append(context)
        tab = context.new_page()
        tab.on("pageerror", lambda error: wrong.append(str(error)))
        tab.on("console", lambda said: wrong.append(said.text))
        tab.on("dialog", lambda dialog: wrong.append(dialog.message))
        tab.on("request", lambda request: asked.append(request.url))
        tab.goto(page.as_uri())
        return tab

    yield go
    for context in contexts:
        context.close()
    assert not wrong
    assert {url for url in asked if not url.startswith("data:")} == {page.as_uri()}


def values(tab, of: int, row: str) -> list[str]:
    return tab.locator(f'tbody[data-of="{of}"] tr[data-row="{row}"] td').all_text_contents()


def here(tab) -> int:
    return tab.evaluate(
        "[...document.querySelectorAll('.board thead th')].findIndex(h => h.matches('.here'))"
    )


def choose(tab, of: int, row: str, at: str) -> None:
    body = tab.locator(f'tbody[data-of="{of}"]')
    body.locator(f'tr[data-row="{row}"] + tr.units label', has_text=at).click()


def test_the_keyboard_goes_through_the_text(opened):
    tab = opened()
    count = tab.locator(".board thead th").count()
    assert here(tab) == count - 1
    for key, place in (("ArrowLeft", count - 2), ("Home", 0), ("ArrowLeft", 0), ("ArrowRight", 1)):
        tab.keyboard.press(key)
        assert here(tab) == place
    tab.locator("#step").focus()
    tab.keyboard.press("End")
    assert here(tab) == count - 1
    tab.locator("#step").fill("3")
    assert here(tab) == 2
    assert "3 of" in tab.locator("#token").text_content()
    faint = tab.locator('tbody[data-of="0"] tr[data-row="write"] td.later').count()
    assert faint == count - 3
    tab.locator("#back").click()
    assert here(tab) == 1


def test_a_gate_is_held_and_lights_in_the_diagram(opened):
    tab = opened()
    free, other = values(tab, 0, "keep"), values(tab, 1, "write")
    for at in "01":
        choose(tab, 0, "keep", at)
        assert set(values(tab, 0, "keep")) == {f"{at}.00"}
        title = tab.locator('tbody[data-of="0"] .title').text_content()
        assert f"forget gate held at {at}" in title
        glows = tab.locator('figure[data-of="0"] rect.glow')
        assert glows.count() == 3
        vs = glows.evaluate_all("all => all.map(one => +one.style.getPropertyValue('--v'))")
        assert vs.count(float(at)) == 1
        assert values(tab, 1, "write") == other
    choose(tab, 0, "write", "0")
    assert values(tab, 0, "keep") != ["1.00"] * len(free)
    assert set(values(tab, 0, "h")) == {"0.00"}
    choose(tab, 0, "write", "free")
    assert values(tab, 0, "keep") == free
    tab.locator('input[name="lstm emit"][value=""]').focus()
    tab.keyboard.press("ArrowRight")
    assert set(values(tab, 0, "emit")) == {"0.00"}


def test_what_is_drawn_is_what_is_embedded(opened):
    tab = opened()
    data = json.loads(tab.locator("#data").text_content())
    for of, one in enumerate(data):
        for gate, found in one["courses"][0]["gates"].items():
            assert values(tab, of, gate) == [f"{v:.2f}" for v in found["mean"]]
    drawn = tab.evaluate(
        "(() => { const c = document.querySelector('tr[data-row=keep] + tr canvas');"
        " return [c.width, c.height] })()"
    )
    assert drawn == [6 * len(data[0]["tokens"]), data[0]["units"]]
    assert re.sub(r"\s", "", tab.locator("h1").text_content()) == re.sub(r"\s", "", TEXT)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("script", [True, False])
def test_on_a_phone_the_strip_scrolls_and_the_page_does_not(opened, scheme, script):
    tab = opened(viewport=PHONE, color_scheme=scheme, java_script_enabled=script, has_touch=True)
    widths = tab.locator("html").bounding_box(), tab.locator("#board").bounding_box()
    assert all(box["x"] + box["width"] <= PHONE["width"] for box in widths)
    if script:
        assert tab.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
        tab.locator("#on").tap()
        tab.keyboard.press("Home")
        assert tab.evaluate("document.getElementById('board').scrollLeft") == 0
        tab.keyboard.press("End")
        assert tab.evaluate("document.getElementById('board').scrollLeft") > 0
        paper = tab.evaluate("getComputedStyle(document.body).backgroundColor")
        assert (paper == "rgb(23, 25, 28)") == (scheme == "dark")
    assert tab.locator("#steer").is_visible() == script
    assert len(values(tab, 0, "keep")) == tab.locator(".board thead th").count()
    assert tab.get_by_text("How to read it").is_visible()
