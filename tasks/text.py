"""What the text tasks share: words, vocabularies, rectangles of ids, splits by content."""

from __future__ import annotations

import hashlib
import re
import sys
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import islice, repeat
from typing import Any, TypeVar

import numpy as np

from gatewise.tasks.task import Array

PADDING, UNKNOWN = 0, 1
PLAIN = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?|\d+|[^\w\s]")

Example = TypeVar("Example")


def words(text: str) -> list[str]:
    """Lower-cased words, numbers and punctuation marks of a text, whatever its script."""
    return cut(text.lower())


def cut(text: str) -> list[str]:
    """Words, numbers and punctuation marks of a text as they are spelled."""
    return (PLAIN if text.isascii() else _word()).findall(text)


@cache
def _word() -> re.Pattern[str]:
    """As :data:`PLAIN`, where marks belong to the letter before them, as vowels of Hindi do.

    So do the joiners, which say how letters of a word are drawn; a byte order mark is no word.
    """
    kinds = map(unicodedata.category, map(chr, range(sys.maxunicode + 1)))
    marks = "".join(chr(code) for code, kind in enumerate(kinds) if kind[0] == "M")
    within = f"{marks}\u200c\u200d"
    letters = rf"[^\W\d_]+(?:[{within}]+[^\W\d_]*)*"
    return re.compile(rf"{letters}(?:['’]{letters})?|\d+|[^\w\s{within}\ufeff]")


@dataclass(frozen=True)
class Vocabulary:
    """Ids of tokens: 0 is padding, 1 unknown, then ``special`` ones, then by falling frequency."""

    tokens: tuple[str, ...]

    @classmethod
    def of(
        cls,
        sentences: Iterable[Sequence[str]],
        size: int,
        least: int = 1,
        special: Sequence[str] = (),
    ) -> Vocabulary:
        """The most frequent tokens of sentences; see :meth:`ranked`."""
        counts: Counter[str] = Counter()
        for sentence in sentences:
            counts.update(sentence)
        return cls.ranked(counts, size, least, special)

    @classmethod
    def ranked(
        cls, counts: Mapping[str, int], size: int, least: int = 1, special: Sequence[str] = ()
    ) -> Vocabulary:
        """The most frequent tokens, at most ``size`` ids in all, each seen ``least`` times.

        Equally frequent tokens stand in alphabetical order.
        """
        ranked = sorted((-n, token) for token, n in counts.items() if n >= least)
        fixed = ("<pad>", "<unk>", *special)
        return cls((*fixed, *(token for _, token in ranked[: size - len(fixed)])))

    def __post_init__(self) -> None:
        object.__setattr__(self, "_ids", {token: i for i, token in enumerate(self.tokens)})

    def __len__(self) -> int:
        return len(self.tokens)

    def id(self, token: str) -> int:
        """The token's id; that of ``<unk>`` if it has none."""
        return self._ids.get(token, UNKNOWN)  # type: ignore[attr-defined]

    def ids(self, sentence: Iterable[str]) -> list[int]:
        """The ids of a sentence's tokens."""
        return list(map(self._ids.get, sentence, repeat(UNKNOWN)))  # type: ignore[attr-defined]


def rectangle(rows: Sequence[Sequence[int]], width: int | None = None) -> Array:
    """Rows of ids as ``int32 [rows, width]``, padded on the right; default: the longest's width."""
    width = max(map(len, rows)) if width is None else width
    array = np.full((len(rows), width), PADDING, np.int32)
    for i, row in enumerate(rows):
        array[i, : len(row)] = row
    return array


def lengths_of(rows: Sequence[Sequence[object]]) -> Array:
    """``int32 [rows]``."""
    return np.array([len(row) for row in rows], np.int32)


def corpus_scores(written: Sequence[str], references: Sequence[Sequence[str]]) -> dict[str, float]:
    """BLEU and chrF (0 to 100) of texts against all references of each, by token."""
    import sacrebleu

    most = max(map(len, references))
    # Its types know nothing of texts with fewer references than others; its documentation does.
    streams: Any = [[r[k] if k < len(r) else None for r in references] for k in range(most)]
    bleu = sacrebleu.BLEU(tokenize="none", force=True).corpus_score(written, streams)
    return {"bleu": bleu.score, "chrf": sacrebleu.CHRF().corpus_score(written, streams).score}


def split_by_content(
    examples: Iterable[Example], key: Callable[[Example], str], *sizes: int
) -> list[list[Example]]:
    """Cut examples into parts of the given numbers of distinct contents.

    Contents are put in the order of a hash of ``key``, so that the parts are a random sample, the
    same on every machine; examples of equal content stay together. Fewer contents than asked for
    shorten the last part.
    """
    groups: dict[bytes, list[Example]] = {}
    for example in examples:
        digest = hashlib.blake2b(key(example).encode(), digest_size=16).digest()
        groups.setdefault(digest, []).append(example)
    order = iter(sorted(groups))
    return [[e for digest in islice(order, size) for e in groups[digest]] for size in sizes]
