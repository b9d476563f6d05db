"""A cell as a picture, drawn from what it says of itself: its equations and its gates.

Every equation is a box; a line goes from what is computed to where it is used, from the left, where
the input and the states of the step before are, to the right, where the output is. A gate that the
cell lacks is grey, with the constant that stands in for it. No cell is drawn by its name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias
from xml.sax.saxutils import escape

from gatewise.benchmark.architectures.architecture import Architecture
from gatewise.benchmark.architectures.cell import Cell

NAME = re.compile(r"[^\W\d_]+(?:_\w+)?'?")
EARLIER = re.compile(r"([xh])_\d+")
CONSTANTS = {"open": "1", "shut": "0"}
"""What stands in for a gate that is missing."""

SIZE, LINE, PADDING, GAP, BETWEEN = 13, 19, 11, 18, 74
"""Pixels: letters, a line of them, around them, between boxes, between columns."""
LETTER = 7.85
TITLE = 30
"""Pixels above the cell, where its name stands."""
WIDEST = 38
"""Letters in a line of a box."""
INK, QUIET, GREY = "#1f2933", "#52606d", "#a3adb8"
FILLS = {
    "gate": "#e0ecff",
    "state": "#e3f4e1",
    "value": "#f4f5f7",
    "missing": "#ffffff",
    "x": "#fdeee0",
}
INKS = {"gate": "#2f6fde", "state": "#2e8b57", "value": "#7b8794", "missing": GREY, "x": "#c2571a"}
Ways: TypeAlias = "Mapping[tuple[int, int], tuple[float, float, float]]"
"""Left, right and height of the way of a box's lines through a column, by its id and the column."""


@dataclass(eq=False)
class Box:
    """A box of the picture; ``x``, ``y`` is its upper left corner.

    kind: ``gate``, ``state``, ``value``, ``missing``, or ``x`` of the input.
    sees: the boxes that lines come from.
    rank: its place among others, of gates that of the cell's settings.
    """

    names: tuple[str, ...]
    lines: tuple[str, ...]
    kind: str
    sees: list[Box] = field(default_factory=list)
    rank: int = 0
    column: int = 0
    x: float = 0.0
    y: float = 0.0

    @property
    def title(self) -> str:
        return ", ".join(self.names)

    @property
    def width(self) -> float:
        most = max(len(self.title), *(len(line) + 2 for line in self.lines), 1)
        return 2 * PADDING + LETTER * most

    @property
    def height(self) -> float:
        return 2 * PADDING + LINE * (1 + len(self.lines)) - 4

    @property
    def middle(self) -> float:
        return self.y + self.height / 2


@dataclass(frozen=True)
class Way:
    """Room in a column for a line that passes through it."""

    of: Box
    height: float = 4.0


def draw(entry: Architecture, titled: bool = True) -> str:
    """An architecture's cell as an SVG, on its own or, not ``titled``, within a page that names it.

    Letters beyond ASCII are written as references, so that any console and any editor takes it.
    """
    boxes = _boxes(entry)
    columns = _columns(boxes)
    ways = _place(columns)
    for box in boxes:
        # Lines meet a box in the order in which they come.
        box.sees.sort(key=lambda source: _path(source, box, ways)[-1][1])
    head = f"{entry.name}: {entry.summary}"
    wide = LETTER * len(head) if titled else 0
    width = max(*(box.x + box.width for box in boxes), wide) + GAP
    bottoms = (*(box.y + box.height for box in boxes), *(height for *_, height in ways.values()))
    top = TITLE if titled else 0
    height = max(bottoms) + GAP + top
    title = (
        f'<text x="{GAP}" y="24" fill="{QUIET}"><tspan fill="{INK}" font-weight="bold">'
        f"{escape(entry.name)}</tspan>: {escape(entry.summary)}</text>"
    )
    lines = "\n".join(
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" '
            f'width="{width:.0f}" height="{height:.0f}" role="img" '
            f'font-family="ui-monospace, Menlo, Consolas, DejaVu Sans Mono, monospace" '
            f'font-size="{SIZE}">',
            f"<title>{escape(head)}</title>",
            f"<desc>{escape('; '.join(entry.equations))}</desc>",
            '<rect width="100%" height="100%" fill="#ffffff"/>',
            *([title] if titled else []),
            f'<g transform="translate(0 {top})">',
            *(_edge(source, box, ways) for box in boxes for source in box.sees),
            *(part for box in boxes for part in _drawn(box)),
            "</g>",
            "</svg>",
            "",
        )
    )
    return lines.encode("ascii", "xmlcharrefreplace").decode()


