"""A study for the paper."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from gatewise.benchmark.cli.options import Plugins, Results, StudyName, study_folder


def export(
    study: StudyName = "quick",
    to: Annotated[Path, typer.Option("--to", help="The folder to write into.")] = Path("paper"),
    width: Annotated[
        float, typer.Option(help="Inches of a column: 6.5 a whole page, 3.3 a column of two.")
    ] = 6.5,
    style: Annotated[
        Path | None, typer.Option(help="A file of matplotlib's settings, as your paper has it.")
    ] = None,
    plugin: Plugins = None,
    results: Results = Path("results"),
) -> None:
    """Write a study for a paper: tables, methods and references as LaTeX, figures as PDF.

    verdicts.tex, settings.tex, methods.tex, figures.tex, references.bib, and main.tex, which inputs
    them all. The same study is written byte by byte the same. With --plugin architectures of your
    own are cited by their source.

    Examples:

      gatewise export --study quick --to paper

      gatewise export --study quick --to paper --width 3.3 --style paper.mplstyle
    """
    from gatewise.files import require_writable
    from gatewise.report.paper import export as paper

    drawn_for = paper.medium(width, style)
    require_writable(to)
    folder = study_folder(results, study)
    print(paper.write(folder, to, sources(), drawn_for).resolve())


def sources() -> Mapping[str, str]:
    """By architecture where it was published, by every name that it has or had."""
    from gatewise.benchmark.architectures.catalogue import ALIASES, CATALOGUE

    named = {name: entry.source for name, entry in CATALOGUE.items()}
    return named | {alias: named[name] for alias, name in ALIASES.items()}
