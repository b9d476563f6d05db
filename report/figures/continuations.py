"""The tree of a language model's most likely continuations, as text and as a picture."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from gatewise.report.figures.drawing import BLUE, blank, svg

LINE, GAP, LETTER, PERCENT, ROW = 0.6, 0.05, 0.076, 0.45, 0.27
"""Inches: a line across, what is left beside it, a letter, a probability with its gaps, a row."""
TOKEN: Mapping[str, Any] = {"va": "center_baseline", "family": "monospace"}


def lines(nodes: Sequence[Any], indent: str = "") -> Iterator[str]:
    """One line a token, further in than the one before it: what it is, and its probability.

    Args:
        nodes: objects with ``text``, ``p`` and ``following``, likeliest first.
        indent: what every line starts with.
    """
    for node in nodes:
        yield f"{indent}{visible(node.text)}  {node.p:.0%}"
        yield from lines(node.following, indent + "    ")


def visible(text: str) -> str:
    """A token as it can be seen: a space is an open box."""
    return text.replace(" ", "␣")


def figure(prompt: str, nodes: Sequence[Any]) -> str:
    """The tree as SVG: the prompt at the left, behind each token its probability.

    A line is as thick as what it leads to is probable.
    """
    shown = prompt if len(prompt) <= 24 else "…" + prompt[-23:]
    level = LINE + LETTER * max(len(node.text) for node in _all(nodes)) + PERCENT
    start, leaves = LETTER * len(shown) + GAP, sum(map(_leaves, nodes))
    size = (start + _depth(nodes) * level + GAP, ROW * leaves)
    with blank(*size, layout=None) as canvas:
        axes = canvas.add_axes((0, 0, 1, 1))
        axes.set_axis_off()
        axes.set_xlim(0, size[0])
        axes.set_ylim(leaves - 0.5, -0.5)
        middle = (leaves - 1) / 2
        axes.text(start - GAP, middle, visible(shown), ha="right", **TOKEN)
        _draw(axes, nodes, level, x=start, y=middle, top=0.0)
        return svg(canvas, bbox_inches="tight")


def _draw(axes: Any, nodes: Sequence[Any], level: float, x: float, y: float, top: float) -> None:
    for node in nodes:
        below = _leaves(node)
        here, end = top + (below - 1) / 2, x + LINE
        axes.plot([x, end], [y, here], color=BLUE, linewidth=0.5 + 4 * node.p, alpha=0.7)
        axes.text(end + GAP, here, visible(node.text), **TOKEN)
        axes.text(x + level - GAP, here, f"{node.p:.0%}", ha="right", va="center", fontsize=7)
        _draw(axes, node.following, level, x + level, here, top)
        top += below


def _leaves(node: Any) -> int:
    return sum(map(_leaves, node.following)) or 1


def _depth(nodes: Sequence[Any]) -> int:
    return 1 + max(map(_depth, (node.following for node in nodes))) if nodes else 0


def _all(nodes: Sequence[Any]) -> Iterator[Any]:
    for node in nodes:
        yield node
        yield from _all(node.following)
