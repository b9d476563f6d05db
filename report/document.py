"""The report as a page and as Markdown, written into the study's folder."""

from __future__ import annotations

import json
import math
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from gatewise.files import write_atomically
from gatewise.report import (
    calibration,
    diagnosis,
    examples,
    figures,
    findings,
    hyperparameters,
    statistics,
    tables,
)
from gatewise.report.figures import Figure
from gatewise.report.findings import Judgement
from gatewise.report.results import REFERENCE, Results, UnreadableResults, read

TEMPLATES = Path(__file__).parent / "templates"
DISCUSSION = "discussion.md"
"""What people make of a study, if they wrote it down beside its tables; headings from ### on."""
MLFLOW = "http://127.0.0.1:5000"
"""Where `gatewise ui` serves the runs, to which the page links its numbers."""
SEED = 20260101
"""Seed of the bootstrap, so that a report of the same tables is the same."""

MEANING = {
    "harmful": f"worse than {REFERENCE}, and the difference is certain",
    "helpful": f"better than {REFERENCE}, and the difference is certain",
    "equivalent": f"certainly within the margin of {REFERENCE}: too small to matter",
    "undecided": "these runs do not decide",
}
PATTERNS = {
    "sequence to class": "a whole sequence is read and one answer given at its end",
    "synchronous": "one answer is given at every step, right after its input",
    "next step": "each step predicts the input that comes next, so that nothing may read ahead",
    "vector to sequence": "one step is read, then a sequence is written from it, token by token",
    "encoder-decoder": "one network reads the input, a second one writes the output, token by "
    "token, from the state in which the first one ended",
}
WAYS = {
    "likeliest": "",
    "sampled": ", drawn by chance in proportion to their probability",
    "beam 4": ", decoded by beam search of width 4",
    "greedy": ", decoded by the likeliest next token",
}
"""How the answers came about, by way of answering."""
SETTINGS = {
    "learning_rate": "learning rate",
    "clip_norm": "clip norm",
    "dropout": "dropout",
    "batch_size": "batch size",
    "budget": "recurrent parameters asked for",
    "epochs_run": "epochs trained",
}
LINKED = ["seed", "test_score", "status", "mlflow_run", "mlflow_experiment"]
"""What the list of every run says of one."""
FACTS = {
    "version": "gatewise",
    "commit": "commit",
    "python": "Python",
    "keras": "Keras",
    "backend": "backend",
    "machine": "machine",
}


@dataclass(frozen=True)
class TaskPage:
    """What the report says of one task."""

    name: str
    slug: str
    facts: dict[str, Any]
    digits: int
    baselines: list[tuple[str, str, float]]
    published: list[tuple[str, str, float]]
    scores: pd.DataFrame
    verdicts: pd.DataFrame
    other_pairs: pd.DataFrame
    further: pd.DataFrame
    forest: Figure | None
    curves: Figure | None
    settings: dict[str, str]
    runs: list[tuple[str, list[Any]]]
    """By architecture its runs at the leading way of matching, in the order of seeds."""
    way: str
    examples: list[examples.Example]


