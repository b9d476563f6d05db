"""A study for a paper or a talk."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from gatewise.benchmark.cli import proposals
from gatewise.benchmark.cli.options import InvalidOption, Plugins, Results, StudyName, study_folder

PAPER, SLIDES = "paper", "slides"


def export(
    study: StudyName = "quick",
    medium: Annotated[str, typer.Option("--for", help="paper or slides.")] = PAPER,
    to: Annotated[
        Path | None, typer.Option("--to", help="The folder to write into; default: as --for.")
    ] = None,
    width: Annotated[
        float | None,
        typer.Option(help="Inches of a paper's column: 6.5 a whole page, 3.3 a column of two."),
    ] = None,
    style: Annotated[
        Path | None, typer.Option(help="A file of matplotlib's settings, as your paper has it.")
    ] = None,
    plugin: Plugins = None,
    results: Results = Path("results"),
) -> None:
    """Write a study for a paper or a talk.

    For a paper tables, methods and references as LaTeX, figures as PDF: verdicts.tex, settings.tex,
    methods.tex, figures.tex, references.bib, and main.tex, which inputs them all. For slides each
    figure as PNG and PDF, 16:9 with large type and what was found as its headline; slides.md lists
    them. The same study is written byte by byte the same. With --plugin architectures of your own
    are cited by their source.

    Examples:

      gatewise export --study quick --to paper

      gatewise export --study quick --to paper --width 3.3 --style paper.mplstyle

      gatewise export --study quick --for slides
    """
    from gatewise.files import require_writable
    from gatewise.report.paper import export as paper
    from gatewise.report.paper import slides

    if medium not in (PAPER, SLIDES):
        raise InvalidOption(f"--for {medium!r}: allowed are {PAPER} and {SLIDES}")
    if medium == SLIDES and width is not None:
        raise InvalidOption(f"--width {width:g}: allowed is with --for {PAPER}; slides are 16:9")
    folder, to = study_folder(results, study), to or Path(medium)
    proposals.take_up_of(folder)  # so that its cell is cited
    drawn_for = paper.medium(paper.COLUMN if width is None else width, style)
    require_writable(to)
    if medium == SLIDES:
        written = slides.write(folder, to, drawn_for.style)
    else:
        written = paper.write(folder, to, sources(), drawn_for)
    print(written.resolve())


def sources() -> Mapping[str, str]:
    """By architecture where it was published, by every name that it has or had."""
    from gatewise.benchmark.architectures.catalogue import ALIASES, CATALOGUE

    named = {name: entry.source for name, entry in CATALOGUE.items()}
    return named | {alias: named[name] for alias, name in ALIASES.items()}
