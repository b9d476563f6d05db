"""What a task's runs scored on every test example, in one small file that a study is kept with.

The ledger's ``examples/EXPERIMENT.npz`` hold a run's scores to the last bit, and are too large to
be committed. From these files the report makes its verdicts, wherever it is written: here and on a
clone it reads the same bytes. Counts of right answers are kept whole. Other scores are rounded to
:data:`MANTISSA` bits behind the first one, 1.6% at most, which moves the variance between examples
by less than 1%; the mean over the examples is that of ``runs.csv``, to its last digit.

An archive of NumPy's, deflated, with the arrays

``experiment [runs]``
    names of the runs, ASCII in lines of one text;
``weight [examples]``
    ``float32``, the sums of an example's weights, the same for all runs;
``code [runs, examples]``
    unsigned, and ``least``: where that is negative, ``code`` is the score; else ``code + least``
    are the upper bits of the score as ``float32``.
"""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np

Array: TypeAlias = "np.ndarray[Any, Any]"

FOLDER = "scores"
"""Where in a study's folder they lie, as ``TASK-CHECKSUM.npz``."""
MOST_EXAMPLES = 4096
"""More test examples than these are pooled, every so many-th with each other: the variance between
pools tells as much of the test sample's luck, and files stay small."""
MANTISSA = 5
DROPPED = 23 - MANTISSA
"""Lower bits of a ``float32`` that are left out."""


MOST_BYTES = 1 << 29
"""What is read of an archive; a larger one is none of ours, whatever it claims to unpack to."""


class DamagedScores(ValueError):
    """Scores that cannot be read."""


@dataclass(frozen=True)
class Scores:
    """``sums [runs, examples]``: of each of ``experiments`` an example's sum of weight × score over
    its targets; ``weights [examples]``: the sums of its weights. Both ``float32``. ``rounded`` is
    of sums that were unpacked and are not to the last bit what the runs had; where they are large
    all of them may be whole numbers nevertheless."""

    experiments: Sequence[str]
    sums: Array
    weights: Array
    rounded: bool = False


ARCHIVES = f"*-{'[0-9a-f]' * 16}.npz"
"""How they are called; what else lies in the folder is somebody's own."""


def file_name(task: str, data_sha256: str) -> str:
    """Where the scores of a task's runs on the same data lie."""
    return f"{FOLDER}/{task}-{data_sha256[:16]}.npz"


def arrays(source: Path | bytes, *names: str) -> list[Array]:
    """These arrays of an archive of NumPy's.

    Raises:
        DamagedScores: it is no such archive, lacks one of them, or is larger than ours are.
        FileNotFoundError, PermissionError: no such file, or not one that may be read.
    """
    try:
        if isinstance(source, Path):
            size = source.stat().st_size
            source = source.read_bytes() if size <= MOST_BYTES else b""
        with zipfile.ZipFile(io.BytesIO(source)) as archive:
            if sum(member.file_size for member in archive.infolist()) > MOST_BYTES:
                raise ValueError(f"more than {MOST_BYTES} bytes")
        with np.load(io.BytesIO(source), allow_pickle=False) as file:
            return [file[name] for name in names]
    except (FileNotFoundError, PermissionError):
        raise
    except (*UNREADABLE, zipfile.BadZipFile, zlib.error, NotImplementedError) as error:
        raise DamagedScores(f"no packed scores ({error})") from None


UNREADABLE = (OSError, ValueError, LookupError, EOFError, MemoryError, RuntimeError, TypeError)
"""What NumPy and zipfile raise of bytes that are no archive; of a cipher it is a RuntimeError."""


def pooled(scores: Scores) -> Scores:
    """The same with at most :data:`MOST_EXAMPLES` examples."""
    weights = np.asarray(scores.weights, np.float32)
    return replace(scores, sums=_pooled(scores.sums), weights=_pooled(weights))


