"""Every entry of the catalogue against code that was not derived from it."""

from __future__ import annotations

import numpy as np
import pytest

from gatewise.benchmark.architectures.catalogue import CATALOGUE
from tests.benchmark.architectures.layout import answer, built, given
from tests.benchmark.architectures.references import REFERENCES


def test_every_entry_has_a_reference():
    """Whoever adds a cell writes it a second time, from its paper."""
    assert list(REFERENCES) == list(CATALOGUE)


@pytest.mark.parametrize("name", CATALOGUE)
def test_every_entry_is_its_papers(name):
    """In double precision, with copied weights, to 1e-10."""
    entry, rng = CATALOGUE[name], np.random.default_rng(0)
    layer, x = built(entry, rng), given(entry, rng)
    expected = REFERENCES[name].outputs(layer, x)
    np.testing.assert_allclose(answer(layer, x), expected, rtol=0, atol=1e-10)
