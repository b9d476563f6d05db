"""Every source of the catalogue and of the tasks has its entry, and nobody else's."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from gatewise import tasks
from gatewise.benchmark.architectures import catalogue
from gatewise.report.paper import bibliography

ROOT = Path(__file__).parents[3]
ARCHITECTURES = sorted({entry.source for entry in catalogue.CATALOGUE.values() if entry.source})
TASKS = sorted({task.source.citation for task in tasks.registry().values()})
AMBIGUOUS = {"Nielsen, ch. 6"}
"""Of which nothing says which work it is: cited as it is written."""


def surname(entry):
    """The first author's, plain; where there is none a word of the title."""
    field = re.search(r"^  (?:author|title) = \{(.*)\},$", entry.bibtex, re.MULTILINE)[1]
    bare = re.sub(r"\\[a-z\"'^]+|[{}]", "", field)
    return re.split(r"[ ,]", bare)[0]


@pytest.mark.parametrize("source", [*ARCHITECTURES, *TASKS])
def test_a_source_has_the_entry_of_its_author_and_year(source):
    found = bibliography.meant(source)
    assert len(found) == 1
    (entry,) = found
    known = entry in bibliography.known()
    assert known == (source not in AMBIGUOUS)
    if not known:
        return
    year = re.search(r"^  year = \{(\d+)\}", entry.bibtex, re.MULTILINE)
    named = set(re.findall(r"\b(?:19|20)\d\d\b(?!\.)", source))
    assert year is None or not named or year[1] in named
    assert surname(entry)[:2].lower() in source.lower()


def test_keys_and_phrases_are_those_of_one_entry():
    entries = bibliography.known()
    assert len({entry.key for entry in entries}) == len(entries)
    assert len({entry.phrase for entry in entries}) == len(entries)
    assert len(entries) == bibliography.FILE.read_text(encoding="utf-8").count("\n@") + 1


def test_our_own_entry_is_that_of_the_citation_file():
    (ours,) = (e for e in bibliography.known() if e.key == bibliography.GATEWISE)
    cff = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    title = re.search(r'^title: "(.*)"$', cff, re.MULTILINE)[1]
    author = re.search(r"- name: (.*)$", cff, re.MULTILINE)[1]
    assert f"title = {{{title}}}" in ours.bibtex
    assert f"author = {{{{{author}}}}}" in ours.bibtex


def test_a_source_of_somebodys_own_is_cited_as_it_is_written():
    (entry,) = bibliography.meant("Me & You, 50% better, unpublished")
    assert r"title = {{Me \& You, 50\% better, unpublished}}" in entry.bibtex
    assert re.fullmatch(r"[a-z0-9-]+", entry.key)
    assert bibliography.meant("  ") == []


@pytest.mark.parametrize("source", ["a { b", "a } b", r"a \{ b", "{{{"])
def test_braces_of_a_source_do_not_end_its_entry(source):
    """BibTeX counts them, also behind a backslash."""
    (entry,) = bibliography.meant(source)
    depth = 0
    for place, letter in enumerate(entry.bibtex.rstrip("\n"), 1):
        depth += {"{": 1, "}": -1}.get(letter, 0)
        assert depth > 0 or place in (*range(6), len(entry.bibtex) - 1)
    assert depth == 0


def test_what_is_cited_is_written_once_and_sorted():
    text = r"a~\cite{smyth2004,gers2000} b~\cite{gers2000}"
    written = bibliography.bibliography(text, ["Shi et al. 2015, arXiv 1506.04214, (3)"])
    assert re.findall(r"^@\w+\{(.*),$", written, re.MULTILINE) == ["gers2000", "smyth2004"]
    assert "named =" not in written
    shown = bibliography.bibliography(r"\cite{shi2015}", [])
    assert "note = {arXiv:1506.04214}" in shown
