"""What looks at results: the report, two studies, error rates, the MLflow page."""

from __future__ import annotations

import json
import shlex
import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from gatewise.benchmark.cli import ending
from gatewise.benchmark.cli.options import (
    Json,
    Plugins,
    Results,
    StudyName,
    Uri,
    study_folder,
)


def report(
    study: StudyName = "quick",
    results: Results = Path("results"),
    pdf: Annotated[bool, typer.Option("--pdf", help="Also print it, with Chromium.")] = False,
    plugin: Plugins = None,
) -> None:
    """Write a study's report anew from its tables.

    Example:

      gatewise report --study quick --pdf
    """
    from gatewise.report import browser

    if pdf:
        browser.chromium()
    page = ending.written(study_folder(results, study))
    print(page.resolve())
    if pdf:
        print(browser.to_pdf(page))


def compare(
    first: Annotated[
        str, typer.Argument(help="A study's name in the results folder, or its folder.")
    ],
    second: Annotated[str, typer.Argument(help="The study that is seen from the first.")],
    results: Results = Path("results"),
    as_json: Json = False,
) -> None:
    """What changed between two studies: members, settings, scores, verdicts, findings.

    Scores are compared at equal seeds and, on the same data, at equal test examples.

    Examples:

      gatewise compare quick tuned

      gatewise compare results/quick /srv/runs/quick --json
    """
    import numpy as np

    from gatewise.report import comparison
    from gatewise.report.study import SEED

    folders = study_folder(results, first), study_folder(results, second)
    found = comparison.compare(*folders, np.random.default_rng(SEED))
    if as_json:
        print(json.dumps(found.to_json(), indent=1, ensure_ascii=False))
        return
    print(f"first   {folders[0]}\nsecond  {folders[1]}")
    for title, rows in found.to_json().items():
        print(f"\n{title}{'' if rows else ': nothing differs'}")
        if rows:
            table = Table(*rows[0], box=None, header_style="bold")
            for row in rows:
                table.add_row(*(_shown(value) for value in row.values()))
            Console().print(table)


def fitness(
    study: StudyName = "quick", results: Results = Path("results"), as_json: Json = False
) -> None:
    """How fit each task of a study is to be compared on: what to mend before more seeds.

    The spread of seeds in margins, the share of trainings that had not ended, what tuning gained
    over the recipe, and lstm against simple predictors. The report shows the same tables.

    Example:

      gatewise fitness --study quick
    """
    from gatewise.report.reading.results import read
    from gatewise.report.tables import fitness as tables
    from gatewise.report.tables.standing import standings

    runs = read(study_folder(results, study))
    found = {"tasks": tables.fitness(runs), "baselines": tables.baselines(standings(runs))}
    if as_json:
        parts = {name: json.loads(table.to_json(orient="records")) for name, table in found.items()}
        print(json.dumps(parts))
        return
    for rows in found.values():
        table = Table(*map(str, rows.columns), box=None, header_style="bold")
        for row in rows.itertuples(index=False):
            table.add_row(*map(_shown, row))
        Console().print(table)


