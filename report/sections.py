"""The sections of the report, in their order: what each is called, when it applies, what it shows.

Page and Markdown both go through :data:`SECTIONS`. A section shows its text, its figures and its
tables by ``templates/sections/section``; one that is laid out otherwise names a template of its
own. To add a figure to the report is to draw it in a file of :mod:`.figures` and to name it here.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

import pandas as pd

from gatewise.report import answer, words
from gatewise.report.figures import (
    cost,
    curves,
    dial,
    effort,
    forest,
    gate_use,
    gradients,
    grid,
    horizon,
    importance,
    lengths,
    need,
    variance,
)
from gatewise.report.figures.drawing import Figure
from gatewise.report.names import REFERENCE, plain
from gatewise.report.pages import TaskPage
from gatewise.report.study import Study
from gatewise.report.tables.verdicts import UNENDED

Figures: TypeAlias = Mapping[str, Figure]
"""By a name that a template can ask for."""


@dataclass(frozen=True)
class Table:
    """A table ready to be shown; cells of ``words`` are left-aligned."""

    label: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    words: Sequence[str] = ()

    @classmethod
    def of(cls, label: str, frame: pd.DataFrame, digits: int = 3) -> Table:
        """A table of a frame's columns, numbers that are not whole to so many digits."""
        columns = [str(name) for name in frame.columns]
        texts = [c for c in columns if not pd.api.types.is_numeric_dtype(frame[c])]
        rows = [
            [words.number(value, digits) if isinstance(value, float) else str(value) for value in r]
            for r in frame.itertuples(index=False)
        ]
        return cls(label, columns, rows, texts)


def _always(study: Study, page: TaskPage | None) -> bool:
    return True


def _no_figures(study: Study, page: TaskPage | None) -> Figures:
    return {}


def _no_tables(study: Study, page: TaskPage | None) -> Sequence[Table]:
    return ()


@dataclass(frozen=True)
class Section:
    """A section of the report.

    name:
        Its address within the report; of a section that is there once a task, the beginning.
    applies:
        When it is shown.
    figures, tables:
        What it shows of a study, or of a task of it.
    text:
        Its paragraphs.
    template:
        How it is laid out.
    per_task:
        Whether it is there once for each task, by whose name it is called.
    folded, appendix:
        Whether the page opens it by a click, and whether it says how and not what.
    inner:
        Sections within it, about the same task.
    """

    name: str
    title: str
    applies: Callable[[Study, TaskPage | None], bool] = _always
    figures: Callable[[Study, TaskPage | None], Figures] = _no_figures
    tables: Callable[[Study, TaskPage | None], Sequence[Table]] = _no_tables
    text: tuple[str, ...] = ()
    template: str = "section"
    per_task: bool = False
    folded: bool = False
    appendix: bool = False
    inner: tuple[Section, ...] = ()


@dataclass(frozen=True)
class Part:
    """A section of one study's report, with what was drawn for it."""

    section: Section
    title: str
    address: str
    page: TaskPage | None = None
    figures: Figures = field(default_factory=dict)
    tables: Sequence[Table] = ()
    inner: Sequence[Part] = ()

    @property
    def drawn(self) -> Iterator[Figure]:
        """All figures, those of its inner sections with them."""
        yield from self.figures.values()
        for part in self.inner:
            yield from part.drawn


def _grid(study: Study, page: TaskPage | None) -> Figures:
    return {"grid": grid.draw(study.grid, answer.title(study.grid))} if study.grid.rows else {}


def _importance(study: Study, page: TaskPage | None) -> Figures:
    return {name: importance.draw(rows, name) for name, rows in study.lattices}


def _of_task(study: Study, page: TaskPage | None) -> Figures:
    assert page is not None
    facts, drawn = page.facts, {}
    if len(page.verdicts):
        drawn["forest"] = forest.draw(page.name, facts["metric"], facts["unit"], page.verdicts)
    if page.curves["mean"].notna().any():
        higher = bool(facts["higher_is_better"])
        drawn["curves"] = curves.draw(page.name, facts["unit"], higher, page.curves)
    return drawn


