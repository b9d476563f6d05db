"""What each entry of the catalogue is held against: a paper's loop, and whose letters are whose."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from itertools import combinations
from typing import Any

import numpy as np

from gatewise.benchmark.architectures.catalogue import CATALOGUE
from tests.benchmark.architectures import papers
from tests.benchmark.architectures.layout import (
    PARENTS,
    ROUNDS,
    UNITS,
    arrays_of,
    blocks,
    parts,
)

GREFF = {"write": "i", "keep": "f", "emit": "o", "candidate": "z"}
CHO = {"keep": "z", "reset": "r", "candidate": "h", "within_reset": "c"}
ONE = {"candidate": "h"}
# Where the paper's gate is the candidate's share, ours is the other: σ(-a) = 1 - σ(a).
SHARE = {"keep": "-z", "reset": "r", "candidate": "h"}
MGU = {"keep": "-f", "candidate": "h"}
MUT = {"write": "z", "reset": "r", "candidate": "h"}
STEMS = {"kernel": "W", "bias": "b", "peephole": "p", "recurrent": "U"}


@dataclass(frozen=True)
class Reference:
    """A paper's step with so many states, and how its letters are made from our blocks.

    ``letters`` has the paper's letter of a block of ours, with a sign where it is the opposite
    gate's; ``stems`` that of an array: ``kernel.write`` is ``W_i``. ``number`` is the equation's,
    where it was verified.
    """

    step: Callable[..., Any]
    letters: Mapping[str, str]
    states: int = 1
    stems: Mapping[str, str] = field(default_factory=dict)
    number: str = ""

    def weights(self, layer: Any) -> dict[str, np.ndarray]:
        """The arrays of a layer under the paper's letters, every one of them."""
        named = {}
        for name, part in blocks(layer.declared, arrays_of(layer)).items():
            stem, _, block = name.partition(".")
            letter = self.letters.get(block, "")
            turned = np.swapaxes(part, 0, 1) if part.ndim == 2 else part
            key = f"{({**STEMS, **self.stems})[stem]}_{letter.removeprefix('-')}"
            assert key not in named, key
            named[key] = -turned if letter.startswith("-") else turned
        return named

    def outputs(self, layer: Any, x: np.ndarray) -> np.ndarray:
        """What :func:`.layout.answer` should give."""
        if self.states == 0:
            w = self.weights(layer)
            found = [self.step(w, x[b], PARENTS[b]) for b in range(len(x))]
            return np.stack([f[0] if isinstance(f, tuple) else f for f in found])
        for level in parts(layer):
            x = np.concatenate([self._along(part, x) for part in level], axis=-1)
        return x

    def _along(self, layer: Any, x: np.ndarray) -> np.ndarray:
        read = x[:, ::-1] if layer.go_backwards else x
        found = papers.along(
            self.step, self.states, self.weights(layer), np.swapaxes(read, 0, 1), UNITS
        )
        found = np.swapaxes(found, 0, 1)
        return found[:, ::-1] if layer.go_backwards else found


def _greff(states: int = 2, number: str = "", **options: Any) -> Reference:
    stems = {"recurrent": "R", "gate_recurrent": "G"}
    return Reference(partial(papers.greff, **options), GREFF, states, stems, number)


def _slstm(**options: Any) -> Reference:
    return Reference(partial(papers.slstm, **options), GREFF, 3, {"recurrent": "R"})


def _slstm_corners() -> dict[str, Reference]:
    """The lattice below sLSTM, by what is left out."""
    letters = {"NIG": "i", "NFG": "f", "NOG": "o", "NN": "", "NR": ""}
    return {
        "-".join(("sLSTM", *removed)): _slstm(
            without="".join(letters[part] for part in removed),
            normalised="NN" not in removed,
            recurrent="NR" not in removed,
        )
        for count in range(1, len(letters) + 1)
        for removed in combinations(letters, count)
    }


def _rg_lru(gates: str) -> Reference:
    letters = {"keep": "r", "write": "i", "candidate": "u"}
    step = partial(papers.rg_lru, gates=gates)
    return Reference(step, letters, stems={"retention": "p"}, number="section 2.4" if gates else "")


def _tree(*without: str) -> Reference:
    return Reference(partial(papers.child_sum, without=without), GREFF, 0, {"recurrent": "R"})


