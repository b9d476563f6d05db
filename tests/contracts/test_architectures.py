"""What every registered architecture must hold; see :mod:`.architectures.check`."""

from __future__ import annotations

import pytest

from gatewise.benchmark.architectures.catalogue import CATALOGUE
from gatewise.benchmark.architectures.check import CHECKS
from gatewise.checks import findings


@pytest.mark.parametrize("name", CATALOGUE)
def test_every_check_holds(name):
    found = list(findings(name, CHECKS, CATALOGUE[name]))
    assert len(found) == len(CHECKS)
    assert [f for f in found if f.fault] == []
