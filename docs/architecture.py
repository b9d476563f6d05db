"""Draws docs/architecture.svg, who imports whom, from the imports themselves: ``make docs``."""

from __future__ import annotations

import ast
from graphlib import TopologicalSorter
from pathlib import Path

ROOT = Path(__file__).parents[1]
PICTURE = Path(__file__).with_suffix(".svg")
FOLDERS = "benchmark", "report", "tasks"
WIDE, HIGH, ACROSS, DOWN = 150, 34, 190, 96
"""Of a box, and from one to the next; in pixels."""


def room(module: str) -> str:
    """The room of a dotted name: a folder of the benchmark, or a package; empty for neither.

    What all packages share is ``gatewise``; what the benchmark's rooms share, ``benchmark``.
    """
    parts = module.split(".")
    if parts[0] != "gatewise" or len(parts) < 2:
        return ""
    if parts[1] not in FOLDERS:
        return "gatewise" if (ROOT / "gatewise" / f"{parts[1]}.py").is_file() else ""
    inside = parts[1] == "benchmark" and ROOT.joinpath(*parts[1:3]).is_dir()
    return ".".join(parts[1:3]) if inside and len(parts) > 2 else parts[1]


def arrows() -> dict[str, set[str]]:
    """The rooms that each room imports, wherever in its files."""
    found: dict[str, set[str]] = {}
    for path in sorted(p for name in FOLDERS for p in (ROOT / name).rglob("*.py")):
        here = room(".".join(("gatewise", *path.relative_to(ROOT).with_suffix("").parts)))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.module:
                names = {f"{node.module}.{a.name}" for a in node.names}
                found.setdefault(here, set()).update(map(room, names))
    return {here: there - {here, ""} for here, there in found.items()}


def reached(found: dict[str, set[str]], start: str) -> set[str]:
    """All rooms below one."""
    below = set(found.get(start, ()))
    return below.union(*(reached(found, name) for name in below))


def direct(found: dict[str, set[str]]) -> dict[str, set[str]]:
    """The arrows that no way round replaces."""
    return {
        name: below - set().union(*(reached(found, other) for other in below))
        for name, below in found.items()
    }


def floors(found: dict[str, set[str]]) -> list[list[str]]:
    """Rooms from the ground up: each above all that it imports.

    Raises:
        graphlib.CycleError: two rooms import each other.
    """
    at: dict[str, int] = {}
    for name in TopologicalSorter(found).static_order():
        at[name] = max((at[below] + 1 for below in found.get(name, ())), default=0)
    levels = range(max(at.values()) + 1)
    return [sorted(name for name in at if at[name] == level) for level in levels]


def picture() -> str:
    """The picture as it should be."""
    found = arrows()
    above = floors(found)
    height, width = DOWN * len(above), ACROSS * max(map(len, above)) + 40
    places = {
        name: (20 + (k + 0.5) * (width - 40) / len(row), height - DOWN * (level + 0.5))
        for level, row in enumerate(above)
        for k, name in enumerate(row)
    }
    shown = direct(found)
    lines = [_arrow(places[a], places[b]) for a in sorted(shown) for b in sorted(shown[a])]
    boxes = [_box(name, *place) for name, place in places.items()]
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}"'
    tip = (
        '<marker id="tip" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="7" markerHeight="7" '
        'orient="auto"><path d="M0 0 8 4 0 8z" fill="#888"/></marker>'
    )
    style = f'{head} font-family="sans-serif" font-size="13">{tip}'
    paper = f'<rect width="{width}" height="{height}" fill="white"/>'
    return "\n".join([style, paper, *lines, *boxes, "</svg>", ""])


def _arrow(start: tuple[float, float], end: tuple[float, float]) -> str:
    (x, y), (u, v) = start, end
    return (
        f'<line x1="{x:.0f}" y1="{y + HIGH / 2:.0f}" x2="{u:.0f}" y2="{v - HIGH / 2:.0f}" '
        'stroke="#888" stroke-width="1" marker-end="url(#tip)"/>'
    )


def _box(name: str, x: float, y: float) -> str:
    fills = {"benchmark": "#dbe9f6", "report": "#e5f3df", "tasks": "#fbeed5", "gatewise": "#eee"}
    fill, shown = fills[name.split(".")[0]], name.removeprefix("benchmark.")
    return (
        f'<rect x="{x - WIDE / 2:.0f}" y="{y - HIGH / 2:.0f}" width="{WIDE}" height="{HIGH}" '
        f'rx="5" fill="{fill}" stroke="#555"/>'
        f'<text x="{x:.0f}" y="{y + 5:.0f}" text-anchor="middle">{shown}</text>'
    )


if __name__ == "__main__":
    PICTURE.write_text(picture(), encoding="utf-8")
