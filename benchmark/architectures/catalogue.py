"""The architecture registry: a name, a cell, and how many layers and directions; one line each.

Architectures from outside come by entry points of the group ``gatewise.architectures`` and by
plugins (:mod:`gatewise.plugins`).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from gatewise.benchmark.architectures.gates import (
    AS_KEEP,
    LEARNED,
    NOT_KEEP,
    NOT_WRITE,
    OPEN,
    SHUT,
    GateSpec,
)
from gatewise.registry import Registry


class UnknownArchitecture(ValueError):
    """An architecture name that the registry does not hold."""


@dataclass(frozen=True)
class Architecture:
    """A cell, stacked in ``layers`` and read in one or two ``directions``.

    Each layer has the same number of units in each direction; the outputs of both directions of a
    layer are concatenated. ``over`` says what the cell takes its steps along: a ``sequence``, or
    one layer over a ``tree`` or a ``graph`` (:mod:`.trees`).
    """

    name: str
    cell: GateSpec
    summary: str
    layers: int = 1
    directions: int = 1
    over: str = "sequence"

    def parameters(self, inputs: int, units: int) -> int:
        """Number of recurrent parameters with ``units`` a layer and direction."""
        if self.over == "graph":
            # A node also reads the messages from its children and from its parent.
            return self.cell.count(inputs + 2 * units, units)
        total = 0
        for _ in range(self.layers):
            total += self.directions * self.cell.count(inputs, units)
            inputs = self.directions * units
        return total

    @property
    def equations(self) -> tuple[str, ...]:
        """The cell's step as text, along what it is taken.

        Over a tree k runs over the children of a node; over a graph a node reads besides x the
        messages m of those around it.
        """
        if self.over == "tree":
            return tuple(_over_children(line) for line in self.cell.equations)
        if self.over == "graph":
            told = (line.replace(" x", " m") for line in self.cell.equations)
            return ("m = [x, Σ_k h_k, h_above]", *told)
        return self.cell.equations

    @property
    def forward(self) -> Architecture:
        """The same, reading in one direction: what can decode."""
        return replace(self, directions=1)

    def describe(self) -> dict[str, object]:
        """What an experiment's hash covers: everything but the wording."""
        return {
            "name": self.name,
            "layers": self.layers,
            "directions": self.directions,
            "over": self.over,
            "cell": self.cell.describe(),
        }


def _over_children(line: str) -> str:
    """A line of a cell's equations over a tree: one keep gate a child, sums elsewhere."""
    if line.startswith("keep ="):
        return line.replace("keep =", "keep_k =").replace("h'", "h_k")
    kept = line.replace("keep * c'", "Σ_k keep_k * c_k")
    return kept.replace("c'", "Σ_k c_k").replace("h'", "Σ_k h_k")


LSTM = GateSpec()
VANILLA = GateSpec(write=OPEN, keep=SHUT, emit=OPEN, readout="linear")
GRU = GateSpec(write=NOT_KEEP, emit=OPEN, reset=LEARNED, readout="linear", keep_bias=0.0)
RESET_BEFORE = replace(GRU, reset_after=False)
# The mutations move by an update gate called z in the paper: h = z * g + (1 - z) * h'.
MUTATION = replace(RESET_BEFORE, write=LEARNED, keep=NOT_WRITE)
# Cells whose gates and candidate never see the output: each step is linear in the memory.
INPUT_ONLY = GateSpec(gates_see="x b", candidate_sees="x b", candidate="linear", readout="linear")


