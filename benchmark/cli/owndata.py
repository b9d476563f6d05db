"""Options of ``gatewise run`` that say what data of a user's own is, and the data of a study."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from gatewise import plugins
from gatewise.benchmark.cli.options import InvalidOption, names
from gatewise.benchmark.records.failures import UNREADABLE
from gatewise.checks import told
from gatewise.files import write_atomically
from gatewise.tasks.own.data import OwnData, recorded, restored
from gatewise.tasks.own.reading import Reading
from gatewise.tasks.own.understanding import lines

RECORD = "data.json"
"""The file of a study's folder that says what data of a user's own it is on."""


def _option(name: str, help: str) -> Any:
    return typer.Option(f"--{name}", help=help, rich_help_panel="Your own data")


File = Annotated[
    Path | None,
    _option("data", "A table of your own: .csv, .tsv, .conll, .jsonl or .parquet; also .gz."),
]
Text = Annotated[str, _option("text", "Column of texts, of which --label is the class or number.")]
Label = Annotated[str, _option("label", "Column of labels.")]
Tokens = Annotated[str, _option("tokens", "Column of tokens, a row each, with --tags.")]
Tags = Annotated[str, _option("tags", "Column of the tokens' tags.")]
Sequence = Annotated[
    str, _option("sequence", "Column that says which rows belong together; else: blank rows.")
]
Step = Annotated[str, _option("step", "Column that orders the rows of a sequence or a series.")]
Features = Annotated[str, _option("features", "Columns of numbers, separated by commas.")]
Series = Annotated[str, _option("series", "Column of the numbers to forecast.")]
Horizon = Annotated[int, _option("horizon", "How many steps ahead.")]
Group = Annotated[str, _option("group", "Column; what is of one group is in one split.")]
Time = Annotated[str, _option("time", "Column; training comes before validation and test.")]
AnswerKind = Annotated[str, _option("answers", "classes or numbers; default: as they look.")]
Length = Annotated[int, _option("length", "Most steps that are read; default: as suits the data.")]


def taken_up(file: Path | None, features: str, **columns: Any) -> OwnData | None:
    """The task of a file, if one is given, from now on one of this process beside its plugins'.

    Raises:
        InvalidOption: columns are given and no file.
        InvalidReading, InvalidData: no task can be made of it.
    """
    if file is None:
        given = [name for name, value in {**columns, "features": features}.items() if value]
        if given:
            raise InvalidOption(f"--{given[0]}: allowed is with --data FILE, a table of your own")
        return None
    own = OwnData.of(Reading(str(file.resolve()), features=names(features), **columns))
    plugins.use([*plugins.in_use(), own])
    return own


def understood(own: OwnData | None, scale: str) -> tuple[str, ...]:
    """What is said of it before anything trains."""
    return lines(own, scale) if own else ()


def remember(own: OwnData, folder: Path) -> None:
    """Keep in a study's folder what its data is, for the commands that come after.

    Raises:
        InvalidOption: the study is on other data.
        UnwritableFolder: it cannot be written.
    """
    known = _known(folder)
    if known is not None and known.sha256 != own.sha256:
        raise InvalidOption(
            f"study {folder.name!r}: it is on {known.reading.path!r} as its {RECORD} says, with "
            f"SHA-256 {known.sha256[:16]} of file and columns; allowed is that, or another --study"
        )
    write_atomically(folder / RECORD, json.dumps(recorded(own), indent=1, ensure_ascii=False))


def take_up_of(folder: Path) -> OwnData | None:
    """Take up the data of a user's own that a study is on, if it is.

    Raises:
        InvalidOption: the record of it is damaged.
        ChangedData, InvalidReading: it is another one by now, or is not there.
    """
    if (own := _known(folder)) is not None:
        plugins.use([*plugins.in_use(), own])
    return own


def _known(folder: Path) -> OwnData | None:
    """What a study's folder says of its data; None of a study on none of a user's own."""
    path = folder / RECORD
    if not path.is_file():
        return None
    try:
        return restored(json.loads(path.read_text(encoding="utf-8")))
    except UNREADABLE as error:
        raise InvalidOption(
            f"{str(path)!r}: {told(error)}; allowed is what gatewise run --data wrote there, and "
            "without it the same command writes it anew"
        ) from None
