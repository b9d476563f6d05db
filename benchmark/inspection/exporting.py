"""The forms in which a model is taken away: Keras's own, TensorFlow's and ONNX."""

from __future__ import annotations

import contextlib
import io
import logging
import warnings
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

KERAS, ONNX = ".keras", ".onnx"
SAVED = "saved_model.pb"
"""By this file a folder is known as a SavedModel, which another may replace."""
ALLOWED = (
    f"NAME{KERAS}, Keras's file; NAME{ONNX}; or NAME without an ending, the folder of a SavedModel"
)


class NoExport(ValueError):
    """A model that cannot be written in the form that was asked for."""


def form(to: Path) -> str:
    """The ending that says in which form a model is written.

    Raises:
        NoExport: it says none, or is somebody's own folder.
    """
    if to.suffix not in ("", KERAS, ONNX):
        raise NoExport(f"--to {str(to)!r}: allowed is {ALLOWED}")
    if to.is_dir() and not (to.suffix == "" and (to / SAVED).is_file()):
        # Somebody's own, as the results folder is.
        raise NoExport(f"--to {str(to)!r}: is a folder with something else; allowed is {ALLOWED}")
    if to.suffix == "" and to.exists() and not to.is_dir():
        raise NoExport(f"--to {str(to)!r}: is a file; allowed is {ALLOWED}")
    return to.suffix


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
        if to.is_dir():
            # What an earlier export left; a folder cannot be replaced by another in one step.
            to.replace(Path(folder) / "before")
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
