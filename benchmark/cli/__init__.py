"""The command ``gatewise``: each of its commands is a function of a module here."""

from __future__ import annotations

import codecs
import errno
import sys
from io import TextIOWrapper
from typing import Annotated

import typer

from gatewise import MissingTensorFlow, __version__
from gatewise.benchmark.cli.checking import check
from gatewise.benchmark.cli.exporting import export
from gatewise.benchmark.cli.indexing import index
from gatewise.benchmark.cli.machine import doctor, speed
from gatewise.benchmark.cli.options import USAGE_ERROR
from gatewise.benchmark.cli.proposing import propose
from gatewise.benchmark.cli.registries import (
    fetch_data,
    list_architectures,
    list_data,
    list_tasks,
    show,
)
from gatewise.benchmark.cli.review import calibrate, compare, fitness, report, serve, ui
from gatewise.benchmark.cli.submitting import submit
from gatewise.benchmark.cli.taking import predict, take
from gatewise.benchmark.cli.training import diagnose, run, sample, verify
from gatewise.benchmark.cli.watching import watch

OURS = "gatewise"
COMMANDS = (
    *(run, propose, show, report, export, compare, check, doctor),
    *(fitness, calibrate, verify, submit),
    *(index, take, predict, sample, watch, diagnose, speed, ui, serve),
)

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
)
listing = typer.Typer(help="List what the registries hold.", no_args_is_help=True)
listing.command("tasks")(list_tasks)
listing.command("architectures")(list_architectures)
data = typer.Typer(help="Data that is fetched on demand.", no_args_is_help=True)
data.command("list")(list_data)
data.command("fetch")(fetch_data)
for command in COMMANDS:
    app.command()(command)
app.add_typer(listing, name="list")
app.add_typer(data, name="data")


def _print_version(asked: bool) -> None:
    if asked:
        print(f"gatewise {__version__}")
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool,
        typer.Option(
            "--version", help="Print the version.", callback=_print_version, is_eager=True
        ),
    ] = False,
) -> None:
    """What is each gate of a recurrent network worth, on which task, and how sure are we?"""


SPELLED = {
    **{"σ": "sigma", "φ": "phi", "·": ".", "×": "x", "−": "-", "–": "-", "…": "...", "‡": "++"},
    **{"≤": "<=", "≥": ">=", "±": "+-", "²": "^2", "•": "*", "†": "+", "⊙": "*", "√": "sqrt"},
}
"""What stands for a letter that the console does not have; for others, a question mark."""
SURROUNDINGS = frozenset(
    getattr(errno, name)
    for name in (
        *("EACCES", "EPERM", "EROFS", "ENOSPC", "EDQUOT", "EFBIG", "EIO", "ESTALE", "ENOLCK"),
        *("ENOTDIR", "EISDIR", "ENAMETOOLONG", "ELOOP", "EMFILE", "ENFILE", "EOPNOTSUPP"),
    )
    if hasattr(errno, name)
)
"""Errors of a disk or its rights, wherever they come up: not of our code."""


def main() -> None:
    """Run the command; what the user can mend is one line on standard error and exit code 2."""
    codecs.register_error("spelled", _spelled)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="spelled")
    try:
        app(prog_name="gatewise")
    except Exception as error:
        line = _line(error)
        if line is None:
            raise
        print(f"gatewise: {line}", file=sys.stderr)
        sys.exit(USAGE_ERROR)


def _spelled(error: UnicodeError) -> tuple[str, int]:
    """The letters that a console cannot show, in those that it can."""
    assert isinstance(error, UnicodeEncodeError)
    letters = error.object[error.start : error.end]
    return "".join(SPELLED.get(letter, "?") for letter in letters), error.end


def _line(error: Exception) -> str | None:
    """What the user is told of it; None of a fault of ours."""
    if isinstance(error, ModuleNotFoundError) and error.name == "tensorflow":
        return str(MissingTensorFlow())
    if isinstance(error, OSError) and error.errno in SURROUNDINGS:
        where = f"{str(error.filename)!r}: " if error.filename is not None else ""
        return f"{where}{error.strerror}; the same command goes on once that is mended"
    # Errors that our own packages define name a field, its value and what is allowed.
    return str(error) if type(error).__module__.split(".")[0] == OURS else None
