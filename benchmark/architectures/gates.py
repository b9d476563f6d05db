"""The words that gated cells are written in: drives, gates, and what a gate may be instead.

A drive is a sum of terms::

    X, H, B = Dense("x"), Dense("h"), Bias()
    gate = Gate(X + H + B)                  σ(W x + R h' + b)
    gate + Diagonal("c")                    ... + p * c, a peephole
    tanh(X + Reset(H) + B)                  tanh(W x + reset * (R h') + b)

What is not learned has no weights: a gate may be ``OPEN`` (1), ``SHUT`` (0), ``Not("keep")`` or
``As("keep")``.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import ClassVar, TypeAlias

from gatewise.benchmark.architectures.cell import LEARNED, Chrono, InvalidCell, Spread, Value

MOST_STEPS = 64
"""Most inputs or outputs back that a term sees."""


class Term(Value):
    """What may be added up to a drive."""

    def __add__(self, other: Drive | Term) -> Drive:
        return Drive((self,)) + other


@dataclass(frozen=True)
class Drive(Value):
    """A sum of terms: a = W x + R h' + b and the like."""

    terms: tuple[Term, ...]

    def __add__(self, other: Drive | Term) -> Drive:
        return Drive((*self.terms, *(other.terms if isinstance(other, Drive) else (other,))))


@dataclass(frozen=True)
class Dense(Term):
    """A product with a matrix of the block's own.

    of:
        What it multiplies: ``x``, ``h`` (the previous output), ``tanh(h)``, ``reset * h``, or
        ``gates``, all learned gates' previous values (Greff et al. 2017).
    last:
        Of x or h the last so many, side by side: [x_t, x_{t-1}, ...] (Waibel et al. 1989).
    start:
        Of h: ``orthogonal``, or ``identity`` (Le, Jaitly & Hinton 2015).

    Raises:
        InvalidCell: another ``of`` or ``start``, or ``last`` out of range.
    """

    of: str
    last: int = 1
    start: str = "orthogonal"
    sources: ClassVar = ("x", "h", "tanh(h)", "reset * h", "gates")

    def __post_init__(self) -> None:
        _require("of", self.of, self.sources)
        _require("start", self.start, ("orthogonal", "identity"))
        if not 1 <= self.last <= MOST_STEPS or (self.last > 1 and self.of not in ("x", "h")):
            raise InvalidCell(
                f"last={self.last!r} of {self.of!r}: allowed are 1 to {MOST_STEPS} of x and of h"
            )


@dataclass(frozen=True)
class Diagonal(Term):
    """A product by element with a vector p, each unit its own.

    of:
        ``c``: the newest memory there is, for the emit gate this step's and for the others the
        step's before (Gers & Schmidhuber 2000); ``c'``: the previous one for all; ``h``: the
        previous output.
    start:
        A number, or a :class:`.Spread`.
    """

    of: str
    start: float | Spread = 0.0
    sources: ClassVar = ("c", "c'", "h")

    def __post_init__(self) -> None:
        _require("of", self.of, self.sources)


@dataclass(frozen=True)
class Bias(Term):
    """A vector b. ``start`` is a number, or a :class:`.Chrono`.

    Raises:
        InvalidCell: it starts at no number.
    """

    start: float | Chrono = 0.0

    def __post_init__(self) -> None:
        if not isinstance(self.start, Chrono) and not _is_number(self.start):
            raise InvalidCell(f"start={self.start!r}: allowed are a number and Chrono()")


@dataclass(frozen=True)
class Wired(Term):
    """x itself, without a matrix: unit i sees x_{i mod inputs}. ``through`` it passes first."""

    through: str = "linear"

    def __post_init__(self) -> None:
        _require("through", self.through, ("linear", "tanh"))


@dataclass(frozen=True)
class Reset(Term):
    """The reset gate times a drive of the output, reset * (R h'), for the candidate.

    ``Dense("reset * h")`` is the other order, R (reset * h').
    """

    drive: Drive

    def __init__(self, drive: Drive | Term) -> None:
        object.__setattr__(self, "drive", drive if isinstance(drive, Drive) else Drive((drive,)))


@dataclass(frozen=True)
class Gate(Value):
    """A learned gate.

    drive:
        What it sees.
    activation:
        ``sigmoid``, from 0 to 1; or ``signed``, 2σ - 1, from -1 to 1 (Grazzi et al. 2024).
    among:
        Gates, itself among them, whose values are divided by their sum (Feng et al. 2024).
    """

    drive: Drive
    activation: str = "sigmoid"
    among: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        _require("activation", self.activation, ("sigmoid", "signed"))

    def __add__(self, term: Term) -> Gate:
        return replace(self, drive=self.drive + term)

    def starting(self, at: float | Chrono) -> Gate:
        """The same gate with its bias starting there."""
        terms = (Bias(at) if isinstance(term, Bias) else term for term in self.drive.terms)
        return replace(self, drive=Drive(tuple(terms)))


