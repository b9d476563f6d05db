"""The style that all figures share: drawn to be read in grey and in the dark.

A figure is a file beside this one whose ``draw`` returns a :class:`Figure`, titled with what was
found.
"""

from __future__ import annotations

import base64
import io
import itertools
import math
import re
import textwrap
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from gatewise.report.names import plain
from gatewise.report.statistics.families import BETTER, CERTAIN, SMALL, UNKNOWN, WORSE
from gatewise.report.words import slug

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Canvas

# Stand-ins that the page replaces by its own colours, so that a figure follows light and dark.
INK, PAPER, BAND, QUIET = "#1b1b1a", "#fefefd", "#dcdcd7", "#767674"
THEME = {
    INK: "currentColor",
    PAPER: f"var(--paper, {PAPER})",
    BAND: f"var(--band, {BAND})",
    QUIET: f"var(--quiet, {QUIET})",
}
STYLE: dict[Any, Any] = {
    "font.family": "DejaVu Sans",
    "text.color": INK,
    "axes.edgecolor": INK,
    "axes.labelcolor": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "axes.facecolor": "none",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.titlesize": 9,
    "axes.titlelocation": "left",
    "figure.facecolor": PAPER,
    "figure.titlesize": 10,
    "figure.titleweight": "bold",
}
OURS: dict[Any, Any] = {
    "text.parse_math": False,  # names come from a file: a dollar sign is no formula
    "text.usetex": False,
    "svg.fonttype": "none",  # text stays text: it can be searched, read aloud and copied
    "svg.hashsalt": "gatewise",
    "pdf.fonttype": 42,  # TrueType, as publishers ask for
}
"""What no medium's style changes."""
# Okabe & Ito's colours, told apart by colour-blind readers; each with a marker and a line of its
# own for print in grey. Yellow is left out: it is too pale on white.
BLUE, ORANGE, GREEN, SKY = "#0072b2", "#d55e00", "#009e73", "#56b4e9"
COLOURS = (INK, BLUE, ORANGE, GREEN, "#cc79a7", "#e69f00", SKY, QUIET)
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "*")
LINES = ("-", "--", "-.", ":", (0, (5, 1)), (0, (3, 1, 1, 1)), (0, (1, 1)), (0, (8, 2)))
THEME |= {colour: f"var(--c{k}, {colour})" for k, colour in enumerate(COLOURS[1:-1], 1)}
GLYPHS = {
    WORSE: ("v", ORANGE),
    BETTER: ("^", BLUE),
    SMALL: ("s", GREEN),
    UNKNOWN: ("o", QUIET),
}
MOST_SPELLED = 12
"""Of more architectures a legend has the names alone, without their gates in words."""
MOST_SAID = 60
"""Numbers that a figure's alternative text spells out; of more it refers to the data."""
TITLE_WIDTH = 88
SLIDE_TITLE_WIDTH = 66
SLIDE_PIXELS = 1920
"""Of a PNG's width."""
PANEL = 1.6
"""Inches that a panel needs on a paper."""
NARROW = 5.0
"""A paper's figure of fewer inches has no room for words beside what is drawn."""
TALLEST = 7.0
"""Inches of a figure on a paper, without its legend."""


@dataclass(frozen=True)
class Medium:
    """What figures are drawn for: the report's page, a paper, or slides.

    width:
        Inches of a figure. None: on the page each is as wide as it likes, an SVG.
    style:
        Matplotlib's settings that go before ours.
    form:
        ``pdf`` or ``png``, where there is a width.
    shape:
        Height of every figure over its width, which has a title then; what needs more height is
        wider. 0, on a paper: as high as each needs, and its caption says what was found.
    """

    width: float | None = None
    style: Mapping[str, Any] = field(default_factory=dict)
    form: Literal["pdf", "png"] = "pdf"
    shape: float = 0.0

    @property
    def narrow(self) -> bool:
        """Whether there is room for what is drawn alone."""
        return self.width is not None and self.width < NARROW


PAGE = Medium()
_medium: ContextVar[Medium] = ContextVar("medium", default=PAGE)


@contextmanager
def drawn_for(medium: Medium) -> Iterator[None]:
    """What is drawn within is drawn for a medium."""
    before = _medium.set(medium)
    try:
        yield
    finally:
        _medium.reset(before)


def medium() -> Medium:
    """What is drawn for now."""
    return _medium.get()


