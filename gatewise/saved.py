"""Our layers are known to Keras as soon as Keras is there, so that saved models load.

``keras.models.load_model`` asks only for classes that are registered, and ours are registered by
modules that import Keras. To import those with ``gatewise`` would load TensorFlow for whoever only
lists tasks; so it is done when somebody imports Keras, at the end of that import.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib import import_module
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.util import find_spec
from types import ModuleType

KERAS = "keras"
LAYERS = ("architectures.layers", "architectures.trees", "networks.portable")
"""The modules of the benchmark whose layers a saved model may have."""


def register() -> None:
    """Import what registers our layers, unless one of ours is just importing Keras.

    That one is not whole yet; what it belongs to registers when it is asked for.
    """
    ours = [m for name, m in sys.modules.items() if name.startswith("gatewise.benchmark")]
    if not any(getattr(module.__spec__, "_initializing", False) for module in ours):
        for name in LAYERS:
            import_module(f"gatewise.benchmark.{name}")


def watch() -> None:
    """Register now if Keras is there already, else when it comes."""
    if KERAS in sys.modules:
        register()
    else:
        sys.meta_path.insert(0, _Watch())


class _Watch(MetaPathFinder):
    """Finds Keras as others do, and goes."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname != KERAS:
            return None
        sys.meta_path.remove(self)
        spec = find_spec(KERAS)
        if spec is not None and spec.loader is not None:
            spec.loader = _Registering(spec.loader)
        return spec


class _Registering(Loader):
    """Loads Keras as its own loader does, then registers our layers."""

    def __init__(self, loader: Loader) -> None:
        self.loader = loader

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        return self.loader.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        self.loader.exec_module(module)
        # As if it had never stood between them: resources are asked for by it.
        assert module.__spec__ is not None
        module.__spec__.loader = module.__loader__ = self.loader
        # It is whole now; while it says that it is not, others that import it would wait.
        register()