@dataclass(frozen=True)
class Held(Value):
    """A gate of a constant ``value``, without weights."""

    value: float


@dataclass(frozen=True)
class Not(Value):
    """``scale`` (1 - another gate); with ``shift`` β, of σ(a - β) of its drive a.

    van der Westhuizen & Lasenby 2018 take β = 1. Half of 1 minus a signed gate, 2 z - 1 the other
    way round, is z.
    """

    gate: str
    shift: float = 0.0
    scale: float = 1.0

    def __post_init__(self) -> None:
        for name in ("shift", "scale"):
            if not _is_number(getattr(self, name)):
                raise InvalidCell(f"{name}={getattr(self, name)!r}: allowed is a number")


@dataclass(frozen=True)
class As(Value):
    """The same as another gate."""

    gate: str


Setting: TypeAlias = "Gate | Held | Not | As"
OPEN, SHUT = Held(1.0), Held(0.0)


@dataclass(frozen=True)
class Activation(Value):
    """``tanh``, ``relu``, ``linear`` or ``positive``; of a drive it makes a candidate.

    positive(a) is a + 1/2 from 0 on and σ(a) below (the g of Feng et al. 2024, appendix B).
    """

    name: str

    def __post_init__(self) -> None:
        _require("activation", self.name, ("tanh", "relu", "linear", "positive"))

    def __call__(self, drive: Drive | Term) -> Candidate:
        return Candidate(self, drive if isinstance(drive, Drive) else Drive((drive,)))

    def of(self, argument: str) -> str:
        """The activation of something, as text."""
        return argument if self.name == "linear" else f"{self.name}({argument})"


@dataclass(frozen=True)
class Candidate(Value):
    """What could be written: an activation of a drive."""

    activation: Activation
    drive: Drive


def misplaced(block: str, drive: Drive) -> str:
    """What is wrong with a block's terms in their place; empty if nothing is."""
    letters = [_letter(term) for term in drive.terms]
    for term, letter in zip(drive.terms, letters, strict=True):
        if letters.count(letter) > 1:
            return f"{block} has {term!r}: allowed is one term with an array {letter}"
        if not _may_stand(term, block):
            return f"{block} has {term!r}: allowed are {_ALLOWED.get(block, _ALLOWED['gate'])}"
        if isinstance(term, Reset) and not {*term.drive.terms} <= {Dense("h"), Bias()}:
            return f"{block} has {term!r}: allowed in a reset are Dense('h') and Bias()"
    if not any(isinstance(term, Bias | Wired) or _plainly(term) for term in drive.terms):
        return f"{block}={drive.terms!r}: needed is one of Dense('x'), Dense('h'), Bias(), Wired()"
    return ""


_ALLOWED = {
    "candidate": "all terms but Diagonal('c')",
    "skip": "Dense('x') and Bias()",
    "gate": "all terms but what is reset",
}


def _may_stand(term: Term, block: str) -> bool:
    match term:
        case Dense("x") | Bias():
            return True
        case Dense("reset * h") | Reset():
            return block == "candidate"
        case Diagonal("c" | "c'"):
            return block not in ("candidate", "skip")
        case _:
            return block != "skip"


def _letter(term: Term) -> str:
    """Of the array that a block's term multiplies; a block has one of each."""
    match term:
        case Dense("x"):
            return "W"
        case Dense("gates"):
            return "Q"
        case Dense() | Reset():
            return "R"
        case _:
            return {Diagonal: "p", Bias: "b", Wired: "x"}.get(type(term), "")


def _plainly(term: Term) -> bool:
    return isinstance(term, Dense) and term.of in ("x", "h")


def word(setting: Setting) -> str:
    """A setting in a word: ``learned``, ``open``, ``shut``, ``1 - keep``, ``keep``."""
    match setting:
        case Gate():
            return LEARNED
        case Not(gate, _, scale):
            return f"1 - {gate}" if scale == 1 else f"{scale:g} * (1 - {gate})"
        case As(gate):
            return gate
        case _:
            return {1.0: "open", 0.0: "shut"}.get(setting.value, f"{setting.value:g}")


def _require(name: str, value: object, allowed: tuple[str, ...]) -> None:
    if value not in allowed:
        raise InvalidCell(f"{name}={value!r}: allowed are {', '.join(map(repr, allowed))}")


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and math.isfinite(value)


tanh, relu, linear = Activation("tanh"), Activation("relu"), Activation("linear")
positive = Activation("positive")
