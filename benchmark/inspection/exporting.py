"""The forms in which a model is taken away: Keras's own, TensorFlow's and ONNX."""

from __future__ import annotations

import contextlib
import io
import logging
import os
import warnings
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

KERAS, ONNX = ".keras", ".onnx"
ALLOWED = (
    f"NAME{KERAS}, Keras's file; NAME{ONNX}; or NAME without an ending, the folder of a SavedModel"
)


class NoExport(ValueError):
    """A model that cannot be written in the form that was asked for."""


def form(to: Path) -> str:
    """The ending that says in which form a model is written.

    Raises:
        NoExport: it says none, or something is there that is no such file.
    """
    if to.suffix not in ("", KERAS, ONNX) or to.name.startswith(".") or to.name == "":
        raise NoExport(f"--to {str(to)!r}: allowed is {ALLOWED}")
    if os.path.lexists(to) and (to.suffix == "" or to.is_symlink() or not to.is_file()):
        # A file is replaced in one step; a folder cannot be, and may hold what is somebody's own.
        raise NoExport(f"--to {str(to)!r}: is there already; allowed is {ALLOWED}, of a new name")
    if os.path.lexists(card(to)) and not to.exists():
        raise NoExport(f"--to {str(to)!r}: {card(to).name} is there already, of something else")
    return to.suffix


def card(to: Path) -> Path:
    """Where the card of a model lies: beside it."""
    return to.with_name(f"{to.name}.md")


def write(model: Any, to: Path) -> None:
    """Write a model whole, or not at all.

    TensorFlow's form and ONNX answer what the model answers, without gatewise, and are not trained
    further. ONNX has no strings to cut and look up: of what reads texts or tokens there is none.

    Raises:
        NoExport: the name, the model or a package that is missing does not allow it.
    """
    save = {KERAS: _keras, ONNX: _onnx, "": _tensorflow}[form(to)]
    with TemporaryDirectory(dir=to.parent, prefix=".") as folder:
        made = Path(folder) / to.name
        save(model, made)
        made.replace(to)


def _keras(model: Any, to: Path) -> None:
    model.save(to)


def _tensorflow(model: Any, to: Path) -> None:
    with _quiet():
        model.export(to, format="tf_saved_model", verbose=False)


def _onnx(model: Any, to: Path) -> None:
    (read,) = model.inputs
    if read.dtype == "string":
        raise NoExport(
            f"--to {to.name!r}: ONNX has no operation that cuts and looks up texts; allowed is "
            f"NAME{KERAS} or a folder"
        )
    for package in ("onnx", "tf2onnx"):
        if find_spec(package) is None:
            raise NoExport(
                f"--to {to.name!r}: {package} is not installed: pip install 'gatewise[onnx]'"
            )
    # Keras exports nothing that has never been called.
    model(np.zeros([size or 2 for size in read.shape], read.dtype))
    with _quiet():
        model.export(to, format="onnx", verbose=False)


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Without what the exporters say of gradients, which a model that only answers has none of."""
    loggers = [logging.getLogger(name) for name in ("tensorflow", "absl", "tf2onnx")]
    before = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
            warnings.simplefilter("ignore")
            yield
    finally:
        for logger, level in zip(loggers, before, strict=True):
            logger.setLevel(level)
