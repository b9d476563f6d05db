from __future__ import annotations

import pytest

from gatewise import MissingTensorFlow
from gatewise.benchmark.records import provenance


@pytest.fixture
def brought_by(monkeypatch):
    """TensorFlow comes with these distributions."""

    def bring(*names: str) -> None:
        monkeypatch.setattr(
            provenance, "packages_distributions", lambda: {"tensorflow": list(names)}
        )
        monkeypatch.setattr(
            provenance, "version", lambda name: {"keras": "3"}.get(name, f"of {name}")
        )

    provenance.provenance.cache_clear()
    yield bring
    provenance.provenance.cache_clear()


@pytest.mark.parametrize("name", ["tensorflow", "tensorflow_cpu", "tensorflow-rocm"])
def test_the_version_is_that_of_the_tensorflow_that_is_here(brought_by, name):
    brought_by(name)
    assert provenance.provenance()["backend"] == f"tensorflow of {name}"


def test_without_tensorflow_it_is_said_what_to_install(brought_by):
    brought_by()
    with pytest.raises(MissingTensorFlow, match="pip install 'gatewise\\[cpu\\]'"):
        provenance.provenance()