@dataclass(frozen=True)
class Figure:
    """A drawn figure: its file name without ending, what it says, its picture and its data."""

    name: str
    title: str
    alt: str
    picture: bytes
    data: pd.DataFrame

    @property
    def svg(self) -> str:
        """The picture of one that was drawn for the page."""
        return self.picture.decode()

    @cached_property
    def csv(self) -> str:
        """The data as text, to six digits."""
        text: str = self.data.to_csv(index=False, float_format="%.6g")
        return text

    @property
    def address(self) -> str:
        """The data as an address that holds it, so that the page needs no other file."""
        return f"data:text/csv;base64,{base64.b64encode(self.csv.encode()).decode()}"

    @property
    def embedded(self) -> str:
        """The SVG for a page: colours of the page's theme, ids that no other figure has."""
        svg = re.sub(r'(\bid="|xlink:href="#|href="#|url\(#)', rf"\g<1>{self.name}-", self.svg)
        for colour, themed in THEME.items():
            svg = svg.replace(colour, themed)
        return svg


def spoken(numbers: Iterable[str]) -> str:
    """A figure's numbers in words, as far as anyone wants to hear them read."""
    every = list(numbers)
    more = f"; {len(every) - MOST_SAID} more in the figure's data" * (len(every) > MOST_SAID)
    return "; ".join(every[:MOST_SAID]) + more


def whiskers(axes: Any, rows: pd.DataFrame, ys: Sequence[float], values: Any) -> None:
    """A glyph for each statement at its estimate, on its interval; filled if it is certain."""
    places = np.asarray(ys, float)
    certain = rows["verdict"].isin(CERTAIN).to_numpy()
    for statement, (marker, colour) in GLYPHS.items():
        said = (rows["statement"] == statement).to_numpy()
        for mine, face in ((said & certain, colour), (said & ~certain, PAPER)):
            middle, low, high = values.to_numpy()[mine].T
            axes.hlines(places[mine], low, high, color=colour, linewidth=1.6)
            look = {"color": colour, "markerfacecolor": face, "markersize": 6.5}
            axes.plot(middle, places[mine], marker, **look)


def lit(name: str, part: str) -> str:
    """The id of what shows an architecture in a figure, by which the page lights it."""
    return f"of-architecture.{slug(name)}.{part}"


def grid(panels: int) -> tuple[int, int]:
    """Rows and columns for so many panels: at most four in a row, rows as even as can be."""
    down = math.ceil(panels / 4)
    return down, math.ceil(panels / down)


def inches(names: Iterable[str]) -> float:
    """About how wide the longest of the names is printed, and never half a figure."""
    return min(0.072 * max(map(len, names)), 3.0)


def legend(canvas: Any, handles: dict[str, Any], names: Sequence[str]) -> None:
    shown = [name for name in names if name in handles]
    labels = [plain(name) for name in shown] if len(shown) <= MOST_SPELLED else shown
    # A letter is some 0.062 inches wide, a marker and its space 0.4: too wide, it would be cut off.
    widest = 0.4 + 0.062 * max(map(len, labels), default=0)
    columns = max(1, min(4, int(canvas.get_figwidth() / widest)))
    further = math.ceil(len(shown) / columns) - math.ceil(len(shown) / 4)
    if medium().width is not None:
        canvas.set_figheight(canvas.get_figheight() + 0.17 * further)
    canvas.legend(
        [handles[name] for name in shown],
        labels,
        loc="outside lower center",
        ncols=columns,
        frameon=False,
        fontsize=8,
    )


def looks() -> Iterator[dict[str, Any]]:
    """Colour, marker and line of one series after the other; no two alike among the first 64."""
    for k in itertools.count():
        i, turn = k % len(COLOURS), k // len(COLOURS)
        yield {
            "color": COLOURS[i],
            "marker": MARKERS[(i + turn) % len(MARKERS)],
            "linestyle": LINES[(i + 2 * turn) % len(LINES)],
        }


def styles(names: Sequence[str], first: int = 0) -> dict[str, dict[str, Any]]:
    """By name the look of its series; ``first`` of all looks are left out."""
    return dict(zip(names, itertools.islice(looks(), first, None), strict=False))


def panels_of(
    panels: Any, table: pd.DataFrame, column: str
) -> Iterator[tuple[str, Any, pd.DataFrame]]:
    """Each value of a column with its panel, which is titled so, and its rows of the table."""
    groups = table.groupby(column, sort=False)
    for (name, rows), axes in zip(groups, np.ravel(panels), strict=False):
        axes.set_title(name)
        yield str(name), axes, rows


@contextmanager
def blank(
    width: float,
    height: float,
    layout: Literal["constrained"] | None = "constrained",
    letters: float = 9,
) -> Iterator[Canvas]:
    """An empty matplotlib figure in our style, with letters of so many points.

    It needs no display and no backend.
    """
    import matplotlib
    from matplotlib.figure import Figure as Canvas

    style = STYLE | {"font.size": letters} | dict(medium().style) | OURS
    if "font.family" in medium().style:
        # What a font lacks comes from the one that has all of ours.
        style["font.family"] = [*np.atleast_1d(style["font.family"]), STYLE["font.family"]]
    with matplotlib.rc_context(style):
        yield Canvas(figsize=(width, height), layout=layout)


