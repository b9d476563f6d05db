"""What this machine has and how fast it is."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from statistics import median
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from gatewise.benchmark.architectures import catalogue
from gatewise.benchmark.cli.options import (
    ARCHITECTURES,
    FAILURE,
    TASKS,
    Json,
    Results,
    Uri,
    names,
    study_folder,
)


def doctor(
    results: Results = Path("results"), tracking_uri: Uri = None, as_json: Json = False
) -> None:
    """What is installed and reached, what is missing, and the command that mends it.

    Ends with 1 if something is broken that studies need.

    Examples:

      gatewise doctor

      gatewise doctor --tracking-uri http://HOST:5000 --json
    """
    from gatewise.benchmark.inspection.doctor import BROKEN, MISSING, OK, Check, examine
    from gatewise.report import browser

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


def speed(
    shapes: Annotated[
        list[str] | None, typer.Option("--shape", help="T,batch,inputs,units; may be repeated.")
    ] = None,
    architectures: Annotated[
        str, typer.Option(*ARCHITECTURES, help="Names, separated by commas, or 'all'.")
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
    trainings: Annotated[
        bool, typer.Option("--trainings", help="Take trainings at scale quick apart instead.")
    ] = False,
    tasks: Annotated[
        str, typer.Option(*TASKS, help="Names for --trainings, separated by commas.")
    ] = "sentiment,labelling,video,translation,char-lm",
    against: Annotated[
        Path | None, typer.Option(help="With --trainings: an earlier tasks.csv to compare with.")
    ] = None,
    study: Annotated[
        str | None,
        typer.Option(
            help="With --trainings: of which, by name or folder, it says what it costs; default: "
            "the reference study, where there is one."
        ),
    ] = None,
    results: Results = Path("results"),
) -> None:
    """Time a training step of our cells against Keras's and, where installed, PyTorch's.

    One thread, CPU time, the contestants in turn; ratios to our lstm with their quartiles. With
    --learning: time and memory of back-propagation through time, whole and truncated, and of
    real-time recurrent learning, on a vanilla layer. With --trainings: what a training of lstm
    spends its time on, task by task.

    Examples:

      gatewise speed --shape 100,32,64,128

      gatewise speed --trainings --tasks sentiment,video --against docs/tasks.csv
    """
    from gatewise.benchmark.execution import worker
    from gatewise.files import require_writable

    require_writable(output)
    worker.single_thread()
    if trainings:
        folder = study_folder(results, study) if study else results / "reference"
        _speed_of_tasks(names(tasks), rounds, seconds, output, against, folder)
    elif learning:
        _speed_of_learning(lengths, rounds, seconds, output)
    else:
        _speed_of_cells(shapes, architectures, rounds, seconds, output)


def _speed_of_tasks(
    chosen: Sequence[str],
    rounds: int,
    seconds: float,
    output: Path,
    against: Path | None,
    study: Path,
) -> None:
    from gatewise.benchmark.inspection import costs
    from gatewise.benchmark.inspection.speed import product_peak
    from gatewise.files import write_atomically

    before = costs.read(against) if against else {}
    peak = product_peak()
    print(f"matrix products reach {peak:.0f} GFLOP/s on one thread")
    columns = ("task", "training, s", "ratio", "step, ms", "share of peak", *costs.PARTS)
    table, found = Table(*columns, box=None), []
    for task in chosen:
        cost = costs.training_cost(task, "quick", rounds, seconds, peak)
        found.append(cost)
        ratio = f"{costs.ratio(cost, before):.2f}" if task in before else ""
        parts = [f"{getattr(cost, part) / cost.seconds:.0%}" for part in costs.PARTS]
        numbers = (f"{cost.milliseconds:.2f}", f"{cost.peak_share:.0%}")
        table.add_row(task, f"{cost.seconds:.1f}", ratio, *numbers, *parts)
    Console().print(table)
    if said := costs.compared(found, before):
        print(said)
    write_atomically(output / "tasks.csv", _csv(found))
    print(output / "tasks.csv")
    if (study / "runs.csv").exists():
        hours = costs.study_costs(study, found)
        recorded, today = (sum(getattr(h, n) for h in hours) for n in ("recorded", "today"))
        print(
            f"the {sum(h.trainings for h in hours)} trainings of {study} on these tasks took "
            f"{recorded:.2f} CPU hours and would take {today:.2f}"
        )


def _speed_of_learning(lengths: str, rounds: int, seconds: float, output: Path) -> None:
    from gatewise.benchmark.inspection import speed as timing
    from gatewise.files import write_atomically
    from gatewise.report.figures.speed import learning_figure

    costs = timing.learning_costs(
        timing.lengths(names(lengths)), timing.ALGORITHMS, rounds, seconds
    )
    table = Table("T", "learning", "ms a step", "quartiles", "MiB", box=None)
    for cost in costs:
        spread = f"{cost.low:.2f} to {cost.high:.2f}"
        numbers = (f"{cost.milliseconds:.2f}", spread, f"{cost.megabytes:.1f}")
        table.add_row(str(cost.steps), cost.learning, *numbers)
    Console().print(table)
    write_atomically(output / "learning.csv", _csv(costs))
    write_atomically(output / "learning.svg", learning_figure(costs))
    print(f"{output / 'learning.csv'}\n{output / 'learning.svg'}")


def _speed_of_cells(
    shapes: Sequence[str] | None,
    architectures: str,
    rounds: int,
    seconds: float,
    output: Path,
) -> None:
    from gatewise.benchmark.inspection import contestants
    from gatewise.benchmark.inspection import speed as timing
    from gatewise.files import write_atomically
    from gatewise.report.figures.speed import figure

    at = [contestants.Shape.parse(text) for text in shapes] if shapes else timing.SHAPES
    chosen = catalogue.chains() if architectures == "all" else names(architectures)
    contestants.require_vectors(chosen)
    peak = timing.product_peak()
    print(f"matrix products reach {peak:.0f} GFLOP/s on one thread")
    rows = []
    for shape in at:
        rows += timing.compare(shape, chosen, rounds, seconds, peak)
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
    """Records of one class as text, numbers to four digits."""
    import pandas as pd

    text: str = pd.DataFrame(map(asdict, rows)).to_csv(index=False, float_format="%.4g")
    return text
