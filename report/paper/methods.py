"""A paragraph of methods: how a study was made, each number from its records."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import pandas as pd

from gatewise.benchmark.records.columns import MATCHES
from gatewise.report.names import REFERENCE
from gatewise.report.pages import TaskPage
from gatewise.report.paper.bibliography import GATEWISE, meant
from gatewise.report.paper.latex import cited, escaped
from gatewise.report.statistics.effects import LEVEL
from gatewise.report.study import Study
from gatewise.report.tables.calibration import (
    DISCOVERIES,
    FALSE,
    FAMILY,
    MEASURES,
    RACED_FALSE,
)
from gatewise.report.tables.verdicts import CONFIRMATORY, EXPLORATORY

ALPHA = escaped(f"{1 - LEVEL:.0%}")
WRONG = (FALSE, DISCOVERIES, RACED_FALSE, FAMILY)
"""The rates of what is said falsely."""


def methods(study: Study, pages: list[TaskPage], sources: Mapping[str, str]) -> str:
    """The paragraph, and one that says where architectures and data come from.

    Args:
        sources: by architecture where it was published, as the catalogue has it.
    """
    parts = (_compared, _matched, _trained, _searched, _repeated, _judged, _raced, _measured)
    text = " ".join(sentence for part in parts for sentence in part(study))
    return f"{text}\n\n{_sources(study, pages, sources)}\n"


def _compared(study: Study) -> Iterator[str]:
    results, made = study.results, study.made
    names = results.architectures
    others = [name for name in names if name != REFERENCE]
    with_reference = f" with {REFERENCE}" if REFERENCE in names else ""
    made_with = ", ".join(f"{name} {', '.join(made[name])}" for name in ("Keras", "backend"))
    yield (
        f"We compare {_counted(len(others), 'recurrent architecture')}{with_reference} on "
        f"{_counted(len(results.tasks), 'task')} ({escaped(', '.join(results.tasks))}) by gatewise "
        f"{escaped(', '.join(made['gatewise']))}{cited(GATEWISE)} ({escaped(made_with)})."
    )


def _matched(study: Study) -> Iterator[str]:
    final = study.results.final
    ways = " and, beside it, ".join(MATCHES[match] for match in study.results.matches)
    budgets = {t: _range(mine["budget"]) for t, mine in final.groupby("task", sort=False)}
    missed = study.mismatched
    but = f", but for {escaped('; '.join(missed))}" if missed else ""
    yield (
        f"Architectures are matched by {escaped(ways)}: widths are solved{_nearly(final)} "
        f"for a budget of recurrent parameters ({_grouped(budgets)}){but}."
    )


def _nearly(final: pd.DataFrame) -> str:
    """How near the budget is met where nothing is noted; empty where it is met by other counts."""
    met = final[(final["match"] == "parameters") & (final["budget_note"] == "")]
    if met.empty:
        return ""
    most = (met["parameters"] / met["budget"] - 1).abs().max()
    return f" to within {escaped(f'{most:.1%}')}"


def _trained(study: Study) -> Iterator[str]:
    final = study.results.final
    batches, norms = _range(final["batch_size"]), _range(final["clip_norm"])
    patience = _range(final["patience"].dropna())
    until = f" after {patience} epochs without a gain" if patience else ""
    yield (
        f"Training is by Adam{cited('kingma2015')} in batches of {batches} with gradients clipped "
        f"at a norm of {norms}, stops on the validation split{until}, and keeps the weights of the "
        f"best epoch ({_range(final['epochs_run'])} epochs were trained)."
    )


def _searched(study: Study) -> Iterator[str]:
    tuning = study.results.tuning
    if tuning.empty:
        yield (
            "Settings were chosen before, by a search that is not part of this study."
            if study.tuned
            else "Nothing was tuned: each task has one setting for all architectures."
        )
        return
    trials = tuning.groupby(["task", "architecture", "repetition"]).size()
    halved = study.shortened
    began = _grouped({task: f"{share:.0%}" for task, share in halved})
    each = _range(trials)
    how = f", begun at a part of the epochs{cited('jamieson2016')} ({began})" if halved else ""
    yield (
        f"Learning rate, clip norm, dropout and batch size were searched for each architecture and "
        f"task with {each} training{'s' * (each != '1')}{how}, judged on the validation split; "
        f"{_counted(len(tuning), 'training')} of {_counted(len(trials), 'search', 'searches')} in "
        "all."
    )


def _repeated(study: Study) -> Iterator[str]:
    results = study.results
    seeds = results.main.groupby(["task", "architecture"]).size()
    is_reference = seeds.index.get_level_values("architecture") == REFERENCE
    others = "every other architecture" if is_reference.any() else "every architecture"
    of = [(REFERENCE, seeds[is_reference]), (others, seeds[~is_reference])]
    searched = " with the search" if len(results.tuning) else ""
    said = " and ".join(f"{_range(n)} seeds of {name}" for name, n in of if len(n))
    yield (
        f"On each task the test split was read once by each of {said}: "
        f"{_counted(len(results.final), 'final run')}, {study.cpu_hours:.3g} core-hours{searched}."
    )
    if study.diverged:
        diverged = len(study.diverged)
        yield f"{_counted(diverged, 'final run')} diverged and {_be(diverged)} counted as chance."
    if study.failed:
        failed = len(study.failed)
        yield f"{_counted(failed, 'experiment')} failed and {_be(failed)} missing from all numbers."


def _judged(study: Study) -> Iterator[str]:
    families = study.families
    if not families:
        return
    margins = study.results.final.groupby("task", sort=False)["margin"].first()
    set_before = _grouped({str(task): f"{margin:g}" for task, margin in margins.items()})
    yield (
        "A comparison is read off an interval: clear of 0 it gives a direction, within the "
        f"margins, set before any run ({set_before}), the difference is too small to matter. All "
        "seeds of both sides count, unpaired; the spreads of a task's architectures moderate one "
        f"another{cited('smyth2004')}."
    )
    if alone := study.seeds_alone:
        yield (
            "The luck of the test sample is in the intervals, from scores by example, on all tasks "
            f"but {escaped(', '.join(alone))}."
            if len(alone) < len(study.results.tasks)
            else "The luck of the test sample is not in the intervals."
        )
    else:
        yield "The luck of the test sample is in the intervals, from scores by test example."
    if count := families.get(CONFIRMATORY, 0):
        yield (
            f"The confirmatory family of {_counted(count, 'comparison')} shares an error of "
            f"{ALPHA} by Bonferroni's inequality: that any statement of it is false has at most "
            "this probability."
        )
    if count := families.get(EXPLORATORY, 0):
        yield (
            f"Of the other {_counted(count, 'comparison')} the false discovery rate is held at "
            f"{ALPHA}{cited('benjamini1995')}; what is stated of them is called probable, never "
            "certain."
        )
    told = ", ".join(f"{count} {verdict}" for verdict, count in study.counts.items())
    if told:
        yield f"Against {REFERENCE}: {told}."


def _raced(study: Study) -> Iterator[str]:
    if study.raced:
        most = study.results.questions.seeds
        yield (
            f"The study was a race to at most {most} seeds of an architecture: pairs left it at "
            "the look that decided them, by repeated confidence "
            f"intervals{cited('jennison1989')} whose levels spend the error over the "
            f"looks{cited('lan1983')}."
        )


def _measured(study: Study) -> Iterator[str]:
    found: dict[str, list[dict[str, Any]]] = {}
    for row in study.calibration:
        if row["measure"] in WRONG and not row["effect"] > 0:
            found.setdefault(row["measure"], []).append(row)
    if found:
        rates = "; ".join(_rate(measure, rows) for measure, rows in found.items())
        yield f"Error rates measured for this study, with no true difference: {rates}."


def _rate(measure: str, rows: list[dict[str, Any]]) -> str:
    """A rate with its interval; of several tasks the lowest and the highest."""
    ordered = sorted(rows, key=lambda row: float(row["rate"]))
    said = [
        f"{row['rate']:.1%} ({LEVEL:.0%} interval {row['low']:.1%} to {row['high']:.1%})"
        for row in (ordered[:1] if len(rows) == 1 else (ordered[0], ordered[-1]))
    ]
    return escaped(f"{MEASURES[measure]}: {' to '.join(said)}{' by task' * (len(said) > 1)}")


def _sources(study: Study, pages: list[TaskPage], sources: Mapping[str, str]) -> str:
    """Where architectures and data were published, those of one source together."""
    known = {name: sources[name] for name in study.results.architectures if sources.get(name)}
    data = {page.name: str(page.facts["source"]) for page in pages}
    parts = {"Architectures": known, "Data": data}
    return " ".join(f"{k}: {'; '.join(_by_source(named))}." for k, named in parts.items() if named)


def _by_source(sources: Mapping[str, str]) -> Iterator[str]:
    for source in dict.fromkeys(sources.values()):
        names = [name for name, mine in sources.items() if mine == source]
        yield f"{escaped(', '.join(names))}{cited(*(entry.key for entry in meant(source)))}"


def _grouped(values: Mapping[str, str]) -> str:
    """What each task has, tasks of one value together: ``40000: video, labelling; …``."""
    if len(set(values.values())) == 1:
        return escaped(next(iter(values.values())))
    found: dict[str, list[str]] = {}
    for task, value in values.items():
        found.setdefault(value, []).append(task)
    return escaped("; ".join(f"{value} on {', '.join(tasks)}" for value, tasks in found.items()))


def _range(values: Iterable[float]) -> str:
    """From the least to the most; empty of nothing."""
    found = sorted(values)
    ends = [f"{value:,.3g}" if value < 1000 else f"{value:,.0f}" for value in found]
    return " to ".join(dict.fromkeys((*ends[:1], *ends[-1:])))


def _counted(count: int, one: str, several: str = "") -> str:
    return f"{count:,} {one if count == 1 else several or one + 's'}"


def _be(count: int) -> str:
    return "is" if count == 1 else "are"