def write(folder: Path) -> Path:
    """Write the report, its figures and its tables of verdicts into a study's folder.

    Returns:
        The page.

    Raises:
        UnreadableResults: the tables are missing or are not ours.
    """
    results = read(folder)
    generator = np.random.default_rng(SEED)
    found = tables.verdicts(results, generator, findings.pairs())
    against = tables.against_lstm(found, results)
    worth = tables.importance(results, generator)
    shares = hyperparameters.shares(results, generator)
    why = diagnosis.read(folder, results.final)
    judgements = findings.of_study(results, found, shares, why)
    scores = tables.scores(results, generator)
    pages = [_task_page(folder, results, task, scores, found) for task in results.tasks]
    # Tasks with a dial have a figure of their own; where there are others, these lead.
    leading = [task for task in results.tasks if task not in results.dials] or results.tasks
    led = against[against["task"].isin(leading)]
    overview = figures.overview(led, _gaps(results)) if len(led) else None
    cost = figures.cost(scores[scores["task"].isin(leading)])
    shapley = [
        figures.importance(rows, str(lattice))
        for lattice, rows in worth[worth["task"].isin(leading)]
        .dropna(subset=["shapley"])
        .groupby("lattice", sort=False)
    ]
    searched, dialled = tables.effort(results), tables.dial(results, against)
    effort = figures.effort(searched) if len(searched) else None
    explained = figures.shares(shares) if len(shares) else None
    dial = figures.dial(dialled) if len(dialled) else None
    seeds = sorted({int(seed) for seed in results.final["seed"]})
    reasons = {t: part for t in results.tasks if (part := diagnosis.sections(why, results, t))}
    discussion = _discussion(folder)
    context = {
        "discussion": discussion,
        "discussion_page": _html(discussion),
        "reasons": reasons,
        "study": ", ".join(results.runs["study"].unique()),
        "answer": answer(results, against, worth),
        "overview": overview,
        "cost": cost,
        "effort": effort,
        "explained": explained,
        "shares": shares.to_dict("records"),
        "dial": dial,
        "calibration": _calibration(folder),
        "measures": calibration.MEASURES,
        "tasks": pages,
        "table": _wide(results, scores),
        "meaning": MEANING,
        "counts": against["verdict"].value_counts().to_dict(),
        "family": len(found),
        "testable": any(j.outcome != findings.NOT_TESTED for j in judgements),
        "judgements": judgements,
        "outcomes": _count(judgements),
        "importance": worth.to_dict("records"),
        "interactions": tables.interactions(results, generator).to_dict("records"),
        "shapley": shapley,
        "published": _protocols(results, against),
        "made": {
            called: sorted(set(results.runs[name].astype(str))) for name, called in FACTS.items()
        },
        "calls": _calls(folder),
        "runs": len(results.runs),
        "final": len(results.final),
        "seeds": seeds,
        "paired": int(against["seeds"].min()) if len(against) else len(seeds),
        "matches": results.matches,
        "other_matches": found[found["match"] != results.matches[0]],
        "diverged": _diverged(results),
        "cpu_hours": results.runs["cpu_seconds"].sum() / 3600,
        "finished": _date(str(results.runs["finished_at"].max())),
        "mismatched": _mismatched(results),
        "tuned": len(results.tuning) > 0 or _differs(results),
        "seeds_alone": [task for task in results.tasks if task not in results.examples],
        "luck": _luck(found),
        "reference": REFERENCE,
        "level": f"{100 * statistics.LEVEL:.0f}%",
        "alpha": f"{100 - 100 * statistics.LEVEL:.0f}%",
        "power": f"{100 * statistics.POWER:.0f}%",
    }
    drawn = [f for page in pages for f in (page.forest, page.curves)]
    drawn += [f for part in reasons.values() for f in part.figures]
    drawn += [overview, cost, effort, explained, dial, *shapley]
    for figure in drawn:
        if figure is not None:
            write_atomically(folder / "figures" / f"{figure.name}.svg", figure.svg)
            write_atomically(folder / "figures" / f"{figure.name}.csv", figure.csv)
    write_atomically(folder / "verdicts.csv", found.to_csv(index=False))
    write_atomically(folder / "findings.csv", findings.table(judgements).to_csv(index=False))
    write_atomically(folder / "importance.csv", worth.to_csv(index=False))
    write_atomically(folder / "settings.csv", tables.settings(results).to_csv(index=False))
    write_atomically(folder / "answer.md", _render("answer.md.j2", context))
    write_atomically(folder / "report.md", _render("report.md.j2", context))
    page = folder / "report.html"
    write_atomically(page, _render("report.html.j2", context))
    return page


def answer(results: Results, against: pd.DataFrame, worth: pd.DataFrame) -> list[str]:
    """The study's answer in at most three sentences.

    Args:
        against: :func:`.tables.against_lstm`.
        worth: :func:`.tables.importance`.
    """
    if against.empty:
        return [f"The study holds no pair with {REFERENCE}, so there is nothing to compare."]
    if against["seeds"].max() < 2:
        return [
            "With one seed nothing can be decided: differences between two runs may be the luck of "
            "training. Run the study with --seeds 3 or more."
        ]
    return [*_gates_answer(worth, against), *_counts_answer(against)]


def _gates_answer(worth: pd.DataFrame, against: pd.DataFrame) -> list[str]:
    gates = worth[worth["lattice"] == "lstm"]
    if gates.empty:
        return []
    # A mean over tasks is one over the tasks of which most is known, so that gates compare.
    whole = bool(gates["shapley"].notna().any())
    if whole:
        gates = gates.dropna(subset=["shapley"])
    known = gates.groupby("task")["gate"].transform("size")
    gates = gates[known == known.max()]
    means = gates.groupby("gate", sort=False)["shapley" if whole else "leave_one_out"].mean()
    parts = [
        f"{figures.percent(share)} for the {gate}"
        for gate, share in means.sort_values(ascending=False).items()
    ]
    tasks = gates["task"].nunique()
    over = f"Averaged over {tasks} tasks" if tasks > 1 else f"On {gates['task'].iloc[0]}"
    left_out = against[
        against["architecture"].isin(tables.ABLATIONS.values())
        & against["task"].isin(gates["task"])
    ]
    how = "by Shapley value over all eight combinations" if whole else "judged by leaving it out"
    harmful = (
        f"leaving one out is certainly harmful in {int((left_out['verdict'] == 'harmful').sum())} "
        f"of {len(left_out)} cases"
    )
    if whole:
        first, last = gates["add_one_in"].mean(), gates["leave_one_out"].mean()
        harmful = (
            f"a cell without gates gains {figures.percent(first)} by its first one, a cell with "
            f"two {figures.percent(last)} by the third, and {harmful}"
        )
    return [
        f"{over}, a gate of the LSTM is worth this share of the way from chance to perfect, {how}: "
        f"{', '.join(parts)}; {harmful}."
    ]


