"""A trained network that reads a sentence, as a page."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gatewise.benchmark.cli import owndata, proposals
from gatewise.benchmark.cli.options import (
    ARCHITECTURES,
    InvalidOption,
    Plugins,
    Results,
    names,
    study_folder,
)

if TYPE_CHECKING:
    from gatewise.benchmark.records.experiment import Experiment
    from gatewise.benchmark.training.trainer import Trainer

OWN = "watched"
"""The study that models trained only to be watched belong to."""


def watch(
    text: Annotated[str, typer.Argument(help="What is read, a sentence.")],
    study: Annotated[
        str | None,
        typer.Option("--study", help="Name or folder of a study; default: train now, once."),
    ] = None,
    task: Annotated[
        str | None,
        typer.Option("--task", help="One that reads tokens; default: sentiment, or the own data."),
    ] = None,
    architectures: Annotated[
        str, typer.Option(*ARCHITECTURES, help="Names; they stand one below the other.")
    ] = "lstm,NFG",
    scale: Annotated[str, typer.Option(help="Of what is trained now: smoke, quick, ….")] = "quick",
    to: Annotated[Path, typer.Option("--to", help="The page to write, FILE.html.")] = Path(
        "watch.html"
    ),
    plugin: Plugins = None,
    results: Results = Path("results"),
) -> None:
    """Watch the gates while a trained network reads a sentence: one page, offline.

    Gates, memory and answer behind each token, as trained and with any gate held at 0 or at 1. Of a
    study it is the run that `gatewise take` takes; weights that were not kept are trained again,
    once.

    Examples:

      gatewise watch "the film was not good, it was great"

      gatewise watch "a solid film" --study own-reviews --architectures gru,mgu --to gru.html
    """
    from gatewise.benchmark.execution import worker
    from gatewise.files import require_writable, write_atomically
    from gatewise.report import watching

    if to.suffix != ".html":
        raise InvalidOption(f"--to {str(to)!r}: allowed is a name that ends with .html")
    if not (wanted := names(architectures)):
        raise InvalidOption(f"--architectures {architectures!r}: allowed is at least one name")
    folder = study_folder(results, study) if study else results / OWN
    own = owndata.take_up_of(folder) if study else None
    if study:
        proposals.take_up_of(folder)
    task = task or (own.name if own else "sentiment")
    require_writable(to.parent)
    worker.single_thread()
    from gatewise import tasks
    from gatewise.benchmark.architectures import catalogue
    from gatewise.benchmark.inspection import steps

    steps.require_watchable(tasks.find(task))
    entries = [catalogue.find(name) for name in wanted]
    shown = []
    for entry in entries:
        trainer = _trained(folder, task, entry.name, "" if study else scale)
        shown.append(_told(trainer, text))
    write_atomically(to, watching.page(text, task, shown))
    for one in shown:
        print(f"{one['name']:8}{watching.said(one)}")
    print(to.resolve())


def _trained(folder: Path, task: str, architecture: str, scale: str) -> Trainer:
    """The trainer with the weights that are watched; a scale is that of what is trained now."""
    from gatewise.benchmark.execution import worker
    from gatewise.benchmark.inspection import subjects, taking
    from gatewise.benchmark.studies.study import Study

    def told(experiment: Experiment) -> None:
        print(f"{experiment.title}: is trained, once", file=sys.stderr, flush=True)

    if scale:
        study = Study(folder.name, scale, (task,), (architecture,), seeds=1)
        experiment = subjects.made(folder, study, told)
    else:
        experiment, _ = taking.best(folder, architecture, task)
    if reason := subjects.refusal(experiment):
        raise subjects.NoDiagnosis(reason)
    if not worker.weights_path(folder, experiment).exists():
        told(experiment)
    return subjects.trained(folder, experiment)


def _told(trainer: Trainer, text: str) -> dict[str, Any]:
    """What the page holds of one architecture."""
    from gatewise.benchmark.architectures.diagram import draw
    from gatewise.benchmark.inspection import steps

    entry, group = trainer.architecture, trainer.group
    about = {
        "name": entry.name,
        "scale": group.scale,
        "svg": draw(entry, titled=False),
        "holdable": entry.cell.holdable,
        "memory": entry.cell.has_memory,
        "so_far": not trainer.model.every_step,
    }
    return about | steps.to_json(steps.steps(trainer, text))
