"""Every entry of the catalogue against code that was not derived from it."""

from __future__ import annotations

from importlib.util import find_spec

import pytest

from gatewise.benchmark.architectures.catalogue import CATALOGUE
from tests.benchmark.architectures import twins
from tests.benchmark.architectures.references import REFERENCES
from tests.benchmark.architectures.table import HEAD, LOOP, PATH, differences, facts, tail


def test_every_entry_has_a_reference():
    """Whoever adds a cell writes it a second time, from its paper."""
    assert list(REFERENCES) == list(CATALOGUE)


@pytest.mark.parametrize("name", CATALOGUE)
def test_every_entry_is_its_papers(name):
    """In double precision, with copied weights, to 1e-10."""
    assert differences(name, everyone=False)[LOOP] < 1e-10


def test_the_table_in_the_docs_is_of_this_code():
    """All of it but the last digit of what was measured, which depends on the machine."""
    text = PATH.read_text(encoding="utf-8")
    assert text.startswith(HEAD)
    assert text.endswith(tail())
    written = [line for line in text.splitlines() if line.startswith("| ")][1:]
    assert [line.rpartition("|")[0].rpartition("|")[0] + "|" for line in written] == [
        facts(name) for name in CATALOGUE
    ]
    for line in written:
        assert float(line.split("|")[-2]) <= 1e-10, line


@pytest.mark.parametrize("name", twins.KERAS)
def test_equals_the_layer_of_keras(name):
    assert differences(name, everyone=False)[twins.KERAS[name][0]] < 1e-10


@pytest.mark.slow
@pytest.mark.skipif(find_spec("torch") is None, reason="PyTorch is not installed (.[speed])")
@pytest.mark.parametrize("name", twins.TORCH)
def test_equals_the_layer_of_pytorch(name):
    for other, _ in twins.TORCH[name]:
        if other.startswith("torchrecurrent"):
            pytest.importorskip("torchrecurrent", reason="torchrecurrent is not installed")
        assert differences(name)[other] < 1e-10, other
