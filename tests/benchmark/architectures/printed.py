"""What ``gatewise show`` prints, read and computed: the equations of a cell as its oracle.

The notation: ``W_keep x`` is a product, ``W_keep ⊛ x`` a convolution, ``p * c`` goes by element,
``[a, b]`` stands side by side, ``c'`` is c one step before and ``x_2`` x two steps before, ``Σ_k``
sums over a node's children. A line is ``name = expression``, or several names and expressions.
An x that no matrix multiplies is as wide as h: unit i reads x_{i mod inputs}.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from gatewise.benchmark.architectures.architecture import Architecture
from gatewise.benchmark.architectures.cell import Array
from tests.benchmark.architectures.layout import (
    PARENTS,
    ROUNDS,
    UNITS,
    Named,
    arrays_of,
    blocks,
    parts,
)

LETTERS = {
    "kernel": "W",
    "recurrent": "R",
    "gate_recurrent": "Q",
    "projection": "P",
    "bias": "b",
    "peephole": "p",
    "diagonal": "p",
    "retention": "p",
    "scale": "s",
    "offset": "t",
}
"""The letter of an array; a block is marked, W_write, unless it is the candidate's or alone."""
WHOLE = {
    "gain_input": "s",
    "gain_recurrent": "r",
    "shift": "b",
    "gain_memory": "p",
    "shift_memory": "q",
}
"""The letter of an array that the equations take as one, as all that stand beside it then."""
UNMARKED = ("candidate", "shared", "output", "retention", "scale", "offset")
TOKEN = re.compile(r"\s*(\d+\.?\d*|Σ_k|[^\W\d_]+(?:_\w+)?'?|[-+*/()\[\],⊛])")


class Unreadable(ValueError):
    """An equation that says too little to be computed, or is no equation."""


def layer_norm(a: np.ndarray) -> np.ndarray:
    centred = a - a.mean(-1, keepdims=True)
    return centred / np.sqrt((centred**2).mean(-1, keepdims=True) + 1e-5)


FUNCTIONS: dict[str, Callable[[Any], Any]] = {
    "σ": lambda a: 1 / (1 + np.exp(-a)),
    "tanh": np.tanh,
    "relu": lambda a: np.maximum(a, 0),
    "positive": lambda a: np.where(a >= 0, a + 0.5, 1 / (1 + np.exp(-a))),
    "exp": np.exp,
    "softplus": lambda a: np.log1p(np.exp(a)),
    "sqrt": np.sqrt,
    "N": layer_norm,
    "split": lambda a: np.split(a, 4, axis=-1),
}


