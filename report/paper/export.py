"""A study as files of a paper: LaTeX that a paper inputs, and figures of its column's width."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from gatewise.files import write_atomically
from gatewise.report import answer, pages
from gatewise.report.figures import drawing
from gatewise.report.figures.drawing import Figure, Medium
from gatewise.report.pages import TaskPage
from gatewise.report.paper import methods, tables
from gatewise.report.paper.bibliography import bibliography
from gatewise.report.paper.latex import escaped
from gatewise.report.sections import SECTIONS
from gatewise.report.study import Study
from gatewise.report.words import slug

COLUMN = 6.5
"""Inches: the text of a page of ``main.tex``."""
NARROWEST, WIDEST = 3.0, 12.0
"""Inches that a column may have."""
SHOWN = ("answer", "task", "importance", "dial", "need", "cost")
"""The sections of the report whose figures go into a paper."""
MAIN = "main.tex"
INPUT = ("methods", "figures", "verdicts", "settings")
"""What the main file reads, in its order."""


MARK = "% Written by gatewise export, which replaces its own files."


class ForeignFiles(ValueError):
    """A folder whose files would be written over, and are not of an earlier export."""


class InvalidFigures(ValueError):
    """A width that no column has, or a style file that is none."""


def medium(width: float = COLUMN, style: Path | None = None) -> Medium:
    """What a paper's figures are drawn for.

    Args:
        width: inches of a column.
        style: a file of matplotlib's settings, as for ``matplotlib.style.use``.

    Raises:
        InvalidFigures: no column is so wide, or the file cannot be read.
    """
    if not NARROWEST <= width <= WIDEST:
        raise InvalidFigures(
            f"width {width:g}: allowed is a number of inches from {NARROWEST:g} to {WIDEST:g}"
        )
    return Medium(width, _settings(style))


def _settings(style: Path | None) -> Mapping[str, object]:
    """Matplotlib's settings of a file; none without one.

    Raises:
        InvalidFigures: it cannot be read, or has something else.
    """
    import matplotlib

    if style is None:
        return {}
    try:
        lines = style.read_text(encoding="utf-8").splitlines()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise InvalidFigures(
            f"style {str(style)!r}: {reason}; allowed is a file of matplotlib's settings"
        ) from None
    for line in lines:
        name = line.partition("#")[0].partition(":")[0].strip()
        if name and name not in matplotlib.rcParams:
            raise InvalidFigures(
                f"style {str(style)!r}: {name!r}; allowed are matplotlib's settings, NAME: VALUE"
            )
    found = matplotlib.rc_params_from_file(style, use_default_template=False)
    return {str(name): value for name, value in found.items()}


def write(folder: Path, to: Path, sources: Mapping[str, str], drawn_for: Medium) -> Path:
    """Write what a paper needs of a study's folder.

    Files of an earlier export are replaced; nothing else of the folder is touched.

    Args:
        sources: by architecture where it was published, as the catalogue has it.
        drawn_for: of the figures.

    Returns:
        The file that inputs all others, to be compiled at once.

    Raises:
        ForeignFiles: something else has a name that is written.
        UnreadableResults: the study's tables are missing or are not ours.
    """
    study = Study.read(folder)
    every = [pages.of_task(study, task) for task in study.results.tasks]
    with drawing.drawn_for(drawn_for):
        figures = list(main_figures(study, every))
    of_data = [str(page.facts["source"]) for page in every]
    texts = {
        "methods.tex": methods.methods(study, every, sources),
        "figures.tex": "\n".join(map(_float, figures)),
        "verdicts.tex": tables.verdicts(study, every),
        "settings.tex": tables.settings(study),
        MAIN: _main(study),
    }
    texts["references.bib"] = bibliography("".join(texts.values()), [*sources.values(), *of_data])
    require_ours(to, [*texts, *map(_file, figures)])
    for figure in figures:
        write_atomically(to / _file(figure), figure.picture)
    for name, text in texts.items():
        write_atomically(to / name, text)
    return to / MAIN


def require_ours(
    to: Path, names: Sequence[str] = (MAIN,), main: str = MAIN, mark: str = MARK
) -> None:
    """Refuse a folder that has these files, and not of an earlier export.

    Args:
        to: the folder.
        names: what would be written over.
        main, mark: the file by whose beginning an earlier export is known.

    Raises:
        ForeignFiles: so it is.
    """
    known = to / main
    if known.is_file() and known.read_bytes().startswith(mark.encode()):
        return
    if taken := [name for name in names if (to / name).exists()]:
        raise ForeignFiles(
            f"--to {str(to)!r}: {taken[0]} there is not of an earlier export; allowed is an empty "
            "folder, or one that gatewise export wrote"
        )


def main_figures(study: Study, every: Sequence[TaskPage]) -> Iterator[Figure]:
    """The main figures of the report."""
    for section in SECTIONS:
        if section.name in SHOWN:
            for page in every if section.per_task else [None]:
                if section.applies(study, page):
                    yield from section.figures(study, page).values()


def _file(figure: Figure) -> str:
    return f"figures/{slug(figure.name)}.pdf"


def _float(figure: Figure) -> str:
    """A figure of a paper, as wide as it was drawn; what was found is its caption."""
    return "\n".join(
        (
            r"\begin{figure}[tbp]",
            r"\centering",
            rf"\includegraphics{{{_file(figure)}}}",
            rf"\caption{{{escaped(figure.title)}.}}",
            rf"\label{{fig:{slug(figure.name)}}}",
            r"\end{figure}",
            "",
        )
    )


def _main(study: Study) -> str:
    """A document of all the files, so that they can be compiled and looked at."""
    return "\n".join(
        (
            MARK,
            r"\documentclass{article}",
            r"\usepackage[T1]{fontenc}",
            r"\usepackage[utf8]{inputenc}",
            r"\IfFileExists{lmodern.sty}{\usepackage{lmodern}}{}",
            r"\usepackage[margin=1in]{geometry}",
            r"\usepackage{textcomp,booktabs,graphicx}",
            rf"\title{{{escaped(answer.title(study.grid))}}}",
            rf"\author{{gatewise, study {escaped(study.name)}}}",
            r"\date{}",
            r"\begin{document}",
            r"\maketitle",
            r"\section*{Methods}",
            *(rf"\input{{{name}}}" + r"\clearpage" * (name != INPUT[0]) for name in INPUT),
            r"\bibliographystyle{plain}",
            r"\bibliography{references}",
            r"\end{document}",
            "",
        )
    )