def _why(study: Study, page: TaskPage | None) -> Figures:
    assert page is not None
    assert page.why is not None
    found = page.why.found
    drawn = {"gates": gate_use.draw(page.name, found)} if len(found.gates) else {}
    drawn["gradients"] = gradients.draw(page.name, found)
    return drawn | {"horizon": horizon.draw(page.name, found)}


def _lengths(study: Study, page: TaskPage | None) -> Figures:
    assert page is not None
    facts, table = page.facts, page.lengths
    if table.empty:
        return {}
    drawn = lengths.draw(page.name, facts["unit"], facts["chance"], facts["perfect"], table)
    return {"lengths": drawn}


def _solved(study: Study, page: TaskPage | None) -> Sequence[Table]:
    assert page is not None
    return [Table.of("By length, and solved", page.solved)]


def _search(study: Study, page: TaskPage | None) -> Figures:
    drawn = {"effort": effort.draw(study.effort)}
    return drawn | ({"variance": variance.draw(study.shares)} if len(study.shares) else {})


def _dial(study: Study, page: TaskPage | None) -> Figures:
    return {"dial": dial.draw(study.dialled)}


def _need(study: Study, page: TaskPage | None) -> Figures:
    drawn = [draw(table, cell) for cell, table in study.needs for draw in (need.draw, need.by_size)]
    return {figure.name: figure for figure in drawn}


def _cost(study: Study, page: TaskPage | None) -> Figures:
    led = study.scores["task"].isin(study.results.leading)
    return {"cost": cost.draw(study.scores[led])}


def _ended(study: Study, page: TaskPage | None) -> Sequence[Table]:
    tasks = study.results.tasks
    rows = [
        (plain(name), *(_gaining(study, task, name) for task in tasks))
        for name in study.results.architectures
    ]
    return [Table("Final runs that were still gaining", ("architecture", *tasks), rows)]


def _fitness(study: Study, page: TaskPage | None) -> Sequence[Table]:
    tables = {
        "Each task: spread of its seeds in margins, trainings that had not ended, tuning": (
            study.fitness
        ),
        f"{REFERENCE} against simple predictors": _led(study.predictors),
    }
    return [Table.of(label, frame) for label, frame in tables.items() if len(frame)]


def _led(predictors: pd.DataFrame) -> pd.DataFrame:
    """The predictors with each lead's interval, where there is one, beside it: in one column."""
    told = []
    for r in predictors.itertuples():
        lead, low, high = (words.signed(n, 1) for n in (r.lead, r.low, r.high))
        told.append(f"{lead}{f' ({low} to {high})' * math.isfinite(r.low)} {r.unit}")
    return predictors.assign(lead=told).drop(columns=["low", "high", "unit"])


def _gaining(study: Study, task: str, architecture: str) -> str:
    """The share of final runs that had not ended, marked where it is too much."""
    share = study.gaining.get((task, architecture))
    return "–" if share is None else f"{share:.0%}{study.mark(task, architecture)}"


WHY = Section(
    "why",
    "Why",
    applies=lambda _, page: page is not None and page.why is not None,
    figures=_why,
    template="why",
)

LENGTHS = Section(
    "lengths",
    "Longer than trained, and solved",
    applies=lambda _, page: page is not None and len(page.solved) > 0,
    figures=_lengths,
    tables=_solved,
    text=(
        "Means over seeds of what is asked in the second half of examples of so many steps, with "
        "the same weights. A run has solved the task if its test score says so; the steps are "
        "those of training until the validation score first did.",
    ),
)

