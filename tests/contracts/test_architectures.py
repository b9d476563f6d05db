"""What every registered architecture must hold; see :mod:`.architectures.check`."""

from __future__ import annotations

import pytest

from gatewise.benchmark.architectures.catalogue import CATALOGUE
from gatewise.benchmark.architectures.check import CHECKS
from gatewise.checks import findings


def inner(name: str) -> bool:
    """Whether an architecture lacks two parts or more of a lattice with many corners."""
    return name.startswith("sLSTM-") and name.count("-N") > 1


@pytest.mark.parametrize(
    "name",
    [pytest.param(n, marks=[pytest.mark.slow] if inner(n) else []) for n in CATALOGUE],
)
def test_every_check_holds(name):
    found = list(findings(name, CHECKS, CATALOGUE[name]))
    assert len(found) == len(CHECKS)
    assert [f for f in found if f.fault] == []
