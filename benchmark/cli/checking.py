"""The contracts of tasks and architectures, run on somebody's own."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from gatewise import tasks
from gatewise.benchmark.architectures import catalogue
from gatewise.benchmark.cli.options import FAILURE, Json, Plugins, take_up
from gatewise.checks import Finding, findings, told
from gatewise.plugins import Plugin

if TYPE_CHECKING:
    from gatewise.benchmark.architectures.architecture import Architecture


def check(
    module_or_file: Annotated[
        str, typer.Argument(help="A module's dotted name, or a Python file.", show_default=False)
    ],
    plugin: Plugins = None,
    as_json: Json = False,
) -> None:
    """Run the contracts of tasks and architectures on your own, and say what is missing.

    Looked at is what the module or file offers: TASK, TASKS, ARCHITECTURE, ARCHITECTURES. Ends with
    1 if a check fails.

    Example:

      gatewise check mine.py
    """
    from gatewise.benchmark.execution import worker

    take_up([*(plugin or ()), module_or_file])
    worker.single_thread()
    found = []
    for finding in _every(Plugin.read(module_or_file).sha256):
        found.append(finding)
        if not as_json:
            said = f"FAILS  {finding.subject}: {finding.check}: {finding.fault}"
            print(
                said if finding.fault else f"ok     {finding.subject}: {finding.check}", flush=True
            )
    failed = sum(bool(finding.fault) for finding in found)
    print(
        json.dumps([asdict(finding) for finding in found], indent=1, ensure_ascii=False)
        if as_json
        else f"{len(found)} checks, {failed} failed"
    )
    if failed:
        raise typer.Exit(FAILURE)


def holds(entry: Architecture) -> bool:
    """Whether an architecture holds its contract; what it fails is said, and else how much held."""
    from gatewise.benchmark.execution import worker

    worker.single_thread()
    from gatewise.benchmark.architectures import check as cells

    found = list(findings(f"architecture {entry.name!r}", cells.CHECKS, entry))
    failed = [finding for finding in found if finding.fault]
    for finding in failed:
        print(f"FAILS  {finding.subject}: {finding.check}: {finding.fault}", flush=True)
    print(f"check    {len(found)} checks, {len(failed)} failed", flush=True)
    return not failed


def _every(sha256: str) -> Iterator[Finding]:
    """The findings on all that comes from a source."""
    from gatewise.benchmark.architectures import check as cells
    from gatewise.benchmark.networks.check import a_tiny_network_beats_chance
    from gatewise.tasks import check as data

    for name, entry in catalogue.CATALOGUE.items():
        if catalogue.CATALOGUE.origin(name).sha256 == sha256:
            yield from findings(f"architecture {name!r}", cells.CHECKS, entry)
    for name, task in tasks.registry().items():
        if tasks.registry().origin(name).sha256 == sha256:
            try:
                dataset = task.load("smoke")
            except Exception as error:
                yield Finding(f"task {name!r}", "its data is loaded at scale smoke", told(error))
            else:
                checks = (*data.CHECKS, a_tiny_network_beats_chance)
                yield from findings(f"task {name!r}", checks, task, dataset)
