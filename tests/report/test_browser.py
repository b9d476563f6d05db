"""The page is printed where a Chromium is, and without one the user is told."""

from __future__ import annotations

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