SECTIONS: tuple[Section, ...] = (
    Section("answer", "The answer", figures=_grid, template="answer"),
    Section(
        "task",
        "",
        figures=_of_task,
        template="task",
        per_task=True,
        folded=True,
        inner=(LENGTHS, WHY),
    ),
    Section(
        "findings", "Published findings", applies=lambda s, _: s.tests_any, template="findings"
    ),
    Section("limits", "What to bear in mind", template="limits"),
    Section(
        "discussion",
        "Discussion",
        applies=lambda s, _: bool(s.discussion),
        template="discussion",
        folded=True,
    ),
    Section(
        "importance",
        "Gate importance",
        applies=lambda s, _: len(s.worth) > 0,
        figures=_importance,
        template="importance",
        folded=True,
    ),
    Section("table", "All scores", template="table", folded=True),
    Section(
        "dial",
        "The difficulty dial",
        applies=lambda s, _: len(s.dialled) > 0,
        figures=_dial,
        text=(
            "Tasks of one family differ in one number alone. Where a line leaves 0 the gate, or "
            "the start of its bias, begins to matter.",
        ),
        folded=True,
    ),
    Section(
        "need",
        "When a gate is needed",
        applies=lambda s, _: len(s.needs) > 0,
        figures=_need,
        text=(
            "The difficulty of a task across, the recurrent parameters up; on the left what the "
            "cell itself reaches. Where that is no more than without any gate, no field can tell.",
        ),
    ),
    Section(
        "cost",
        "Cost against quality",
        figures=_cost,
        text=(
            "Each point is the mean over seeds. Skill is the share of the way from chance to "
            "perfect: (score − chance) / (perfect − chance).",
        ),
        folded=True,
    ),
    Section("verdicts", "How verdicts are made", template="verdicts", folded=True, appendix=True),
    Section(
        "ended",
        "Whether trainings had ended",
        tables=_ended,
        text=(
            "Share of the final runs whose last epoch was the best, or better than all before it "
            "by more than a tenth of the margin; where the validation score was perfect nothing "
            f"was left to gain. Above {UNENDED:.0%} (‡) nothing is called certain, here and in "
            "every table.",
        ),
        folded=True,
        appendix=True,
    ),
    Section(
        "fitness",
        "How fit each task is to be compared on",
        tables=_fitness,
        text=(
            "Spread is the standard deviation of one run's score in margins, the median "
            "architecture's, and widest the largest one's. Unended is the share of final runs that "
            "were still gaining, flagged how many architectures have more of them than may be. "
            "Tuned is by how many margins the chosen setting beat the recipe when both were "
            "trained again; a search chooses by that very score, so that it flatters tuning.",
            f"Lead is by how much {REFERENCE} is better than a simple predictor, with its 95% "
            "interval; the unit is a further score's where the predictor has none in the task's.",
        ),
        folded=True,
        appendix=True,
    ),
    Section(
        "hyperparameters",
        "Where the hyper-parameters matter",
        applies=lambda s, _: len(s.effort) > 0,
        figures=_search,
        template="hyperparameters",
        folded=True,
        appendix=True,
    ),
    Section(
        "cells",
        "The cells",
        applies=lambda s, _: len(s.cells) > 0,
        template="cells",
        folded=True,
        appendix=True,
    ),
    Section("made", "How it was made", template="made", folded=True, appendix=True),
)


def parts(study: Study, pages: Sequence[TaskPage]) -> list[Part]:
    """The sections that apply to a study, one for each task where it is so, with their figures."""
    return [
        _part(section, study, page)
        for section in SECTIONS
        for page in (pages if section.per_task else [None])
        if section.applies(study, page)
    ]


def _part(section: Section, study: Study, page: TaskPage | None) -> Part:
    within = [inner for inner in section.inner if inner.applies(study, page)]
    return Part(
        section=section,
        title=section.title or (page.name if page else ""),
        address=f"{section.name}-{page.slug}" if page else section.name,
        page=page,
        figures=section.figures(study, page),
        tables=section.tables(study, page),
        inner=[_part(inner, study, page) for inner in within],
    )
