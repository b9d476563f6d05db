"""docs/cells.md: every entry, its source, and what it was compared with.

``python -m tests.benchmark.architectures.table`` writes it, with PyTorch and torchrecurrent
(``pip install .[speed]``).
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from gatewise.benchmark.architectures.catalogue import ALIASES, CATALOGUE
from tests.benchmark.architectures import twins
from tests.benchmark.architectures.layout import answer, built, given
from tests.benchmark.architectures.references import REFERENCES

PATH = Path(__file__).parents[3] / "docs" / "cells.md"
LOOP = "a loop from the paper"
PICTURES = ("lstm", "NFG", "mgu", "sLSTM")
HEAD = """# Every cell against its paper

Each entry of the catalogue was written a second time, in NumPy, from its paper's equations alone
(`tests/benchmark/architectures/papers.py`), and compared with the layer over a sequence, a tree or
a graph: random weights, copied, in double precision. Where Keras, PyTorch or torchrecurrent follow
the same equations their layers were compared too. An equation's number stands where it was seen in
the paper or in a text that quotes it. Where an entry departs from its source its summary says how.
`gatewise show NAME` prints the equations; they are read and computed as well, and equal the layer.

Written by `python -m tests.benchmark.architectures.table`; the tests hold it to the code.

| entry | source | number | compared with | largest difference |
|---|---|---|---|---|
"""


def differences(name: str, everyone: bool = True) -> dict[str, float]:
    """The largest difference of an entry's layer from each thing that it is compared with.

    Args:
        everyone: PyTorch's too.
    """
    entry, rng = CATALOGUE[name], np.random.default_rng(0)
    layer, x = built(entry, rng), given(entry, rng)
    seen = np.asarray(answer(layer, x))
    others = [twins.KERAS[name]] if name in twins.KERAS else []
    others += twins.TORCH.get(name, ()) if everyone else ()
    found = {LOOP: np.abs(seen - REFERENCES[name].outputs(layer, x)).max()}
    if others:
        weights = REFERENCES[name].weights(layer)
        found |= {other: np.abs(seen - twin(weights, x)).max() for other, twin in others}
    return found


def against(name: str) -> str:
    """What an entry is compared with, in words."""
    keras = [twins.KERAS[name]] if name in twins.KERAS else []
    others = [other for other, _ in (*keras, *twins.TORCH.get(name, ()))]
    source = CATALOGUE[name].source
    ours = not source or source.startswith("after ")
    return ", ".join(["a loop of our own" if ours else LOOP, *others])


def facts(name: str) -> str:
    """A row but for the measurement."""
    number = REFERENCES[name].number or "–"
    return f"| {name} | {CATALOGUE[name].source or '–'} | {number} | {against(name)} |"


def rows() -> Iterator[str]:
    for name in CATALOGUE:
        yield f"{facts(name)} {max(differences(name).values()):.0e} |"


def tail() -> str:
    names = "; ".join(f"`{alias}` is `{name}`" for alias, name in ALIASES.items())
    pictures = "\n".join(f"![{CATALOGUE[name].summary}](cells/{name}.svg)" for name in PICTURES)
    return (
        f"\nOther names: {names}.\n\n## Some of them drawn\n\n"
        "By `gatewise show NAME --svg FILE`, from their equations. Lines run from what is computed "
        "to\nwhere it is used; a gate that a cell lacks is grey.\n\n"
        f"{pictures}\n"
    )


if __name__ == "__main__":
    PATH.write_text(HEAD + "\n".join(rows()) + "\n" + tail(), encoding="utf-8")