@contextmanager
def canvas(
    width: float,
    height: float,
    title: str,
    panels: int = 1,
    columns: int = 1,
    sides: tuple[float, float, float] | None = None,
    shared: str = "",
) -> Iterator[tuple[Canvas, Any]]:
    """A titled matplotlib figure in our style, and its axes.

    ``sides`` are the inches left, right and below of the axes, where they are known; to have them
    found takes as long as all the drawing. ``shared`` names the axes, ``x`` and ``y``, that have
    one scale in all panels. On a paper and on slides the medium's width counts, and a row has as
    many panels as fit.
    """
    lines = textwrap.wrap(title, TITLE_WIDTH if width < 9 else 110)
    if (column := medium().width) is not None:
        fitting = max(1, min(columns, int(column / PANEL)))
        height *= math.ceil(panels / fitting) / math.ceil(panels / columns)
        height = min(height, TALLEST)
        lines = textwrap.wrap(title, SLIDE_TITLE_WIDTH) if medium().shape else []
        width, columns, sides = column, fitting, None
    height += 0.17 * len(lines)
    with blank(width, height, layout=None if sides else "constrained") as canvas:
        if lines:
            canvas.suptitle("\n".join(lines), x=0.01, ha="left")
        rows, one_x, one_y = -(-panels // columns), "x" in shared, "y" in shared
        axes = canvas.subplots(rows, columns, sharex=one_x, sharey=one_y)
        for each in np.ravel(axes):
            # Below a panel there may be none that has the numbers.
            each.tick_params(labelbottom=True)
        if sides:
            left, right, below = sides
            canvas.subplots_adjust(
                left=left / width,
                right=1 - right / width,
                bottom=below / height,
                top=1 - (0.18 + 0.17 * len(lines)) / height,
            )
        for spare in np.ravel(axes)[panels:]:
            spare.remove()
        yield canvas, axes


def picture(canvas: Canvas) -> bytes:
    """A matplotlib figure as the medium has it, the same whenever it is drawn."""
    if medium().width is None:
        return svg(canvas).encode()
    if shape := medium().shape:
        wide = max(canvas.get_figwidth(), canvas.get_figheight() / shape)
        canvas.set_size_inches(wide, wide * shape)
    _wrap_labels(canvas)
    found = io.BytesIO()
    if medium().form == "png":
        nameless, dots = {"Software": None}, SLIDE_PIXELS / canvas.get_figwidth()
    else:
        nameless, dots = dict.fromkeys(("Creator", "Producer", "CreationDate")), 72
    canvas.savefig(found, format=medium().form, dpi=dots, metadata=nameless)
    return found.getvalue()


def _wrap_labels(canvas: Canvas) -> None:
    """Break the labels of the axes that are longer than their panels."""
    width, height = canvas.get_size_inches()
    labels = [(text, height if text.get_rotation() == 90 else width) for text in canvas.texts]
    for axes in canvas.axes:
        spec = axes.get_subplotspec()
        rows, columns = spec.get_gridspec().get_geometry() if spec else (1, 1)
        labels += [(axes.xaxis.label, width / columns), (axes.yaxis.label, height / rows)]
    for label, inches in labels:
        letters = int(inches * 72 / (0.6 * float(label.get_fontsize())))
        label.set_text(textwrap.fill(label.get_text(), max(letters, 12)))


def svg(canvas: Canvas, **options: Any) -> str:
    """A matplotlib figure as text, the same whenever it is drawn."""
    if engine := canvas.get_layout_engine():
        # Laid out here, it is drawn once; savefig would draw it twice.
        engine.execute(canvas)
        canvas.set_layout_engine(None)
    text = io.StringIO()
    canvas.savefig(text, format="svg", metadata={"Date": None, "Creator": None}, **options)
    found = text.getvalue()
    return found[found.index("<svg") :]


def logarithmic(axes: Any, low: float, high: float) -> None:
    """A logarithmic axis whose labels are plain numbers: formulas are not drawn."""
    axes.set_yscale("log")
    axes.set_ylim(low, high)
    axes.yaxis.set_major_formatter(lambda value, _: f"{value:g}")
    # Over little more than a decade powers of ten alone would leave an axis without numbers.
    steps = "25" if high / low < 50 else ""
    axes.yaxis.set_minor_formatter(
        lambda value, _: f"{value:g}" if f"{value:.0e}"[0] in steps else ""
    )
