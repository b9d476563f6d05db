"""Arrays that are slow to make, made once and kept on disk."""

from __future__ import annotations

import hashlib
import os
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import TypeAlias

import numpy as np

from gatewise.files import replacing
from gatewise.tasks import text
from gatewise.tasks.task import Array, Split

Splits: TypeAlias = tuple[Split, Split, Split]
NAMES = ("train", "validation", "test")
UNREADABLE = (OSError, ValueError, EOFError, KeyError, zipfile.BadZipFile, zlib.error)


def home() -> Path:
    """Where data is kept: ``$GATEWISE_DATA``, or a folder in the user's cache.

    Of a user without a home, as containers have them, in the folder of temporary files.
    """
    chosen = os.environ.get("GATEWISE_DATA")
    if chosen:
        return Path(chosen)
    try:
        return Path.home() / ".cache" / "gatewise"
    except RuntimeError:
        return Path(tempfile.gettempdir()) / "gatewise"


def kept(
    name: str,
    made_by: str,
    options: Mapping[str, object],
    make: Callable[[], Mapping[str, Array]],
) -> dict[str, Array]:
    """What ``make`` gives, from a file after the first time.

    It is made anew where ``options`` are others, where ``made_by`` (code, versions) is another, and
    where the file cannot be read. Where nothing can be written it is made every time.
    """
    asked, maker = (
        hashlib.sha256(said.encode()).hexdigest()[:16] for said in (f"{dict(options)}", made_by)
    )
    folder = home() / name
    path = folder / f"{asked}-{maker}.npz"
    # Opened here: NumPy leaves open what it cannot read.
    with suppress(*UNREADABLE), path.open("rb") as whole, np.load(whole) as stored:
        return dict(stored)
    made = dict(make())
    with suppress(OSError):
        with replacing(path) as file:
            np.savez_compressed(file, allow_pickle=False, **made)
        for outdated in set(folder.glob(f"{asked}-*.npz")) - {path}:
            outdated.unlink(missing_ok=True)
    return made


def kept_splits(
    name: str,
    code: str,
    options: Mapping[str, object],
    draw: Callable[[], Splits],
) -> Splits:
    """The splits that ``draw`` gives, drawn once.

    Args:
        name: of the task.
        code: the file that draws them; they are drawn anew where it, or :mod:`.text`, changes.
        options: of the draw.
        draw: gives the splits for training, validation and test.
    """
    sources = [Path(file).read_text(encoding="utf-8") for file in (code, text.__file__)]
    made_by = "\n".join((*sources, np.__version__))
    stored = kept(name, made_by, options, lambda: _flat(draw()))
    train, validation, test = (_split(stored, f"{name}/") for name in NAMES)
    return train, validation, test


def _flat(splits: Splits) -> dict[str, Array]:
    """All arrays of all splits, by name; integers in no more bytes than they need."""
    arrays: dict[str, Array] = {}
    for name, split in zip(NAMES, splits, strict=True):
        arrays |= {f"{name}/inputs/{key}": array[:] for key, array in split.inputs.items()}
        arrays |= {f"{name}/groups/{key}": array for key, array in split.groups.items()}
        arrays |= {f"{name}/{key}": getattr(split, key) for key in ("lengths", "targets")}
        arrays[f"{name}/weights"] = split.weights
        if split.parents is not None:
            arrays[f"{name}/parents"] = split.parents
    return {name: _small(array) for name, array in arrays.items()}


def _small(array: Array) -> Array:
    if array.dtype != np.int32:
        return array
    # Steps before the first one are -1.
    least = np.result_type(np.min_scalar_type(array.min()), np.min_scalar_type(array.max()))
    return array.astype(least)


def _split(stored: Mapping[str, Array], prefix: str) -> Split:
    mine = {
        name.removeprefix(prefix): array if array.dtype.kind in "fb" else array.astype(np.int32)
        for name, array in stored.items()
        if name.startswith(prefix)
    }

    def named(kind: str) -> dict[str, Array]:
        return {n.removeprefix(kind): a for n, a in mine.items() if n.startswith(kind)}

    return Split(
        inputs=named("inputs/"),
        lengths=mine["lengths"],
        targets=mine["targets"],
        weights=mine["weights"],
        groups=named("groups/"),
        parents=mine.get("parents"),
    )