# --- What there is to draw --------------------------------------------------------------------


def _boxes(entry: Architecture) -> list[Box]:
    """A box for each equation, each thing that they see, and each gate that there is not."""
    known: dict[str, Box] = {}
    made: list[Box] = []
    seen = {name for line in entry.equations for name in NAME.findall(line) if _is_seen(name)}
    states = {re.sub(r"'|_k$", "", name) for name in seen - {"x"}}
    for line in entry.equations:
        left, _, right = line.partition(" = ")
        names = tuple(left.split(", "))
        box = Box(names, _wrapped(_without_marks(right, names)), _kind(names, entry.cell, states))
        for name in dict.fromkeys(map(_source, NAME.findall(right))):
            if name not in known and _is_seen(name):
                known[name] = Box((name,), (), "x" if name == "x" else "state")
                made.append(known[name])
            if name in known and known[name] not in box.sees:
                box.sees.append(known[name])
        known |= dict.fromkeys(names, box)
        made.append(box)
    made += _missing(entry.cell, known)
    order = [*entry.cell.settings]
    for box in made:
        name = box.names[0].removesuffix("_k")
        box.rank = order.index(name) if name in order else len(order)
    return made


def _missing(cell: Cell, known: Mapping[str, Box]) -> Iterator[Box]:
    """The gates that a constant stands in for, each before what it would scale.

    An output gate is missed where there is a memory behind it, a reset gate where there is none.
    """
    memory = "c" if "c" in known else "h"
    scaled = {"write": memory, "keep": memory, "emit": "h", "reset": "g"}
    for name, setting in cell.settings.items():
        apart = {"emit": not cell.has_memory, "reset": cell.has_memory}.get(name, False)
        if setting in CONSTANTS and not apart and scaled.get(name) in known:
            box = Box((name,), (CONSTANTS[setting],), "missing")
            known[scaled[name]].sees.append(box)
            yield box


def _kind(names: Sequence[str], cell: Cell, states: set[str]) -> str:
    if {name.removesuffix("_k") for name in names} & cell.settings.keys():
        return "gate"
    return "state" if "h" in names or {*names} & states else "value"


def _is_seen(name: str) -> bool:
    """Whether a name that no equation defines is the input or a state, and no array."""
    return name == "x" or (name != "Σ_k" and name.endswith(("'", "_k", "_above")))


def _source(name: str) -> str:
    """Earlier inputs come from where the input does, earlier outputs from where the last does."""
    earlier = EARLIER.fullmatch(name)
    return name if earlier is None else {"x": "x", "h": "h'"}[earlier[1]]


def _without_marks(text: str, names: Sequence[str]) -> str:
    """A gate's arrays without its name: in its own box W is its W."""
    for name in names:
        text = re.sub(rf"\b([WRbpQ])_{name.removesuffix('_k')}\b", r"\1", text)
    return text


def _wrapped(text: str) -> tuple[str, ...]:
    lines = [""]
    for word in re.split(r"(?= \+ | \* )", text):
        if lines[-1] and len(lines[-1] + word) > WIDEST:
            lines.append(word.lstrip())
        else:
            lines[-1] += word
    return tuple(lines)


# --- Where it stands --------------------------------------------------------------------------


def _columns(boxes: Sequence[Box]) -> list[list[Box]]:
    """The boxes from left to right, each to the right of all that it sees."""
    # A missing gate stands where it would: right behind what it would see.
    for box in sorted(boxes, key=lambda box: box.kind != "missing"):
        behind = 1 if box.kind == "missing" else 0
        box.column = max((1 + source.column for source in box.sees), default=behind)
    last = max(box.column for box in boxes)
    return [[box for box in boxes if box.column == column] for column in range(last + 1)]


