"""What architectures and gates are called, here and in the papers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from gatewise.benchmark.records import columns
from gatewise.naming import NO

REFERENCE = columns.REFERENCE
VANILLA = "vanilla"
"""The cell without any gate."""

GATES = columns.GATES

GRU = "gru"
"""What a cell of a user's own is compared with beside the reference."""

GRU_GATES: Mapping[str, str] = {"keep": "update gate", "reset": "reset gate"}

ABLATIONS: Mapping[str, str] = {"write": "NIG", "keep": "NFG", "emit": "NOG"}
"""The papers' names for the LSTM with that gate held open."""

GRU_ABLATIONS: Mapping[str, str] = {"keep": "gru-no-update", "reset": "gru-no-reset"}


@dataclass(frozen=True)
class Lattice:
    """A cell and what is left of it without any combination of its gates.

    gates:
        By what is added to the name of a cell without it, the gate in the papers' words.
    top:
        The name of the cell that has all; it leads the others' names if ``prefixed``.
    called:
        Corners whose name does not follow from this rule, by the name that would.
    """

    top: str
    gates: Mapping[str, str]
    prefixed: bool = True
    called: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def name(self) -> str:
        """That of the cell that has all gates."""
        return self.top

    def without(self, *removed: str) -> str:
        """The corner without these gates, whatever their order."""
        parts = [gate for gate in self.gates if gate in removed]
        name = "-".join([self.top] * (self.prefixed or not parts) + parts)
        return self.called.get(name, name)

    @property
    def lacking(self) -> dict[str, str]:
        """The cells that lack one gate, and the gate's words."""
        return {self.without(gate): called for gate, called in self.gates.items()}

    @property
    def corners(self) -> list[str]:
        """All corners: entry k has exactly the gates whose bit is set in k."""
        every = range(2 ** len(self.gates))
        return [
            self.without(*(g for bit, g in enumerate(self.gates) if not k >> bit & 1))
            for k in every
        ]


LATTICES: tuple[Lattice, ...] = (
    Lattice(REFERENCE, {a: GATES[role] for role, a in ABLATIONS.items()}, prefixed=False),
    Lattice(
        GRU,
        {"no-reset": "reset gate", "no-update": "update gate"},
        called={"gru-no-reset-no-update": VANILLA},
    ),
    Lattice(
        "sLSTM",
        {
            "NIG": "exponential input gate",
            "NFG": "forget gate",
            "NOG": "output gate",
            "NN": "normaliser",
            "NR": "inner recurrence",
        },
    ),
)
"""The lattices whose gates have a Shapley value; to add one is to add a value here, or to
name cells as :func:`lattices` reads them."""


def lattices(architectures: Iterable[str]) -> tuple[Lattice, ...]:
    """Ours, and those that a study's own names spell: ``mine`` and ``mine-no-keep``."""
    names, ours = list(architectures), {lattice.top for lattice in LATTICES}
    tops = [n for n in names if not any(n.startswith(f"{other}{NO}") for other in names)]
    spelled = ((top, _spelled(top, names)) for top in tops if top not in ours)
    return (*LATTICES, *(Lattice(top, gates) for top, gates in spelled if gates))


def _spelled(top: str, names: Iterable[str]) -> dict[str, str]:
    """The gates that are left out of a cell, in the order in which most of them are named."""
    lacking = [n.split(NO)[1:] for n in names if n.startswith(f"{top}{NO}")]
    found = dict.fromkeys(gate for gates in sorted(lacking, key=len)[::-1] for gate in gates)
    called = {**GATES, "reset": GRU_GATES["reset"]}
    return {f"{NO[1:]}{gate}": called.get(gate, gate) for gate in found}


GATELESS = (LATTICES[0].corners[0], VANILLA)
"""The cells without any gate: what is left of the LSTM, and the plain recurrence."""


def ablated(removed: Iterable[str]) -> str:
    """The LSTM without the gates of these roles; the reference without any."""
    return LATTICES[0].without(*(ABLATIONS[gate] for gate in removed))


def ordered(names: Iterable[str]) -> list[str]:
    """Names of architectures, each once: the reference, then its gate ablations, then the rest."""
    found = list(dict.fromkeys(str(name) for name in names))
    first = (REFERENCE, *ABLATIONS.values())
    return [n for n in first if n in found] + [n for n in found if n not in first]


def plain(name: str) -> str:
    """An architecture's name with its gates in plain words: ``NFG (no forget gate)``."""
    gates = {ablation: GATES[gate].removesuffix(" gate") for gate, ablation in ABLATIONS.items()}
    if not set(name.split("-")) <= set(gates):
        return name
    return f"{name} (no {' or '.join(gates[part] for part in name.split('-'))} gate)"
