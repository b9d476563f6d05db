"""The value of nested lists of numbers, as a row of tokens and as a tree.

    [MAX 2 9 [MIN 4 7 ] 0 ]   ->   9              MAX
                                               /  /  \\  \\
                                              2  9  MIN  0
                                                   /   \\
                                                  4     7

ListOps after Nangia & Bowman 2018: the operators are MAX, MIN, MED (the median, rounded down) and
SM (the sum modulo 10), each with 2 to 5 arguments, each of which is a list with a probability of
0.3 until lists stand ``depth`` deep. Rows longer than ``length`` tokens are drawn again. A network
over the row has to find the tree by itself; architectures over trees and graphs are given it, and
do not see the closing brackets, which are no nodes. No expression is in two splits. The baselines
know the outermost operator, and apply it to the numbers that stand in its list, without inner ones.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from typing import TypeAlias

import numpy as np

from gatewise.tasks.kept import Splits, kept_splits
from gatewise.tasks.task import (
    Array,
    Baseline,
    Dataset,
    Example,
    Metric,
    Pattern,
    Recipe,
    Scale,
    Source,
    Split,
    Task,
    Texts,
    Tokens,
)
from gatewise.tasks.text import lengths_of, rectangle, split_by_content

OPERATORS: dict[str, Callable[[list[int]], int]] = {
    "[MAX": max,
    "[MIN": min,
    "[MED": lambda values: int(np.median(values)),
    "[SM": lambda values: sum(values) % 10,
}
CLOSE = "]"
TOKENS = (*"0123456789", *OPERATORS, CLOSE)
IDS = {token: i for i, token in enumerate(TOKENS, 1)}
NESTING = 0.3
FEWEST, MOST = 2, 5

Tree: TypeAlias = "int | List"
List: TypeAlias = "tuple[str, list[Tree]]"


def nested(depth: int, generator: np.random.Generator) -> Tree:
    """A random list, other lists at most ``depth - 1`` deep in it."""
    arguments = [
        nested(depth - 1, generator)
        if depth > 1 and generator.random() < NESTING
        else int(generator.integers(10))
        for _ in range(generator.integers(FEWEST, MOST + 1))
    ]
    return str(generator.choice(list(OPERATORS))), arguments


def value(tree: Tree) -> int:
    """What the list amounts to."""
    if isinstance(tree, int):
        return tree
    return OPERATORS[tree[0]]([value(argument) for argument in tree[1]])


def written(tree: Tree) -> list[str]:
    """The tokens of a tree."""
    if isinstance(tree, int):
        return [str(tree)]
    inner = [token for argument in tree[1] for token in written(argument)]
    return [tree[0], *inner, CLOSE]


def read(tokens: Iterable[str]) -> List:
    """The list that a row of tokens spells; the inverse of :func:`written`."""
    opened: list[List] = [("", [])]
    found: Tree = 0
    for token in tokens:
        if token in OPERATORS:
            opened.append((token, []))
        else:
            found = opened.pop() if token == CLOSE else int(token)
            opened[-1][1].append(found)
    assert not isinstance(found, int)
    return found


def lists(split: Split) -> Iterator[List]:
    """The lists of a split's rows."""
    for row, length in zip(split.inputs["tokens"][:], split.lengths, strict=True):
        yield read(TOKENS[i - 1] for i in row[:length])


def parents(tokens: list[str]) -> list[int]:
    """Where the list stands that holds each token; -1 for the outermost one and for brackets."""
    found, opened = [], [-1]
    for place, token in enumerate(tokens):
        if token == CLOSE:
            opened.pop()
        found.append(-1 if token == CLOSE else opened[-1])
        if token in OPERATORS:
            opened.append(place)
    return found


