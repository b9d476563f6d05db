"""Ten fixed test examples of a task: what was given, what was right, what each run answered."""

from __future__ import annotations

import base64
import io
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from gatewise.benchmark.records import fields
from gatewise.report.names import ordered
from gatewise.report.reading.checks import record

WAYS: Mapping[str, str] = {
    "likeliest": "",
    "sampled": ", drawn by chance in proportion to their probability",
    "beam 4": ", decoded by beam search of width 4",
    "greedy": ", decoded by the likeliest next token",
}
"""Ways of answering, in words; of those that a run used the first is shown."""


@dataclass(frozen=True)
class Answer:
    """One answer, in words of which each is right at its place or not, and who gave it.

    Where answers may be worded freely, no word is wrong.
    """

    words: tuple[tuple[str, bool], ...]
    architectures: tuple[str, ...]


@dataclass(frozen=True)
class Example:
    """A test example and the answers to it, the most frequent first.

    ``picture`` is a PNG as a data address, empty where the source is no picture.
    """

    source: str
    references: tuple[str, ...]
    picture: str
    answers: tuple[Answer, ...]


def read(folder: Path, runs: pd.DataFrame) -> tuple[str, list[Example]]:
    """The examples of one task's runs, and the way of answering that is shown.

    Args:
        folder: the study's.
        runs: the task's final runs; those without a file in ``samples`` are passed over.

    Returns:
        The way and the examples; empty where no run left any.

    Raises:
        UnreadableResults: a file is damaged.
    """
    found = {
        str(run.architecture): record(path, fields.SAMPLES, "examples to read")["examples"]
        for run in runs[["experiment", "architecture"]].itertuples()
        if (path := folder / "samples" / f"{run.experiment}.json").is_file()
    }
    first = found[ordered(found)[0]] if found else []
    ways = [way for way in WAYS if first and way in first[0]["written"]]
    if not ways:
        return "", []
    return ways[0], [_example(row, ways[0], found) for row in range(len(first))]


def _example(row: int, way: str, found: dict[str, list[dict[str, Any]]]) -> Example:
    names = [name for name in ordered(found) if len(found[name]) > row]
    shared = found[names[0]][row]
    said = defaultdict(list)
    for name in names:
        said[found[name][row]["written"].get(way, "")].append(name)
    right = shared["references"][0] if way == "likeliest" else None
    answers = [
        Answer(_compared(text, right), tuple(who))
        for text, who in sorted(said.items(), key=lambda item: -len(item[1]))
    ]
    picture = _png(shared["picture"]) if shared["picture"] else ""
    return Example(shared["source"], tuple(shared["references"]), picture, tuple(answers))


def _compared(text: str, reference: str | None) -> tuple[tuple[str, bool], ...]:
    words = text.split(" ")
    if reference is None:
        return tuple((word, True) for word in words)
    expected = reference.split(" ")
    expected += [""] * (len(words) - len(expected))
    return tuple((word, word == want) for word, want in zip(words, expected, strict=False))


def _png(rows: list[list[int]]) -> str:
    from matplotlib.image import imsave

    packed = io.BytesIO()
    imsave(packed, np.array(rows), cmap="gray", vmin=0, vmax=255, format="png")
    return f"data:image/png;base64,{base64.b64encode(packed.getvalue()).decode()}"