def _place(columns: list[list[Box]]) -> Ways:
    """Put every box in its place, and give the lines between them room to pass."""
    last = {id(box): box.column for column in columns for box in column}
    for column in columns:
        for box in column:
            for source in box.sees:
                last[id(source)] = max(last[id(source)], box.column)
    rows = [_row(columns, index, last) for index in range(len(columns))]
    tallest = max(_height(row) for row in rows)
    ways: dict[tuple[int, int], tuple[float, float, float]] = {}
    left = float(GAP)
    for index, row in enumerate(rows):
        right = left + max((box.width for box in columns[index]), default=0.0)
        top = GAP + (tallest - _height(row)) / 2
        for item in row:
            if isinstance(item, Way):
                ways[id(item.of), index] = left, right, top + item.height / 2
            else:
                item.x, item.y = left, top
            top += item.height + GAP
        left = right + BETWEEN
    return ways


def _row(columns: list[list[Box]], index: int, last: Mapping[int, int]) -> list[Box | Way]:
    """What stands in a column and what passes through it, from top to bottom.

    States pass on top; then come boxes, those that are used soonest first; then what else passes.
    """
    earlier = (box for column in columns[:index] for box in column)
    row: list[Box | Way] = [*columns[index], *(Way(b) for b in earlier if last[id(b)] > index)]

    def key(item: Box | Way) -> tuple[int, int, int]:
        if isinstance(item, Way):
            return (0 if item.of.kind == "state" else 2), last[id(item.of)], 0
        if index == 0 and item.kind in ("state", "x"):
            return int(item.kind == "x"), -last[id(item)], 0
        return 1, last[id(item)], item.rank

    return sorted(row, key=key)


def _height(row: Sequence[Box | Way]) -> float:
    return sum(item.height for item in row) + GAP * (len(row) - 1)


# --- Ink --------------------------------------------------------------------------------------


def _edge(source: Box, target: Box, ways: Ways) -> str:
    """A line from the right of one box to the left of another, past the columns between."""
    (x, y), *ends = _path(source, target, ways)
    entry = target.y + target.height * (target.sees.index(source) + 1) / (len(target.sees) + 1)
    drawn = [f"M{x:.1f} {y:.1f}"]
    for left, right in zip(ends[::2], ends[1::2], strict=True):
        drawn.append(f"{_curve(x, y, *left)} L{right[0]:.1f} {right[1]:.1f}")
        x, y = right
    drawn.append(_curve(x, y, target.x, entry))
    dashes = ' stroke-dasharray="5 4"' if source.kind == "missing" else ""
    return (
        f'<path d="{" ".join(drawn)}" fill="none" stroke="{INKS[source.kind]}" '
        f'stroke-width="1.5" stroke-opacity="0.7"{dashes}/>'
        f'<circle cx="{target.x:.1f}" cy="{entry:.1f}" r="2.6" fill="{INKS[source.kind]}"/>'
    )


def _path(source: Box, target: Box, ways: Ways) -> list[tuple[float, float]]:
    """Where a line begins, and where it enters and leaves each column that it passes."""
    points = [(source.x + source.width, source.middle)]
    for column in range(source.column + 1, target.column):
        left, right, height = ways[id(source), column]
        points += [(left, height), (right, height)]
    return points


def _curve(x: float, y: float, to_x: float, to_y: float) -> str:
    middle = (x + to_x) / 2
    return f"C{middle:.1f} {y:.1f} {middle:.1f} {to_y:.1f} {to_x:.1f} {to_y:.1f}"


def _drawn(box: Box) -> Iterator[str]:
    missing = box.kind == "missing"
    dashes = ' stroke-dasharray="5 4"' if missing else ""
    yield (
        f'<rect x="{box.x:.1f}" y="{box.y:.1f}" width="{box.width:.1f}" height="{box.height:.1f}" '
        f'rx="7" fill="{FILLS[box.kind]}" stroke="{INKS[box.kind]}" stroke-width="1.3"{dashes}/>'
    )
    for row, line in enumerate((box.title, *box.lines)):
        colour = GREY if missing else INK if row == 0 else QUIET
        weight = ' font-weight="bold"' if row == 0 and box.lines else ""
        text = f"{'= ' if row == 1 else '  ' if row else ''}{line}"
        yield (
            f'<text x="{box.x + PADDING:.1f}" y="{box.y + PADDING + 10 + row * LINE:.1f}" '
            f'fill="{colour}"{weight} xml:space="preserve">{_typeset(text)}</text>'
        )


def _typeset(text: str) -> str:
    """With its indices set low."""
    low = r'<tspan dy="3" font-size="10">\1</tspan><tspan dy="-3">\2</tspan>'
    return re.sub(r"_(\w+)('?.?)", low, escape(text))
