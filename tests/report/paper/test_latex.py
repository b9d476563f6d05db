"""Text that LaTeX prints as it is, whatever it holds."""

from __future__ import annotations

import pandas as pd
import pytest

from gatewise.report.paper.latex import MOST_ROWS, cited, escaped, table


@pytest.mark.parametrize(
    ("text", "latex"),
    [
        ("a_b & 5% #1", r"a\_b \& 5\% \#1"),
        ("{x}$y$", r"\textbraceleft{}x\textbraceright{}\$y\$"),
        (
            r"\input{x}~^",
            r"\textbackslash{}input\textbraceleft{}x\textbraceright{}\textasciitilde{}\textasciicircum{}",
        ),
        ("[x]*", "{[}x{]}{*}"),
        ("two\nlines", "two lines"),
        ("−0.1 – ±2 ‡", r"$-$0.1 \textendash{} $\pm$2 \ddag{}"),
        ("a--b", "a-{}-b"),
        ("Kučera Élan", "Kučera Élan"),
        ("中", "{[}U+4E2D{]}"),
        ("²", "2"),
        ("\x07", "{[}U+0007{]}"),
    ],
)
def test_text_is_printed_and_does_nothing(text, latex):
    assert escaped(text) == latex


def test_a_citation_is_of_keys():
    assert cited("one", "two") == r"~\cite{one,two}"
    assert cited() == ""


def test_a_table_is_booktabs_and_escaped():
    frame = pd.DataFrame({"a_name": ["50%", "x & y"], "n": ["1", "2"]})
    text = table(frame, "Two.", "tab:two", ("a_name",))
    assert r"\begin{tabular}{lr}" in text
    assert r"\toprule" in text
    assert r"50\% & 1 \\" in text
    assert r"x \& y & 2 \\" in text
    assert r"a\_name & n \\" in text
    assert text.count(r"\caption{Two.}") == 1


def test_a_long_table_is_cut_into_pages():
    frame = pd.DataFrame({"n": [str(k) for k in range(MOST_ROWS + 1)]})
    text = table(frame, "Many.", "tab:many", ())
    assert text.count(r"\begin{table*}") == 2
    assert r"\caption{Many. Part 2 of 2.}" in text
    assert r"\label{tab:many-2}" in text
    assert text.count(r" \\") == MOST_ROWS + 1 + 2
