"""The tree of a language model's most likely continuations, as text and as a picture."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from report.figures import svg


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
    """The tree as SVG: the prompt at the left, a line's width and a label for each probability."""
    import matplotlib
    from matplotlib.figure import Figure

    leaves = sum(map(_leaves, nodes))
    depth = _depth(nodes)
    longest = max(len(node.text) for node in _all(nodes))
    with matplotlib.rc_context({"font.size": 9, "svg.hashsalt": "gatewise"}):
        size = (2.6 + depth * (1.0 + 0.07 * longest), 0.6 + 0.27 * leaves)
        canvas = Figure(figsize=size, layout="constrained")
        axes = canvas.subplots()
        axes.set_axis_off()
        axes.set_xlim(-0.1, depth + 0.5)
        axes.set_ylim(leaves - 0.5, -0.5)
        middle = (leaves - 1) / 2
        shown = prompt if len(prompt) <= 24 else "…" + prompt[-23:]
        axes.text(-0.05, middle, visible(shown), ha="right", va="center", family="monospace")
        _draw(axes, nodes, x=0.0, y=middle, top=0.0)
        return svg(canvas, bbox_inches="tight")


def _draw(axes: Any, nodes: Sequence[Any], x: float, y: float, top: float) -> None:
    for node in nodes:
        below = _leaves(node)
        here = top + (below - 1) / 2
        axes.plot(
            [x + 0.02, x + 0.62], [y, here], color="#0072B2", linewidth=0.5 + 4 * node.p, alpha=0.7
        )
        axes.text(x + 0.66, here, visible(node.text), va="center", family="monospace")
        axes.text(
            x + 0.4, y + (here - y) * 0.63, f"{node.p:.0%}", va="bottom", ha="center", fontsize=6
        )
        _draw(axes, node.following, x + 1.0, here, top)
        top += below


def _leaves(node: Any) -> int:
    return sum(map(_leaves, node.following)) or 1


def _depth(nodes: Sequence[Any]) -> int:
    return 1 + max(map(_depth, (node.following for node in nodes))) if nodes else 0


def _all(nodes: Sequence[Any]) -> Iterator[Any]:
    for node in nodes:
        yield node
        yield from _all(node.following)
