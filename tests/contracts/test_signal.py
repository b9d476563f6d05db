"""In every task there is something to learn; see :mod:`gatewise.benchmark.networks.check`."""

from __future__ import annotations

import pytest

from gatewise import tasks
from gatewise.benchmark.networks.check import a_tiny_network_beats_chance

PRESENT = tasks.present()


@pytest.mark.parametrize(
    "name", [n for n, t in PRESENT.items() if t.dial is None or n == t.dial.family]
)
def test_a_tiny_network_beats_chance(name):
    assert not a_tiny_network_beats_chance(PRESENT[name], PRESENT[name].load("smoke"))
