"""Engines by name, and one from outside."""

from __future__ import annotations

import pytest

from gatewise import plugins
from gatewise.benchmark.execution.engine import EngineOptions, InvalidEngine
from gatewise.benchmark.execution.engines import ENGINES, make_engine
from gatewise.benchmark.execution.local import LocalEngine

OUTSIDE = """
from dataclasses import dataclass
from gatewise.benchmark.execution.engine import Engine, EngineKind

@dataclass(frozen=True)
class Nowhere(Engine):
    address: str

    def work(self, groups, folder, report, interrupted):
        report()

ENGINE = EngineKind("nowhere", lambda options: Nowhere(options.address))
"""


def test_ours_are_there(tmp_path):
    assert list(ENGINES) == ["local", "dask"]
    options = EngineOptions(tmp_path, workers=3, keep_weights=True)
    assert make_engine("local", options) == LocalEngine(3, keep_weights=True)


def test_one_from_outside_is_as_good(tmp_path, monkeypatch):
    monkeypatch.setattr(plugins, "_in_use", ())
    (tmp_path / "nowhere.py").write_text(OUTSIDE)
    plugins.use([plugins.Plugin.read(str(tmp_path / "nowhere.py"))])
    made = make_engine("nowhere", EngineOptions(tmp_path, address="tcp://there"))
    assert vars(made)["address"] == "tcp://there"
    with pytest.raises(InvalidEngine, match=r"'elsewhere': .*allowed are local, dask, nowhere"):
        make_engine("elsewhere", EngineOptions(tmp_path))
