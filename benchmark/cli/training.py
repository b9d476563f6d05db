"""What trains: a study, its runs once more, a look into them, a language model's text."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from gatewise.benchmark.cli import ending, owndata, proposals
from gatewise.benchmark.cli.options import (
    ARCHITECTURES,
    FAILURE,
    PRESETS,
    TASKS,
    Json,
    Plugins,
    Results,
    StudyName,
    Uri,
    names,
    sized,
    study_folder,
)
from gatewise.benchmark.cli.performing import Performance
from gatewise.benchmark.cli.racing import most_seeds, race


def run(
    preset: Annotated[str, typer.Option(help=f"{PRESETS}.")] = "quick",
    study: Annotated[str | None, typer.Option(help="Name; default: that of the preset.")] = None,
    tasks: Annotated[str | None, typer.Option(*TASKS, help="Names, separated by commas.")] = None,
    architectures: Annotated[
        str | None, typer.Option(*ARCHITECTURES, help="Names; default: those of the preset.")
    ] = None,
    seeds: Annotated[
        int | None, typer.Option(help="Seeds for each architecture; in a race, at most.")
    ] = None,
    within: Annotated[
        str | None,
        typer.Option(help="Race: seeds go where they decide, for 90m, 2h, 1h30m from now."),
    ] = None,
    until_decided: Annotated[
        bool, typer.Option("--until-decided", help="Race until nothing more can be decided.")
    ] = False,
    trials: Annotated[
        int | None,
        typer.Option(help="Full trainings a search may cost for each pair; 0: tasks' recipes."),
    ] = None,
    search: Annotated[
        str,
        typer.Option(help="halving (short trials, the best go on), design (all full) or bayesian."),
    ] = "halving",
    repetitions: Annotated[
        int, typer.Option(help="Independent searches for each pair, with the seeds in each.")
    ] = 1,
    settings: Annotated[
        Path | None,
        typer.Option(help="settings.csv of a tuned study; default: those of the preset."),
    ] = None,
    match: Annotated[
        str,
        typer.Option(
            help="parameters (recurrent ones), width, all (parameters), state (numbers carried) or "
            "multiplications (a step); several, separated by commas."
        ),
    ] = "parameters",
    learning: Annotated[
        str, typer.Option(help="bptt, tbptt-K (windows of K steps) or rtrl (small vanilla cells).")
    ] = "bptt",
    budget: Annotated[
        int | None, typer.Option(help="Recurrent parameters; default: the task's.")
    ] = None,
    sizes: Annotated[
        str | None,
        typer.Option(help="Recurrent parameters, several: every task at each of them."),
    ] = None,
    workers: Annotated[int | None, typer.Option(help="Processes; default: one a core.")] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what it would cost, and stop.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Begin, however long it takes.")] = False,
    engine: Annotated[
        str, typer.Option(help="local (processes of this machine) or dask (a cluster).")
    ] = "local",
    address: Annotated[
        str | None, typer.Option(help="With dask: the scheduler, tcp://HOST:PORT.")
    ] = None,
    resources: Annotated[
        str, typer.Option(help="With dask: what a group of runs needs of a worker, as GPU=1.")
    ] = "",
    tls_ca_file: Annotated[
        Path | None, typer.Option(help="With dask behind TLS: the authority's certificate, PEM.")
    ] = None,
    tls_cert: Annotated[Path | None, typer.Option(help="And the command's own.")] = None,
    tls_key: Annotated[Path | None, typer.Option(help="And its key.")] = None,
    tracking_uri: Uri = None,
    results: Results = Path("results"),
    keep_weights: Annotated[
        bool, typer.Option("--keep-weights", help="Keep trained weights, also as MLflow artifacts.")
    ] = False,
    plugin: Plugins = None,
    data: owndata.File = None,
    text: owndata.Text = "",
    label: owndata.Label = "",
    tokens: owndata.Tokens = "",
    tags: owndata.Tags = "",
    sequence: owndata.Sequence = "",
    step: owndata.Step = "",
    features: owndata.Features = "",
    series: owndata.Series = "",
    horizon: owndata.Horizon = 0,
    group: owndata.Group = "",
    time: owndata.Time = "",
    answers: owndata.AnswerKind = "",
    length: owndata.Length = 0,
) -> None:
    """Run a study, log every run to MLflow, and write its report.

    Interrupt it whenever you like: the same command goes on where it stopped.

    Examples:

      gatewise run --preset smoke

      gatewise run --tasks labelling,video --architectures lstm,NFG,gru --seeds 5 --study mine

      gatewise run --preset standard --dry-run

      gatewise run --preset quick --within 1h

      gatewise run --preset standard --until-decided --study raced

      gatewise run --preset quick --trials 12 --match parameters,width --study tuned

      gatewise run --preset quick --match multiplications,state --study priced

      gatewise run --preset quick --trials 12 --repetitions 3 --seeds 2 --study repeated

      gatewise run --preset quick --settings results/reference/settings.csv --study tuned-before

      gatewise run --tasks adding --architectures vanilla --learning rtrl --budget 1000 --study rtrl

      gatewise run --tasks adding,adding-100 --sizes 500,2000,8000 --within 2h --study sizes

      gatewise run --plugin mine.py --tasks majority --architectures lstm,my-cell --study mine

      gatewise run --data reviews.csv --text review --label stars

      gatewise run --data news.conll --tokens 1 --tags 4

      gatewise run --data sensors.parquet --sequence id --step t --features x,y,z --label activity

      gatewise run --data load.csv --series megawatts --horizon 24 --step hour
    """
    from gatewise.benchmark.cli.clusters import amounts, certificate
    from gatewise.benchmark.execution.engine import EngineOptions
    from gatewise.benchmark.execution.engines import make_engine
    from gatewise.benchmark.studies.plan import require
    from gatewise.benchmark.studies.presets import find_preset
    from gatewise.benchmark.studies.settings import read_settings
    from gatewise.benchmark.studies.study import Study

    columns = {
        **{"text": text, "label": label, "tokens": tokens, "tags": tags, "sequence": sequence},
        **{"step": step, "series": series, "horizon": horizon, "group": group, "time": time},
        **{"answers": answers, "length": length},
    }
    own = owndata.taken_up(data, features, **columns)
    chosen = find_preset(preset)
    if within is None and seeds is None and not until_decided:
        within = chosen.within
    raced = race(within, until_decided)
    description = Study(
        name=study or (own.name if own else preset),
        scale=chosen.scale,
        tasks=sized(names(tasks, (own.name,) if own else chosen.here), names(sizes)),
        architectures=names(architectures, chosen.architectures),
        seeds=most_seeds(seeds, chosen) if raced else chosen.seeds if seeds is None else seeds,
        trials=(0 if settings else chosen.trials) if trials is None else trials,
        search=search,
        matches=names(match),
        learning=learning,
        budget=budget,
        settings=() if settings is None else read_settings(settings),
        repetitions=repetitions,
        raced=raced is not None,
    )
    if settings is None and trials is None:
        description = chosen.tuned(description)
    tls = certificate(tls_ca_file, tls_cert, tls_key)
    needs = amounts("resources", resources)
    options = EngineOptions(results, workers, address, needs, keep_weights, tls)
    where = make_engine(engine, options)
    require(description)
    performance = Performance(description, results, where, raced, tracking_uri)
    passed_over = () if own or tasks is not None else chosen.left_out
    if not performance.agreed((*owndata.understood(own, chosen.scale), *passed_over), dry_run, yes):
        return
    command = ["gatewise", *sys.argv[1:]]
    if own:
        owndata.remember(own, results / description.name)
        # The commands that come after ask for the study by its name.
        command += [] if study else ["--study", description.name]
    performance.end(performance.carried_out(command))


def verify(
    study: StudyName = "quick",
    sample: Annotated[int, typer.Option(help="How many runs are trained again.")] = 5,
    seed: Annotated[int, typer.Option(help="Of the random choice.")] = 0,
    plugin: Plugins = None,
    results: Results = Path("results"),
    as_json: Json = False,
) -> None:
    """Train a random sample of a study's runs again: do its numbers come back?

    Bit for bit on the same machine with the same versions; elsewhere within three standard
    deviations over seeds, or the task's margin. Ends with 1 if one does not. Runs on data that a
    task has not any more are passed over, and named.

    Example:

      gatewise verify --study results/reference --sample 5
    """
    from gatewise.benchmark.inspection import verification

    folder = study_folder(results, study)
    owndata.take_up_of(folder)
    proposals.take_up_of(folder)

    def told(check: verification.Check) -> None:
        print(check, file=sys.stderr if as_json else sys.stdout)

    found = verification.verify(folder, sample, seed, told)
    checks = found.checks
    equal, within = sum(c.equal for c in checks), sum(c.within for c in checks)
    if as_json:
        rows = [{**asdict(c), "equal": c.equal, "within": c.within} for c in checks]
        print(json.dumps(rows, indent=1))
    else:
        print(f"{len(checks)} runs: {equal} equal to the last bit, {within} within the tolerance")
    for passed_over in found.passed_over:
        print(f"passed over: {verification.said(passed_over)}", file=sys.stderr)
    if within < len(checks):
        raise typer.Exit(FAILURE)


def diagnose(
    study: StudyName = "quick",
    tasks: Annotated[
        str | None,
        typer.Option(*TASKS, help="Names, separated by commas; default: all of the study's."),
    ] = None,
    architectures: Annotated[
        str, typer.Option(*ARCHITECTURES, help="Names; those that the study lacks are passed over.")
    ] = "lstm,NIG,NFG,NOG,gru,vanilla",
    seed: Annotated[int, typer.Option(help="Seed of the runs.", min=0)] = 0,
    anew: Annotated[bool, typer.Option("--anew", help="Also what is diagnosed already.")] = False,
    plugin: Plugins = None,
    results: Results = Path("results"),
    as_json: Json = False,
) -> None:
    """Why a gate matters: look into a study's trained runs, on validation examples alone.

    Gate use, gradients by lag, how far back inputs matter, and the score with a trained gate held
    at its mean, at 0 or at 1. A run whose weights were not kept is trained again first.

    Examples:

      gatewise diagnose --study quick

      gatewise diagnose --study quick --tasks video --architectures lstm,vanilla --seed 1
    """
    from gatewise.benchmark.execution import worker
    from gatewise.files import require_writable
    from gatewise.report.reading import diagnoses
    from gatewise.report.tables import diagnosis as shown

    folder = study_folder(results, study)
    owndata.take_up_of(folder)
    proposals.take_up_of(folder)
    worker.single_thread()
    from gatewise.benchmark.inspection import diagnosis, subjects

    runs = subjects.find(folder, names(tasks), names(architectures), seed)
    require_writable(folder)
    refused = {e.id: reason for e, _ in runs if (reason := subjects.refusal(e))}
    if len(refused) == len(runs):
        raise subjects.NoDiagnosis(next(iter(refused.values())))
    for reason in dict.fromkeys(refused.values()):
        print(f"left out: {reason}", file=sys.stderr)
    paths = []
    for experiment, result in runs:
        path = diagnosis.path_of(folder, experiment)
        if experiment.id not in refused:
            if anew or not path.exists():
                print(experiment.title, file=sys.stderr, flush=True)
                diagnosis.write(folder, experiment, result)
            paths.append(path)
    found = diagnoses.of(paths)
    if as_json:
        print(json.dumps([json.loads(path.read_text(encoding="utf-8")) for path in paths]))
        return
    for rows in (shown.summary(found), shown.gates_summary(found)):
        table = Table(*rows.columns, box=None, header_style="bold")
        for row in rows.itertuples(index=False):
            table.add_row(*row)
        Console().print(table, "")
    if (folder / "runs.csv").is_file():
        print(ending.written(folder).resolve())


def sample(
    prompt: Annotated[str, typer.Argument(help="How the text begins.")],
    task: Annotated[
        str, typer.Option(*TASKS, help="A language model: char-lm, word-lm.")
    ] = "char-lm",
    scale: Annotated[str, typer.Option(help="smoke, quick, standard or paper.")] = "quick",
    architecture: Annotated[
        str, typer.Option(*ARCHITECTURES, help="As in `gatewise list architectures`.")
    ] = "lstm",
    study: Annotated[
        str | None,
        typer.Option(help="Study that kept its weights, by name or folder; default: train now."),
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
    plugin: Plugins = None,
    results: Results = Path("results"),
) -> None:
    """Let a trained language model go on from a prompt: by chance, by beam search, as a tree.

    Example:

      gatewise sample "The quick brown f"
    """
    from gatewise.benchmark.execution import worker
    from gatewise.files import require_writable, write_atomically
    from gatewise.report.figures import continuations

    require_writable(output.parent)
    worker.single_thread()
    from gatewise.benchmark.inspection import sampling

    folder = study_folder(results, study) if study else None
    kept, parent = (folder.name, folder.parent) if folder else (None, results)
    author = sampling.author(task, scale, architecture, kept, parent, prompt)
    print(f"sampled at temperature {temperature:g}\n  {author.sampled(length, temperature, seed)}")
    print("\nbeam search, nats a token")
    for text, nats in author.likeliest(length, beam):
        print(f"  {nats:.2f}  {text}")
    tree = author.tree(branches, depth)
    print(f"\nmost likely continuations of {prompt!r}")
    print("\n".join(continuations.lines(tree, indent="  ")))
    write_atomically(output, continuations.figure(prompt, tree))
    print(f"\n{output.resolve()}")
