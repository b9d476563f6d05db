"""Text and tables as LaTeX."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection

import pandas as pd

MOST_ROWS = 45
"""A longer table is cut into parts, each of which fits on a page."""
SPELLED = {
    **{"\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}"},
    **{character: "\\" + character for character in "$&%#_"},
    # BibTeX counts braces, also those behind a backslash.
    **{"{": r"\textbraceleft{}", "}": r"\textbraceright{}"},
    **{"<": r"\textless{}", ">": r"\textgreater{}", "|": r"\textbar{}", '"': r"{\char34}"},
    # At the beginning of a row these would be an argument of the row before it.
    **{"[": "{[}", "]": "{]}", "*": "{*}"},
    **{"−": "$-$", "±": r"$\pm$", "×": r"$\times$", "·": r"$\cdot$", "≤": r"$\leq$"},
    **{"≥": r"$\geq$", "σ": r"$\sigma$", "φ": r"$\varphi$", "→": r"$\rightarrow$"},
    **{"–": r"\textendash{}", "—": r"\textemdash{}", "…": r"\ldots{}", "’": "'"},
    **{"†": r"\dag{}", "‡": r"\ddag{}"},
}
"""What stands for a character that LaTeX reads as a command, or that its fonts lack."""
LETTERS = range(0x00C0, 0x0180)
"""Accented letters of Latin scripts, nearly all of which are in the font encoding T1."""
LACKING = frozenset("ĦħĿŀŦŧĸŉſ÷")
"""Those that are not."""


def escaped(text: object) -> str:
    """Any text as LaTeX that prints it, in one line, and does nothing else.

    A character that the font has not is spelled as its code point, ``[U+4E2D]``.
    """
    line = "".join(map(_character, " ".join(str(text).split())))
    # Two of these in a row would be printed as one.
    return re.sub(r"-(?=-)|'(?=')|`(?=`)|,(?=,)|[?!](?=`)", r"\g<0>{}", line)


def _character(character: str) -> str:
    if character in SPELLED:
        return SPELLED[character]
    printed = " " <= character <= "~"
    if printed or (ord(character) in LETTERS and character not in LACKING):
        return character
    plain = unicodedata.normalize("NFKD", character)
    if plain.isascii() and plain.isalnum():
        return plain
    return f"{{[}}U+{ord(character):04X}{{]}}"


def cited(*keys: str) -> str:
    """A citation of entries of the bibliography."""
    return rf"~\cite{{{','.join(keys)}}}" if keys else ""


def table(frame: pd.DataFrame, caption: str, label: str, words: Collection[str]) -> str:
    """A booktabs table of a frame of texts, which are escaped here.

    It floats over all columns of a page that has two. A long one is cut into several.

    Args:
        caption: LaTeX.
        label: by which LaTeX refers to it.
        words: the columns that are aligned at the left.
    """
    parts = [frame[at : at + MOST_ROWS] for at in range(0, len(frame), MOST_ROWS)]
    return "\n".join(
        _float(part, caption + (f" Part {k} of {len(parts)}." if len(parts) > 1 else ""),
               label + (f"-{k}" if k > 1 else ""), words)
        for k, part in enumerate(parts, 1)
    )  # fmt: skip


def _float(frame: pd.DataFrame, caption: str, label: str, words: Collection[str]) -> str:
    columns = "".join("l" if name in words else "r" for name in frame.columns)
    shown = frame.astype(str).map(escaped).rename(columns=escaped)
    tabular = shown.style.hide(axis="index").to_latex(hrules=True, column_format=columns)
    return "\n".join(
        (
            r"\begin{table*}[tbp]",
            r"\centering\small",
            rf"\caption{{{caption}}}",
            rf"\label{{{label}}}",
            tabular.rstrip("\n"),
            r"\end{table*}",
            "",
        )
    )