def _shown(value: Any) -> str:
    if value is None or value != value:
        return "–"
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def calibrate(
    study: StudyName = "quick",
    seeds: Annotated[int, typer.Option(help="Seeds of each side of a comparison.")] = 5,
    resamples: Annotated[int, typer.Option(help="Trials of each rate.")] = 1000,
    results: Results = Path("results"),
    as_json: Json = False,
) -> None:
    """How often the report is wrong: its error rates, measured for this study.

    In simulated studies of its size, with known truths, and on its own runs of lstm under
    several names, through the functions that judge a study. The report prints the rates beside
    its verdicts.

    Examples:

      gatewise run --preset quick --architectures lstm --seeds 20 --study quick

      gatewise calibrate --study quick
    """
    import numpy as np

    from gatewise.files import write_atomically
    from gatewise.report.names import REFERENCE
    from gatewise.report.reading.calibration import CALIBRATION
    from gatewise.report.reading.results import read
    from gatewise.report.study import SEED, judged
    from gatewise.report.tables import calibration

    folder = study_folder(results, study)
    runs = read(folder)
    generator = np.random.default_rng(SEED)
    found = calibration.calibrate(runs, judged(runs), generator, seeds, resamples)
    if left_out := [task for task in runs.tasks if task not in set(found.get("task", ()))]:
        least = f"fewer than {2 * seeds} runs of {REFERENCE}"
        advice = _make_runs(folder, 2 * seeds)
        print(f"left out of own runs: {', '.join(left_out)}: {least}; {advice}", file=sys.stderr)
    path = folder / CALIBRATION
    write_atomically(path, found.to_csv(index=False))
    if as_json:
        print(found.to_json(orient="records"))
        return
    table = Table("task", "rate of", "planted, margins", "rate", "95% interval", box=None)
    for row in found.itertuples():
        spread = f"{row.low:.1%} to {row.high:.1%}"
        called = calibration.MEASURES[row.measure]
        table.add_row(row.task, called, f"{row.effect:g}", f"{row.rate:.1%}", spread)
    Console().print(table)
    print(f"\n{path}\n{ending.written(folder).resolve()}")


def _make_runs(folder: Path, seeds: int) -> str:
    """The command that makes the runs of lstm that a study lacks."""
    from gatewise.benchmark.studies.calls import recorded

    command = ["gatewise", "run", "--study", folder.name, "--architectures", "lstm"]
    command += ["--seeds", str(seeds), "--results", str(folder.parent)]
    if record := recorded(folder):
        calls = record["calls"]
        every = dict.fromkeys(str(task) for call in calls for task in call["tasks"])
        command += ["--preset", calls[-1]["scale"], "--tasks", ",".join(every)]
        command += ["--trials", str(calls[-1].get("trials", 0))]
    return f"make them with: {shlex.join(command)}"


def ui(
    tracking_uri: Uri = None,
    results: Results = Path("results"),
    port: Annotated[int, typer.Option(help="Port on this machine.", min=1, max=65535)] = 5000,
) -> None:
    """Serve the MLflow page over the store in use, on this machine alone."""
    from gatewise.benchmark.tracking import address
    from gatewise.benchmark.tracking.page import page
    from gatewise.benchmark.tracking.server import serve_store

    if tracking_uri is None:
        address.follow(results)
    uri = tracking_uri or address.default_uri(results)
    address.check(uri)
    path = page(uri)
    print(f"http://127.0.0.1:{port}/{path}", flush=True)
    raise typer.Exit(serve_store(uri, "127.0.0.1", port))


def serve(
    tracking_uri: Annotated[
        str, typer.Option(help="Database: postgresql+psycopg2://USER@HOST/DATABASE or sqlite:///…")
    ],
    artifacts: Annotated[Path, typer.Option(help="Folder of the runs' files.")],
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on.", min=1, max=65535)] = 5000,
    called_as: Annotated[
        list[str] | None,
        typer.Option(
            "--called-as",
            metavar="NAME",
            help="A name or address by which others reach it, besides this machine's own; "
            "may be repeated.",
        ),
    ] = None,
) -> None:
    """Serve a team's tracking store: runs in a database, their files in a folder.

    Everyone then runs studies with --tracking-uri http://HOST:PORT. Only this machine is listened
    to unless --host says otherwise; the server asks nobody for a password.

    Example:

      gatewise serve --tracking-uri postgresql+psycopg2://gatewise@db/runs --artifacts /srv/runs
    """
    from gatewise.benchmark.tracking import address
    from gatewise.benchmark.tracking.server import serve_store
    from gatewise.files import require_writable

    require_writable(artifacts)
    address.check(tracking_uri)
    address.create_store(tracking_uri)
    names = (host, *(called_as or ()))
    raise typer.Exit(serve_store(tracking_uri, host, port, artifacts.resolve(), names))
