"""The report as a page and as Markdown, written into the study's folder."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
from threadpoolctl import threadpool_limits

from gatewise.benchmark.records.columns import MATCHES
from gatewise.files import write_atomically
from gatewise.report import answer, pages, sections, words
from gatewise.report.figures.drawing import COLOURS
from gatewise.report.findings import judgement
from gatewise.report.names import REFERENCE, plain
from gatewise.report.reading.examples import WAYS
from gatewise.report.sections import Part
from gatewise.report.statistics.effects import LEVEL
from gatewise.report.statistics.power import POWER
from gatewise.report.study import Study
from gatewise.report.tables import search
from gatewise.report.tables.calibration import MEASURES
from gatewise.report.tables.standing import WITNESS
from gatewise.report.tables.verdicts import DOUBTS, UNENDED

if TYPE_CHECKING:
    from jinja2 import Environment

TEMPLATES = Path(__file__).parent / "templates"
SCRIPT = (TEMPLATES / "page.js").read_text(encoding="utf-8")
"""The page's one script; by its hash the page lets no other run."""
MLFLOW = "http://127.0.0.1:5000"
"""Where `gatewise ui` serves the runs, to which the page links its numbers."""


# As in :func:`.study.judged`; the values of gates and the figures follow.
@threadpool_limits.wrap(limits=1)
def write(folder: Path) -> Path:
    """Write the report, its figures and its tables of verdicts into a study's folder.

    From the same tables the bytes are the same on any number of cores.

    Returns:
        The page.

    Raises:
        UnreadableResults: the tables are missing or are not ours.
    """
    study = Study.read(folder)
    every = [pages.of_task(study, task) for task in study.results.tasks]
    parts = sections.parts(study, every)
    context = {
        "study": study,
        "pages": every,
        "parts": parts,
        "called": {part.address: part.title[0].lower() + part.title[1:] for part in parts},
        "kinds": {page.name: words.kind(page.facts["pattern"]) for page in every},
        "about": {page.name: page.facts["task_summary"] for page in every},
        "script": SCRIPT,
        "script_hash": script_hash(SCRIPT),
        "title": answer.title(study.grid),
        "further": answer.further(study.grid),
        "chips": answer.chips(study),
        "uses": answer.uses(study.choices, study.scores),
    }
    names = ("answer.md", "report.md", "report.html")
    written = {name: render(f"{name}.j2", context) for name in names}
    _write_figures(folder / "figures", parts)
    for name, table in tables(study).items():
        write_atomically(folder / name, table.to_csv(index=False))
    for name, text in written.items():
        write_atomically(folder / name, text)
    return folder / names[-1]


def tables(study: Study) -> dict[str, pd.DataFrame]:
    """By file what of a study others may compute with."""
    return {
        "verdicts.csv": study.verdicts,
        "findings.csv": judgement.table(study.judgements),
        "importance.csv": study.every_worth,
        "settings.csv": search.settings(study.results),
        "choices.csv": study.choices,
    }


def _write_figures(folder: Path, parts: Sequence[Part]) -> None:
    """The figures and their data; those that an earlier report had and this one has not go."""
    figures = [figure for part in parts for figure in part.drawn]
    files = {folder / f"{f.name}.svg": f.svg for f in figures}
    files |= {folder / f"{f.name}.csv": f.csv for f in figures}
    for path, content in files.items():
        write_atomically(path, content)
    for path in {*folder.glob("*.svg"), *folder.glob("*.csv")} - files.keys():
        path.unlink()


FILTERS: Mapping[str, Any] = {
    "number": words.number,
    "signed": words.signed,
    "p": words.p_value,
    "percent": words.percent,
    "between": words.between,
    "needed": words.needed,
    "cell": words.markdown_cell,
    "code": words.markdown_code,
    "slug": words.slug,
    "plain": plain,
    "data": lambda svg: f"data:image/svg+xml;base64,{base64.b64encode(svg).decode()}",
}
SHARED: Mapping[str, Any] = {
    "patterns": words.PATTERNS,
    "settings": words.SETTINGS,
    "meaning": words.MEANING,
    "ways": WAYS,
    "measures": MEASURES,
    "doubts": DOUBTS,
    "unended": UNENDED,
    "wanted": WITNESS,
    "matched": MATCHES,
    "mlflow": MLFLOW,
    "palette": COLOURS[1:-1],
    "reference": REFERENCE,
    "level": f"{100 * LEVEL:.0f}%",
    "alpha": f"{100 - 100 * LEVEL:.0f}%",
    "power": f"{100 * POWER:.0f}%",
}


def render(template: str, context: dict[str, Any]) -> str:
    """A template of :data:`TEMPLATES` filled in; what goes into a page is escaped."""
    text: str = _environment(template.endswith(".html.j2")).get_template(template).render(context)
    return text


@cache
def _environment(autoescape: bool) -> Environment:
    """What templates know, and those that were compiled already."""
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=autoescape,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {**FILTERS, "markdown": _html}
    environment.globals |= SHARED
    environment.globals |= {"anchor": anchor, "runs_anchor": runs_anchor, "run_link": run_link}
    return environment


def script_hash(script: str) -> str:
    """As a content security policy names a script."""
    return f"sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}"


def _html(markdown: str) -> str:
    """Markdown as HTML; what is HTML in it already stands there as text."""
    from markdown_it import MarkdownIt

    rendered: str = MarkdownIt("commonmark", {"html": False}).enable("table").render(markdown)
    return rendered


def run_link(run: Any) -> str:
    """Address of a run on the page that ``gatewise ui`` serves; empty where none was logged."""
    parts = run.mlflow_experiment, run.mlflow_run
    if not all(re.fullmatch(r"[A-Za-z0-9_-]+", part) for part in parts):
        return ""
    # Without the last part MLflow's page takes runs for evaluations of language models.
    return f"{MLFLOW}/#/experiments/{parts[0]}/runs/{parts[1]}?workflowType=machine_learning"


def anchor(task: str, first: str, second: str) -> str:
    """The address of a comparison within the page, whichever way round it was made."""
    return "-".join(["pair", *map(words.slug, (task, *sorted((first, second))))])


def runs_anchor(task: str, architecture: str) -> str:
    """The address of an architecture's single runs on a task."""
    return f"runs-{words.slug(task)}-{words.slug(architecture)}"
