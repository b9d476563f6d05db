"""The registry of engines: the names of ``--engine``."""

from __future__ import annotations

from gatewise.benchmark.execution.dask import DaskEngine
from gatewise.benchmark.execution.engine import Engine, EngineKind, EngineOptions, InvalidEngine
from gatewise.benchmark.execution.local import LocalEngine
from gatewise.registry import Registry

OURS = EngineKind("local", LocalEngine.of), EngineKind("dask", DaskEngine.of)
ENGINES = Registry(
    "engine", EngineKind, lambda: OURS, "gatewise.engines", ("ENGINE", "ENGINES"), InvalidEngine
)
"""Those of this package, of entry points and of plugins."""


def make_engine(name: str, options: EngineOptions) -> Engine:
    """The engine that the command's options ask for, ready to work.

    Raises:
        InvalidEngine: no engine of that name, or options that it cannot work with.
        ClusterUnusable: the cluster cannot do our work.
    """
    return ENGINES.find(name).make(options)
