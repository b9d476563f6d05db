"""What several commands share: options, exit codes, lists of names."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

FAILURE, USAGE_ERROR, INTERRUPTED = 1, 2, 130

Results = Annotated[Path, typer.Option("--results", help="Folder that studies write into.")]
Uri = Annotated[
    str | None,
    typer.Option("--tracking-uri", help="MLflow store; default: mlflow.db in the results folder."),
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]


class InvalidOption(ValueError):
    """An option whose value has no meaning."""


def names(value: str | None, default: tuple[str, ...] = ()) -> tuple[str, ...]:
    """``lstm, gru`` as a tuple, each name once."""
    if value is None:
        return default
    return tuple(dict.fromkeys(name.strip() for name in value.split(",") if name.strip()))
