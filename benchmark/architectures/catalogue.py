"""The architecture registry: a name, a cell, and how many layers and directions; one line each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from benchmark.architectures.gates import (
    AS_KEEP,
    NOT_KEEP,
    NOT_WRITE,
    OPEN,
    SHUT,
    GateSpec,
)


class UnknownArchitecture(ValueError):
    """An architecture name that the registry does not hold."""


@dataclass(frozen=True)
class Architecture:
    """A cell, stacked in ``layers`` and read in one or two ``directions``.

    Each layer has the same number of units in each direction; the outputs of both directions of a
    layer are concatenated.
    """

    name: str
    cell: GateSpec
    summary: str
    layers: int = 1
    directions: int = 1

    def parameters(self, inputs: int, units: int) -> int:
        """Number of recurrent parameters with ``units`` a layer and direction."""
        total = 0
        for _ in range(self.layers):
            total += self.directions * self.cell.count(inputs, units)
            inputs = self.directions * units
        return total

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
            "cell": self.cell.describe(),
        }


LSTM = GateSpec()
VANILLA = GateSpec(write=OPEN, keep=SHUT, emit=OPEN, readout="linear")
GRU = GateSpec(write=NOT_KEEP, emit=OPEN, reset="learned", readout="linear", keep_bias=0.0)


def _catalogue(*entries: Architecture) -> Mapping[str, Architecture]:
    return {entry.name: entry for entry in entries}


CATALOGUE = _catalogue(
    Architecture("vanilla", VANILLA, "no gate: h = tanh(Wx + Rh' + b) (Elman 1990)"),
    Architecture("lstm", LSTM, "write, keep and emit gate, keep bias 1 (Gers et al. 2000)"),
    Architecture("lstm-bias0", replace(LSTM, keep_bias=0.0), "lstm whose keep bias starts at 0"),
    Architecture("NIG", replace(LSTM, write=OPEN), "lstm without input gate"),
    Architecture("NFG", replace(LSTM, keep=OPEN), "lstm without forget gate"),
    Architecture("NOG", replace(LSTM, emit=OPEN), "lstm without output gate"),
    Architecture("NIAF", replace(LSTM, candidate="linear"), "lstm, linear candidate"),
    Architecture("NOAF", replace(LSTM, readout="linear"), "lstm, linear readout"),
    Architecture("CIFG", replace(LSTM, keep=NOT_WRITE), "lstm, keep = 1 - write"),
    Architecture("peephole", replace(LSTM, peephole=True), "lstm whose gates see the memory"),
    Architecture("gru", GRU, "update and reset gate, reset after the product (Cho et al. 2014)"),
    Architecture("gru-no-reset", replace(GRU, reset=OPEN), "gru without reset gate"),
    Architecture("gru-no-update", replace(GRU, write=OPEN, keep=SHUT), "gru without update gate"),
    Architecture("mgu", replace(GRU, reset=AS_KEEP), "gru, reset tied to keep (Zhou et al. 2016)"),
    Architecture("bi-lstm", LSTM, "lstm in both directions", directions=2),
    Architecture("bi-gru", GRU, "gru in both directions", directions=2),
    Architecture("stacked-lstm", LSTM, "two layers of lstm", layers=2),
    Architecture("stacked-vanilla", VANILLA, "two layers of vanilla", layers=2),
)


def find(name: str) -> Architecture:
    """The architecture of that name.

    Raises:
        UnknownArchitecture: no architecture has it.
    """
    if name not in CATALOGUE:
        raise UnknownArchitecture(f"architecture {name!r}: allowed are {', '.join(CATALOGUE)}")
    return CATALOGUE[name]
