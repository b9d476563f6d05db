"""Somebody else's study, looked at and put beside ours."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Annotated

import typer

from gatewise.benchmark.cli.options import FAILURE, Plugins, Results

MOST_FAULTS = 20
"""So many are said; what else there is is counted."""
PAGES = ".md"
"""The end of the names of a results folder's own pages."""


def submit(
    folder: Annotated[Path, typer.Argument(help="The study's folder.", show_default=False)],
    sample: Annotated[int, typer.Option(help="How many runs are trained again.")] = 5,
    seed: Annotated[int, typer.Option(help="Of the random choice.")] = 0,
    plugin: Plugins = None,
    results: Results = Path("results"),
) -> None:
    """Put somebody else's study into the results, if it is what it says.

    Every record must be readable and every run have the identity of its settings; verdicts and
    tables are made again from the runs and must be equal; a sample of the runs is trained again, as
    `gatewise verify` does. What is not so is said, a line each, nothing is written, and the command
    ends with 1. Pages and figures are not taken: `gatewise report` writes them. No code that the
    folder names is run: cells and tasks from outside need --plugin.

    That finds mistakes and what was changed afterwards. Who forges runs and makes every table anew
    from them is found by the sample alone: take a large one of whom you do not know.

    Examples:

      gatewise submit ~/theirs/lags

      gatewise submit ~/theirs/mine --plugin mine.py --sample 20
    """
    from gatewise.files import place_folder
    from gatewise.report import submission

    _refuse(submission.unfit(folder))
    taken, name = submission.contents(folder), _name(folder)
    _refuse(_misnamed(folder, name))
    place = results / name
    if place.exists():
        _refuse(_differing(place, taken))
        print(f"{place} is there already, and equal")
        return
    _refuse(_faults(folder))
    _refuse(_untrue(folder, sample, seed))
    if submission.contents(folder) != taken:
        _refuse([f"{folder}: its files changed meanwhile"])
    place_folder(place, taken)
    print(f"{len(taken)} files: {place}")
    print(f"commit it with: {_committing(place)}")


def _name(folder: Path) -> str:
    """The name of a study, which becomes a folder.

    Raises:
        UnreadableStudy: its record is damaged.
    """
    from gatewise.benchmark.studies.calls import recorded

    return str((recorded(folder) or {}).get("name"))


def _misnamed(folder: Path, name: str) -> Iterator[str]:
    from gatewise.registry import NAME

    if not NAME.fullmatch(name) or name.endswith(PAGES):
        yield (
            f"{folder / 'study.json'}: name={name!r}; allowed are letters from a to z, digits, "
            f"'.', '_' and '-', the first a letter or a digit, and no {PAGES} at the end"
        )


def _differing(place: Path, taken: Mapping[str, bytes]) -> Iterator[str]:
    """What a study that is there already has otherwise."""
    for name, content in taken.items():
        file = place / name
        if not file.is_file() or file.read_bytes() != content:
            yield (
                f"{place} is there and has another {name}; allowed is the same study, or one of "
                "another name"
            )
            return


def _faults(folder: Path) -> Iterator[str]:
    from gatewise.benchmark.inspection import verification
    from gatewise.report import submission

    yield from submission.faults(folder)
    try:
        yield from verification.misstated(folder)
    except verification.Unverifiable as error:
        yield str(error)


def _untrue(folder: Path, sample: int, seed: int) -> Iterator[str]:
    """What did not come back when it was trained again; what was not tried is said."""
    from gatewise.benchmark.inspection import verification

    for needed in verification.outside(folder):
        print(f"needed   {needed}", flush=True)
    found = verification.verify(folder, sample, seed, lambda check: print(check, flush=True))
    for passed_over in found.passed_over:
        if not passed_over.command:  # Data that no code here makes may have been made up.
            yield verification.said(passed_over)
        print(f"passed over: {verification.said(passed_over)}", file=sys.stderr)
    for check in found.checks:
        if not check.within:
            yield (
                f"run {check.experiment} of {check.architecture} on {check.task}: trained again "
                f"it has {check.found:.6g}; allowed is {check.recorded:.6g} within "
                f"{check.tolerance:.3g}"
            )


def _refuse(faults: Iterable[str]) -> None:
    """End with what is wrong, if anything is."""
    every = list(faults)
    for fault in every[:MOST_FAULTS]:
        print(f"refused  {fault}", file=sys.stderr)
    if len(every) > MOST_FAULTS:
        print(f"refused  and {len(every) - MOST_FAULTS} more", file=sys.stderr)
    if every:
        raise typer.Exit(FAILURE)


def _committing(place: Path) -> str:
    """The commands that add a study and the page that compares it with the others."""
    added, page = shlex.quote(str(place)), shlex.quote(str(place.parent / "index.md"))
    index = f"gatewise index --results {shlex.quote(str(place.parent))}"
    return (
        f"git add -f {added} && {index} && git add -f {page} && "
        f"git commit -m {shlex.quote(f'Study {place.name}')}"
    )
