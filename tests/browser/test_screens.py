"""The first screens of the reference report look as those that were last looked at.

    python -m tests.browser.test_screens

keeps them as they are now, to be looked at and committed.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from gatewise.report import browser
from tests.browser import pictures

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "results" / "reference" / "report.html"
KEPT = Path(__file__).parent / "screens"
MADE = ROOT / "build" / "screenshots"
BLOCK, LEVELS, SHARE = 20, 20, 0.06
"""Fonts differ from machine to machine: squares of so many pixels are compared by their mean, and
of those a small share may differ by more than so many of 256 levels."""


def squares(picture: Path) -> np.ndarray:
    """The mean colour of each square of a picture, ``[down, across, 3]``."""
    image = Image.open(picture).convert("RGB")
    return np.asarray(image.reduce(BLOCK), float)


def differing(one: Path, other: Path) -> float:
    """The share of squares that differ; 1 of pictures of unequal size."""
    first, second = squares(one), squares(other)
    if first.shape != second.shape:
        return 1.0
    return float((np.abs(first - second).max(axis=2) > LEVELS).mean())


@pytest.fixture(scope="module")
def made() -> Path:
    pytest.importorskip("playwright", reason="playwright is not installed")
    if not any(map(shutil.which, browser.NAMES)):
        pytest.skip("no Chromium on the path: no page to open")
    MADE.mkdir(parents=True, exist_ok=True)
    with pictures.opened() as opened:
        pictures.of_screens(opened, PAGE, MADE)
    return MADE


@pytest.mark.slow
@pytest.mark.parametrize("name", pictures.SCREENS)
def test_a_first_screen_looks_as_it_was_last_looked_at(made, name):
    found = differing(made / f"first-{name}.png", KEPT / f"first-{name}.png")
    assert found <= SHARE, f"{found:.0%} of first-{name}.png differs; both are kept"


def test_screens_that_differ_are_told_apart():
    """Light from dark, and a grid whose grades are others."""
    light = KEPT / "first-light.png"
    assert differing(light, light) == 0
    assert differing(light, KEPT / "first-dark.png") > 0.9
    assert differing(light, KEPT / "first-phone.png") == 1


def test_a_field_of_another_colour_is_seen(tmp_path):
    image = Image.open(KEPT / "first-light.png").convert("RGB")
    image.paste((190, 215, 235), (180, 240, 1236, 330))
    image.save(tmp_path / "other.png")
    assert differing(KEPT / "first-light.png", tmp_path / "other.png") > SHARE


def test_the_pictures_are_small():
    assert {p.stem for p in KEPT.iterdir()} == {f"first-{name}" for name in pictures.SCREENS}
    assert sum(path.stat().st_size for path in KEPT.iterdir()) < 600_000


def keep() -> None:
    """Make the pictures and keep them, of few colours, so that they are small."""
    KEPT.mkdir(exist_ok=True)
    MADE.mkdir(parents=True, exist_ok=True)
    with pictures.opened() as opened:
        pictures.of_screens(opened, PAGE, MADE)
    for name in pictures.SCREENS:
        image = Image.open(MADE / f"first-{name}.png").convert("RGB")
        image.quantize(64).save(KEPT / f"first-{name}.png", optimize=True)


if __name__ == "__main__":
    keep()