def joined(parts: Iterable[Scores], experiments: Iterable[str]) -> Scores:
    """Pooled scores from several files, of those of ``experiments`` that any has, in that order.

    Of an experiment that is in two the first counts. A part with other weights than the first is of
    other examples, and is left out. What is unpacked and packed again is the same bytes.
    """
    first, *others = parts
    parts = [first, *(part for part in others if np.array_equal(part.weights, first.weights))]
    found: dict[str, Array] = {}
    for part in parts:
        found = dict(zip(part.experiments, part.sums, strict=True)) | found
    names = [name for name in experiments if name in found]
    sums = np.array([found[name] for name in names], np.float32)
    return Scores(names, sums, first.weights, any(part.rounded for part in parts))


def pack(scores: Scores) -> bytes:
    """The file of one task's scores, the same bytes whenever they are the same."""
    scores = pooled(scores)
    least, code = _coded(scores.sums, scores.rounded or not _is_whole(scores.sums))
    file = io.BytesIO()
    np.savez_compressed(
        file,
        experiment=np.frombuffer("\n".join(scores.experiments).encode("ascii"), np.uint8),
        weight=scores.weights,
        least=np.array(least, np.int32),
        code=code,
    )
    return file.getvalue()


def unpack(data: bytes) -> Scores:
    """The inverse of :func:`pack`, up to pooling and rounding.

    Raises:
        DamagedScores: it is no such file.
    """
    name, code, least, weights = arrays(data, "experiment", "code", "least", "weight")
    fits = name.dtype == np.uint8 and (code.dtype.kind, code.ndim, weights.ndim) == ("u", 2, 1)
    if not fits or least.shape or least.dtype.kind != "i" or weights.dtype != np.float32:
        raise DamagedScores("no packed scores (arrays of other types)")
    try:
        names = name.tobytes().decode("ascii").split("\n")
    except UnicodeDecodeError as error:
        raise DamagedScores(f"no packed scores ({error})") from None
    sums = _decoded(code, int(least))
    finite = np.isfinite(sums).all() and np.isfinite(weights).all()
    if sums.shape != (len(names), *weights.shape) or not finite:
        raise DamagedScores(
            f"{sums.shape} scores of {len(names)} runs with {weights.shape} weights; allowed are "
            "finite numbers, one a run and example"
        )
    return Scores(names, sums, weights, rounded=int(least) >= 0)


def _is_whole(sums: Array) -> bool:
    """Whether these are whole numbers from 0, as counts are, which are kept as they are."""
    whole = (sums >= 0) & (sums < 2**16) & (sums == np.round(sums))
    return bool(whole.all())


def _coded(sums: Array, rounded: bool) -> tuple[int, Array]:
    if not rounded:
        return -1, _small(sums.astype(np.uint32))
    bits = np.asarray(sums, np.float32).view(np.uint32)
    # To the nearest: half of what is dropped is added first, and may carry into the exponent.
    upper = (bits + np.uint32(1 << DROPPED - 1)) >> DROPPED
    least = int(upper.min())
    return least, _small(upper - np.uint32(least))


def _decoded(code: Array, least: int) -> Array:
    if least < 0:
        return code.astype(np.float32)
    return ((code.astype(np.uint32) + np.uint32(least)) << DROPPED).view(np.float32)


def _small(values: Array) -> Array:
    """In the smallest type that holds them."""
    return values.astype(np.min_scalar_type(int(values.max(initial=0))))


def _pooled(values: Array) -> Array:
    """Along the last axis at most :data:`MOST_EXAMPLES` entries."""
    count = values.shape[-1]
    if count <= MOST_EXAMPLES:
        return values
    size = -(-count // MOST_EXAMPLES) * MOST_EXAMPLES
    padded = np.zeros((*values.shape[:-1], size), values.dtype)
    padded[..., :count] = values
    pooled: Array = padded.reshape(*values.shape[:-1], -1, MOST_EXAMPLES).sum(axis=-2)
    return pooled
