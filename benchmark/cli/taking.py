"""A trained model to take away, and what it says of a file."""

from __future__ import annotations

import csv
import sys
from contextlib import nullcontext
from itertools import chain
from pathlib import Path
from typing import Annotated

import typer

from gatewise.benchmark.cli import owndata
from gatewise.benchmark.cli.options import TASKS, Plugins, Results, names, study_folder


def take(
    study: Annotated[str, typer.Argument(help="Name or folder of a study.")],
    architecture: Annotated[str, typer.Argument(help="As in the study's table.")],
    to: Annotated[
        Path, typer.Option("--to", help="NAME.keras, NAME.onnx, or NAME, a SavedModel's folder.")
    ] = Path("model.keras"),
    task: Annotated[
        str, typer.Option(*TASKS, help="Where a study has several: one of texts or tokens.")
    ] = "",
    plugin: Plugins = None,
    results: Results = Path("results"),
) -> None:
    """Take a trained model away, whole, and a model card beside it.

    It is the architecture's run with the best validation score; weights that were not kept are
    trained again. Vocabulary, labels and normalisation are inside. A SavedModel or ONNX answers
    without gatewise; of what reads texts or tokens there is no ONNX. It is of data of your own, or
    of a task that reads texts or tokens, such as sentiment and labelling.

    Examples:

      gatewise take own-reviews gru --to model.keras

      gatewise take own-sensors gru --to model.onnx

      gatewise take quick lstm --task labelling --to tagger.keras
    """
    from gatewise.benchmark.execution import worker
    from gatewise.benchmark.inspection import exporting
    from gatewise.files import require_writable, write_atomically

    exporting.form(to)
    folder = study_folder(results, study)
    own = owndata.take_up_of(folder)
    require_writable(to.parent)
    worker.single_thread()
    from gatewise import tasks
    from gatewise.benchmark.architectures import catalogue
    from gatewise.benchmark.inspection import taking

    name = catalogue.find(architecture).name
    experiment, result = taking.best(folder, name, task or taking.task_of(folder, name))
    found = tasks.find(experiment.task)
    exporting.write(taking.take(folder, own, experiment), to)
    card = exporting.card(to)
    write_atomically(card, taking.card(own, experiment, result, to))
    print(
        f"{to.resolve()}  {experiment.architecture}, seed {experiment.seed}: validation "
        f"{result.validation_score:.4g}, test {result.test_score:.4g} {found.metric.unit}"
    )
    print(f"{card.resolve()}  what it is")
    if to.suffix == exporting.KERAS:
        print(f"next: gatewise predict {to} FILE")


def predict(
    model: Annotated[Path, typer.Argument(help="A model that gatewise take wrote.")],
    file: Annotated[Path, typer.Argument(help="A table with the columns that it reads.")],
    to: Annotated[Path | None, typer.Option("--to", help="A CSV file; default: print.")] = None,
    text: owndata.Text = "",
    tokens: owndata.Tokens = "",
    sequence: owndata.Sequence = "",
    step: owndata.Step = "",
    features: owndata.Features = "",
    series: owndata.Series = "",
) -> None:
    """What a taken model says of a file's rows, as CSV: row, answer, and how sure.

    Columns are those that it was trained on, unless they are named anew.

    Example:

      gatewise predict model.keras new-reviews.csv --to answers.csv
    """
    from gatewise.benchmark.execution import worker

    worker.single_thread()
    from gatewise.benchmark.inspection import taking

    columns = {"text": text, "tokens": tokens, "sequence": sequence, "step": step, "series": series}
    named: dict[str, str | tuple[str, ...]] = {**columns, "features": names(features)}
    given = {name: value for name, value in named.items() if value}
    taken = taking.load(model)
    rows = taking.predictions(taken, taking.reading_of(taken, file, given))
    first = next(rows, None)
    opened = to.open("w", newline="", encoding="utf-8") if to else nullcontext(sys.stdout)
    with opened as output:
        writer = csv.DictWriter(output, list(first or ("row", "answer")), lineterminator="\n")
        writer.writeheader()
        writer.writerows(chain([first] if first else [], rows))