OURS = (
    Architecture("vanilla", VANILLA, "no gate: h = tanh(Wx + Rh' + b) (Elman 1990)"),
    Architecture("lstm", LSTM, "write, keep and emit gate, keep bias 1 (Gers et al. 2000)"),
    Architecture("lstm-bias0", replace(LSTM, keep_bias=0.0), "lstm whose keep bias starts at 0"),
    Architecture("lstm-chrono", replace(LSTM, keep_bias="chrono"), "chrono start (Tallec 2018)"),
    # Seven corners of the lattice {write, keep, emit} below lstm.
    Architecture("NIG", replace(LSTM, write=OPEN), "lstm without input gate"),
    Architecture("NFG", replace(LSTM, keep=OPEN), "lstm without forget gate"),
    Architecture("NOG", replace(LSTM, emit=OPEN), "lstm without output gate"),
    Architecture("NIG-NFG", replace(LSTM, write=OPEN, keep=OPEN), "lstm with output gate alone"),
    Architecture("NIG-NOG", replace(LSTM, write=OPEN, emit=OPEN), "lstm with forget gate alone"),
    Architecture("NFG-NOG", replace(LSTM, keep=OPEN, emit=OPEN), "lstm with input gate alone"),
    Architecture(
        "NIG-NFG-NOG", replace(LSTM, write=OPEN, keep=OPEN, emit=OPEN), "lstm without any gate"
    ),
    Architecture("NIAF", replace(LSTM, candidate="linear"), "lstm, linear candidate"),
    Architecture("NOAF", replace(LSTM, readout="linear"), "lstm, linear readout"),
    Architecture("CIFG", replace(LSTM, keep=NOT_WRITE), "lstm, keep = 1 - write"),
    Architecture("peephole", replace(LSTM, peephole=True), "lstm whose gates see the memory"),
    Architecture(
        "FGR",
        replace(LSTM, peephole=True, gate_recurrence=True),
        "peephole lstm whose gates see all gates' previous values (Greff et al. 2017)",
    ),
    Architecture(
        "no-inner-recurrence",
        replace(LSTM, candidate_sees="x b"),
        "lstm whose candidate sees the input alone (Levy et al. 2018)",
    ),
    Architecture("gru", GRU, "update and reset gate, reset after the product (Cho et al. 2014)"),
    Architecture("gru-reset-before", RESET_BEFORE, "gru, reset before the product"),
    Architecture("gru-no-reset", replace(GRU, reset=OPEN), "gru without reset gate"),
    Architecture("gru-no-update", replace(GRU, write=OPEN, keep=SHUT), "gru without update gate"),
    Architecture(
        "gru-no-reset-no-update",
        replace(GRU, write=OPEN, keep=SHUT, reset=OPEN),
        "gru without gates: the vanilla cell",
    ),
    Architecture("mgu", replace(GRU, reset=AS_KEEP), "gru, reset tied to keep (Zhou et al. 2016)"),
    Architecture("GRU1", replace(GRU, gates_see="h b"), "gru, gates without input (Dey 2017)"),
    Architecture("GRU2", replace(GRU, gates_see="h"), "gru, gates see the output alone (Dey 2017)"),
    Architecture("GRU3", replace(GRU, gates_see="b"), "gru, gates are constants (Dey 2017)"),
    Architecture(
        "janet",
        GateSpec(write=NOT_KEEP, emit=OPEN, readout="linear", keep_bias="chrono", tie_shift=1.0),
        "forget gate alone, chrono start (van der Westhuizen & Lasenby 2018)",
    ),
    Architecture(
        "MUT1",
        replace(MUTATION, update_sees="x b", inner_input="tanh"),
        "update gate sees the input alone (Jozefowicz et al. 2015)",
    ),
    Architecture(
        "MUT2",
        replace(MUTATION, shared_input=True),
        "reset gate shares the candidate's input (Jozefowicz et al. 2015)",
    ),
    Architecture(
        "MUT3",
        replace(MUTATION, update_state="tanh"),
        "update gate sees tanh(h') (Jozefowicz et al. 2015)",
    ),
    Architecture("residual", replace(VANILLA, keep=OPEN), "h = h' + tanh(Wx + Rh' + b)"),
    Architecture(
        "IRNN",
        replace(VANILLA, candidate="relu", recurrent_start="identity"),
        "vanilla with ReLU, started at the identity (Le et al. 2015)",
    ),
    Architecture(
        "minGRU",
        replace(INPUT_ONLY, write=NOT_KEEP, emit=OPEN, keep_bias=0.0),
        "update gate of the input alone, linear (Feng et al. 2024)",
    ),
    Architecture(
        "minLSTM",
        replace(INPUT_ONLY, emit=OPEN, normalised=True),
        "write and keep of the input alone, normalised (Feng et al. 2024)",
    ),
    Architecture(
        "SRU",
        replace(INPUT_ONLY, write=NOT_KEEP, peephole=True, highway=True, keep_bias=0.0),
        "simple recurrent unit: peepholes and a highway (Lei et al. 2018)",
    ),
    Architecture(
        "TDNN",
        replace(VANILLA, candidate_sees="x b", taps=8),
        "time-delay network over the last 8 inputs, no recurrence (Waibel et al. 1989)",
    ),
    Architecture(
        "NARX", replace(VANILLA, delays=4), "vanilla that sees 4 past outputs (Lin et al. 1996)"
    ),
    Architecture(
        "conv-lstm",
        replace(LSTM, window=3),
        "lstm over frames, its products convolutions of 3 × 3 pixels (Shi et al. 2015)",
    ),
    Architecture("bi-lstm", LSTM, "lstm in both directions", directions=2),
    Architecture("bi-gru", GRU, "gru in both directions", directions=2),
    Architecture("stacked-lstm", LSTM, "two layers of lstm", layers=2),
    Architecture("stacked-vanilla", VANILLA, "two layers of vanilla", layers=2),
    # Beyond the chain, for tasks whose examples are trees.
    Architecture("rec-nn", VANILLA, "recursive network over the tree, no gate", over="tree"),
    Architecture("tree-lstm", LSTM, "lstm over the tree, child-sum (Tai et al. 2015)", over="tree"),
    Architecture("tree-NIG", replace(LSTM, write=OPEN), "tree-lstm, no input gate", over="tree"),
    Architecture("tree-NFG", replace(LSTM, keep=OPEN), "tree-lstm, no forget gates", over="tree"),
    Architecture("tree-NOG", replace(LSTM, emit=OPEN), "tree-lstm, no output gate", over="tree"),
    Architecture("ggnn", GRU, "gated graph network: gru over messages (Li 2016)", over="graph"),
)


CATALOGUE = Registry(
    "architecture",
    Architecture,
    lambda: OURS,
    "gatewise.architectures",
    ("ARCHITECTURE", "ARCHITECTURES"),
    UnknownArchitecture,
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
    """The architecture of that name.

    Raises:
        UnknownArchitecture: no architecture has it.
    """
    return CATALOGUE.find(name)
