"""Printing the page with a Chromium that is on this machine."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
SECONDS = 120


class NoBrowser(ValueError):
    """No Chromium, or one that cannot print."""


def chromium() -> str:
    """The path of a Chromium.

    Raises:
        NoBrowser: there is none on the path.
    """
    for name in NAMES:
        if found := shutil.which(name):
            return found
    raise NoBrowser(
        f"browser: none found; allowed is one of {', '.join(NAMES)} on the path "
        "(Debian: apt-get install chromium)"
    )


def to_pdf(page: Path) -> Path:
    """Print a page to a PDF beside it.

    Raises:
        NoBrowser: there is none, or it fails.
    """
    pdf = page.with_suffix(".pdf").resolve()
    with tempfile.TemporaryDirectory() as profile:
        command = [chromium(), "--headless", "--disable-gpu", "--no-first-run", *_unconfined()]
        command += ["--disable-background-networking", "--disable-component-update"]
        command += ["--disable-sync", f"--user-data-dir={profile}", "--no-pdf-header-footer"]
        command += [f"--print-to-pdf={pdf}", page.resolve().as_uri()]
        pdf.unlink(missing_ok=True)
        try:
            done = subprocess.run(
                command, capture_output=True, text=True, timeout=SECONDS, check=False
            )
        except subprocess.TimeoutExpired:
            raise NoBrowser(f"{command[0]}: has not printed within {SECONDS} seconds") from None
    if done.returncode or not pdf.is_file():
        last = (done.stderr.strip().splitlines() or ["no message"])[-1]
        raise NoBrowser(f"{command[0]}: printing ended with {done.returncode}: {last}")
    return pdf


def _unconfined() -> list[str]:
    """Root's Chromium does not start in its sandbox; everybody else's has it."""
    return ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
