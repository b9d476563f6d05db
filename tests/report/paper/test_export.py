"""Files of a paper: whole, the same each time, safe whatever the names, and compiled by LaTeX."""

from __future__ import annotations

import re
import shutil
import subprocess

import pytest

from gatewise.report.paper import export
from tests.report.paper.conftest import HOSTILE

TEX = {"main.tex", "methods.tex", "figures.tex", "verdicts.tex", "settings.tex"}


def files(folder):
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def hostile(runs, curves):
    for table in (runs, curves):
        table["architecture"] = table["architecture"].replace("gru", HOSTILE)
        table["task"] = table["task"].replace("labelling", r"a task_of \end{document} 100%")
    runs["unit"] = "share & part_of #"
    runs["source"] = r"\immediate\write18{x} 5% & {unbalanced"


def inputs(page):
    """PDF's own: the size of a page in inches."""
    box = re.search(rb"/MediaBox \[ 0 0 ([\d.]+) ([\d.]+) \]", page)
    return [float(side) / 72 for side in box.groups()]


def test_the_same_study_is_the_same_files(exported):
    once, again = files(exported("one")), files(exported("two"))
    assert once == again
    assert TEX | {"references.bib"} <= once.keys()
    drawn = {name for name in once if name.endswith(".pdf")}
    assert {"figures/grid.pdf", "figures/labelling-differences.pdf", "figures/cost.pdf"} <= drawn
    named = set(re.findall(r"\\includegraphics\{(.*)\}", once["figures.tex"].decode()))
    assert named == drawn
    for name in drawn:
        assert b"CreationDate" not in once[name]


@pytest.mark.parametrize("width", [3.3, 6.5])
def test_figures_are_as_wide_as_the_column_and_bring_their_fonts(exported, width):
    to = exported(width=width)
    for path in (to / "figures").glob("*.pdf"):
        page = path.read_bytes()
        assert inputs(page)[0] == pytest.approx(width, abs=0.01), path.name
        assert b"/FontFile2" in page  # TrueType
        assert b"/Type3" not in page


def test_a_style_of_the_users_goes_before_ours(exported, tmp_path):
    style = tmp_path / "my.mplstyle"
    style.write_text("axes.facecolor: ff0000\nfont.family: DejaVu Serif\ntext.usetex: True\n")
    plain, styled = exported("plain"), exported("styled", style=style)
    one, other = (p / "figures" / "labelling-differences.pdf" for p in (plain, styled))
    assert b"DejaVuSerif" in other.read_bytes()
    assert b"DejaVuSerif" not in one.read_bytes()


def test_what_is_no_style_and_no_width_is_said_in_a_line(tmp_path):
    with pytest.raises(export.InvalidFigures, match="allowed is a file of matplotlib"):
        export.medium(6.5, tmp_path / "none.mplstyle")
    other = tmp_path / "other"
    other.write_text("# mine\nfont.size: 8\nfont.colour: red\n")
    with pytest.raises(export.InvalidFigures, match=r"'font\.colour'; allowed are matplotlib"):
        export.medium(6.5, other)
    for width in (0.0, 100.0, float("nan")):
        with pytest.raises(export.InvalidFigures, match=r"^width .*: allowed is a number"):
            export.medium(width, None)


def test_only_our_files_are_replaced(exported, tmp_path):
    mine = tmp_path / "paper" / "figures" / "mine.pdf"
    mine.parent.mkdir(parents=True)
    mine.write_text("mine")
    exported()
    assert mine.read_text() == "mine"


@pytest.mark.parametrize("name", ["main.tex", "references.bib", "verdicts.tex"])
def test_a_paper_of_the_users_is_not_written_over(exported, name, tmp_path):
    (tmp_path / "paper").mkdir()
    (tmp_path / "paper" / name).write_text("mine")
    with pytest.raises(export.ForeignFiles, match=f"{name} there is not of an earlier export"):
        exported()
    assert files(tmp_path / "paper") == {name: b"mine"}
    (tmp_path / "paper" / name).unlink()
    exported()
    exported()


def test_a_study_of_one_architecture_has_no_verdicts(exported):
    to = exported(loss={"lstm": 0.0})
    assert (to / "verdicts.tex").read_text().startswith("% The study holds no comparison")
    assert "lstm" in (to / "settings.tex").read_text()


@pytest.mark.slow
@pytest.mark.skipif(not shutil.which("pdflatex"), reason="no pdflatex on this machine")
@pytest.mark.parametrize("change", [None, hostile], ids=["plain", "hostile"])
@pytest.mark.parametrize("race", [(), (("labelling", "NFG"),)], ids=["study", "race"])
def test_latex_compiles_it(exported, change, race):
    if race and change:
        race = ((r"a task_of \end{document} 100%", "NFG"),)
    to = exported(change=change, race=race)
    for command in (["pdflatex", "-halt-on-error", "-interaction=nonstopmode"], ["bibtex"]) * 2:
        name = "main" if command == ["bibtex"] else "main.tex"
        done = subprocess.run([*command, name], cwd=to, capture_output=True, check=False)
        assert done.returncode == 0, done.stdout.decode(errors="replace")[-2000:]
    subprocess.run(["pdflatex", "-interaction=batchmode", "main.tex"], cwd=to, check=True,
                   capture_output=True)  # fmt: skip
    said = (to / "main.log").read_text(encoding="latin-1")
    assert "undefined" not in said
    assert "Overfull" not in said or change
