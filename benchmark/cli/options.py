"""What several commands share: options, exit codes, lists of names."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer

from gatewise import plugins
from gatewise.tasks import names as of_tasks

TASKS, ARCHITECTURES = ("--tasks", "--task"), ("--architectures", "--architecture")
"""One or several: all commands take both spellings."""
PRESETS = "smoke, quick, lags, standard or paper"
"""As help names them; :data:`.presets.PRESETS` asks the registries, which the command does not at
its start."""
FAILURE, USAGE_ERROR, INTERRUPTED = 1, 2, 130


def take_up(references: Iterable[str]) -> None:
    """Make the plugins those of this process, before anything asks a registry.

    Raises:
        InvalidPlugin: one cannot be loaded, or offers nothing.
    """
    plugins.use(plugins.Plugin.read(reference) for reference in references)


def _taken_up(references: list[str] | None) -> list[str]:
    take_up(references or ())
    return references or []


Results = Annotated[Path, typer.Option("--results", help="Folder that studies write into.")]
StudyName = Annotated[
    str, typer.Option("--study", help="A study's name in the results folder, or its folder.")
]
Uri = Annotated[
    str | None,
    typer.Option(
        "--tracking-uri",
        help="MLflow store; default: mlflow.db in the results folder.",
        envvar="MLFLOW_TRACKING_URI",
    ),
]
Plugins = Annotated[
    list[str] | None,
    typer.Option(
        "--plugin",
        metavar="MODULE_OR_FILE",
        help="Tasks and architectures of your own; may be repeated.",
        callback=_taken_up,
        is_eager=True,
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]


def study_folder(results: Path, study: str) -> Path:
    """The folder of a study, by its name or by the path of its folder.

    Raises:
        InvalidOption: there is no such study.
    """
    for folder in (results / study, Path(study)):
        if folder.is_dir():
            return folder
    known = sorted(path.parent.name for path in results.glob("*/study.json"))
    raise InvalidOption(
        f"study {study!r}: there is none in {str(results)!r}; allowed are "
        f"{', '.join([*known, 'a folder that `gatewise run` wrote'])}"
    )


class InvalidOption(ValueError):
    """An option whose value has no meaning."""


def names(value: str | None, default: tuple[str, ...] = ()) -> tuple[str, ...]:
    """``lstm, gru`` as a tuple, each name once."""
    if value is None:
        return default
    return tuple(dict.fromkeys(name.strip() for name in value.split(",") if name.strip()))


def sized(tasks: tuple[str, ...], sizes: tuple[str, ...]) -> tuple[str, ...]:
    """Every task at every size; as they are where none is given."""
    return tuple(of_tasks.sized(task, size) for task in tasks for size in sizes) if sizes else tasks
