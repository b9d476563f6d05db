"""Standard data sets of TensorFlow Datasets and the Hugging Face hub, where the internet is.

``gatewise data fetch NAME`` downloads a set with its library, which verifies it, and keeps of each
record what the task reads, a line of JSON each; the library is not needed again. Films are made
grey and small one by one as they are read, so that memory does not grow with the set; their bytes
are kept in base 64.
"""

from __future__ import annotations

import gzip
import importlib
import json
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np

from gatewise.files import replacing
from gatewise.tasks.extras import EXTRAS, FailedFetch, paths
from gatewise.tasks.kept import home
from gatewise.tasks.task import Array

Record: TypeAlias = "Mapping[str, Any]"
Row: TypeAlias = "list[Any]"

CONLL_TAGS = ["O", "B-PER", "I-PER", "B-ORG", "I-ORG", "B-LOC", "I-LOC", "B-MISC", "I-MISC"]
UPOS = [
    "ADJ",
    "ADP",
    "ADV",
    "AUX",
    "CCONJ",
    "DET",
    "INTJ",
    "NOUN",
    "NUM",
    "PART",
    "PRON",
    "PROPN",
    "PUNCT",
    "SCONJ",
    "SYM",
    "VERB",
    "X",
    "_",
]
"""Names of the numbers that the sets give."""
LUMA = np.array([0.299, 0.587, 0.114])
"""The grey of red, green and blue (ITU-R BT.601)."""
ACTION_FRAMES, ACTION_SIDE, DIGITS_SIDE = 16, 32, 16
"""Frames kept of a film of an action; pixels of the sides of what is kept of both kinds of film."""


@dataclass(frozen=True)
class HubSet:
    """A set by its library's name for it.

    ``row`` is what is kept of a record; ``splits`` are published, in the order of the files.
    """

    library: str
    id: str
    splits: tuple[str, ...]
    row: Callable[[Record], Row]


def _text(value: bytes | str) -> str:
    return value.decode("utf-8") if isinstance(value, bytes) else value


def review(record: Record) -> Row:
    """Text, and whether it is positive."""
    return [_text(record["text"]), bool(record["label"])]


def named_words(record: Record) -> Row:
    """Words and BIO tags."""
    words, tags = record["tokens"], record["ner"]
    return [[_text(word) for word in words], [CONLL_TAGS[int(tag)] for tag in tags]]


def tagged_words(record: Record) -> Row:
    """Words and universal tags; a written form that is counted as several words has none."""
    pairs = zip(record["tokens"], (UPOS[int(tag)] for tag in record["upos"]), strict=True)
    kept = [(_text(word), tag) for word, tag in pairs if tag != "_"]
    return [[word for word, _ in kept], [tag for _, tag in kept]]


def pair(record: Record) -> Row:
    """An English sentence and its German translation."""
    return [record["en"], record["de"]]


def action(record: Record) -> Row:
    """Number of the action, and 16 grey frames of 32 × 32 from the film's first to its last.

    A record's ``video`` is ``uint8 [frames, height, width, 3]``, of any number of frames.
    """
    film = record["video"]
    places = np.linspace(0, len(film) - 1, ACTION_FRAMES).round().astype(int)
    return [int(record["label"]), packed(shrunk(film[places], ACTION_SIDE) @ LUMA)]


def digits(record: Record) -> Row:
    """All frames of a film, each shrunk to 16 × 16.

    A record's ``image_sequence`` is ``uint8 [frames, height, width, 1]``.
    """
    return [packed(shrunk(record["image_sequence"], DIGITS_SIDE)[..., 0])]


def shrunk(film: Array, side: int) -> Array:
    """The mean of every square, ``[frames, side, side, channels]``.

    Height and width are multiples of ``side``.
    """
    frames, height, width, channels = film.shape
    squares = film.reshape(frames, side, height // side, side, width // side, channels)
    mean: Array = squares.mean(axis=(2, 4))
    return mean


def packed(grey: Array) -> str:
    """Greys from 0 to 255 as text."""
    return b64encode(grey.round().astype(np.uint8).tobytes()).decode("ascii")


def film(text: str, side: int) -> Array:
    """The frames of a packed film, ``uint8 [frames, side, side]``."""
    return np.frombuffer(b64decode(text), np.uint8).reshape(-1, side, side)


SETS: Mapping[str, HubSet] = {
    "sentiment-imdb-tfds": HubSet("tfds", "imdb_reviews", ("train", "test"), review),
    "entities-tfds": HubSet("tfds", "conll2003", ("train", "dev", "test"), named_words),
    "labelling-ewt": HubSet(
        "tfds", "universal_dependencies/en_ewt", ("train", "dev", "test"), tagged_words
    ),
    "translation-multi30k": HubSet(
        "huggingface", "bentrevett/multi30k", ("train", "validation", "test"), pair
    ),
    "ucf101": HubSet("tfds", "ucf101", ("train", "test"), action),
    "moving-mnist": HubSet("tfds", "moving_mnist", ("test",), digits),
}
"""By the name of the task that reads them."""


def fetch(name: str) -> list[Path]:
    """Download a set and keep its rows; returns the files.

    Raises:
        FailedFetch: its library is not installed, or cannot download it.
    """
    wanted, package = SETS[name], EXTRAS[name].package
    try:
        read = READERS[wanted.library]
        for split in wanted.splits:
            kept = map(wanted.row, read(wanted.id, split))
            write(home() / name / f"{split}.jsonl.gz", kept)
    except ImportError:
        raise FailedFetch(f"data {name!r} needs a library: pip install {package}") from None
    except Exception as error:
        # Whatever a download can fail with, each library has its own.
        reason = (str(error).strip().splitlines() or [type(error).__name__])[-1]
        raise FailedFetch(f"data {name!r}: {package} cannot download it: {reason}") from error
    return paths(name)


def _tfds(id: str, split: str) -> Iterable[Record]:
    library = importlib.import_module("tensorflow_datasets")
    folder = home() / "tensorflow_datasets"
    return library.as_numpy(library.load(id, split=split, data_dir=str(folder)))


def _huggingface(id: str, split: str) -> Iterable[Record]:
    library = importlib.import_module("datasets")
    return library.load_dataset(id, split=split)


READERS: Mapping[str, Callable[[str, str], Iterable[Record]]] = {
    "tfds": _tfds,
    "huggingface": _huggingface,
}


def write(path: Path, rows: Iterable[Row]) -> None:
    """Rows as a gzipped file of one JSON list a line."""
    with replacing(path) as whole, gzip.open(whole, "wt", encoding="utf-8") as file:
        file.writelines(f"{json.dumps(row, ensure_ascii=False)}\n" for row in rows)


def rows(name: str) -> list[Iterator[Row]]:
    """The fetched rows of every split, read as they are asked for.

    Raises:
        AbsentData: they have not been fetched.
    """
    return [_read(path) for path in paths(name)]


def _read(path: Path) -> Iterator[Row]:
    with gzip.open(path, "rt", encoding="utf-8") as file:
        yield from map(json.loads, file)
