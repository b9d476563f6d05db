"""References: which entry of our bibliography a source is, and what is written of it.

The bibliography is ``references.bib`` beside this file. Catalogue and tasks name their sources as
text; an entry is meant by a text that holds the phrase of its field ``named``, else its arXiv
number (``eprint``), else its title.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from gatewise.report.paper.latex import escaped
from gatewise.report.words import slug

FILE = Path(__file__).with_name("references.bib")
GATEWISE = "gatewise"
"""The key of gatewise's own entry."""
_ENTRY = re.compile(r"^@\w+\{([^,]+),\n(.*?)^\}\n", re.MULTILINE | re.DOTALL)
_CITED = re.compile(r"\\cite\{([^}]*)\}")
_FIELD = re.compile(r"^  (\w+) = \{(.*)\},$", re.MULTILINE)


@dataclass(frozen=True)
class Entry:
    """An entry of a bibliography: its key, its BibTeX, and the phrase by which texts name it."""

    key: str
    bibtex: str
    phrase: str

    def is_in(self, source: str) -> bool:
        """Whether a text names it."""
        return self.phrase.lower() in source.lower()


@cache
def known() -> tuple[Entry, ...]:
    """The entries of our bibliography."""
    found = _ENTRY.finditer(FILE.read_text(encoding="utf-8"))
    return tuple(_entry(match.group(0), match.group(1), match.group(2)) for match in found)


def _entry(whole: str, key: str, body: str) -> Entry:
    fields = dict(_FIELD.findall(body))
    title = fields["title"].replace("{", "").replace("}", "")
    named = fields.get("named", fields.get("eprint", title))
    # Our own field says nothing to readers; that of arXiv is passed over by BibTeX's older styles.
    shown = re.sub(r"^  named = .*\n", "", whole, flags=re.MULTILINE)
    shown = re.sub(r"^  eprint = \{(.*)\},$", r"  note = {arXiv:\1},", shown, flags=re.MULTILINE)
    return Entry(key, shown, named)


def meant(source: str) -> list[Entry]:
    """The entries that a source names; one made of its text where we know none.

    None of an empty text.
    """
    if found := [entry for entry in known() if entry.is_in(source)]:
        return found
    return [_as_written(source)] if source.strip() else []


def _as_written(source: str) -> Entry:
    """A source of somebody's own, in its author's words."""
    digest = hashlib.sha256(source.encode()).hexdigest()[:6]
    key = f"{slug(source)[:24].strip('-').lower()}-{digest}"
    title = f"  title = {{{{{escaped(source)}}}}},\n  key = {{{key}}},\n"
    return Entry(key, f"@misc{{{key},\n{title}}}\n", source)


def bibliography(text: str, sources: Iterable[str]) -> str:
    """The entries that a LaTeX text cites, by key.

    Args:
        sources: those of the study, of which there may be some that we do not know.
    """
    own = [entry for source in sources for entry in meant(source)]
    every = {entry.key: entry for entry in (*known(), *own)}
    keys = {key for keys in _CITED.findall(text) for key in keys.split(",")}
    return "\n".join(every[key].bibtex for key in sorted(keys))
