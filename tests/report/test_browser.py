"""The page is printed where a Chromium is, and without one the user is told."""

from __future__ import annotations

import os
import shutil

import pytest

from gatewise.report import browser


@pytest.mark.skipif(
    not any(map(shutil.which, browser.NAMES)), reason="no Chromium on the path: nothing can print"
)
def test_a_page_is_printed(tmp_path):
    page = tmp_path / "page with a space.html"
    page.write_text("<title>x</title><p>printed</p>")
    assert browser.to_pdf(page).read_bytes().startswith(b"%PDF-")


def test_without_a_browser_the_user_is_told(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(browser.NoBrowser, match="none found; allowed is one of chromium"):
        browser.to_pdf(tmp_path / "page.html")


STAND_IN = """#!/bin/sh
# A Chromium that writes down what it was asked.
printf '%s\\n' "$@" > "$TOLD"
for argument in "$@"; do
    case "$argument" in --print-to-pdf=*) echo pdf > "${argument#--print-to-pdf=}" ;; esac
done
"""


@pytest.fixture
def told(tmp_path, monkeypatch):
    """The file that says what the browser was asked."""
    stand_in = tmp_path / "bin" / browser.NAMES[0]
    stand_in.parent.mkdir()
    stand_in.write_text(STAND_IN)
    stand_in.chmod(0o755)
    monkeypatch.setenv("PATH", str(stand_in.parent), prepend=os.pathsep)
    monkeypatch.setenv("TOLD", str(tmp_path / "told"))
    return tmp_path / "told"


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="knows no root")
@pytest.mark.parametrize(("user", "confined"), [(0, False), (1000, True)])
def test_nobody_but_root_prints_without_the_sandbox(user, confined, told, tmp_path, monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: user)
    page = tmp_path / "report.html"
    page.write_text("<p>x</p>")
    assert browser.to_pdf(page).read_text() == "pdf\n"
    assert ("--no-sandbox" not in told.read_text().split()) == confined


def test_a_browser_that_prints_nothing_is_named(told, tmp_path):
    page = tmp_path / "report.html"
    (tmp_path / "bin" / browser.NAMES[0]).write_text("#!/bin/sh\necho broken >&2; exit 3\n")
    with pytest.raises(browser.NoBrowser, match="printing ended with 3: broken"):
        browser.to_pdf(page)
    assert not page.with_suffix(".pdf").exists()