def _counts_answer(against: pd.DataFrame) -> list[str]:
    counts = against["verdict"].value_counts()
    said = (
        f"Of {len(against)} comparisons with {REFERENCE}, {counts.get('harmful', 0)} are certainly "
        f"worse, {counts.get('helpful', 0)} certainly better, {counts.get('equivalent', 0)} "
        f"equivalent and {counts.get('undecided', 0)} undecided."
    )
    decided = against[against["verdict"].isin(("harmful", "helpful"))]
    if decided.empty:
        return [
            said,
            "No difference is certain: read the numbers below as what was measured, "
            "not as what is true.",
        ]
    largest = decided.loc[(decided["difference"] / decided["margin"]).abs().idxmax()]
    times = abs(largest["difference"] / largest["margin"])
    kind = "loss" if largest["difference"] < 0 else "gain"
    return [
        said,
        f"The largest certain difference is the {kind} of "
        f"{figures.plain(str(largest['architecture']))} on {largest['task']}: {times:.1f} times "
        "the smallest difference that matters there.",
    ]


def _task_page(
    folder: Path, results: Results, task: str, scores: pd.DataFrame, found: pd.DataFrame
) -> TaskPage:
    runs = results.main[results.main["task"] == task]
    first = runs.iloc[0] if len(runs) else results.final[results.final["task"] == task].iloc[0]
    metric, unit = str(first["metric"]), str(first["unit"])
    mine = found[(found["task"] == task) & (found["match"] == results.matches[0])]
    against = mine[mine["reference"] == REFERENCE]
    curves = tables.curves(results, task)
    way, shown = examples.read(folder, runs)
    names = ("pattern", "scale", "metric", "unit", "chance", "perfect", "margin", "source")
    sizes = ("train_examples", "test_examples", "padded_share", "data_sha256")
    return TaskPage(
        name=task,
        slug=figures.slug(task),
        facts={name: first[name] for name in (*names, *sizes, "task_summary", "higher_is_better")},
        digits=4 if metric == "accuracy" else 3,
        baselines=tables.beside(runs, "baseline"),
        published=tables.beside(runs, "published"),
        scores=scores[scores["task"] == task],
        verdicts=against.sort_values("difference", ascending=False),
        other_pairs=mine[mine["reference"] != REFERENCE],
        further=tables.further_scores(runs),
        forest=figures.forest(task, metric, unit, against) if len(against) else None,
        curves=figures.curves(task, unit, bool(first["higher_is_better"]), curves)
        if curves["mean"].notna().any()
        else None,
        settings={name: _values(runs[name]) for name in SETTINGS},
        runs=[
            (name, list(mine.sort_values("seed").itertuples()))
            for name, mine in runs.groupby("architecture", sort=False)[LINKED]
        ],
        way=way,
        examples=shown,
    )


def _calibration(folder: Path) -> list[dict[str, Any]]:
    """The rows that ``gatewise calibrate`` left, none where it did not run."""
    path = folder / "calibration.csv"
    if not path.is_file():
        return []
    rows: list[dict[str, Any]] = pd.read_csv(path).to_dict("records")
    return rows


def _calls(folder: Path) -> list[tuple[str, str, str]]:
    """When, how and from which commit the study was run; none where nothing says so."""
    path = folder / "study.json"
    if not path.is_file():
        return []
    try:
        calls = json.loads(path.read_text(encoding="utf-8")).get("calls", ())
        return [(_date(call["started_at"]), call["command"], call["commit"]) for call in calls]
    except (ValueError, KeyError, TypeError, AttributeError):
        raise UnreadableResults(f"{path}: not a record of calls of gatewise run") from None


def _discussion(folder: Path) -> str:
    path = folder / DISCUSSION
    return path.read_text(encoding="utf-8") if path.is_file() else ""


def _html(markdown: str) -> str:
    """Markdown as HTML; what is HTML in it already stands there as text."""
    from markdown_it import MarkdownIt

    rendered: str = MarkdownIt("commonmark", {"html": False}).enable("table").render(markdown)
    return rendered


