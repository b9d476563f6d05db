"""A study's main figures as slides: 16:9, large type, the finding as the headline."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from gatewise.files import write_atomically
from gatewise.report import pages
from gatewise.report.figures import drawing
from gatewise.report.figures.drawing import Figure, Medium
from gatewise.report.paper.export import main_figures, require_ours
from gatewise.report.study import Study
from gatewise.report.words import slug

INDEX = "slides.md"
MARK = "<!-- Written by gatewise export, which replaces its own files. -->"
WIDTH, SHAPE = 6.4, 9 / 16
"""Inches: on a slide of 13.3 letters of 9 points are as large as 19, and a headline as 21."""


def write(folder: Path, to: Path, style: Mapping[str, object]) -> Path:
    """Write the main figures of a study's folder as slides.

    Each is a PNG of 1920 x 1080 and a PDF whose letters stay letters; its headline is what was
    found, in a sentence. Files of an earlier export are replaced.

    Args:
        style: matplotlib's settings that go before ours.

    Returns:
        The file that lists them, each with its statement and a description of what is to be seen.

    Raises:
        ForeignFiles: something else has a name that is written.
        UnreadableResults: the study's tables are missing or are not ours.
    """
    study = Study.read(folder)
    every = [pages.of_task(study, task) for task in study.results.tasks]
    files: dict[str, bytes] = {}
    on_slides = Medium(WIDTH, style, shape=SHAPE)
    for medium in (replace(on_slides, form="png"), on_slides):
        with drawing.drawn_for(medium):
            figures = list(main_figures(study, every))
        named = zip(_names(figures), figures, strict=True)
        files |= {f"{name}.{medium.form}": figure.picture for name, figure in named}
    require_ours(to, [INDEX, *files], INDEX, MARK)
    for name, picture in files.items():
        write_atomically(to / name, picture)
    write_atomically(to / INDEX, _index(study, figures))
    return to / INDEX


def _names(figures: Sequence[Figure]) -> list[str]:
    """Of the files, without ending; in the order of the report."""
    return [f"{place:02}-{slug(f.name)}" for place, f in enumerate(figures, 1)]


def _index(study: Study, figures: Sequence[Figure]) -> str:
    shown = (
        f"## {figure.title}\n\n![{figure.alt}]({name}.png)\n"
        for name, figure in zip(_names(figures), figures, strict=True)
    )
    return "\n".join((MARK, "", f"# Study {study.name}", "", *shown))