def draw(train: int, validation: int, test: int, depth: int, length: int) -> Splits:
    """Expressions as ids; the same for the same options."""
    generator = np.random.default_rng(0)
    trees: list[Tree] = []
    while len(trees) < train + validation + test:
        tree = nested(depth, generator)
        if len(written(tree)) <= length:
            trees.append(tree)
    tested, validated, trained = split_by_content(
        trees, lambda tree: " ".join(written(tree)), test, validation, train
    )
    return encode(trained, length), encode(validated, length), encode(tested, length)


def build(**options: int) -> Dataset:
    """The dataset of :func:`draw`, drawn once."""
    return Dataset(
        *kept_splits("listops", __file__, options, lambda: draw(**options)),
        inputs={"tokens": Tokens(len(IDS) + 1, 24)},
        classes=10,
    )


def encode(trees: list[Tree], length: int) -> Split:
    """Trees as rows of tokens, and where the list around each token stands."""
    rows = [written(tree) for tree in trees]
    above = np.full((len(rows), length), -1, np.int32)
    for i, row in enumerate(rows):
        above[i, : len(row)] = parents(row)
    return Split(
        inputs={"tokens": rectangle([[IDS[token] for token in row] for row in rows], length)},
        lengths=lengths_of(rows),
        targets=np.array([value(tree) for tree in trees], np.int32),
        weights=np.ones(len(trees), np.float32),
        parents=above,
    )


def baselines(dataset: Dataset) -> tuple[Baseline, ...]:
    """The outermost operator's most frequent value, and its value of the numbers beside it."""
    seen: dict[str, Counter[int]] = defaultdict(Counter)
    for outermost, amount in zip(lists(dataset.train), dataset.train.targets, strict=True):
        seen[outermost[0]][int(amount)] += 1
    usual = {operator: counts.most_common(1)[0][0] for operator, counts in seen.items()}

    def shallow(operator: str, arguments: list[Tree]) -> int:
        numbers = [n for n in arguments if isinstance(n, int)]
        return OPERATORS[operator](numbers) if numbers else usual[operator]

    found: Array = dataset.test.targets
    tested = list(lists(dataset.test))
    return tuple(
        Baseline(
            name, float(np.mean(np.array([say(*tree) for tree in tested]) == found)), "accuracy"
        )
        for name, say in (
            ("outermost operator", lambda operator, _: usual[operator]),
            ("outermost list without inner ones", shallow),
        )
    )


def texts(dataset: Dataset) -> Texts:
    """Lists as rows of tokens, and their values."""

    def example(row: int) -> Example:
        ids, length = dataset.test.inputs["tokens"][row], dataset.test.lengths[row]
        tokens = [TOKENS[i - 1] for i in ids[:length]]
        return Example(" ".join(tokens), (str(dataset.test.targets[row]),))

    return Texts(lambda ids: str(ids[0]), example)


def _scale(train: int, validation: int, test: int, depth: int, length: int, epochs: int) -> Scale:
    options = {"train": train, "validation": validation, "test": test}
    recipe = Recipe(40_000, epochs, patience=epochs, dropout=0.0)
    return Scale({**options, "depth": depth, "length": length}, recipe)


TASK = Task(
    name="listops",
    summary="value of nested lists of numbers under MAX, MIN, MED and SM",
    pattern=Pattern.SEQUENCE_TO_CLASS,
    metric=Metric("accuracy", "share of expressions"),
    margin=0.02,
    source=Source(
        "generated after Nangia & Bowman, ListOps: A Diagnostic Dataset for Latent Tree Learning, "
        "2018",
        "none",
    ),
    scales={
        "smoke": _scale(400, 100, 200, 2, 16, epochs=1),
        "quick": _scale(12_000, 1000, 2000, 3, 30, epochs=10),
        "standard": _scale(50_000, 2000, 4000, 4, 60, epochs=15),
        "paper": _scale(90_000, 3000, 5000, 6, 100, epochs=30),
    },
    build=build,
    baselines=baselines,
    texts=texts,
    trees=True,
)