def convolved(frames: np.ndarray, kernel: np.ndarray) -> np.ndarray:
    """``[B, rows, columns, m]`` by ``[w, w, m, k]``, zeros around."""
    width = kernel.shape[0]
    rows, columns = frames.shape[1:3]
    around = (width // 2, width // 2)
    padded = np.pad(frames, ((0, 0), around, around, (0, 0)))
    places = [(i, j) for i in range(width) for j in range(width)]
    return sum(padded[:, i : i + rows, j : j + columns] @ kernel[i, j] for i, j in places)


class Equation:
    """One line, parsed; called with the values of its names it gives those it defines."""

    def __init__(self, line: str, matrices: Iterable[str]) -> None:
        left, equals, right = line.partition(" = ")
        if not equals:
            raise Unreadable(f"{line!r} is no equation")
        self.line, self.names, self._matrices = line, left.split(", "), set(matrices)
        self._tokens = self._read(right)
        self._place = 0
        self.trees = [self._sum()]
        while self._take(","):
            self.trees.append(self._sum())
        if self._place < len(self._tokens):
            raise Unreadable(f"{line!r}: stops making sense at {self._tokens[self._place]!r}")

    def __call__(self, values: Named) -> dict[str, Any]:
        found = [_value(tree, values) for tree in self.trees]
        (made,) = found if len(found) == 1 and len(self.names) > 1 else (found,)
        return dict(zip(self.names, made, strict=True))

    def _read(self, text: str) -> list[str]:
        tokens, place = [], 0
        while place < len(text.rstrip()):
            match = TOKEN.match(text, place)
            if match is None:
                raise Unreadable(f"{self.line!r}: {text[place:]!r} is not in the notation")
            tokens.append(match[1])
            place = match.end()
        return tokens

    def _take(self, *allowed: str) -> str:
        """The next token if it is one of these."""
        if self._place < len(self._tokens) and self._tokens[self._place] in allowed:
            self._place += 1
            return self._tokens[self._place - 1]
        return ""

    def _sum(self) -> tuple:
        tree = ("-", 0.0, self._product()) if self._take("-") else self._product()
        while sign := self._take("+", "-"):
            tree = (sign, tree, self._product())
        return tree

    def _product(self) -> tuple:
        if self._take("Σ_k"):
            return ("Σ_k", self._product())
        tree = self._factor()
        while sign := self._take("*", "/"):
            tree = (sign, tree, self._factor())
        return tree

    def _factor(self) -> Any:
        if self._take("("):
            return self._until(")", self._sum)
        if self._take("["):
            return ("[]", *self._until("]", self._listed))
        if self._place == len(self._tokens):
            raise Unreadable(f"{self.line!r} ends too early")
        token = self._tokens[self._place]
        self._place += 1
        if token in self._matrices:
            kind = "⊛" if self._take("⊛") else "@"
            return (kind, token, self._product() if self._ahead("Σ_k") else self._factor())
        if token in FUNCTIONS and self._take("("):
            return ("call", token, self._until(")", self._sum))
        if token[0].isdecimal():
            return float(token)
        if not token[0].isalpha():
            raise Unreadable(f"{self.line!r}: {token!r} stands where a value should")
        return token

    def _ahead(self, token: str) -> bool:
        return self._tokens[self._place : self._place + 1] == [token]

    def _listed(self) -> list:
        listed = [self._sum()]
        while self._take(","):
            listed.append(self._sum())
        return listed

    def _until(self, closing: str, read: Callable[[], Any]) -> Any:
        tree = read()
        if not self._take(closing):
            raise Unreadable(f"{self.line!r}: no {closing!r}")
        return tree


def _value(tree: Any, values: Named, wide: bool = True) -> Any:
    """A parsed expression's value; ``wide`` says that x must be as wide as h."""
    if isinstance(tree, float):
        return tree
    if isinstance(tree, str):
        return _named(tree, values, wide)
    kind, *parts = tree
    if kind == "@":
        return _value(parts[1], values, wide=False) @ _named(parts[0], values, wide)
    if kind == "⊛":
        return convolved(_value(parts[1], values, wide=False), _named(parts[0], values, wide))
    if kind == "call":
        return FUNCTIONS[parts[0]](_value(parts[1], values, wide))
    found = [_value(part, values, wide and kind != "[]") for part in parts]
    match kind, found:
        case "[]", _:
            return np.concatenate(found, axis=-1)
        case "Σ_k", (terms,):
            return terms.sum(axis=0)
        case "+", (a, b):
            return a + b
        case "-", (a, b):
            return a - b
        case "*", (a, b):
            return a * b
        case _, (a, b):
            return a / b


def _named(name: str, values: Named, wide: bool) -> Any:
    if name not in values:
        raise Unreadable(f"nothing says what {name} is")
    value = values[name]
    return value[..., np.arange(UNITS) % value.shape[-1]] if name == "x" and wide else value


def letters(declared: Mapping[str, Array], arrays: Named) -> dict[str, np.ndarray]:
    """A layer's arrays by the letters of its equations."""
    whole = {"kernel": "W", "recurrent": "R", **WHOLE} if WHOLE.keys() <= arrays.keys() else {}
    found = {whole[name]: np.asarray(array) for name, array in arrays.items() if name in whole}
    apart = {name: array for name, array in declared.items() if name not in whole}
    for name, part in blocks(apart, arrays).items():
        stem, _, block = name.partition(".")
        mark = "R" if block == "within_reset" else block
        found[LETTERS[stem] + ("" if block in UNMARKED else f"_{mark}")] = part
    return found


class Printed:
    """A cell as its equations say, with the arrays that they name."""

    def __init__(self, equations: Sequence[str], weights: Named) -> None:
        matrices = [name for name, array in weights.items() if np.ndim(array) > 1]
        self.weights = weights
        self.equations = [Equation(line, matrices) for line in equations]

    def step(self, seen: Named) -> dict[str, Any]:
        """Everything that the equations define, from what they see."""
        values = {**self.weights, **seen}
        made: dict[str, Any] = {}
        for equation in self.equations:
            made |= equation({**values, **made})
        if "h" not in made:
            raise Unreadable("nothing says what h is")
        return made

    def along(self, x: np.ndarray) -> np.ndarray:
        """Outputs ``[B, T, n]`` for inputs ``[B, T, d]``, or those of frames."""
        none = np.zeros((*x[:, 0].shape[:-1], UNITS))
        # Behind a projection the memory is wider than the output.
        projected = self.weights.get("P", np.eye(UNITS))
        start = {"c": np.zeros((*none.shape[:-1], len(projected)))}
        past: list[dict[str, Any]] = []
        for t in range(x.shape[1]):
            ago = {f"x_{k}": x[:, t - k] if k <= t else 0 * x[:, 0] for k in range(1, t + 9)}
            for k in range(2, 9):
                ago[f"h_{k}"] = past[-k]["h"] if k <= len(past) else none
            before = past[-1] if past else {}
            names = {n.rstrip("'") for e in self.equations for n in _primed(e.line)}
            previous = {f"{n}'": before.get(n, start.get(n, none)) for n in names}
            made = self.step({"x": x[:, t], **ago, **previous})
            made["h"] = made["h"] + none
            past.append(made)
        return np.stack([made["h"] for made in past], axis=1)

    def over_tree(self, x: np.ndarray, parents: np.ndarray, node: int = 0) -> dict[str, Any]:
        """What is made at a node of one example, ``x [N, d]``, from its children's."""
        below = [self.over_tree(x, parents, k) for k in np.flatnonzero(parents == node)]
        names = {name.removesuffix("_k") for e in self.equations for name in _listed(e.line)}
        children = {
            f"{name}_k": np.stack([made[name] + np.zeros(UNITS) for made in below])
            if below
            else np.zeros((0, UNITS))
            for name in names
        }
        return self.step({"x": x[node], **children})

    def over_graph(self, x: np.ndarray, parents: np.ndarray) -> np.ndarray:
        """The first node's output after all rounds, of one example."""
        h = np.zeros((len(x), UNITS))
        for _ in range(ROUNDS):
            h = np.stack(
                [
                    self.step(
                        {
                            "x": x[v],
                            "h'": h[v],
                            "h_k": h[parents == v],
                            "h_above": h[parents[v]] if parents[v] >= 0 else 0 * h[v],
                        }
                    )["h"]
                    for v in range(len(x))
                ]
            )
        return h[0]


def _primed(line: str) -> set[str]:
    return {token for token in TOKEN.findall(line) if token.endswith("'")}


def _listed(line: str) -> set[str]:
    """The names of a line that children have, and that no line of the node itself defines."""
    names = {t for t in TOKEN.findall(line) if t.endswith("_k") and t != "Σ_k"}
    return names - {line.partition(" = ")[0], "keep_k"}


def outputs(
    entry: Architecture, layer: Any, x: np.ndarray, arrays: Sequence[Named] | None = None
) -> np.ndarray:
    """What the printed equations of an architecture give, as :func:`.layout.answer` of its layers.

    Args:
        arrays: those of every layer of one direction, in order, instead of the layer's own.
    """
    flat = [part for level in parts(layer) for part in level]
    held = iter([arrays_of(part) for part in flat] if arrays is None else arrays)

    def printed(part) -> Printed:
        return Printed(entry.equations, letters(part.declared, next(held)))

    if entry.over == "tree":
        cell = printed(layer)
        return np.stack(
            [cell.over_tree(x[b], PARENTS[b])["h"] + np.zeros(UNITS) for b in range(len(x))]
        )
    if entry.over == "graph":
        cell = printed(layer)
        return np.stack([cell.over_graph(x[b], PARENTS[b]) for b in range(len(x))])
    for level in parts(layer):
        forward, *backward = (printed(part) for part in level)
        read = [forward.along(x), *(cell.along(x[:, ::-1])[:, ::-1] for cell in backward)]
        x = np.concatenate(read, axis=-1)
    return x
