"""What architectures and gates are called, here and in the papers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from gatewise.benchmark.records import columns

REFERENCE = columns.REFERENCE
VANILLA = "vanilla"
"""The cell without any gate."""

GATES: Mapping[str, str] = {"write": "input gate", "keep": "forget gate", "emit": "output gate"}
"""The gates of the LSTM's lattice, by role, in the papers' words."""

GRU_GATES: Mapping[str, str] = {"keep": "update gate", "reset": "reset gate"}

ABLATIONS: Mapping[str, str] = {"write": "NIG", "keep": "NFG", "emit": "NOG"}
"""The papers' names for the LSTM with that gate held open."""

GRU_ABLATIONS: Mapping[str, str] = {"keep": "gru-no-update", "reset": "gru-no-reset"}


def ablated(removed: Iterable[str]) -> str:
    """The LSTM without these gates, in the order of :data:`GATES`; the reference without any."""
    missing = set(removed)
    return "-".join(name for gate, name in ABLATIONS.items() if gate in missing) or REFERENCE


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