def _date(finished: str) -> str:
    """``2026-01-01T12:30:00+00:00`` for readers."""
    return re.sub(r"^(\d{4}-\d\d-\d\d)T(\d\d:\d\d):\d\d\+00:00$", r"\1 \2 UTC", finished)


def _values(column: pd.Series) -> str:
    """The few values of a column, or its range."""
    values = sorted(set(column))
    shown = [f"{value:g}" for value in values]
    return ", ".join(shown) if len(shown) <= 3 else f"{shown[0]} to {shown[-1]}"


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


def _count(judgements: list[Judgement]) -> dict[str, int]:
    return {o: sum(j.outcome == o for j in judgements) for o in findings.OUTCOMES}


def _luck(found: pd.DataFrame) -> list[tuple[str, float, float, float]]:
    """By task the part of the verdicts' variance that the test sample makes: median and range."""
    shares = found.dropna(subset=["example_share"]).groupby("task", sort=False)["example_share"]
    return [(str(t), float(s.median()), float(s.min()), float(s.max())) for t, s in shares]


def _protocols(results: Results, against: pd.DataFrame) -> list[dict[str, Any]]:
    """The published protocol's verdicts beside ours, one row for each pair that both judge."""
    published = tables.best_trials(results)
    ours = against[["task", "architecture", "verdict"]]
    both = published.merge(ours, on=["task", "architecture"], suffixes=("", "_ours"))
    both["disagree"] = both["verdict"] != both["verdict_ours"]
    rows: list[dict[str, Any]] = both.to_dict("records")
    return rows


def _diverged(results: Results) -> list[str]:
    """Each final run that diverged, in words."""
    rows = results.final[results.final["status"] == "diverged"]
    return [
        f"{row.architecture} on {row.task}, seed {row.seed:g}, step {number(row.diverged_step, 0)}"
        for row in rows.itertuples()
    ]


def _differs(results: Results) -> bool:
    """Whether architectures of one task have settings of their own, found by an earlier search."""
    chosen = results.main.groupby("task")[list(hyperparameters.PARAMETERS)].nunique()
    return bool((chosen > 1).any(axis=None))


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
    environment.filters |= {
        "number": number,
        "signed": signed,
        "p": p_value,
        "percent": figures.percent,
        "needed": needed,
        "cell": markdown_cell,
        "slug": figures.slug,
        "plain": figures.plain,
    }
    environment.globals |= {"patterns": PATTERNS, "settings": SETTINGS, "ways": WAYS}
    environment.globals |= {"anchor": anchor, "runs_anchor": runs_anchor, "run_link": run_link}
    environment.globals |= {"mlflow": MLFLOW, "palette": figures.COLOURS[1:-1]}
    return environment.get_template(template).render(context)


def run_link(run: Any) -> str:
    """Address of a run on the page that ``gatewise ui`` serves; empty where none was logged."""
    parts = run.mlflow_experiment, run.mlflow_run
    if not all(re.fullmatch(r"[A-Za-z0-9_-]+", part) for part in parts):
        return ""
    # Without the last part MLflow's page takes runs for evaluations of language models.
    return f"{MLFLOW}/#/experiments/{parts[0]}/runs/{parts[1]}?workflowType=machine_learning"


def anchor(task: str, first: str, second: str) -> str:
    """The address of a comparison within the page, whichever way round it was made."""
    return "-".join(["pair", *map(figures.slug, (task, *sorted((first, second))))])


def runs_anchor(task: str, architecture: str) -> str:
    """The address of an architecture's single runs on a task."""
    return f"runs-{figures.slug(task)}-{figures.slug(architecture)}"


def number(value: float, digits: int = 4) -> str:
    """A number for a table: ``digits`` decimals, or a dash if there is none."""
    return "–" if value is None or not math.isfinite(value) else f"{value:.{digits}f}"


def signed(value: float, digits: int = 4) -> str:
    """A difference for a table, with its sign; a minus is a minus and no dash."""
    return (
        number(value, digits)
        if not math.isfinite(value)
        else f"{value:+.{digits}f}".replace("-", "−")
    )


def p_value(value: float) -> str:
    """A p value: three decimals, none of them a false zero."""
    return "<0.001" if value < 0.0005 else number(value, 3)


def needed(value: float) -> str:
    """How many seeds would decide a pair; empty for one that is decided."""
    if math.isnan(value):
        return ""
    return f"over {statistics.MOST_SEEDS}" if math.isinf(value) else f"{value:.0f}"


def markdown_cell(value: object) -> str:
    """Text that cannot break out of a Markdown table or line, nor be read as HTML or a link."""
    text = " ".join(str(value).split())
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace("`", "'")
    return re.sub(r"([\\|\[\]*_])", r"\\\1", text)
