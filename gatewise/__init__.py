"""gatewise: what is each gate of a recurrent network worth, on which task, and how sure are we?

What users build on is imported from here and listed in ``docs/api.md``. Nothing is loaded before it
is asked for: TensorFlow comes with the first layer, and with nothing else. The packages of this
name lie in the folders ``benchmark``, ``tasks`` and ``report`` of the repository.
"""

from __future__ import annotations

import sys
from importlib import import_module
from typing import TYPE_CHECKING, Any

from gatewise import saved

__version__ = "0.2.0"

if TYPE_CHECKING:
    from gatewise.benchmark.architectures.ablation import ablations as ablations
    from gatewise.benchmark.architectures.architecture import Architecture as Architecture
    from gatewise.benchmark.architectures.catalogue import GRU as GRU
    from gatewise.benchmark.architectures.catalogue import LSTM as LSTM
    from gatewise.benchmark.architectures.catalogue import VANILLA as VANILLA
    from gatewise.benchmark.architectures.cell import Array as Array
    from gatewise.benchmark.architectures.cell import Block as Block
    from gatewise.benchmark.architectures.cell import Cell as Cell
    from gatewise.benchmark.architectures.cell import Chrono as Chrono
    from gatewise.benchmark.architectures.cell import Spread as Spread
    from gatewise.benchmark.architectures.cells import Gated as Gated
    from gatewise.benchmark.architectures.diagonal import RealGatedLRU as RealGatedLRU
    from gatewise.benchmark.architectures.exponential import ScalarLSTM as ScalarLSTM
    from gatewise.benchmark.architectures.gates import OPEN as OPEN
    from gatewise.benchmark.architectures.gates import SHUT as SHUT
    from gatewise.benchmark.architectures.gates import As as As
    from gatewise.benchmark.architectures.gates import Bias as Bias
    from gatewise.benchmark.architectures.gates import Dense as Dense
    from gatewise.benchmark.architectures.gates import Diagonal as Diagonal
    from gatewise.benchmark.architectures.gates import Gate as Gate
    from gatewise.benchmark.architectures.gates import Not as Not
    from gatewise.benchmark.architectures.gates import Reset as Reset
    from gatewise.benchmark.architectures.gates import Wired as Wired
    from gatewise.benchmark.architectures.gates import linear as linear
    from gatewise.benchmark.architectures.gates import positive as positive
    from gatewise.benchmark.architectures.gates import relu as relu
    from gatewise.benchmark.architectures.gates import tanh as tanh
    from gatewise.benchmark.architectures.layers import Recurrent as Recurrent
    from gatewise.benchmark.architectures.layers import RecurrentStack as RecurrentStack
    from gatewise.benchmark.architectures.trees import GraphRecurrent as GraphRecurrent
    from gatewise.benchmark.architectures.trees import TreeRecurrent as TreeRecurrent
    from gatewise.tasks.dataset import Dataset as Dataset
    from gatewise.tasks.dataset import Frames as Frames
    from gatewise.tasks.dataset import Levels as Levels
    from gatewise.tasks.dataset import Split as Split
    from gatewise.tasks.dataset import Tokens as Tokens
    from gatewise.tasks.dataset import Vectors as Vectors
    from gatewise.tasks.metric import Metric as Metric
    from gatewise.tasks.task import Baseline as Baseline
    from gatewise.tasks.task import Dial as Dial
    from gatewise.tasks.task import Example as Example
    from gatewise.tasks.task import Pattern as Pattern
    from gatewise.tasks.task import Published as Published
    from gatewise.tasks.task import Read as Read
    from gatewise.tasks.task import Recipe as Recipe
    from gatewise.tasks.task import Scale as Scale
    from gatewise.tasks.task import Source as Source
    from gatewise.tasks.task import Task as Task
    from gatewise.tasks.task import Texts as Texts

PUBLIC = {
    "benchmark.architectures.ablation": ("ablations",),
    "benchmark.architectures.architecture": ("Architecture",),
    "benchmark.architectures.catalogue": ("GRU", "LSTM", "VANILLA"),
    "benchmark.architectures.cell": ("Array", "Block", "Cell", "Chrono", "Spread"),
    "benchmark.architectures.cells": ("Gated",),
    "benchmark.architectures.diagonal": ("RealGatedLRU",),
    "benchmark.architectures.exponential": ("ScalarLSTM",),
    "benchmark.architectures.gates": (
        "OPEN",
        "SHUT",
        "As",
        "Bias",
        "Dense",
        "Diagonal",
        "Gate",
        "Not",
        "Reset",
        "Wired",
        "linear",
        "positive",
        "relu",
        "tanh",
    ),
    "benchmark.architectures.layers": ("Recurrent", "RecurrentStack"),
    "benchmark.architectures.trees": ("GraphRecurrent", "TreeRecurrent"),
    "tasks.dataset": ("Dataset", "Frames", "Levels", "Split", "Tokens", "Vectors"),
    "tasks.metric": ("Metric",),
    "tasks.task": (
        "Baseline",
        "Dial",
        "Example",
        "Pattern",
        "Published",
        "Read",
        "Recipe",
        "Scale",
        "Source",
        "Task",
        "Texts",
    ),
}
"""The public names by the module that defines each."""
_HOMES = {name: module for module, names in PUBLIC.items() for name in names}
__all__ = ["MissingTensorFlow", "__version__", *_HOMES]


class MissingTensorFlow(ImportError):
    """TensorFlow is asked for and not installed."""

    def __init__(self) -> None:
        super().__init__(
            "TensorFlow is not installed; pip install 'gatewise[cpu]', or 'gatewise[gpu]' for an "
            "NVIDIA card"
        )


def __getattr__(name: str) -> Any:
    """A public name, from its module; what a module of Python's asks of its own first use.

    Raises:
        AttributeError: ``name`` is not public.
        MissingTensorFlow: it needs TensorFlow, and there is none.
    """
    if name not in _HOMES:
        raise AttributeError(f"module 'gatewise' has no attribute {name!r}")
    try:
        found = getattr(import_module(f"gatewise.{_HOMES[name]}"), name)
    except ModuleNotFoundError as error:
        if error.name != "tensorflow":
            raise
        raise MissingTensorFlow from None
    if saved.KERAS in sys.modules:
        saved.register()
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


saved.watch()
