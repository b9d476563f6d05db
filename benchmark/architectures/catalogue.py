"""The architecture registry: a name, a cell, and how many layers and directions; one line each.

Every equation was held against its paper, or against its authors' code where there is some;
``tests/benchmark/architectures/papers.py`` has them written again, from the papers alone. Where an
entry departs from its source its summary says how.

Architectures from outside come by entry points of the group ``gatewise.architectures`` and by
plugins (:mod:`gatewise.plugins`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import combinations
from typing import Any

from gatewise.benchmark.architectures.architecture import Architecture
from gatewise.benchmark.architectures.cell import Chrono, Spread
from gatewise.benchmark.architectures.cells import Gated
from gatewise.benchmark.architectures.diagonal import RealGatedLRU
from gatewise.benchmark.architectures.exponential import ScalarLSTM
from gatewise.benchmark.architectures.gates import (
    OPEN,
    SHUT,
    Bias,
    Dense,
    Diagonal,
    Drive,
    Gate,
    Not,
    Reset,
    Term,
    Wired,
    linear,
    positive,
    relu,
    tanh,
)
from gatewise.benchmark.architectures.variants import FastGRNN, LayerNormLSTM, ProjectedLSTM
from gatewise.registry import Registry


class UnknownArchitecture(ValueError):
    """An architecture name that the registry does not hold."""


X, H, B = Dense("x"), Dense("h"), Bias()
X2 = Dense("x", last=2)
RESET_H = Dense("reset * h")
gate = Gate(X + H + B)

VANILLA = Gated(candidate=tanh(X + H + B))
LSTM = Gated(
    write=gate, keep=gate.starting(1.0), emit=gate, candidate=tanh(X + H + B), readout=tanh
)
PEEPHOLE = LSTM.each(lambda g: g + Diagonal("c"))
GRU = Gated(keep=gate, write=Not("keep"), reset=gate, candidate=tanh(X + Reset(H) + B))
RESET_BEFORE = replace(GRU, candidate=tanh(X + RESET_H + B))
MGU = replace(RESET_BEFORE, reset=Not("keep"))
# The mutations move by an update gate called z in the paper: h = z * g + (1 - z) * h'.
MUTATION = replace(RESET_BEFORE, write=gate, keep=Not("write"))
# Gates and candidate never see the output: each step is linear in the memory.
MIN_GRU = Gated(keep=Gate(X + B), write=Not("keep"), candidate=linear(X + B))
MIN_LSTM = replace(
    MIN_GRU,
    write=Gate(X + B, among=("write", "keep")),
    keep=Gate(X + Bias(1.0), among=("write", "keep")),
)
QRNN = Gated(keep=Gate(X2 + B), write=Not("keep"), emit=Gate(X2 + B), candidate=tanh(X2 + B))
SRU = Gated(
    keep=Gate(X + Diagonal("c'") + B),
    write=Not("keep"),
    emit=Gate(X + Diagonal("c'") + B),
    candidate=linear(X),
    skip=Drive((X,)),
)
SLSTM, RG_LRU = ScalarLSTM(), RealGatedLRU()
SLSTM_WITHOUT: Mapping[str, dict[str, Any]] = {
    "NIG": {"write": "open"},
    "NFG": {"keep": "open"},
    "NOG": {"emit": "open"},
    "NN": {"normalised": False},
    "NR": {"recurrent": False},
}
"""What an sLSTM may lack: input, forget and output gate, normaliser, inner recurrence."""

ELMAN = "Elman 1990, Cognitive Science 14"
GERS = "Gers, Schmidhuber & Cummins 2000, Neural Computation 12(10)"
GREFF = "Greff et al. 2017, arXiv 1503.04069"
JOZEFOWICZ = "Jozefowicz, Zaremba & Sutskever 2015, PMLR 37"
CHO = "Cho et al. 2014, arXiv 1406.1078"
LEVY = "Levy et al. 2018, arXiv 1805.03716"
ZHOU = "Zhou et al. 2016, arXiv 1603.09420"
HECK = "Heck & Salem 2017, arXiv 1701.03452"
DEY = "Dey & Salem 2017, arXiv 1701.05923"
FENG = "Feng et al. 2024, arXiv 2410.01201"
GRAZZI = "Grazzi et al. 2024, arXiv 2411.12537"
BECK = "Beck et al. 2024, arXiv 2405.04517"
GRIFFIN = "De et al. 2024, arXiv 2402.19427, section 2.4"
SHI = "Shi et al. 2015, arXiv 1506.04214, (3)"
TAI = "Tai, Socher & Manning 2015, arXiv 1503.00075"
LI = "Li et al. 2016, arXiv 1511.05493"


def _gates(*terms: Term) -> dict[str, Any]:
    """Both gates of a GRU, seeing what is given."""
    seen = Gate(Drive(terms))
    return {"keep": seen, "reset": seen}


def _corners(
    cell: Any, name: str, without: Mapping[str, dict[str, Any]], source: str
) -> Iterator[Architecture]:
    """Every corner of a lattice below a cell: one or more of its parts left out."""
    for count in range(1, len(without) + 1):
        for removed in combinations(without, count):
            changes = {field: value for part in removed for field, value in without[part].items()}
            called = "-".join((name, *removed))
            yield Architecture(called, replace(cell, **changes), f"corner below {name}", source)


A = Architecture
OURS = (
    A("vanilla", VANILLA, "no gate: h = tanh(Wx + Rh' + b)", ELMAN),
    A("lstm", LSTM, "write, keep and emit gate, keep bias 1; Greff's NP", GERS),
    A("lstm-bias0", replace(LSTM, keep=gate), "lstm whose keep bias starts at 0", JOZEFOWICZ),
    A(
        "lstm-chrono",
        replace(LSTM, write=gate.starting(Chrono(-1)), keep=gate.starting(Chrono())),
        "lstm with biases for long lags",
        "Tallec & Ollivier 2018, arXiv 1804.11188",
    ),
    # Seven corners of the lattice {write, keep, emit} below lstm.
    A("NIG", replace(LSTM, write=OPEN), "lstm without input gate", JOZEFOWICZ),
    A("NFG", replace(LSTM, keep=OPEN), "lstm without forget gate", JOZEFOWICZ),
    A("NOG", replace(LSTM, emit=OPEN), "lstm without output gate", JOZEFOWICZ),
    A("NIG-NFG", replace(LSTM, write=OPEN, keep=OPEN), "lstm with output gate alone"),
    A("NIG-NOG", replace(LSTM, write=OPEN, emit=OPEN), "lstm with forget gate alone"),
    A("NFG-NOG", replace(LSTM, keep=OPEN, emit=OPEN), "lstm with input gate alone"),
    A("NIG-NFG-NOG", replace(LSTM, write=OPEN, keep=OPEN, emit=OPEN), "lstm without any gate"),
    A("NIAF", replace(LSTM, candidate=linear(X + H + B)), "lstm, linear candidate"),
    A("NOAF", replace(LSTM, readout=linear), "lstm, linear readout"),
    A("CIFG", replace(LSTM, keep=Not("write")), "lstm, keep = 1 - write"),
    # Greff's eight: his LSTM has peepholes, and so have its variants, but for lstm itself, NP.
    A("peephole", PEEPHOLE, "lstm whose gates see the memory; Greff's V", GREFF),
    A("NIG-p", replace(PEEPHOLE, write=OPEN), "peephole without input gate", GREFF),
    A("NFG-p", replace(PEEPHOLE, keep=OPEN), "peephole without forget gate", GREFF),
    A("NOG-p", replace(PEEPHOLE, emit=OPEN), "peephole without output gate", GREFF),
    A("NIAF-p", replace(PEEPHOLE, candidate=linear(X + H + B)), "peephole, g linear", GREFF),
    A("NOAF-p", replace(PEEPHOLE, readout=linear), "peephole, linear readout", GREFF),
    A("CIFG-p", replace(PEEPHOLE, keep=Not("write")), "peephole, keep = 1 - write", GREFF),
    A(
        "FGR",
        PEEPHOLE.each(lambda g: g + Dense("gates")),
        "peephole whose gates also see all gates' previous values",
        GREFF,
    ),
    A(
        "no-inner-recurrence",
        replace(LSTM, candidate=linear(X)),
        "lstm whose candidate is W x; their LSTM - S-RNN",
        LEVY,
    ),
    A(
        "RAN",
        replace(LSTM, candidate=linear(X), emit=OPEN, keep=gate),
        "write and keep gate over W x",
        "Lee, Levy & Zettlemoyer 2017, arXiv 1705.07393",
    ),
    A("gru", GRU, "update and reset gate, reset after the product, one bias", f"{CHO}v1"),
    A(
        "gru-two-biases",
        replace(GRU, candidate=tanh(X + Reset(H + B) + B)),
        "gru with a second bias within the reset, as Keras, PyTorch and cuDNN have it",
        f"{CHO}v1; Keras",
    ),
    A("gru-reset-before", RESET_BEFORE, "gru, reset before the product", f"{CHO}v3"),
    A(
        "gru-no-reset",
        replace(GRU, reset=OPEN),
        "gru without reset gate; also the UGRNN",
        "Collins, Sohl-Dickstein & Sussillo 2017, arXiv 1611.09913",
    ),
    A("gru-no-update", replace(GRU, write=OPEN, keep=SHUT), "gru without update gate"),
    A("mgu", MGU, "one gate: reset = write = 1 - keep, before the product", ZHOU),
    A("MGU1", replace(MGU, keep=Gate(H + B)), "mgu, its gate without input", HECK),
    A("MGU2", replace(MGU, keep=Gate(Drive((H,)))), "mgu, its gate sees the output alone", HECK),
    A("MGU3", replace(MGU, keep=Gate(Drive((B,)))), "mgu, its gate is a constant", HECK),
    A("GRU1", replace(RESET_BEFORE, **_gates(H, B)), "gru, gates without input", DEY),
    A("GRU2", replace(RESET_BEFORE, **_gates(H)), "gru, gates see the output alone", DEY),
    A("GRU3", replace(RESET_BEFORE, **_gates(B)), "gru, gates are constants", DEY),
    A(
        "Li-GRU",
        replace(GRU, reset=OPEN, candidate=relu(X + H + B)),
        "gru without reset, ReLU; the paper's batch norm of W x left out",
        "Ravanelli et al. 2018, arXiv 1803.10225",
    ),
    A(
        "janet",
        Gated(keep=gate.starting(Chrono()), write=Not("keep", 1.0), candidate=tanh(X + H + B)),
        "forget gate alone, chrono start",
        "van der Westhuizen & Lasenby 2018, arXiv 1804.04849",
    ),
    A(
        "MUT1",
        replace(MUTATION, write=Gate(X + B), candidate=tanh(Wired("tanh") + RESET_H + B)),
        "update gate sees the input alone, candidate tanh(x); unit i reads x_{i mod inputs}",
        JOZEFOWICZ,
    ),
    A(
        "MUT2",
        replace(MUTATION, reset=Gate(Wired() + H + B)),
        "reset gate sees x itself; unit i reads x_{i mod inputs}",
        JOZEFOWICZ,
    ),
    A(
        "MUT3",
        replace(MUTATION, write=Gate(X + Dense("tanh(h)") + B)),
        "update gate sees tanh(h')",
        JOZEFOWICZ,
    ),
    A("residual", replace(VANILLA, keep=OPEN), "h = h' + tanh(Wx + Rh' + b)", "Nielsen, ch. 6"),
    A(
        "IRNN",
        Gated(candidate=relu(X + Dense("h", start="identity") + B)),
        "vanilla with ReLU, started at the identity",
        "Le, Jaitly & Hinton 2015, arXiv 1504.00941",
    ),
    A(
        "IndRNN",
        Gated(candidate=relu(X + Diagonal("h", Spread(0.0, 1.0)) + B)),
        "each unit sees its own past alone; the paper's bound on |u| left out",
        "Li et al. 2018, arXiv 1803.04831, (2)",
    ),
    A("minGRU", MIN_GRU, "update gate of the input alone; the direct form, linear", FENG),
    A(
        "minGRU-log",
        replace(MIN_GRU, candidate=positive(X + B)),
        "the log-space form, from h = 0; the authors' listing can start from g(h_0)",
        FENG,
    ),
    A("minLSTM", MIN_LSTM, "write and keep of the input alone, normalised; direct form", FENG),
    A("minLSTM-log", replace(MIN_LSTM, candidate=positive(X + B)), "the log-space form", FENG),
    A(
        "minGRU-negative",
        replace(MIN_GRU, keep=Gate(X + B, "signed"), write=Not("keep", scale=0.5)),
        "minGRU whose keep goes from -1 to 1: h = (1 - 2z) h' + z g",
        GRAZZI,
    ),
    A(
        "lstm-negative",
        replace(LSTM, keep=Gate(X + H + Bias(1.0), "signed")),
        "lstm whose keep gate goes from -1 to 1; our own use of the paper's idea",
        f"after {GRAZZI}",
    ),
    A(
        "QRNN",
        QRNN,
        "gates and candidate of the last two inputs; fo-pooling",
        "Bradbury et al. 2017, arXiv 1611.01576",
    ),
    A("SRU", SRU, "gates see c', a highway with a matrix", "Lei et al. 2018, arXiv 1709.02755"),
    A("sLSTM", SLSTM, "exponential input gate, normaliser, stabiliser; one head", BECK),
    *_corners(SLSTM, "sLSTM", SLSTM_WITHOUT, BECK),
    A("RG-LRU", RG_LRU, "recurrence and input gate of x over a diagonal", GRIFFIN),
    A("RG-LRU-NIG", replace(RG_LRU, write="open"), "RG-LRU without input gate", GRIFFIN),
    A("RG-LRU-NFG", replace(RG_LRU, keep="open"), "RG-LRU without recurrence gate", GRIFFIN),
    A(
        "LRU-real",
        replace(RG_LRU, write="open", keep="open"),
        "real diagonal recurrence, its rates learned numbers",
        "after Orvieto et al. 2023, arXiv 2303.06349",
    ),
    A(
        "layernorm-lstm",
        LayerNormLSTM(),
        "lstm with layer normalisation",
        "Ba, Kiros & Hinton 2016, arXiv 1607.06450",
    ),
    A(
        "lstm-projected",
        ProjectedLSTM(),
        "lstm of twice as many memories as outputs",
        "Sak, Senior & Beaufays 2014, arXiv 1402.1128",
    ),
    A(
        "FastGRNN",
        FastGRNN(),
        "gate and candidate share their matrices",
        "Kusupati et al. 2018, arXiv 1901.02358, (6)",
    ),
    A(
        "TDNN",
        Gated(candidate=tanh(Dense("x", last=8) + B)),
        "time-delay network over the last 8 inputs, no recurrence; tanh for their logistic units",
        "Waibel et al. 1989",
    ),
    A(
        "delays-4",
        Gated(candidate=tanh(X + Dense("h", last=4) + B)),
        "vanilla that sees its last 4 states; NARX feeds back answers, this does not",
        "after Lin et al. 1996",
    ),
    A("conv-lstm", replace(LSTM, window=3), "lstm over frames, 3 × 3 pixels, no peepholes", SHI),
    A(
        "conv-lstm-p",
        replace(PEEPHOLE, window=3),
        "conv-lstm with peepholes, one number a channel where the paper has one a pixel",
        SHI,
    ),
    A("bi-lstm", LSTM, "lstm in both directions", directions=2),
    A("bi-gru", GRU, "gru in both directions", directions=2),
    A("stacked-lstm", LSTM, "two layers of lstm", layers=2),
    A("stacked-vanilla", VANILLA, "two layers of vanilla", layers=2),
    A("stacked-minGRU", MIN_GRU, "three layers of minGRU, without residuals", FENG, layers=3),
    # Beyond the chain, for tasks whose examples are trees.
    A("rec-nn", VANILLA, "recursive network over the tree, no gate", over="tree"),
    A("tree-lstm", LSTM, "lstm over the tree, child-sum", TAI, over="tree"),
    A("tree-NIG", replace(LSTM, write=OPEN), "tree-lstm, no input gate", TAI, over="tree"),
    A("tree-NFG", replace(LSTM, keep=OPEN), "tree-lstm, no forget gates", TAI, over="tree"),
    A("tree-NOG", replace(LSTM, emit=OPEN), "tree-lstm, no output gate", TAI, over="tree"),
    A(
        "graph-gru",
        GRU,
        "gru over messages; theirs resets before, starts from x and weighs edges",
        f"after {LI}",
        over="graph",
    ),
)

ALIASES: Mapping[str, str] = {
    "UGRNN": "gru-no-reset",
    "gru-no-reset-no-update": "vanilla",
    "NP": "lstm",
    "V": "peephole",
}
"""Other names of cells: what they stand for is trained, and once."""

CATALOGUE = Registry(
    "architecture",
    Architecture,
    lambda: OURS,
    "gatewise.architectures",
    ("ARCHITECTURE", "ARCHITECTURES"),
    UnknownArchitecture,
    ALIASES,
)
"""All architectures by name."""


def chains() -> tuple[str, ...]:
    """What any task can be asked with: neither tree nor graph nor convolution."""
    return tuple(
        name
        for name, entry in CATALOGUE.items()
        if entry.over == "sequence" and not entry.cell.window
    )


def find(name: str) -> Architecture:
    """The architecture of that name, or of what it stands for.

    Raises:
        UnknownArchitecture: no architecture has it.
    """
    return CATALOGUE.find(name)
