"""The report as a page and as Markdown, written into the study's folder."""

from __future__ import annotations

import math
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from report import figures, statistics, tables
from report.figures import Figure
from report.results import REFERENCE, Results, read

TEMPLATES = Path(__file__).parent / "templates"
MEANING = {
    "harmful": "worse than lstm, and the difference is certain",
    "helpful": "better than lstm, and the difference is certain",
    "equivalent": "certainly within the margin of lstm: too small to matter",
    "undecided": "these runs do not decide",
}
FACTS = ("version", "commit", "python", "keras", "backend", "machine")


@dataclass(frozen=True)
class TaskPage:
    """What the report says of one task."""

    name: str
    facts: dict[str, Any]
    baselines: list[tuple[str, str, float]]
    scores: pd.DataFrame
    verdicts: pd.DataFrame
    further: pd.DataFrame
    figures: list[Figure]
    settings: dict[str, Any]


def write(folder: Path) -> Path:
    """Write the report, ``verdicts.csv`` and ``figures/`` into a study's folder.

    Reads ``runs.csv`` and ``curves.csv`` there and nothing else.

    Returns:
        The page.

    Raises:
        UnreadableResults: the tables are missing or are not ours.
    """
    results = read(folder)
    found = tables.verdicts(results)
    scores = tables.scores(results)
    pages = [_task_page(results, task, scores, found) for task in results.tasks]
    overview = figures.overview(found, _gaps(results)) if len(found) else None
    cost = figures.cost(scores)
    context = {
        "study": str(results.runs["study"].iloc[0]),
        "answer": answer(results, found),
        "overview": overview,
        "cost": cost,
        "tasks": pages,
        "table": _wide(results, scores),
        "architectures": results.architectures,
        "meaning": MEANING,
        "counts": found["verdict"].value_counts().to_dict(),
        "made": {name: sorted(set(results.runs[name].astype(str))) for name in FACTS},
        "runs": len(results.final),
        "seeds": sorted({int(seed) for seed in results.final["seed"]}),
        "diverged": int((results.final["status"] == "diverged").sum()),
        "cpu_hours": results.runs["cpu_seconds"].sum() / 3600,
        "finished": str(results.runs["finished_at"].max()),
        "mismatched": _mismatched(results),
        "tuned": bool((results.runs["phase"] == "tuning").any()),
        "reference": REFERENCE,
        "level": statistics.LEVEL,
    }
    drawn = [f for page in pages for f in page.figures] + [cost] + ([overview] if overview else [])
    for figure in drawn:
        _write(folder / "figures" / f"{figure.name}.svg", figure.svg)
        _write(folder / "figures" / f"{figure.name}.csv", figure.data.to_csv(index=False))
    _write(folder / "verdicts.csv", found.to_csv(index=False))
    _write(folder / "report.md", _render("report.md.j2", context))
    page = folder / "report.html"
    _write(page, _render("report.html.j2", context))
    return page


def answer(results: Results, found: pd.DataFrame) -> list[str]:
    """The study's answer in at most three sentences."""
    if found.empty:
        return [f"The study holds no pair with {REFERENCE}, so there is nothing to compare."]
    if found["seeds"].max() < 2:
        return ["With one seed nothing can be decided: run the study with --seeds 3 or more."]
    gates = {"NIG": "input gate", "NFG": "forget gate", "NOG": "output gate"}
    ablated = found[found["architecture"].isin(gates)]
    sentences = []
    if len(ablated):
        gaps = _gaps(results)
        shares = [row.difference / gaps[str(row.task)] for row in ablated.itertuples()]
        losses = ablated.assign(share=shares).groupby("architecture")["share"].mean().sort_values()
        parts = [f"{share:+.1%} without the {gates[str(name)]}" for name, share in losses.items()]
        sentences.append(
            "On the average of the tasks the LSTM's score moved, as a share of the way from chance "
            f"to perfect, by {', '.join(parts)}."
        )
    counts = found["verdict"].value_counts()
    sentences.append(
        f"Of {len(found)} comparisons with {REFERENCE}, {counts.get('harmful', 0)} are certainly "
        f"worse, {counts.get('helpful', 0)} certainly better, {counts.get('equivalent', 0)} "
        f"equivalent and {counts.get('undecided', 0)} undecided."
    )
    margins = found["difference"] / found["margin"]
    worst = found.loc[margins.idxmin()]
    if margins.min() < 0:
        sentences.append(
            f"The largest loss is that of {worst['architecture']} on {worst['task']}, "
            f"{-margins.min():.1f} times the smallest difference that matters "
            f"({worst['verdict']})."
        )
    return sentences


def _task_page(results: Results, task: str, scores: pd.DataFrame, found: pd.DataFrame) -> TaskPage:
    runs = results.final[results.final["task"] == task]
    first = runs.iloc[0]
    mine = found[found["task"] == task]
    drawn = [figures.forest(task, first["unit"], mine)] if len(mine) else []
    curves = tables.curves(results, task)
    if len(curves):
        drawn.append(figures.curves(task, first["unit"], curves))
    names = ("pattern", "scale", "metric", "unit", "chance", "perfect", "margin", "source")
    sizes = ("train_examples", "test_examples", "padded_share", "data_sha256")
    chosen = ("budget", "learning_rate", "clip_norm", "dropout", "batch_size")
    return TaskPage(
        name=task,
        facts={name: first[name] for name in (*names, *sizes, "higher_is_better")},
        baselines=tables.baselines(runs),
        scores=scores[scores["task"] == task],
        verdicts=mine.sort_values("difference"),
        further=tables.further_scores(runs),
        figures=drawn,
        settings={name: sorted(set(runs[name])) for name in chosen},
    )


def _wide(results: Results, scores: pd.DataFrame) -> list[tuple[str, list[Any]]]:
    """The tasks × architectures table: for each architecture its row of scores by task."""
    cells = {(row.task, row.architecture): row for row in scores.itertuples()}
    return [
        (name, [cells.get((task, name)) for task in results.tasks])
        for name in results.architectures
    ]


def _gaps(results: Results) -> dict[str, float]:
    """Each task's distance from chance to perfect, in its unit."""
    firsts = results.final.groupby("task", sort=False).first()
    return {str(t): abs(row["perfect"] - row["chance"]) for t, row in firsts.iterrows()}


def _mismatched(results: Results) -> list[str]:
    noted = results.final[results.final["budget_note"] != ""]
    rows = noted.drop_duplicates(["task", "architecture"])
    return [f"{row.architecture} on {row.task}: {row.budget_note}" for row in rows.itertuples()]


def _render(template: str, context: dict[str, Any]) -> str:
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=template.endswith(".html.j2"),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["number"] = number
    environment.filters["cell"] = _markdown_cell
    return environment.get_template(template).render(context)


def number(value: float, digits: int = 4) -> str:
    """A number for a table: ``digits`` decimals, or a dash if there is none."""
    return "–" if value is None or math.isnan(value) else f"{value:.{digits}f}"


def _markdown_cell(value: object) -> str:
    """Text that cannot break out of a Markdown table, nor be read as HTML."""
    text = " ".join(str(value).split())
    for old, new in (("&", "&amp;"), ("<", "&lt;"), ("|", "\\|"), ("`", "'")):
        text = text.replace(old, new)
    return text


def _write(path: Path, text: str) -> None:
    """Write a file whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
        file.write(text)
    Path(temporary).chmod(0o644)
    Path(temporary).replace(path)