CONV = Reference(papers.conv_lstm, GREFF, 2, {"recurrent": "R"}, "(3)")
GRU = Reference(partial(papers.gru, after=True), CHO)
MIN_LSTM = {"keep": "f", "write": "i", "candidate": "h"}
VANILLA = Reference(papers.elman, ONE)
REFERENCES: Mapping[str, Reference] = {
    "vanilla": VANILLA,
    "lstm": _greff(),
    "lstm-bias0": _greff(),
    "lstm-chrono": _greff(),
    "NIG": _greff(without="i"),
    "NFG": _greff(without="f"),
    "NOG": _greff(without="o"),
    "NIG-NFG": _greff(without="if"),
    "NIG-NOG": _greff(without="io"),
    "NFG-NOG": _greff(without="fo"),
    "NIG-NFG-NOG": _greff(without="ifo"),
    "NIAF": _greff(g=papers.identity),
    "NOAF": _greff(h=papers.identity),
    "CIFG": _greff(coupled=True),
    "peephole": _greff(),
    "NIG-p": _greff(without="i"),
    "NFG-p": _greff(without="f"),
    "NOG-p": _greff(without="o"),
    "NIAF-p": _greff(g=papers.identity),
    "NOAF-p": _greff(h=papers.identity),
    "CIFG-p": _greff(coupled=True),
    "FGR": _greff(5),
    "no-inner-recurrence": _greff(g=papers.identity),
    "RAN": _greff(g=papers.identity, without="o"),
    "gru": GRU,
    "gru-two-biases": GRU,
    "gru-reset-before": Reference(papers.gru, CHO),
    "gru-no-reset": Reference(papers.ugrnn, CHO),
    "gru-no-update": Reference(partial(papers.gru, after=True, update=False), CHO),
    "mgu": Reference(papers.mgu, MGU),
    "MGU1": Reference(papers.mgu, MGU),
    "MGU2": Reference(papers.mgu, MGU),
    "MGU3": Reference(papers.mgu, MGU),
    "GRU1": Reference(papers.dey, SHARE),
    "GRU2": Reference(papers.dey, SHARE),
    "GRU3": Reference(papers.dey, SHARE),
    "Li-GRU": Reference(papers.li_gru, CHO),
    "janet": Reference(papers.janet, {"keep": "f", "candidate": "c"}),
    "MUT1": Reference(papers.mut1, MUT),
    "MUT2": Reference(papers.mut2, MUT),
    "MUT3": Reference(papers.mut3, MUT),
    "residual": Reference(papers.residual, ONE),
    "IRNN": Reference(partial(papers.elman, f=papers.relu), ONE),
    "IndRNN": Reference(papers.indrnn, ONE, stems={"diagonal": "u"}, number="(2)"),
    "minGRU": Reference(papers.min_gru, SHARE, number="Algorithm 1"),
    "minGRU-log": Reference(papers.min_gru_log, SHARE, number="Algorithm 6"),
    "minLSTM": Reference(papers.min_lstm, MIN_LSTM, number="Algorithm 3"),
    "minLSTM-log": Reference(papers.min_lstm_log, MIN_LSTM, number="Algorithm 8"),
    "minGRU-negative": Reference(partial(papers.min_gru, signed=True), SHARE),
    "lstm-negative": _greff(signed=True),
    "QRNN": Reference(papers.qrnn, {"keep": "f", "emit": "o", "candidate": "z"}, 3),
    "SRU": Reference(
        papers.sru,
        {"keep": "f", "emit": "r", "candidate": "h", "skip": "x"},
        2,
        {"peephole": "v"},
    ),
    "sLSTM": _slstm(),
    **_slstm_corners(),
    "RG-LRU": _rg_lru("ri"),
    "RG-LRU-NIG": _rg_lru("r"),
    "RG-LRU-NFG": _rg_lru("i"),
    "LRU-real": _rg_lru(""),
    "layernorm-lstm": Reference(
        papers.ln_lstm,
        {"write": "i", "keep": "f", "emit": "o", "candidate": "g", "memory": "c"},
        2,
        {"gain_input": "a2", "gain_recurrent": "a1", "gain": "a3", "shift": "b"},
    ),
    "lstm-projected": Reference(papers.projected, GREFF, 2, {"recurrent": "R", "projection": "P"}),
    "FastGRNN": Reference(
        papers.fastgrnn,
        {"keep": "z", "candidate": "h"},
        stems={"scale": "zeta", "offset": "nu"},
        number="(6)",
    ),
    "TDNN": Reference(papers.tdnn, ONE, 8),
    "delays-4": Reference(papers.delays, ONE, 4),
    "conv-lstm": CONV,
    "conv-lstm-p": CONV,
    "bi-lstm": _greff(),
    "bi-gru": GRU,
    "stacked-lstm": _greff(),
    "stacked-vanilla": VANILLA,
    "stacked-minGRU": Reference(papers.min_gru, SHARE, number="Algorithm 1"),
    "rec-nn": Reference(papers.recursive, ONE, 0),
    "tree-lstm": _tree(),
    "tree-NIG": _tree("i"),
    "tree-NFG": _tree("f"),
    "tree-NOG": _tree("o"),
    "graph-gru": Reference(partial(papers.message_gru, rounds=ROUNDS), CHO, 0),
}
assert REFERENCES.keys() <= CATALOGUE.keys()
