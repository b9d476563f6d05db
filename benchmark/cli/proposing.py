"""Somebody's own cell from its file to the paper, by one command."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gatewise.benchmark.cli import checking, exporting, proposals
from gatewise.benchmark.cli.options import FAILURE, PRESETS, TASKS, Results, Uri, names, take_up
from gatewise.benchmark.cli.performing import Performance
from gatewise.benchmark.cli.racing import most_seeds, race
from gatewise.plugins import Plugin

if TYPE_CHECKING:
    from gatewise.benchmark.studies.proposal import Proposal

PAPER = "paper"
"""The folder of a study's export."""
NOTHING = "nothing: it has no learned gate, or is of a class without a field that takes 'open'"


def propose(
    module_or_file: Annotated[
        str, typer.Argument(help="A module's dotted name, or a Python file.", show_default=False)
    ],
    within: Annotated[str, typer.Option(help="Its time, as 90m, 4h or 1h30m.")] = "4h",
    cell: Annotated[str, typer.Option(help="Which architecture, where several are offered.")] = "",
    tasks: Annotated[str | None, typer.Option(*TASKS, help="Default: the preset's.")] = None,
    preset: Annotated[str, typer.Option(help=f"Tasks and their size: {PRESETS}.")] = "quick",
    seeds: Annotated[int | None, typer.Option(help="Seeds for each architecture at most.")] = None,
    study: Annotated[
        str | None, typer.Option(help="Name; default: proposed-, and the cell's.")
    ] = None,
    to: Annotated[
        Path | None, typer.Option("--to", help="The paper's folder; default: in the study's.")
    ] = None,
    workers: Annotated[int | None, typer.Option(help="Processes; default: one a core.")] = None,
    engine: Annotated[str, typer.Option(help="local or dask, as in gatewise run.")] = "local",
    address: Annotated[
        str | None, typer.Option(help="With dask: the scheduler, tcp://HOST:PORT.")
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what it would cost, and stop.")
    ] = False,
    tracking_uri: Uri = None,
    results: Results = Path("results"),
) -> None:
    """Propose a cell of your own: checked, raced with its ablations, written for the paper.

    The cell is held to the contracts of gatewise check. It, lstm, gru, vanilla and what is left of
    it without any combination of its gates are raced on a preset's tasks, at equal recurrent
    parameters. A report says what the cell and each of its gates is worth, LaTeX and figures say it
    for a paper. Interrupt it whenever you like: the same command goes on where it stopped.

    Examples:

      gatewise propose mine.py --within 4h

      gatewise propose mine.py --cell gated-ind --tasks labelling,xml --within 1h --dry-run

      gatewise propose mine.py --engine dask --address tcp://127.0.0.1:8786
    """
    from gatewise.benchmark.execution.engine import EngineOptions
    from gatewise.benchmark.execution.engines import make_engine
    from gatewise.benchmark.studies.plan import require
    from gatewise.benchmark.studies.presets import find_preset
    from gatewise.benchmark.studies.proposal import Proposal
    from gatewise.benchmark.studies.study import Study
    from gatewise.files import require_writable
    from gatewise.report.paper import export

    take_up([module_or_file])
    proposal = Proposal.of(Plugin.read(module_or_file), cell)
    proposals.take_up(proposal)
    chosen = find_preset(preset)
    raced = race(within, until_decided=False)
    description = Study(
        name=study or f"proposed-{proposal.architecture}",
        scale=chosen.scale,
        tasks=names(tasks, chosen.here),
        architectures=proposal.architectures,
        seeds=most_seeds(seeds, chosen),
        trials=chosen.trials,
        raced=True,
    )
    where = make_engine(engine, EngineOptions(results, workers, address))
    require(description)
    paper = to or results / description.name / PAPER
    performance = Performance(description, results, where, raced, tracking_uri)
    passed_over = [] if tasks is not None else chosen.left_out
    if not performance.agreed((*_understood(proposal), *passed_over), dry_run, yes=False):
        return
    export.require_ours(paper)
    require_writable(paper)
    if not checking.holds(proposal.cell):
        raise typer.Exit(FAILURE)
    proposals.remember(proposal, results / description.name)
    command = ["gatewise", *sys.argv[1:], *([] if study else ["--study", description.name])]
    outcome = performance.carried_out(command)
    written = export.write(outcome.folder, paper, exporting.sources(), export.medium())
    performance.console.print(f"paper    {written.resolve()}", soft_wrap=True)
    performance.end(outcome)


def _understood(proposal: Proposal) -> list[str]:
    """What is proposed, before anything is trained."""
    entry, without = proposal.cell, proposal.ablations
    return [
        f"cell     {entry.name}: {entry.summary}",
        *(f"         {line}" for line in entry.equations),
        f"without  {', '.join(without) or NOTHING}",
    ]
